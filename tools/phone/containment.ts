/**
 * How the faults of a package that we do not own are kept where they arise.
 * Owns: containing what a method throws, and seeing the sockets that a call opens. Does not own:
 * which objects need it (stack.ts).
 */
import { channel } from "node:diagnostics_channel";

/** From now on `target[name]` reports what it throws instead of throwing it. */
export function contain(target: object, name: string, onFault: (text: string) => void): void {
  const method: unknown = Reflect.get(target, name);
  if (typeof method !== "function") return;
  Object.defineProperty(target, name, {
    configurable: true,
    value: (...args: unknown[]): unknown => {
      try {
        return Reflect.apply(method, target, args);
      } catch (error) {
        onFault(`${name}: ${errorText(error)}`);
        return false;
      }
    },
  });
}

/** Runs `action`, reporting what it throws. */
export function contained(onFault: (text: string) => void, action: () => void): void {
  try {
    action();
  } catch (error) {
    onFault(error instanceof Error && error.stack !== undefined ? error.stack : errorText(error));
  }
}

/** Runs `action` (synchronous) and shows each message of a diagnostics channel meanwhile. */
export function whileWatching<T>(
  name: string,
  onMessage: (m: unknown) => void,
  action: () => T,
): T {
  const watched = channel(name);
  const listener = (message: unknown): void => onMessage(message);
  watched.subscribe(listener);
  try {
    return action();
  } finally {
    watched.unsubscribe(listener);
  }
}

/** The socket or server that a channel message is about, null when there is none. */
export function readSocket(message: unknown): unknown {
  if (typeof message !== "object" || message === null) return null;
  if ("socket" in message) return message.socket;
  return "server" in message ? message.server : null;
}

/** Message of an Error, else the value as text. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
