// Runs terraform with the real AWS provider against a Moto server on this machine, and keeps what the provider sent: Moto
// answers some requests without heeding all of them. Nothing here reaches AWS.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { devNull, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Names the folder laid out as `registry.terraform.io/hashicorp/aws/…` from which terraform takes the provider. */
const mirrorVariable = "MRK_SCAFFOLD_PROVIDER_MIRROR";
const provider = "registry.terraform.io/hashicorp/aws";

/** A request of the provider; `target` is as in "secretsmanager.CreateSecret", "" for services without one. */
export interface SentRequest {
  readonly region: string;
  readonly target: string;
  readonly body: string;
}

export interface Moto {
  /** What AWS_ENDPOINT_URL is set to. */
  readonly url: string;
  /** Everything sent to `url`, in order. */
  readonly sent: readonly SentRequest[];
  /** Calls an operation of a JSON service, as in `call("eu-west-1", "secretsmanager.ListSecrets")`; throws on an error. */
  call<Answer>(region: string, target: string, body?: object): Promise<Answer>;
  stop(): Promise<void>;
}

/** What this machine lacks, each a part of a sentence; empty when the real provider can be run. */
export function missingForMoto(): string[] {
  const mirror = process.env[mirrorVariable];
  return [
    ...["terraform", "python3"].filter((program) => !onPath(program)).map((program) => `${program} is not on PATH`),
    ...(spawnSync("python3", ["-c", "import moto.server"]).status === 0 ? [] : ["python3 has no moto"]),
    ...(mirror === undefined ? [`${mirrorVariable} is not set`] : []),
    ...(mirror !== undefined && !existsSync(join(mirror, provider)) ? [`${mirrorVariable} has no ${provider}`] : []),
  ];
}

function onPath(program: string): boolean {
  const file = process.platform === "win32" ? `${program}.exe` : program;
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, file)));
}

/** Starts Moto, with what `moto_multi_region.py` adds, on free ports of 127.0.0.1 and waits until it answers; throws what it printed if it never does. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const script = fileURLToPath(new URL("moto_multi_region.py", import.meta.url));
  const server = spawn("python3", [script, "-H", "127.0.0.1", "-p", String(port)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const killServer = () => server.kill();
  // A run that is interrupted never gets to `stop`.
  process.once("exit", killServer);
  const printed: string[] = [];
  server.stderr.setEncoding("utf8").on("data", (text: string) => printed.push(text));
  server.on("error", (error) => printed.push(error.message));
  const sent: SentRequest[] = [];
  const recorder = recordingProxy(port, sent);
  try {
    await answers(`http://127.0.0.1:${port}/moto-api/`, server);
    recorder.listen(0, "127.0.0.1");
    await once(recorder, "listening");
  } catch (error) {
    killServer();
    throw new Error(`moto_server does not answer: ${printed.join("")}`, { cause: error });
  }
  return {
    url: `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`,
    sent,
    async call<Answer>(region: string, target: string, body: object = {}) {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": target,
          // Moto reads the region and the service from here and checks nothing else.
          authorization: `AWS4-HMAC-SHA256 Credential=test/20250101/${region}/${serviceOf(target)}/aws4_request, SignedHeaders=host, Signature=0`,
        },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${target} in ${region}: ${response.status} ${text}`);
      return JSON.parse(text) as Answer;
    },
    async stop() {
      process.off("exit", killServer);
      recorder.close();
      recorder.closeAllConnections();
      if (server.exitCode === null && server.kill()) await once(server, "exit");
    },
  };
}

const SERVICES: Readonly<Record<string, string>> = { TrentService: "kms", Logs_20140328: "logs", AmazonSSM: "ssm" };
const serviceOf = (target: string) => SERVICES[target.split(".")[0] ?? ""] ?? "secretsmanager";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300 && server.exitCode === null; tries++) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await sleep(200);
  }
  throw new Error(server.exitCode === null ? "no answer in a minute" : `it ended with ${server.exitCode}`);
}

/** Hands every request to the port and notes it down. */
function recordingProxy(port: number, sent: SentRequest[]): Server {
  return createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const { method, headers, url: path } = incoming;
    const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "";
    sent.push({ region, target: String(headers["x-amz-target"] ?? ""), body: body.toString() });
    request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    })
      .on("error", (error) => outgoing.destroy(error))
      .end(body);
  });
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Runs terraform in a folder without anything of the user's AWS or terraform settings, with the provider of the mirror and
 * everything that the provider sends going to `endpoint`. Returns its stdout; throws all that it printed if it fails.
 */
export async function terraform(folder: string, endpoint: string, args: readonly string[]): Promise<string> {
  const settings = mkdtempSync(join(tmpdir(), "terraform-settings-"));
  const cliConfig = join(settings, "terraform.rc");
  const mirror = process.env[mirrorVariable] ?? "";
  // Without `direct`, terraform asks no registry even when the mirror lacks a provider.
  writeFileSync(
    cliConfig,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  );
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS_|TF_(?!VAR_))/.test(name));
  const child = spawn("terraform", args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(inherited),
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL: endpoint,
      CHECKPOINT_DISABLE: "1",
      TF_CLI_CONFIG_FILE: cliConfig,
      TF_IN_AUTOMATION: "1",
    },
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => stdout.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr.push(text));
  const [code] = await once(child, "close");
  rmSync(settings, { recursive: true });
  if (code !== 0) throw new Error(`terraform ${args[0]} ended with ${code}\n${stdout.join("")}${stderr.join("")}`);
  return stdout.join("");
}
