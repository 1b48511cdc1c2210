import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  digestResponse,
  digestSecret,
  formatChallenge,
  formatCredentials,
  readChallenge,
  readCredentials,
} from "./digest.ts";

const md5 = (text: string) => createHash("md5").update(text, "latin1").digest("hex");
const sha256 = (text: string) => createHash("sha256").update(text, "latin1").digest("hex");

/** RFC 7616 3.9.1: one request, both algorithms. */
const MUFASA = { username: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life" };
const PROOF = {
  method: "GET",
  uri: "/dir/index.html",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  qop: { nc: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" },
};

test.each([
  ["MD5", md5, "8ca523f5e9506fed4657c9700eebdbec"],
  ["SHA-256", sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
] as const)("RFC 7616 3.9.1: %s with qop=auth", (_name, hash, expected) => {
  const ha1 = digestSecret(MUFASA, hash);
  expect(digestResponse({ ha1, ...PROOF }, hash)).toBe(expected);
});

test("RFC 2617 3.2.2.1: without qop only secret, nonce and request count", () => {
  const ha1 = digestSecret({ username: "bob", realm: "biloxi.com", password: "zanzibar" }, md5);
  const nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
  const proof = { ha1, method: "INVITE", uri: "sip:bob@biloxi.com", nonce, qop: undefined };
  expect(digestResponse(proof, md5)).toBe("bf57e4e0d0bffc0fbaedce64d59add5e");
});

test("RFC 7616 3.4: credentials are read and written back", () => {
  const value =
    'Digest username="a \\"b\\"", realm="r", nonce="n,1", uri="sip:x", response="00ff", ' +
    'algorithm=SHA-256, qop=auth, nc=0000000a, cnonce="c", opaque="o"';
  const credentials = readCredentials(value);
  expect(credentials).toEqual({
    username: 'a "b"',
    realm: "r",
    nonce: "n,1",
    uri: "sip:x",
    response: "00ff",
    algorithm: "SHA-256",
    opaque: "o",
    qop: { nc: "0000000a", cnonce: "c" },
  });
  if (credentials === undefined) throw new Error();
  expect(formatCredentials(credentials)).toBe(value);
});

test.each([
  ["another scheme", 'Basic username="a"'],
  ["no parameters", "Digest "],
  ["open quote", 'Digest username="a, realm="r'],
  ["no response", 'Digest username="a",realm="r",nonce="n",uri="u"'],
  ["response that is no hex", 'Digest username="a",realm="r",nonce="n",uri="u",response="xyz"'],
  ["parameter twice", 'Digest username="a",username="b",realm="r",nonce="n",uri="u",response="0"'],
  [
    "unknown algorithm",
    'Digest username="a",realm="r",nonce="n",uri="u",response="0",algorithm=SHA-1',
  ],
  [
    "auth-int",
    'Digest username="a",realm="r",nonce="n",uri="u",response="0",qop=auth-int,nc=00000001,cnonce="c"',
  ],
  [
    "qop without nc",
    'Digest username="a",realm="r",nonce="n",uri="u",response="0",qop=auth,cnonce="c"',
  ],
])("no credentials: %s", (_claim, value) => {
  expect(readCredentials(value)).toBeUndefined();
});

test("RFC 7616 3.3: a challenge is written and read back", () => {
  const challenge = {
    realm: 'edge "1"',
    nonce: "abc",
    algorithm: "MD5",
    opaque: undefined,
    isStale: true,
    hasQopAuth: true,
  } as const;
  expect(formatChallenge(challenge)).toBe(
    'Digest realm="edge \\"1\\"", nonce="abc", algorithm=MD5, qop="auth", stale=true',
  );
  expect(readChallenge(formatChallenge(challenge))).toEqual(challenge);
  expect(readChallenge('Digest realm="r", nonce="n", qop="auth-int,auth"')?.hasQopAuth).toBe(true);
  expect(readChallenge('Digest realm="r", nonce="n", qop="auth-int"')).toBeUndefined();
});
