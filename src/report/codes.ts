/** What each diagnostic code is about: why it is an error, a refusal or worth a word. For `explain` and the documentation. */

/** A sentence or two for every code, by code; a test holds the list to the codes that the program uses. */
export const codes: Readonly<Record<string, string>> = {
  // The command line and the files.
  "wrong-arguments": "The command line cannot be used as it is. Nothing was read and nothing was written.",
  "spec-not-found": "There is no spec at this path.",
  "spec-is-a-folder": "A spec is a file; this path is a folder.",
  "spec-unreadable":
    "The spec is there but cannot be read, for want of permission, or because it is a pipe or a device.",
  "spec-empty": "The file has no content, so there is nothing to generate.",
  "spec-not-utf8": "A spec is YAML in UTF-8. Another encoding would turn names into other names.",
  "spec-too-large": "A spec may have up to 32 MB. A larger file is hardly a spec.",
  "spec-syntax":
    "The file is not valid YAML. The place is where the parser gave up; the mistake may be a line above it.",
  "spec-conflict":
    "The spec has a merge conflict that git has marked and no one has resolved. Which side is meant is not for a generator to guess.",
  "not-a-spec":
    "The file is something else, such as Terraform configuration, a CloudFormation template or a plan. A spec is a YAML file with version, regions, keys and secrets.",
  "spec-several-documents": "YAML allows several documents in a file, separated by ---. A spec is one document.",
  "excessive-aliases":
    "Anchors and aliases can multiply: a few lines may stand for millions of values. Such a spec is refused before it fills the memory.",
  "same-output":
    "Two specs of one command line would write the same file. Each spec needs an output folder of its own.",
  "too-many-mistakes": "So much is wrong that the file is probably not a spec at all.",
  missing: "With --check: a file that the spec asks for is not on disk.",
  stale: "With --check: a file is ours and unedited, but the spec asks for another text.",
  conflicted:
    "A generated file has merge conflict markers. It is regenerated from the spec, which settles the conflict.",
  orphaned: "A file is ours and unedited, and the spec no longer asks for it. A run removes it.",
  "hand-edited":
    "The digest in the header of a generated file does not fit its text: someone edited it. The edit would be lost, so the run is refused.",
  foreign:
    "There is a file at a name that the spec asks for, and it was not generated from this spec. It is never overwritten unasked.",
  "not-staged": "With --pre-commit: the file on disk is not what git would commit.",
  "git-unavailable": "With --pre-commit: git could not be asked what it would commit.",
  "output-too-large":
    "A generated file would be larger than Node can hold as one text. It could never be compared with the spec again, so nothing is written.",
  "cannot-write": "The disk did not take a file. All files are as they were before, unless the message says otherwise.",
  "unreadable-terraform":
    "A Terraform file that matters here cannot be read, so it cannot be known what would be destroyed. Nothing was written.",
  "templates-not-found":
    "The folder of your own templates is not there, or cannot be used. mrk-scaffold eject writes the built-in ones for editing.",
  "bad-template":
    "A template of your own does what no template may, asks for a name that the model does not have, or prints what is no Terraform. Templates lay out and loop; they run no code and read no files.",
  "template-differs":
    "What your own templates print would take something away that the built-in ones have: a resource, its protection, where it is, or the way in which a value is kept secret. They may lay out otherwise, remark and add arguments.",
  "templates-need-hcl-tools":
    "What your own templates print has parts of the language that mrk-scaffold does not lay out itself, such as heredocs. HashiCorp's own formatter does, in the package @cdktf/hcl-tools.",

  // Plans.
  "not-a-plan":
    "What guard was given is not a plan as terraform show -json prints it, or not all of one. Nothing was judged.",
  "plan-destroys":
    "The plan deletes a key, a secret or a log group. What a deleted key has encrypted cannot be decrypted by anything.",
  "plan-replaces":
    "The plan deletes a key or a secret and makes another in its place. A new key cannot decrypt what the old one has encrypted, and a new secret is empty.",
  "plan-forgets":
    "The plan takes a key or a secret out of Terraform's state and nothing takes it over. It stays in AWS, where it is easily forgotten by people too.",
  "plan-disables": "The plan disables a key. Until it is enabled again, nothing can be encrypted or decrypted with it.",
  "plan-deletes-replica":
    "The plan deletes the copy of a secret in a region. Terraform shows it as an update in place; AWS deletes the copy at once, without a recovery window.",
  "plan-copies-replica":
    "The plan gives the copy of a secret another key. The provider does that by deleting the copy and making it again; in between, the region has no secret.",
  "plan-overwrites-value":
    "The plan sends a value over one that Terraform has not written: of an adopted secret, of one that someone else writes to, or one that is generated again.",
  "plan-overwrites-secret": "The plan lets the copy of a secret take the place of another secret of the same name.",
  "plan-may-overwrite-secret":
    "The plan copies a secret to a region with force_overwrite_replica_secret: a secret of the same name there is overwritten, if there is one.",
  "value-in-state":
    "A secret value lands in Terraform's state, where everyone who may read the state can read it. An import of a version is refused, because it reads the value in; the rest is worth a note.",
  "gone-from-aws":
    "Something that the state has is deleted in AWS, or waits for its deletion. While it waits it can be kept; once the plan is applied, something else is in its place.",
  "unknown-action": "The plan has an action that this version does not know, so that it cannot be judged.",
  "plan-errored": "Terraform ended with an error while it planned. The plan holds only a part of what would be done.",
  "plan-incomplete": "The plan leaves something out, for -target or because it was put off to a later plan.",
  "plan-changes":
    "The plan changes something about a key, a secret or what else is under a key that loses nothing, but may surprise whoever uses it.",
  "goes-on": "The plan forgets an object under one address and imports it under another, as a promotion does.",
  announced:
    "The plan does something that the spec announces: it gives up a region that the spec retires, disables a key, or takes a step of a promotion.",
  "not-in-plan":
    "The spec given with --spec has keys or secrets that the plan does not have. It may be another folder's plan.",

  // AWS, as verify finds it.
  "no-aws-sdk":
    "The command verify asks AWS with the AWS SDK for JavaScript, which is installed apart: nothing else needs it.",
  "aws-unseen":
    "Something could not be looked at: no credentials, no permission, no network, or no way to find a key. What was not seen may be otherwise, so the exit code is 5.",
  "aws-account":
    "The credentials are for an account that provider.allowed_account_ids does not have. Nothing else was looked at.",
  "aws-key": "A key is not in a region, is of another kind, or has a replica that the spec does not have.",
  "aws-key-role": "The primary of a multi-Region key is in another region than the spec says.",
  "aws-key-state": "A key cannot be used as the spec says: it is disabled, pending deletion, or still on its way.",
  "aws-key-rotation": "The automatic rotation of a key is on or off, or has a period, other than the spec says.",
  "aws-key-alias": "A key's alias is not there, or leads to another key.",
  "aws-key-grants": "A grant of the spec is missing in a region, or is another one there.",
  "aws-key-policy":
    "A key's policy means something else than the spec's. Order, lists of one, the case of actions and the ways to name an account make no difference.",
  "aws-key-tags": "A key's tags are not those of the spec and of the provider's default tags.",
  "aws-key-description": "A key has another description.",
  "aws-secret":
    "A secret, or its copy in a region, is not there, is pending deletion, does not replicate, or is one too many.",
  "aws-secret-key": "A secret is encrypted under another key than the spec says.",
  "aws-secret-rotation": "The rotation of a secret is on or off, or is set, other than the spec says.",
  "aws-secret-policy":
    "A secret's resource policy means something else than the spec's, is missing, or is one too many.",
  "aws-secret-tags": "A secret's tags are not those of the spec and of the provider's default tags.",
  "aws-secret-description": "A secret has another description.",
  "aws-secret-value":
    "A secret has no current value, or, with --values, one that cannot be read or is not the same in all regions.",

  // The grammar.
  "missing-key": "A required key is not there.",
  "unrecognized-key":
    "The spec has a key that this place does not know. Unknown keys are errors, because a typing mistake in a key would otherwise drop a setting silently.",
  "duplicate-key": "A map has the same key twice. YAML parsers disagree about which one counts, so neither does.",
  "wrong-type": "The value has another type than the key takes.",
  "wrong-value": "The key takes one of a few values, and this is none of them.",
  "wrong-format": "The text does not have the form that AWS or Terraform asks for at this place.",
  "out-of-range": "The number, or the length of the text or list, is beyond AWS's limits.",
  "bad-identifier": "Keys of maps become names of Terraform resources: a letter or _, then letters, digits, _ and -.",
  "broken-character": "The text holds half of a surrogate pair, which is no character. Terraform could not keep it.",
  "not-normalized":
    "Terraform converts all text to Unicode normal form C, so this text would not arrive as it is written.",
  "unknown-placeholder":
    "The text holds braces that look like a placeholder but are none of the known ones. They stay as they are, which names and tags cannot.",
  "placeholder-not-here":
    "The account, the partition and the DNS suffix are read from AWS, which only policies can wait for. Elsewhere a variable does it.",
  "text-too-long": "With its region, and one character for each variable, the text is longer than AWS allows.",
  "unknown-variable": "A text names a variable that the spec does not declare, so Terraform would not know it either.",
  "bad-reference":
    "A reference is one traversal to something that another file of the folder declares, such as aws_iam_role.app.arn.",
  "reference-to-own":
    "The reference names something that this very spec declares, which has words of its own for it and may call it otherwise tomorrow.",
  "unused-variable": "Nothing uses the variable, and everyone who applies would still have to give it a value.",
  "bad-variable-value":
    "A default or an allowed value does not have the variable's type, or it would make a name that AWS refuses.",
  "names-may-be-equal":
    "A variable or the workspace can make two names the same. AWS would refuse the second one when it is created, in some environment.",

  // Regions and providers.
  "unknown-region":
    "AWS has no region of this name that this version knows. A typing mistake here would be found by Terraform only at apply.",
  "duplicate-region": "A key has at most one replica in a region, so a region may be listed once.",
  "primary-among-replicas": "A replica is in another region than its primary.",
  "mixed-partitions": "Keys and secrets replicate only within one partition: aws, aws-cn or aws-us-gov.",
  "duplicate-label": "A region's label is part of its resources' names in Terraform, so two regions cannot share one.",
  "duplicate-provider-alias": "Two provider blocks with one alias are an error in Terraform.",
  "aws-provider-too-old": "The version constraint admits AWS providers without multi-Region keys.",
  "placement-not-supported": "The region argument of resources exists in AWS provider 6 and later only.",
  "provider-in-module":
    "A child module is given its providers by the root, so settings of provider blocks belong there.",
  "provider-not-written":
    "With provider.write: false the folder has its own provider blocks, so settings of provider blocks belong there.",
  "duplicate-file":
    "Two kinds of file would have one name. Where case does not count, names that differ in it alone are one.",
  "output-dir-not-relative":
    "The output folder is given relative to the spec, so that the same spec means the same files on every machine.",

  "output-outside-repository":
    "The files are written to a folder of another repository, or of none. A commit of the spec does not hold them, and a review does not show them.",

  // Names and addresses.
  "setting-as-name":
    "A secret is called name, value or like another setting, and a secret beside it has none. Mostly that is a slip of the indentation.",
  "duplicate-address": "Two resources would have the same address, which Terraform refuses.",
  "duplicate-alias": "An alias belongs to one key in a region.",
  "reserved-alias": "Aliases that start with aws/ belong to AWS.",
  "alias-too-long": "AWS takes at most 256 characters in an alias.",
  "duplicate-secret-name": "A secret's name is unique in a region of an account.",
  "bad-secret-name": "AWS takes letters, digits and / _ + = . @ - in the name of a secret.",
  "name-not-one": "A secret is called by a name, or by a name that Terraform makes of a prefix. It cannot have both.",
  "secret-name-like-arn":
    "ARNs of secrets end in a hyphen and six random characters. AWS may take a name with such an ending for a partial ARN and find another secret, or none.",
  "bad-tag": "AWS takes only some characters in tags.",
  "reserved-tag": "Tags that start with aws: belong to AWS.",
  "too-many-tags": "AWS takes at most 50 tags for each resource, those of the provider's default_tags included.",
  "duplicate-variable":
    "Two secrets would read the same variable without saying so. Naming it at both makes it intended.",
  "reserved-variable-name": "Terraform reserves a few names, such as count and source, for other purposes.",

  // Keys.
  "key-not-chosen": "The spec has several keys, and the secret does not say which one encrypts it.",
  "unknown-key": "The secret names a key that the spec does not have.",
  "ambiguous-key":
    "With key: aws a secret is under AWS's own key. Where the spec has a key called aws, it could mean either, and a secret must not change its key by a guess.",
  "key-cannot-encrypt": "Secrets Manager needs a symmetric encryption key.",
  "region-not-of-key": "What by_region says of a region that the key is not in would have no effect.",
  "unknown-replica-region":
    "The list names a region that is not among the spec's replica regions, or that the key has no replica in.",
  "spec-not-for-usage": "KMS allows each key spec for certain usages only.",
  "rotation-not-possible": "KMS rotates symmetric encryption keys whose material it has made itself.",
  "imported-key-setting":
    "A key with imported material is symmetric, and disabled until its material is there. The import enables it, so Terraform leaves that alone.",
  "existing-key-setting": "A key of another state is read, and nothing of it is changed.",
  "existing-key-in-one-region":
    "A secret's replica is under the key of its own region, as a log group is. A single-Region key is in one region only.",
  "valid-to-without-import": "Material that KMS makes never expires. Only imported material can.",
  "rotation-period-not-supported": "The AWS provider takes a rotation period from 5.49 on.",
  "disabled-key-with-replicas": "AWS does not replicate a disabled key, so creating both at once fails.",

  // Grants.
  "bad-grantee": "A grant is for a role, a user or an account, or a session of one of them.",
  "operation-not-for-usage": "A grant may permit only what the key can do.",
  "constraint-not-one":
    "A grant is limited to an encryption context that is given whole, or to one that is given in part.",
  "constraint-not-for-usage": "Only requests to symmetric encryption keys have an encryption context.",
  "two-defaults-for-ebs": "EBS has one default key per account and region.",
  "default-for-ebs-not-possible": "EBS encrypts with enabled, symmetric encryption keys only.",
  "region-without-key":
    "What is in each region by itself, such as a log group, is under the key of its region, so it can be only where the key is.",
  "duplicate-name": "A name stands for one log group in a region, and for one bucket in all of them.",
  "bucket-without-name": "The buckets exist, so the spec says what they are called.",
  "key-closed-to-service":
    "CloudWatch Logs uses the key by itself. AWS makes no log group under a key whose policy does not let the service use it. Nothing can be written under a disabled key.",
  "retention-not-for-class": "AWS keeps the events of the class DELIVERY for 2 days.",
  "log-group-setting-not-supported": "The AWS provider takes the setting from a later version on.",
  "consumer-not-known": "A consumer reads secrets and uses keys of this spec, each listed once.",
  "consumer-not-in-region":
    "A consumer reads a secret and uses a key in regions that these are in: a list must suit all that it reads and uses.",
  "empty-consumer": "A policy that permits nothing is of no use, and AWS refuses it.",
  "key-not-used-by-callers": "A consumer uses a key through a service. Some services use their keys by themselves.",
  "grant-of-disabled-key": "KMS makes no grant of a disabled key.",

  // Policies.
  "bad-action": "The action is not one of the service that the policy is for.",
  "bad-principal": "The text is no principal that AWS takes in a resource policy.",
  "bad-policy-character": "AWS takes only tabs, line ends and the characters of Latin-1 in a key policy.",
  "duplicate-condition":
    "A statement has room for one condition of an operator and a key; the second would replace the first.",
  "duplicate-service": "Listing a service twice adds nothing.",
  "duplicate-sid": "Every statement of a policy needs a Sid of its own.",
  "empty-policy": "The policy would have no statement.",
  "policy-locks-out": "No one could change the key's policy any more, and only AWS Support could undo that.",
  "policy-not-for-usage": "The permission makes no sense for a key of this usage.",
  "policy-too-large": "AWS limits key policies to 32 KB and secret policies to 20 KB.",
  "other-account-manages":
    "An account's root means anyone its administrators choose. With kms:* they can delete the key, or take it away from its own account.",
  "confused-deputy":
    "A service principal is the service for every account of AWS. Without a condition on the account, the organization or the resource that it works for, a stranger's resource can make it use the key or the secret.",
  "public-policy": "The statement admits callers of every AWS account.",
  "reader-cannot-decrypt": "Reading a secret takes two permissions: on the secret, and on the key that encrypts it.",
  "statement-not-one": "A statement is about principals or about everyone but some, and about actions or all but some.",
  "not-principals-allow":
    "An Allow statement with not_principals lets in everyone in every AWS account but those that it names.",
  "bad-sid": "AWS takes printable characters in the ids of statements; policies of secrets take no spaces there.",
  "policy-unmanageable":
    "Without the account's statement only the key policy itself can let someone change it. AWS could not repair it either.",
  "bad-policy-document": "A JSON file that a policy names cannot be read, or is no policy as IAM's grammar has it.",
  "statement-replaced":
    "Of two statements with one sid the later one counts, and the earlier one is lost without a word.",
  "policy-admits-more":
    "AWS copies no key policy to the replicas. Someone whom one region's policy lets in is shut out in the others.",
  "session-principal": "The ARN names one session of a role, which ends. A policy outlives it.",
  "wrong-partition": "ARNs begin with the partition of their regions: arn:aws:, arn:aws-cn: or arn:aws-us-gov:.",

  // Values of secrets.
  "value-not-one": "A value has exactly one source.",
  "part-like-source":
    "In a JSON value a map is a JSON object, unless its key is that of a source. A slip in that key would send an object to AWS in place of the secret.",
  "part-not-exact":
    "YAML reads 0123 as 123 and cuts numbers after some sixteen digits. In a secret that is another secret, so the digits must survive.",
  "bad-source-name": "A value can be read from another secret, by its name or its ARN; this is neither.",
  "source-not-reachable":
    "A parameter or a secret is read through a provider, and the spec has providers for its own regions only.",
  "value-from-own-secret":
    "Terraform reads the source of a value when it plans. A secret that the same spec creates is not there yet.",
  "binary-not-from-variable":
    "A binary value is base64 that Terraform knows when it plans. Of the sources only a variable gives it that.",
  "value-too-large": "AWS takes values of 1 to 65,536 bytes.",
  "value-lands-in-state":
    "Before write-only arguments, every value that Terraform sends stays in its state as plain text.",
  "value-with-rotation": "A rotation writes the value; Terraform would write over it at the next apply.",
  "once-with-version":
    "A value that is written once is left alone afterwards, whatever its version is. The two contradict each other.",
  "value-overwrites-adopted":
    "An imported secret has a value already. A generated one would replace it in every region.",
  "value-sent-to-adopted":
    "An imported secret has a value already. Terraform sends the given one as a new version, in every region.",
  "generated-not-supported":
    "A generated value stays out of the state only with ephemeral resources and write-only arguments.",
  "reserved-parameter-name":
    "Parameter Store keeps the names that begin with aws or ssm for AWS, with or without a slash in front, in small or capital letters.",
  "generated-in-many-regions":
    "A parameter has the same value in all its regions. Terraform generates a new password every time it sends one, so a region that is added later would get a different one.",
  "reading-not-supported":
    "What is read from a parameter or another secret is only kept out of the state by write-only arguments, which older versions lack.",
  "version-not-supported": "Only write-only values have a version of their own.",
  "plaintext-not-allowed":
    "A literal value can be read by everyone who reads the repository. It must be asked for explicitly.",
  "rotation-not-one": "A rotation has exactly one of every_days and schedule.",
  "rotation-not-supported": "This kind of rotation needs a later AWS provider.",
  "lambda-in-other-region": "Secrets Manager calls rotation functions of its own region only.",

  // Changes.
  "change-not-supported": "The block that this key becomes (moved, removed or import) needs a later Terraform.",
  "bad-import-id":
    "Only multi-Region keys, whose ids start with mrk-, have replicas. A single-Region key cannot become one.",
  "imported-twice": "Terraform manages a thing at one address.",
  "renamed-from-still-there":
    "The key renamed_from names what the key, secret or label was called before, and the spec still has something of that name.",
  "renamed-name-changes":
    "The name in AWS would be made of the new identifier, and AWS cannot rename: Terraform would replace it.",
  "renamed-twice": "Two things claim to be what one thing became.",

  // Promotions and outages.
  "region-not-in-spec": "The key names one of the spec's own regions: the primary or a replica region.",
  "promoted-from-primary":
    "The key promoted_from names the region that the primary keys have left. It cannot be the one that they are in.",
  "key-cannot-be-promoted":
    "KMS moves a primary key to a region in which the key has a replica, and only while both are enabled.",
  "key-id-missing":
    "A promoted key is adopted under its new type by the id that it has in AWS, which no generated file knows.",
  "id-of-unknown-key": "The id belongs to no key of the spec. It is most likely a slip in the identifier.",
  "promotion-not-alone":
    "A promotion takes things out of the state and adopts them under other types. Another change of their addresses, or a deletion, has no place in the same apply.",
  "promotion-not-supported":
    "The step needs features of Terraform or the AWS provider that the version constraints do not promise.",
  "imports-in-root":
    "Before Terraform 1.16 only the root module takes import blocks, so the module cannot bring its own.",
  "primary-unreachable":
    "KMS moves a primary key only by a call in its own region. While that is out of reach the keys stay where they are; their replicas go on encrypting and decrypting.",
  "secrets-unreachable":
    "The primary secrets are in a region that is out of reach. They can be read in the other regions, and changed only after they have moved.",
  "key-not-in-secrets-region": "Secrets Manager encrypts a secret with a key of the secret's own region.",
  "values-not-sent":
    "While the secrets move no value is sent, so that a promotion never changes a password. Values that Terraform sent before wait until the step is taken out.",
  "wrong-target": "The region cannot become the primary one, or is it already. Only a replica region can.",
  "promotion-in-progress":
    "One promotion comes after the other: what the first one has written is needed until it has been applied everywhere.",
  "secret-cannot-be-moved": "A secret moves to a region in which it has a copy. There the copy becomes the primary.",
  "state-of-another-account":
    "The state has the keys of an account that this spec is not for. Their ids are those of other keys.",
  "state-does-not-fit":
    "The state does not have the keys as the spec has them before the promotion, so that it is not known which ones are meant.",
  "step-not-applied":
    "Each step of a promotion must be applied everywhere before the next one: Terraform would destroy what it still knows.",
  "reference-would-break":
    "A file of your own refers to what gets another address, or is not declared for a while. Terraform would refuse to plan.",
  "spec-not-editable":
    "A spec is changed in place, with every comment, anchor and blank line where it is. Where an alias or a merge key leads elsewhere, that cannot be done safely.",
  "nothing-to-continue": "The spec is in no step of a promotion that this could follow.",

  // What Terraform would do.
  "key-would-be-destroyed":
    "Terraform would schedule the deletion of a primary key. When its window has passed, nothing that it encrypted can ever be decrypted.",
  "replica-key-would-be-destroyed":
    "Terraform would schedule the deletion of a replica key. What was encrypted in that region must be decrypted in another one from then on.",
  "alias-would-be-destroyed":
    "Terraform would delete an alias. Whatever finds the key by it stops working until the alias is there again.",
  "grant-would-be-revoked":
    "Terraform would revoke a grant. Whoever used the key by it alone can use it no more, wherever that grant was.",
  "ebs-default-key-would-be-reset":
    "Terraform would make AWS's own key the default for EBS again. Volumes keep the key that they have; new ones, and what is copied from snapshots without naming a key, are under AWS's.",
  "ebs-encryption-would-be-switched-off":
    "Terraform would switch off the EBS encryption by default. New volumes are then encrypted only where someone asks for it.",
  "log-group-would-be-destroyed":
    "Terraform would delete a log group. Its events are gone with it: CloudWatch Logs has no way back.",
  "bucket-encryption-would-be-reset":
    "Terraform would remove the encryption configuration of a bucket. Objects that are there stay under the key; new ones are encrypted with keys that S3 manages, which no key policy guards.",
  "parameter-would-be-destroyed":
    "Terraform would delete a parameter. Its value and all former ones are gone at once: Parameter Store has no recovery window.",
  "secret-would-be-destroyed": "Terraform would schedule the deletion of a secret, and delete its replicas at once.",
  "replica-would-be-deleted":
    "Terraform would delete a secret's replica in a region at once, without a recovery window.",
  "resource-would-be-destroyed": "Terraform would destroy something that belongs to a key or a secret.",
  "module-would-be-destroyed": "A module call is gone from the files, and Terraform would destroy everything in it.",
  "provider-would-be-gone":
    'Terraform needs the provider configuration of a resource to destroy or forget it, and fails with "Provider configuration not present".',
  "addresses-would-change": "Every address would change, and Terraform would destroy and create everything.",
  "account-would-change":
    "The providers would be for another account, in which Terraform finds nothing of what it knows and creates everything again.",
  "rotation-would-be-switched-off": "Terraform would switch off the rotation of a secret; its value stays.",
  "secret-policy-would-be-deleted":
    "Terraform would delete the resource policy of a secret. Whoever reads the secret by it alone cannot read it any more.",
  "value-would-be-overwritten":
    "A secret whose value was written elsewhere would get one from Terraform, in every region. The former value stays for a while as AWSPREVIOUS.",
  "guard-would-be-dropped":
    "A removed block keeps something from being destroyed. Taken out before it has been applied everywhere, Terraform destroys it.",
  "last-replica-stays":
    "The AWS provider does not remove the last replica of a secret: the list of replicas is optional and computed, and an empty one is no change.",
  "value-must-be-sent":
    "Parameter Store changes the key, the description or the tier of a parameter only together with its value. The AWS provider sends no value whose version is the old one, and the apply fails.",
  "events-would-expire":
    "A log group would keep its events for fewer days. AWS deletes those that are older, and they do not come back with a longer retention.",
  "argument-stays":
    "Some arguments are optional and computed. Taken out of the configuration, they stay in AWS as they are, and no plan shows it.",
  "replica-left-behind":
    "A replica key ignores changes of its primary's ARN, so that a promotion does not replace it. When it is declared under another key, it stays a copy of the former one.",
  "left-in-aws":
    "Terraform has been told to leave something in AWS when its block goes, such as a log group with skip_destroy. It stays there as it is, and costs what it did.",
  "value-released": "Terraform no longer sends the value of a secret. The current value stays in AWS.",
  "provider-ended":
    "A provider configuration is gone that no resource in the files used. A state that still has resources of it cannot be planned.",
  "reference-broken":
    "A file beside the generated ones refers to something that has another address now, or none. Terraform does not plan until that is corrected.",
  "chain-would-break":
    "Something moves on to a third address, and the step before is no longer in the files. Where that step was never applied, Terraform destroys what is still at the first address.",
  "declared-twice":
    "A file beside the generated ones declares the same thing. Terraform refuses two blocks of one name, and deleting the wrong one can plan the end of a key.",
  "name-taken":
    "A file beside the generated ones declares a key alias or a secret of the same name in the same region, which AWS gives only once.",
  "provider-in-other-region":
    "The spec leaves a provider to another file of the folder, and that file configures it for another region than the spec says.",
  "primary-region-stated":
    "The generated files say the primary region for the first time. Where the provider was for another one, the keys would be replaced.",
  leftover:
    "A run that was killed leaves the files that it was about to put in place. They are no Terraform, and git add -A would commit them.",
  "value-sent-always":
    "A parameter's value that was kept nowhere is to be kept in the state. Some versions of the AWS provider, such as 5.100, do not keep it, and plan to send it at every run.",
  "value-not-sent": "Terraform sends a write-only value only when its version changes.",
  "retired-region-idle":
    "A retired region has no resources left in the files. Once that is applied, its provider has no purpose.",
  "changes-ended":
    "A moved block is gone. Where it was never applied, Terraform destroys what is at the former address.",

  // Adopting.
  "not-a-state":
    "The command adopt reads what terraform show -json prints of a state or of a plan, and this is something else.",
  "nothing-to-adopt": "The state holds no multi-Region key and no secret.",
  "not-adopted":
    "A spec cannot describe this resource as it is, so it stays in your own files, and Terraform goes on managing it from there.",
  "would-change": "The resource would not be quite as it was. With --exact such an adoption is refused.",
  "provider-missing": "The folder configures its providers itself, and none of them is for this region.",
  "written-out":
    "Your configuration computes this in a way that no text of a spec says, so that the spec has the value of today.",
  "stale-reference": "A line of your own files names a resource by an address that it no longer has.",
  "adoption-pending":
    "The file adopted.tf holds the moves of an adoption. Terraform needs them until every state has seen them.",
};
