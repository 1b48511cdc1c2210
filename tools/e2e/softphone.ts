/**
 * A baresip process as a telephone of an extension: steered over its ctrl_tcp module, read from its
 * own SIP trace. Owns: its folder, process and control connection. Does not own: what is asserted.
 *
 * F1  It has no sound card: the aubridge module plays what it hears back into its microphone, so a
 *     call with it is an echo.
 * F2  The trace is what baresip's own stack says it sent and received, line by line as it happens.
 * F3  `stop` ends the process as a user would: it unregisters first.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { freePort } from "../../services/lib/testkit/free-port.ts";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import { Child } from "../cluster/child.ts";
import { readNetstrings } from "./netstring.ts";

/** How to start one. */
export interface SoftphoneOptions {
  /** Its folder; config and log are made there. */
  readonly dir: string;
  /** Its address, for SIP and audio. */
  readonly host: string;
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly registrar: { readonly host: string; readonly port: number };
  readonly transport: "udp" | "tcp";
  /** Answers by itself, at once. */
  readonly answersAtOnce: boolean;
}

/** Something that baresip says happened: REGISTER_OK, CALL_ESTABLISHED, CALL_CLOSED and so on. */
export interface SoftphoneEvent {
  readonly type: string;
  readonly param: string;
}

/** A message of its trace. */
export interface TracedMessage {
  readonly direction: "in" | "out";
  readonly transport: string;
  readonly raw: string;
}

/** A running baresip, registered. */
export interface Softphone {
  readonly events: readonly SoftphoneEvent[];
  /** Waits until it said `type`, `count` times since it started. */
  readonly heard: (type: string, count?: number, boundMs?: number) => Promise<void>;
  /** Runs a command of its menu and gives what it prints; throws what it refuses. */
  readonly command: (command: string, params?: string) => Promise<string>;
  readonly register: () => Promise<void>;
  readonly unregister: () => Promise<void>;
  /** Calls that it shows now. */
  readonly callsShown: () => Promise<number>;
  readonly trace: () => readonly TracedMessage[];
  readonly stop: () => Promise<void>;
}

const MODULES = "/usr/lib/baresip/modules";
const BOUND_MS = 10_000;

/** Starts and registers one; throws with its output when that fails. */
export async function startSoftphone(options: SoftphoneOptions): Promise<Softphone> {
  const { dir, host } = options;
  mkdirSync(dir, { recursive: true });
  const control = { host, port: await freePort(host) };
  writeFileSync(join(dir, "config"), configText(host, control.port));
  writeFileSync(join(dir, "accounts"), "");
  const child = new Child({
    name: "baresip",
    // Its trace goes to stdout, which is kept back in a file unless buffered by lines.
    command: "stdbuf",
    args: ["-oL", "baresip", "-f", dir, "-s"],
    env: { PATH: process.env["PATH"] ?? "", HOME: dir },
    logFile: join(dir, "baresip.log"),
    isReady: () => canConnect(control),
  });
  await child.start();
  try {
    const line = await connectControl(control);
    const softphone = operate(options, child, line);
    await softphone.register();
    return softphone;
  } catch (error) {
    await child.kill();
    throw error;
  }
}

function configText(host: string, controlPort: number): string {
  const modules = ["account", "g711", "aubridge", "ctrl_tcp"].map((name) => `module ${name}.so\n`);
  return `sip_listen ${host}:0
net_interface ${host}
ctrl_tcp_listen ${host}:${controlPort}
audio_source aubridge,loop
audio_player aubridge,loop
audio_alert aubridge,alert
module_path ${MODULES}
${modules.join("")}module_app menu.so
`;
}

const canConnect = (to: { host: string; port: number }): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createConnection(to);
    const end = (isOpen: boolean) => (): void => {
      probe.destroy();
      resolve(isOpen);
    };
    probe.once("connect", end(true)).once("error", end(false));
  });

interface Control {
  readonly events: SoftphoneEvent[];
  readonly command: Softphone["command"];
  readonly close: () => void;
}

interface Answer {
  readonly token: string;
  readonly ok: boolean;
  readonly data: string;
}

type Said = ({ readonly event: true } & SoftphoneEvent) | ({ readonly response: true } & Answer);

async function connectControl(to: { host: string; port: number }): Promise<Control> {
  const socket: Socket = createConnection(to);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject);
  });
  socket.on("error", () => undefined);
  const events: SoftphoneEvent[] = [];
  const answers = new Map<string, Answer>();
  const read = readNetstrings((text) => {
    const said = JSON.parse(text) as Said;
    if ("event" in said) events.push(said);
    else answers.set(said.token, said);
  });
  socket.on("data", read);
  let asked = 0;
  return {
    events,
    close: () => socket.destroy(),
    command: async (command, params = "") => {
      asked += 1;
      const token = String(asked);
      const text = JSON.stringify({ command, params, token });
      socket.write(`${Buffer.byteLength(text)}:${text},`);
      const { ok, data } = await waitFor(() => answers.get(token), `baresip does ${command}`);
      if (!ok) throw new Error(`baresip ${command} ${params}: ${data}`);
      return data;
    },
  };
}

function operate(options: SoftphoneOptions, child: Child, control: Control): Softphone {
  const { user, domain, password, registrar, transport } = options;
  const { events, command } = control;
  const outbound = `sip:${registrar.host}:${registrar.port};transport=${transport}`;
  const account =
    `<sip:${user}@${domain};transport=${transport}>;auth_pass=${password};regint=60;` +
    `outbound="${outbound}";answermode=${options.answersAtOnce ? "auto" : "manual"}`;
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  const heard: Softphone["heard"] = async (type, times = 1, boundMs = BOUND_MS) => {
    await waitFor(() => count(type) >= times, `baresip says ${type} ${times} times`, boundMs);
  };
  return {
    events,
    heard,
    command,
    register: async () => {
      const before = count("REGISTER_OK");
      await command("uanew", account);
      await heard("REGISTER_OK", before + 1);
    },
    unregister: async () => {
      await command("uadel", `sip:${user}@${domain}`);
    },
    callsShown: async () => {
      const shown = await command("listcalls");
      return Number(/Active calls \((\d+)\)/.exec(shown)?.[1] ?? 0);
    },
    trace: () => readTrace(readFileSync(child.logFile, "latin1"), options.host),
    stop: async () => {
      control.close();
      await child.stop();
    },
  };
}

const MESSAGE_BEGINS = "\u001b[36;1m#\n";
const MESSAGE_ENDS = "\u001b[;m";

/** Messages between the colours of the trace, each after a line like `UDP from:port -> to:port`. */
function readTrace(log: string, host: string): readonly TracedMessage[] {
  return log
    .split(MESSAGE_BEGINS)
    .slice(1)
    .flatMap((part) => {
      const [text = "", rest] = part.split(MESSAGE_ENDS, 2);
      const [head, transport = "", from = ""] = /^(UDP|TCP) (\S+) -> \S+\n/.exec(text) ?? [];
      if (head === undefined || rest === undefined) return [];
      const direction = from.startsWith(`${host}:`) ? "out" : "in";
      return [{ direction, transport, raw: text.slice(head.length) } as const];
    });
}
