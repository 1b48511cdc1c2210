import { describe, expect, it } from "vitest";
import { judgeNonce, makeNonce, NONCE_LIFETIME_MS } from "./nonce.ts";

const SCOPE = { realm: "demo", host: "192.0.2.7" };
const AT = 1_800_000_000_000;
const isSame = (left: string, right: string): boolean => left === right;
/** Stands for a keyed hash: what counts here is which text is sealed. */
const sealWith =
  (secret: string) =>
  (text: string): string => {
    let hash = 2_166_136_261;
    for (const char of secret + text) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
    return (hash >>> 0).toString(16).padStart(8, "0").repeat(8);
  };
const tools = { seal: sealWith("cluster"), isSame };
const nonce = makeNonce(SCOPE, AT, "salt", tools.seal);

describe("a nonce", () => {
  it("is valid for its lifetime, for whoever has the secret, and tells when it was made", () => {
    for (const age of [0, NONCE_LIFETIME_MS]) {
      expect(judgeNonce(nonce, SCOPE, AT + age, tools)).toEqual({ kind: "valid", madeAt: AT });
    }
  });

  it("is expired a moment later", () => {
    const verdict = judgeNonce(nonce, SCOPE, AT + NONCE_LIFETIME_MS + 1, tools);
    expect(verdict).toEqual({ kind: "expired" });
  });

  it("of an edge whose clock is ahead is valid", () => {
    expect(judgeNonce(nonce, SCOPE, AT - 2_000, tools)).toMatchObject({ kind: "valid" });
  });

  it("differs by its salt, in the same millisecond", () => {
    expect(makeNonce(SCOPE, AT, "other", tools.seal)).not.toBe(nonce);
  });

  const [made = "", salt = "", mac = ""] = nonce.split(".");
  it.each([
    ["another secret", nonce, SCOPE, sealWith("rotated")],
    ["another realm", nonce, { ...SCOPE, realm: "other" }, tools.seal],
    ["another source host", nonce, { ...SCOPE, host: "192.0.2.8" }, tools.seal],
    ["a later time put in", `${(AT + 1).toString(36)}.${salt}.${mac}`, SCOPE, tools.seal],
    ["another salt put in", `${made}.x.${mac}`, SCOPE, tools.seal],
    ["a fourth part", `${nonce}.x`, SCOPE, tools.seal],
    ["no seal", `${made}.${salt}`, SCOPE, tools.seal],
    ["nothing", "", SCOPE, tools.seal],
  ])("with %s is not ours", (_, text, scope, seal) => {
    expect(judgeNonce(text, scope, AT, { seal, isSame })).toEqual({ kind: "not-ours" });
  });
});
