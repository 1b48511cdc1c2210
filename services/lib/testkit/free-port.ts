/**
 * Ports for processes that must know theirs before they start; what can listen on port 0 itself should.
 *
 * FP1  They lie below 32768, where Linux takes the ports of outgoing connections from: none of those
 *      can take one between the look and the use.
 * FP2  A process never gets the same port twice, and begins where its neighbours by process id do not.
 */
import { createServer } from "node:net";

const FIRST = 16_384;
const COUNT = 16_384;
const OF_ONE_PROCESS = 64;

let next = process.pid * OF_ONE_PROCESS;

/** A TCP port of `host` that was free a moment ago; rejects when a whole round finds none. */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (let looked = 0; looked < COUNT; looked += 1) {
    next += 1;
    const port = FIRST + (next % COUNT);
    if (await canListen(port, host)) return port;
  }
  throw new Error(`no free port on ${host} from ${FIRST} to ${FIRST + COUNT - 1}`);
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
