"""
Moto with what it lacks of multi-Region keys and of replicated secrets, so that the real AWS provider can be led through a promotion:

* the id of a multi-Region key is `mrk-` and 32 hex digits, as AWS makes them: a ciphertext has room for no more;
* a multi-Region key says its role in each region, and its primary can be moved (UpdatePrimaryRegion);
* a replica key has a policy and a description of its own (ReplicateKey);
* the copy of a secret says its key, and can become a secret of its own (StopReplicationToReplica);
* EBS says which key is its default in a region, and takes its own again (GetEbsDefaultKmsKeyId, ResetEbsDefaultKmsKeyId);
* a log group keeps its class, can get another key, and gets none that its policy keeps CloudWatch Logs from.

Takes the arguments of moto_server. What AWS refuses and a test depends on is refused here too.
"""

import json
import sys
from copy import copy

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response
from moto.kms import models as kms
from moto.kms.responses import KmsResponse
from moto.logs import models as logs
from moto.logs.responses import LogsResponse
from moto.secretsmanager import models as secrets
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.server import main


def refusal(kind, message):
    return 400, {}, json.dumps({"__type": kind, "message": message})


plain_id = kms.generate_key_id


def key_id_like_those_of_aws(multi_region=False):
    made = plain_id(multi_region)
    return f"mrk-{made.removeprefix('mrk-').replace('-', '')}" if multi_region else made


plain_check = KmsResponse._validate_cmk_id


def known_or_refused(self, key_id):
    if key_id not in self.kms_backend.keys:
        plain_check(self, key_id)


kms.generate_key_id = key_id_like_those_of_aws
KmsResponse._validate_cmk_id = known_or_refused

plain_key = kms.Key.to_dict


def key_with_role(self):
    found = plain_key(self)
    if self.multi_region:
        of_all = self.multi_region_configuration
        is_primary = of_all["PrimaryKey"]["Region"] == self.region
        found["KeyMetadata"]["MultiRegionConfiguration"] = {
            "MultiRegionKeyType": "PRIMARY" if is_primary else "REPLICA",
            "PrimaryKey": dict(of_all["PrimaryKey"]),
            "ReplicaKeys": [dict(replica) for replica in of_all["ReplicaKeys"]],
        }
    return found


def replicate_key(self):
    key_id = self._get_param("KeyId")
    self._validate_key_id(key_id)
    replica = self.kms_backend.replicate_key(key_id, self._get_param("ReplicaRegion"))
    replica.description = self._get_param("Description") or ""
    replica.policy = self._get_param("Policy") or replica.generate_default_policy()
    return json.dumps({"ReplicaKeyMetadata": replica.to_dict()["KeyMetadata"], "ReplicaPolicy": replica.policy})


def update_primary_region(self):
    backend = self.kms_backend
    key_id = backend.get_key_id(self._get_param("KeyId"))
    here = backend.keys[key_id]
    of_all = here.multi_region_configuration
    if of_all["PrimaryKey"]["Region"] != here.region:
        return refusal("UnsupportedOperationException", f"{here.arn} is not the primary key")
    wanted = [one for one in of_all["ReplicaKeys"] if one["Region"] == self._get_param("PrimaryRegion")]
    if not wanted:
        return refusal("NotFoundException", f"{key_id} has no replica there")
    others = [one for one in of_all["ReplicaKeys"] if one is not wanted[0]]
    moved = {**of_all, "PrimaryKey": dict(wanted[0]), "ReplicaKeys": [*others, dict(of_all["PrimaryKey"])]}
    for region in kms.kms_backends[backend.account_id].values():
        if key_id in region.keys:
            region.keys[key_id].multi_region_configuration = moved
    return "{}"


kms.Key.to_dict = key_with_role
KmsResponse.replicate_key = replicate_key
KmsResponse.update_primary_region = update_primary_region

plain_replicas = secrets.FakeSecret.create_replicas


