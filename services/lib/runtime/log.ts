/**
 * JSON log lines on standard output: one object a line, time in ISO 8601, UTC.
 *
 * J1  Secrets are cut out by key, at any of the first three levels, whatever the caller logs.
 */
import pino from "pino";

export type { Logger } from "pino";

/** Least severe level that is written. */
export type LogLevel = "debug" | "info" | "warn" | "error";

const SECRET_KEYS = [
  "password",
  "secret",
  "authorization",
  "proxyAuthorization",
  "ha1",
  "ha1Md5",
  "ha1Sha256",
  "databaseUrl",
  "token",
];

const secretPaths = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** A process's logger; `log.child({ callId, company, traceId })` binds a call once. */
export function createLogger(
  {
    service,
    node,
    level,
  }: { readonly service: string; readonly node: string; readonly level: LogLevel },
  destination?: pino.DestinationStream,
): pino.Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service, node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretPaths, censor: "[secret]" },
    serializers: { err: pino.stdSerializers.err },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
