/**
 * What a decoder answers when bytes are not the message they should be.
 * Owns the fault and the one place where decoding stops early. Does not own what a field may hold: fields.ts.
 *
 * F1  A decoder never throws: every failure inside becomes a WireFault that names the field.
 */

/** Bytes that are not the message expected; `path` names the field, as `pending[2].leg`. */
export interface WireFault {
  readonly kind: "wire-fault";
  readonly path: string;
  readonly problem: string;
}

/** True for what a decoder returns when it refuses. */
export const isWireFault = <T extends object>(value: T | WireFault): value is WireFault =>
  "kind" in value && value.kind === "wire-fault";

/** One line for a log or a table: `pending[2].leg: not a LegId`. */
export const describeFault = (fault: WireFault): string => `${fault.path}: ${fault.problem}`;

/** Stops a decoder; caught by {@link decoding} and by nothing else. */
class Refusal extends Error {
  readonly path: string;

  constructor(path: string, problem: string) {
    super(problem);
    this.path = path;
  }
}

/** Refuses the field at `path`. Only for use inside {@link decoding}. */
export function refuse(path: string, problem: string): never {
  throw new Refusal(path, problem);
}

/** Runs a reader; its refusals, and what the protobuf decoder throws, become a {@link WireFault}. */
export function decoding<T>(message: string, read: () => T): T | WireFault {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) {
      return { kind: "wire-fault", path: error.path, problem: error.message };
    }
    const problem = error instanceof Error ? error.message : String(error);
    return { kind: "wire-fault", path: message, problem };
  }
}
