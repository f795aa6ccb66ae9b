import { load as loadYaml } from "js-yaml";
import { describe, expect, test } from "vitest";
import { EditError, edit } from "../../src/spec/edit.ts";
import type { Change } from "../../src/spec/edit-data.ts";
import { parse } from "../../src/spec/load.ts";

function edited(text: string, ...changes: readonly Change[]): string {
  return edit(parse("spec.yaml", Buffer.from(text)), changes);
}

const HOME: Change = { kind: "set", path: ["regions", "home"], value: "eu-central-1", after: "primary" };
const SWAP: Change = {
  kind: "swap",
  paths: [
    ["regions", "primary"],
    ["regions", "replicas", 0],
  ],
};
const REMOVE: Change = { kind: "remove", path: ["regions", "home"] };

/** The forms in which people write the regions of a spec. */
const LAYOUTS: Readonly<Record<string, string>> = {
  "a map over several lines": `# The spec of the team
version: 1
regions:
  # Frankfurt first
  primary: eu-central-1   # Frankfurt
  replicas: [eu-west-1, us-east-1] # and the others

keys: {}
`,
  "a list over several lines": `regions:
    primary: eu-central-1
    replicas:
    # Ireland
    - eu-west-1   # comes first

    - us-east-1
version: 1
`,
  "brackets on one line": "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1, us-east-1] } # all\n",
  "brackets over several lines": `version: 1
regions: {
  primary: eu-central-1, # Frankfurt
  replicas: [
    eu-west-1,
    us-east-1,
  ],
  }
`,
  JSON: `{"version": 1, "regions": {"primary": "eu-central-1", "replicas": ["eu-west-1", "us-east-1"]}}`,
  "quotes and anchors": `version: 1
regions:
  primary: &home "eu-central-1"
  replicas: [&next 'eu-west-1', us-east-1]
secrets:
  a: { description: *home }
  b: { description: *next }
`,
  "maps within brackets": `version: 1
regions:
  primary: { region: eu-central-1, label: frankfurt } # the old one
  replicas:
    - { region: eu-west-1, provider_alias: replica }
    - us-east-1
`,
  "maps over several lines": `version: 1
regions:
  primary: # the old one
    region: eu-central-1
    # as it has always been called
    label: frankfurt
  replicas:
    - region: eu-west-1
      provider_alias: replica # as in the post
    - us-east-1
`,
  "a primary over several lines, replicas that are not": `version: 1
regions:
  primary:
    region: eu-central-1
    label: frankfurt # for ever
  replicas:
    - eu-west-1
    - us-east-1
`,
  "no newline at the end": "version: 1\nregions:\n  replicas: [eu-west-1]\n  primary: eu-central-1",
  "carriage returns": "version: 1\r\nregions:\r\n  primary: eu-central-1\r\n  replicas:\r\n    - eu-west-1\r\n",
};

