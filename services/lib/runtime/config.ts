/**
 * Settings of a process, declared as data and read from environment variables.
 * Owns: the declaration, reading, the text for --help. Does not own: any service's list of settings
 * (its config.ts), nor process.env, which is handed in.
 *
 * G1  All faults are reported at once, each with its key, the problem and an example.
 * G2  An unset or empty variable means the default; a setting without default is then a fault.
 *     An explicit 0 is 0.
 * G3  The value of a secret never appears in a fault.
 */
import { z } from "zod";
import { isIdFault, type NodeId, parseNodeId } from "../telephony/ids.ts";

/** One setting. `standard` is the default as it would be written in the environment; null = required. */
export interface Setting<T> {
  readonly key: string;
  readonly meaning: string;
  readonly unit?: string;
  readonly standard: string | null;
  readonly example: string;
  readonly secret?: boolean;
  readonly schema: z.ZodType<T, string>;
}

/** A service's settings by the name the code uses. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values read. */
export type Config<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};

/** A variable that cannot be used. */
export interface ConfigFault {
  readonly key: string;
  readonly problem: string;
  readonly example: string;
}

/** What {@link readConfig} returns. */
export type ConfigResult<C> =
  | { readonly ok: true; readonly config: C }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** Declares a setting; exists so that its type is inferred. */
export const setting = <T>(declared: Setting<T>): Setting<T> => declared;

const parsed = <T>(must: string, parse: (text: string) => T | undefined): z.ZodType<T, string> =>
  z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `must be ${must}` });
    return z.NEVER;
  });

/** Any text. */
export const text: z.ZodType<string, string> = z.string();

/** A whole number within bounds. */
export const wholeNumber = (min: number, max: number): z.ZodType<number, string> =>
  parsed(`a whole number from ${min} to ${max}`, (written) => {
    const value = /^-?[0-9]{1,15}$/.test(written) ? Number(written) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });

/** A share from 0 to 1. */
export const share: z.ZodType<number, string> = parsed("a number from 0 to 1", (written) => {
  const value = /^[01](\.[0-9]+)?$/.test(written) ? Number(written) : Number.NaN;
  return value <= 1 ? value : undefined;
});

/** `true` or `false`. */
export const flag: z.ZodType<boolean, string> = parsed("true or false", (written) =>
  written === "true" ? true : written === "false" ? false : undefined,
);

/** One of some words. */
export const choice = <const W extends string>(words: readonly W[]): z.ZodType<W, string> =>
  parsed(`one of ${words.join(", ")}`, (written) => words.find((word) => word === written));

/** The id of a process. */
export const nodeName: z.ZodType<NodeId, string> = parsed(
  "1 to 64 letters, digits, - or _",
  (written) => {
    const id = parseNodeId(written);
    return isIdFault(id) ? undefined : id;
  },
);

/** A host (name, IPv4 or [IPv6]) and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

function parseHostPort(written: string): HostPort | undefined {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})$/.exec(written);
  const host = match?.[1];
  const port = Number(match?.[2]);
  if (host === undefined || port > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port };
}

/** As it is written: `host:port`, IPv6 in brackets. */
export const hostPortText = ({ host, port }: HostPort): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** `host:port`; port 0 lets the system choose. */
export const hostPort: z.ZodType<HostPort, string> = parsed("host:port", parseHostPort);

/** A comma list of what `item` reads; empty text is the empty list. */
export const listOf = <T>(item: z.ZodType<T, string>): z.ZodType<readonly T[], string> =>
  z.string().transform((written, context) => {
    const parts = written === "" ? [] : written.split(",").map((part) => part.trim());
    const values: T[] = [];
    for (const part of parts) {
      const read = item.safeParse(part);
      if (read.success) values.push(read.data);
      else context.addIssue({ code: "custom", message: `${part}: ${problemOf(read.error)}` });
    }
    return values;
  });

