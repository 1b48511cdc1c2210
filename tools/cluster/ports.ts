/** TCP ports of a cluster, and whether something answers on one. */
import { freePort } from "../../services/lib/testkit/free-port.ts";

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

/** True when an HTTP GET answers 2xx within a second. */
export const answersOk = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
};
