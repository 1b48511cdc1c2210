/**
 * Random tokens for branches, tags, Call-IDs and call ids. Owns: their length and their source.
 *
 * TM1  96 bits from the system's generator, hexadecimal, out of a pool that is filled seldom.
 */
import { randomFillSync } from "node:crypto";

const POOL_BYTES = 4_096;
const TOKEN_BYTES = 12;

/** Makes a mint; each token is a SIP token and an id of ours. */
export function createTokenMint(): () => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return () => {
    if (used + TOKEN_BYTES > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += TOKEN_BYTES;
    return pool.toString("hex", used - TOKEN_BYTES, used);
  };
}