def create_replicas(self, replica_regions, force_overwrite):
    made = plain_replicas(self, replica_regions, force_overwrite)
    for replica, wanted in zip(made, replica_regions or []):
        if wanted.get("KmsKeyId"):
            replica.config["KmsKeyId"] = wanted["KmsKeyId"]
    return made


plain_copy = secrets.ReplicaSecret.to_dict


def copy_with_key(self):
    found = plain_copy(self)
    found["KmsKeyId"] = self.config["KmsKeyId"]
    # Only the primary knows how its copies are.
    found.pop("ReplicationStatus", None)
    return found


def stop_replication_to_replica(self):
    backend = self.backend
    replica = backend.secrets.get(self._get_param("SecretId"))
    if not isinstance(replica, secrets.ReplicaSecret):
        return refusal("InvalidRequestException", "this is not a replica secret")
    primary = replica.source
    primary.replicas = [one for one in primary.replicas if one is not replica]
    alone = copy(primary)
    alone.region = replica.region
    alone.arn = replica.arn
    alone.kms_key_id = replica.config["KmsKeyId"]
    alone.versions = dict(primary.versions)
    alone.replicas = []
    for name in [name for name, one in dict.items(backend.secrets) if one is replica]:
        dict.pop(backend.secrets, name)
    backend.secrets[alone.arn] = alone
    return json.dumps({"ARN": alone.arn})


secrets.FakeSecret.create_replicas = create_replicas
secrets.ReplicaSecret.to_dict = copy_with_key
SecretsManagerResponse.stop_replication_to_replica = stop_replication_to_replica

plain_modification = EC2Backend.modify_ebs_default_kms_key_id


def modified_default(self, kms_key_id):
    self.default_key_of_volumes = plain_modification(self, kms_key_id)
    return self.default_key_of_volumes


def get_ebs_default_kms_key_id(self):
    backend = self.ec2_backend
    chosen = getattr(backend, "default_key_of_volumes", None)
    return ActionResult({"KmsKeyId": chosen or plain_modification(backend, "")})


def reset_ebs_default_kms_key_id(self):
    return ActionResult({"KmsKeyId": self.ec2_backend.modify_ebs_default_kms_key_id("")})


EC2Backend.modify_ebs_default_kms_key_id = modified_default
EC2Response.get_ebs_default_kms_key_id = get_ebs_default_kms_key_id
EC2Response.reset_ebs_default_kms_key_id = reset_ebs_default_kms_key_id


def is_closed_to_logs(backend, key_arn):
    keys = kms.kms_backends[backend.account_id][backend.region_name].keys
    key = keys.get((key_arn or "").split("/")[-1])
    return key_arn is not None and (key is None or f'"logs.{backend.region_name}.' not in key.policy)


def closed(key_arn):
    message = f"The specified KMS key does not exist or is not allowed to be used with Arn {key_arn}"
    return refusal("AccessDeniedException", message)


plain_group = LogsResponse.create_log_group


def create_log_group(self):
    key_arn = self._get_param("kmsKeyId")
    if is_closed_to_logs(self.logs_backend, key_arn):
        return closed(key_arn)
    made = plain_group(self)
    group = self.logs_backend.groups[self._get_param("logGroupName")]
    group.log_group_class = self._get_param("logGroupClass") or "STANDARD"
    return made


def associate_kms_key(self):
    key_arn = self._get_param("kmsKeyId")
    if is_closed_to_logs(self.logs_backend, key_arn):
        return closed(key_arn)
    self.logs_backend.groups[self._get_param("logGroupName")].kms_key_id = key_arn
    return "{}"


plain_description = logs.LogGroup.to_describe_dict


def description_with_class(self):
    return {**plain_description(self), "logGroupClass": getattr(self, "log_group_class", "STANDARD")}


LogsResponse.create_log_group = create_log_group
LogsResponse.associate_kms_key = associate_kms_key
logs.LogGroup.to_describe_dict = description_with_class

main(sys.argv[1:])