/** What `item` reads, or null for empty text. */
export const orNone = <T>(item: z.ZodType<T, string>): z.ZodType<T | null, string> =>
  z.string().transform((written, context) => {
    if (written === "") return null;
    const read = item.safeParse(written);
    if (read.success) return read.data;
    context.addIssue({ code: "custom", message: problemOf(read.error) });
    return z.NEVER;
  });

/** A URL of one of some schemes. */
export const url = (...schemes: readonly string[]): z.ZodType<string, string> =>
  parsed(`a URL like ${schemes.map((scheme) => `${scheme}://...`).join(" or ")}`, (written) =>
    schemes.some((scheme) => written.startsWith(`${scheme}://`)) && URL.canParse(written)
      ? written
      : undefined,
  );

const problemOf = (error: z.ZodError): string =>
  error.issues.map((issue) => issue.message).join("; ");

function readSetting(
  env: Readonly<Record<string, string | undefined>>,
  declared: Setting<unknown>,
): { readonly value: unknown } | ConfigFault {
  const { key, example, secret } = declared;
  const set = env[key];
  const written = set === undefined || set === "" ? declared.standard : set;
  if (written === null) return { key, problem: "is not set and has no default", example };
  const read = declared.schema.safeParse(written);
  if (read.success) return { value: read.data };
  const shown = secret === true ? "" : ` (is ${JSON.stringify(written)})`;
  return { key, problem: `${problemOf(read.error)}${shown}`, example };
}

/** Reads all settings from `env`: a frozen object, or every fault. */
export function readConfig<S extends Settings>(
  env: Readonly<Record<string, string | undefined>>,
  settings: S,
): ConfigResult<Config<S>> {
  const faults: ConfigFault[] = [];
  const values: Partial<Record<keyof S, unknown>> = {};
  for (const name in settings) {
    const declared = settings[name];
    if (declared === undefined) continue;
    const read = readSetting(env, declared);
    if ("problem" in read) faults.push(read);
    else values[name] = Object.freeze(read.value);
  }
  if (faults.length > 0 || !isComplete(settings, values)) return { ok: false, faults };
  return { ok: true, config: Object.freeze(values) };
}

/** Each value came from its own setting's schema, so the object is complete when every name is there. */
const isComplete = <S extends Settings>(
  settings: S,
  values: Partial<Record<keyof S, unknown>>,
): values is Config<S> => Object.keys(settings).every((name) => name in values);

/** The settings as text: key, unit, default and meaning, one a line. */
export function describeConfig(settings: Settings): string {
  const rows = Object.values(settings).map(({ key, unit, standard, meaning }) => {
    const inUnit = unit === undefined ? "" : ` (${unit})`;
    const usual =
      standard === null ? "Required" : `Default: ${standard === "" ? "none" : standard}`;
    return { key, meaning: `${meaning}${inUnit}. ${usual}.` };
  });
  const width = Math.max(0, ...rows.map(({ key }) => key.length));
  return rows.map(({ key, meaning }) => `  ${key.padEnd(width)}  ${meaning}`).join("\n");
}

/** Faults as text, one a line. */
export const describeFaults = (faults: readonly ConfigFault[]): string =>
  faults
    .map(({ key, problem, example }) => `  ${key} ${problem}; example: ${key}=${example}`)
    .join("\n");

/** The config; with faults it prints them all and ends the process with status 2. Only for main.ts. */
export function exitOnFaults<C>(service: string, result: ConfigResult<C>): C {
  if (result.ok) return result.config;
  process.stderr.write(
    `${service}: cannot start, settings are wrong:\n${describeFaults(result.faults)}\n`,
  );
  process.exit(2);
}

/** Prints the settings and ends the process when --help was asked for. Only for main.ts. */
export function helpOnRequest(service: string, settings: Settings, argv: readonly string[]): void {
  if (!argv.includes("--help") && !argv.includes("-h")) return;
  process.stdout.write(
    `${service}: settings are environment variables\n${describeConfig(settings)}\n`,
  );
  process.exit(0);
}
