/**
 * Digest secrets of a terminal: what an edge needs to check a REGISTER, and nothing that gives the
 * password back at once.
 */
import { createHash } from "node:crypto";
import type { Extension } from "../../../lib/telephony/ids.ts";

/** H(user:realm:password) in hex, for both algorithms that edges offer (RFC 8760 2.6). */
export interface DigestSecrets {
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

/** The secrets of an extension; the realm is the company's domain (RFC 7616 3.4.2). */
export function digestSecrets(
  extension: Extension,
  domain: string,
  password: string,
): DigestSecrets {
  const secret = `${extension}:${domain}:${password}`;
  const hash = (algorithm: string): string => createHash(algorithm).update(secret).digest("hex");
  return { ha1Md5: hash("md5"), ha1Sha256: hash("sha256") };
}
