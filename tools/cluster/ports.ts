/** TCP ports of a cluster, and whether something answers on one. */
import { createServer } from "node:net";

/** Hands out ports, one after the other. */
export interface Ports {
  take(): Promise<number>;
}

/** Ports from `first` on; 0 takes free ones. */
export function ports(first: number): Ports {
  let next = first;
  return {
    take: async () => {
      if (first === 0) return freePort();
      next += 1;
      return next - 1;
    },
  };
}

/** A TCP port on 127.0.0.1 that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** True when an HTTP GET answers 2xx within a second. */
export const answersOk = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
};
