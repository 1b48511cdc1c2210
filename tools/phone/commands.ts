/**
 * What the commands of the command line do.
 * Owns: starting phones, following one call, words for a person. Does not own: arguments (main.ts),
 * SIP (phone.ts).
 */
import { type Behaviour, chooseBehaviour, type NumberRule } from "./behaviour.ts";
import { errorText } from "./containment.ts";
import { printLadder } from "./ladder.ts";
import type { LoggedMessage } from "./log.ts";
import { type CallOptions, type OutgoingCall, type Phone, startPhone } from "./phone.ts";
import type { Hop, Transport } from "./stack.ts";

/** What every command is told. */
export interface Shared {
  readonly bind: Hop;
  readonly transport: Transport;
  readonly domain: string;
  readonly quiet?: boolean;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Says what is wrong on stderr; the exit code will be 1. */
export function fail(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

function watch(phone: Phone, { quiet }: Shared, label = ""): void {
  if (quiet !== true) printLadder(phone.log, print, label);
}

async function waitForSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

/** What the command is told. */
export interface TrunkOptions extends Shared {
  readonly number?: readonly NumberRule[];
  readonly otherwise: Behaviour;
  /** Where calls go that are forwarded back. */
  readonly service: Hop;
}

/** A carrier: many numbers, each with its rule, until stopped. */
export async function runTrunk(options: TrunkOptions): Promise<void> {
  const phone = await startPhone({
    bind: options.bind,
    transport: options.transport,
    domain: options.domain,
    user: "trunk",
    outboundProxy: options.service,
    behaviour: ({ number }) => chooseBehaviour(options.number ?? [], number, options.otherwise),
  });
  const { host, port } = phone.address;
  print(
    `trunk ready on ${options.transport} ${host}:${port}, ${options.number?.length ?? 0} rules`,
  );
  watch(phone, options);
  await waitForSignal();
  await phone.hangUp(1_000);
  await phone.close();
}

/** What the command is told. */
export interface ExtensionOptions extends Shared {
  readonly user: readonly string[];
  readonly password: string;
  readonly registrar: Hop;
  readonly behaviour: Behaviour;
  readonly expires: number;
}

/** Registered telephones, until stopped. */
export async function runExtension(options: ExtensionOptions): Promise<void> {
  const { bind, transport, domain, password, registrar } = options;
  if (options.user.length > 1 && bind.port !== 0) {
    return fail("several users need a port each: give --bind ADDRESS:0");
  }
  const phones: Phone[] = [];
  try {
    for (const user of options.user) {
      const chosen = options.behaviour;
      const settings = { bind, transport, user, domain, password, registrar, behaviour: chosen };
      const phone = await startPhone(settings);
      phones.push(phone);
      watch(phone, options, `${user} `);
      await registerOrThrow(phone, options);
      print(`extension ${user} ready on ${transport} ${phone.address.host}:${phone.address.port}`);
    }
    await waitForSignal();
    await Promise.all(phones.map((phone) => phone.hangUp(1_000)));
    await Promise.all(phones.map((phone) => phone.unregister({ boundMs: 1_000 })));
  } finally {
    await Promise.all(phones.map((phone) => phone.close()));
  }
}

async function registerOrThrow(phone: Phone, options: ExtensionOptions): Promise<void> {
  const { expires, registrar } = options;
  const where = `${registrar.host}:${registrar.port}`;
  const reply = await phone.register({ expires, refresh: true }).catch(() => null);
  if (reply === null || reply.status === 408 || phone.log.entries().every(isOurs)) {
    throw new Error(
      `extension ${phone.user}: no answer from ${where}\nnext: is the registrar running there?`,
    );
  }
  if (reply.status >= 300) {
    throw new Error(
      `extension ${phone.user}: registration refused, ${reply.status} ${reply.reason}\n` +
        "next: compare --user, --domain and --password with the company's terminals",
    );
  }
}

function isOurs({ direction }: LoggedMessage): boolean {
  return direction === "out";
}

/** What the command is told. */
export interface PlaceOptions extends Shared {
  readonly from: string;
  readonly to: string;
  readonly via: Hop;
  readonly password?: string;
  readonly name?: string;
  readonly hangupAfter: number;
  readonly giveUpAfter: number;
}

/** One call, from INVITE to its end. */
export async function runCall(options: PlaceOptions): Promise<void> {
  const { bind, transport, domain, from, via, password, name } = options;
  const phone = await startPhone({
    bind,
    transport,
    domain,
    user: from,
    outboundProxy: via,
    ...(password === undefined ? {} : { password }),
  });
  watch(phone, options);
  const described: CallOptions = name === undefined ? {} : { displayName: name };
  const call = phone.call(options.to, described);
  const giveUp = setTimeout(() => call.cancel(), options.giveUpAfter);
  const onSignal = (): void => {
    call.cancel();
    void phone.hangUp(1_000);
  };
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    await follow(call, phone, options);
  } catch (error) {
    fail(errorText(error));
  } finally {
    clearTimeout(giveUp);
    await phone.close();
  }
}

/** Longer than the package's own Timer B and the 487 after our CANCEL. */
const ANSWER_MARGIN_MS = 40_000;

async function follow(call: OutgoingCall, phone: Phone, options: PlaceOptions): Promise<void> {
  const outcome = await call.outcome(options.giveUpAfter + ANSWER_MARGIN_MS);
  if (outcome.kind === "failed") {
    fail(`not answered: ${outcome.status} ${outcome.reason}`);
    const { host, port } = options.via;
    if (phone.log.entries().every(isOurs)) {
      fail(`next: nothing came back from ${host}:${port}; is a SIP server running there?`);
    }
    return;
  }
  const dialog = await call.answered(0);
  const heldUntil = dialog.ended.wait(options.hangupAfter).catch(() => null);
  if ((await heldUntil) === null) await dialog.bye();
  const end = await dialog.ended.wait(0);
  print(end.kind === "hung-up" ? `answered; hung up by ${end.by}` : "answered");
}