describe("a promotion and the way back", () => {
  test.each(Object.entries(LAYOUTS))("in %s give the same bytes", (_, text) => {
    const there = edited(text, SWAP, HOME);
    const { regions } = loadYaml(there) as { regions: { primary: object | string; home: string } };
    expect(JSON.stringify(regions.primary)).toContain("eu-west-1");
    expect(regions.home).toBe("eu-central-1");
    const comments = (one: string) => one.match(/#.*/g) ?? [];
    expect(comments(there).sort()).toEqual(comments(text).sort());
    expect(edited(there, SWAP, REMOVE)).toBe(text);
  });

  test("reads as a person would have written it", () => {
    expect(edited(LAYOUTS["a map over several lines"]!, SWAP, HOME)).toBe(`# The spec of the team
version: 1
regions:
  # Frankfurt first
  primary: eu-west-1   # Frankfurt
  home: eu-central-1
  replicas: [eu-central-1, us-east-1] # and the others

keys: {}
`);
    expect(edited(LAYOUTS["brackets on one line"]!, SWAP, HOME)).toBe(
      "version: 1\nregions: { primary: eu-west-1, home: eu-central-1, replicas: [eu-central-1, us-east-1] } # all\n",
    );
    expect(edited(LAYOUTS.JSON!, SWAP, HOME)).toBe(
      `{"version": 1, "regions": {"primary": "eu-west-1", "home": "eu-central-1", "replicas": ["eu-central-1", "us-east-1"]}}`,
    );
    expect(edited(LAYOUTS["a primary over several lines, replicas that are not"]!, SWAP, HOME)).toBe(`version: 1
regions:
  primary: eu-west-1
  home: eu-central-1
  replicas:
    - region: eu-central-1
      label: frankfurt # for ever
    - us-east-1
`);
  });
});

describe("a key that is set", () => {
  const from = (keys: number) => ({
    region: "eu-central-1",
    key_ids: Object.fromEntries(Array.from({ length: keys }, (_, at) => [`k${at}`, `mrk-${"0".repeat(31)}${at}`])),
  });
  const setting = (keys: number): Change => {
    return { kind: "set", path: ["regions", "promoted_from"], value: from(keys), after: "primary" };
  };

  test("is on one line where that is short, and on several where it is not", () => {
    const text = "regions:\n  primary: a\nversion: 1\n";
    expect(edited(text, setting(1))).toBe(
      `regions:\n  primary: a\n  promoted_from: { region: eu-central-1, key_ids: { k0: mrk-${"0".repeat(32)} } }\nversion: 1\n`,
    );
    expect(edited(text, setting(2))).toBe(`regions:
  primary: a
  promoted_from:
    region: eu-central-1
    key_ids:
      k0: mrk-${"0".repeat(32)}
      k1: mrk-${"0".repeat(31)}1
version: 1
`);
  });

  test.each([1, 2])("with %d ids goes again without a trace", (keys) => {
    for (const text of Object.values(LAYOUTS)) {
      expect(edited(edited(text, setting(keys)), { kind: "remove", path: ["regions", "promoted_from"] })).toBe(text);
    }
  });

  test("takes the place of what is there, whose comments stay", () => {
    const set = (value: string): Change => ({ kind: "set", path: ["regions", "secrets"], value });
    expect(edited("regions:\n  secrets: { region: a, step: detach } # soon\n", set("b"))).toBe(
      "regions:\n  secrets: b # soon\n",
    );
    expect(edited("regions:\n  secrets: # soon\n    region: a\n    step: detach\n  x: y\n", set("b"))).toBe(
      "regions:\n  secrets: b # soon\n  x: y\n",
    );
  });

  test("is quoted where YAML would take it for something else", () => {
    const value = { true: "mrk-1", "a b": "x: y" };
    expect(edited("a:\n  b: c\n", { kind: "set", path: ["a", "d"], value, after: "b" })).toBe(
      'a:\n  b: c\n  d: { "true": mrk-1, "a b": "x: y" }\n',
    );
  });
});

describe("a value that is retired", () => {
  const retire = (...path: string[]): Change => ({ kind: "retire", path, value: "external", remark: "was:" });

  test.each([
    ["a word", "a:\n  value: generated\n", "a:\n  value: external # was: generated\n"],
    ["a word with a comment", "a:\n  value: generated # now\n", "a:\n  value: external # now\n"],
    ["a word within brackets", "a: { value: generated, b: c }\n", "a: { value: external, b: c }\n"],
    [
      "a map within brackets",
      "a:\n  value: { generated: { length: 8 } }\n",
      "a:\n  value: external # was: { generated: { length: 8 } }\n",
    ],
    [
      "a map over several lines",
      "a:\n  value: # the password\n    # of the database\n    json:\n      user: app\n      password: generated\n\n    version: 2 # third\n  b: c\n",
      "a:\n  value: external # the password\n    # of the database\n    # json:\n    #   user: app\n    #   password: generated\n\n    # version: 2 # third\n  b: c\n",
    ],
    [
      "brackets over several lines",
      "a:\n  value: { json: {\n      user: app,\n    } }\n",
      "a:\n  value: external # was:\n    # { json: {\n    #   user: app,\n    # } }\n",
    ],
  ])("as %s stays as a comment where there is room", (_, text, expected) => {
    expect(edited(text, retire("a", "value"))).toBe(expected);
  });

  test("is retired behind its anchor for all who refer to it", () => {
    const text = "a: { value: &pw generated }\nb: { value: *pw }\nc: &c { value: generated }\nd: { <<: *c, e: f }\n";
    const all = ["a", "b", "c", "d"].map((id) => retire(id, "value"));
    expect(edited(text, ...all)).toBe(
      "a: { value: &pw external }\nb: { value: *pw }\nc: &c { value: external }\nd: { <<: *c, e: f }\n",
    );
  });

  test("is not retired where a comment would be lost", () => {
    const text = "a: { value: { json: { # mine\n  user: app } } }\n";
    expect(() => edited(text, retire("a", "value"))).toThrow(EditError);
  });
});

describe("nothing is changed", () => {
  test.each([
    [
      "where an alias is before what it would be moved to",
      "regions: { primary: &p a, home: *p, replicas: [b] }\n",
      SWAP,
    ],
    ["where a list is an alias", "x: &l [b]\nregions: { primary: a, replicas: *l }\n", SWAP],
    ["where others refer to what would be set", "a: &x b\nc: *x\n", { kind: "set", path: ["a"], value: "d" } as Change],
    ["where the key comes from a merge", "x: &x { primary: a }\nregions: { <<: *x, replicas: [b] }\n", HOME],
  ])("%s", (_, text, change) => {
    expect(() => edited(text, change)).toThrow(EditError);
  });
});
