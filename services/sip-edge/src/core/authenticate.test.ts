/** Who is believed: the claim of a request, and its proof with real hashes (RFC 7616 3.9.1). */
import { describe, expect, it } from "vitest";
import type { CompanyId, Extension, TrunkId } from "../../../lib/telephony/ids.ts";
import { digestTools } from "../shell/authenticator.ts";
import {
  type Claim,
  challengeHeaders,
  type ExtensionSecret,
  isStale,
  judgeClaim,
  type Proof,
  readClaim,
} from "./authenticate.ts";
import {
  type DigestAlgorithm,
  digestResponse,
  digestSecret,
  formatCredentials,
  readChallenge,
} from "./message/digest.ts";
import type { SipRequest } from "./message/message.ts";
import { request } from "./message/serialize.ts";
import { makeNonce, NONCE_LIFETIME_MS } from "./nonce.ts";

const HOST = "192.0.2.7";
const CARRIER = "203.0.113.1";
const AT = 1_800_000_000_000;
const tools = digestTools("cluster");
const trunkBySource = (host: string): TrunkId | undefined =>
  host === CARRIER ? ("carrier" as TrunkId) : undefined;

function sent(method: string, identity: string, authorization?: string): SipRequest {
  return request({
    method,
    uri: "sip:demo",
    headers: [
      ["From", method === "REGISTER" ? "<sip:9@elsewhere>;tag=f" : `<${identity}>;tag=f`],
      ["To", method === "REGISTER" ? `<${identity}>` : "<sip:9@elsewhere>"],
      ["Call-ID", "c"],
      ["CSeq", `1 ${method}`],
      ...(authorization === undefined ? [] : [["Authorization", authorization] as const]),
    ],
  });
}

describe("RFC 7616 3.9.1: the digest of the standard's own example", () => {
  const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
  const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  const user = { username: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life" };

  it.each<[DigestAlgorithm, string]>([
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ])("%s", (algorithm, response) => {
    const hash = tools.hashes[algorithm];
    const proof = {
      ha1: digestSecret(user, hash),
      method: "GET",
      uri: "/dir/index.html",
      nonce,
      qop: { nc: "00000001", cnonce },
    };
    expect(digestResponse(proof, hash)).toBe(response);
  });
});

describe("the claim of a request", () => {
  it.each<readonly [name: string, sender: readonly [string, string, string], claim: Claim]>([
    ["ACK is never challenged", ["ACK", "sip:1@demo", HOST], { kind: "unchallengeable" }],
    ["CANCEL is never challenged", ["CANCEL", "sip:1@demo", HOST], { kind: "unchallengeable" }],
    [
      "a carrier is known by its address",
      ["INVITE", "sip:+81312345678@anywhere", CARRIER],
      { kind: "trunk", trunkId: "carrier" as TrunkId },
    ],
    [
      "REGISTER is never a carrier's",
      ["REGISTER", "sip:1001@demo", CARRIER],
      { kind: "anonymous", realm: "demo" },
    ],
    [
      "the realm of INVITE is the host of From",
      ["INVITE", "sip:1001@DEMO:5070", HOST],
      { kind: "anonymous", realm: "demo" },
    ],
    [
      "a telephone number is no identity",
      ["INVITE", "tel:+81312345678", HOST],
      { kind: "stranger" },
    ],
    ["a foreign scheme is none", ["INVITE", "im:a@demo", HOST], { kind: "stranger" }],
  ])("%s", (_, [method, identity, host], claim) => {
    expect(readClaim(sent(method, identity), host, trunkBySource)).toEqual(claim);
  });

  it("credentials for another realm are no claim here", () => {
    const value =
      'Digest username="1001", realm="other", nonce="n", uri="sip:demo", response="00", qop=auth, nc=00000001, cnonce="c"';
    const claim = readClaim(sent("INVITE", "sip:1001@demo", value), HOST, trunkBySource);
    expect(claim).toEqual({ kind: "anonymous", realm: "demo" });
  });

  it("a user name that is no extension is a claim all the same", () => {
    const value =
      'Digest username="root", realm="demo", nonce="n", uri="sip:demo", response="00", qop=auth, nc=00000001, cnonce="c"';
    const claim = readClaim(sent("INVITE", "sip:root@demo", value), HOST, trunkBySource);
    expect(claim).toMatchObject({ kind: "claimed", realm: "demo", extension: null });
  });
});

const secretFor = (password: string): ExtensionSecret => {
  const user = { username: "1001", realm: "demo", password };
  return {
    companyId: "acme" as CompanyId,
    ha1: {
      MD5: digestSecret(user, tools.hashes.MD5),
      "SHA-256": digestSecret(user, tools.hashes["SHA-256"]),
    },
  };
};

interface Answering {
  readonly algorithm?: DigestAlgorithm;
  readonly password?: string;
  readonly uri?: string;
  readonly nonce?: string;
  readonly withoutQop?: boolean;
  readonly ha1?: string;
}

/** What a telephone answers; all of it right unless told otherwise. */
function answered({
  algorithm = "SHA-256",
  password = "right",
  uri = "sip:demo",
  nonce = makeNonce({ realm: "demo", host: HOST }, AT, "salt", tools.seal),
  withoutQop = false,
  ha1 = digestSecret({ username: "1001", realm: "demo", password }, tools.hashes[algorithm]),
}: Answering): SipRequest {
  const hash = tools.hashes[algorithm];
  const user = { username: "1001", realm: "demo" };
  const qop = withoutQop ? undefined : { nc: "0000000a", cnonce: "c" };
  const response = digestResponse({ ha1, method: "REGISTER", uri, nonce, qop }, hash);
  const credentials = { ...user, nonce, uri, response, algorithm, opaque: undefined, qop };
  return sent("REGISTER", "sip:1001@demo", formatCredentials(credentials));
}

function judged(
  what: Answering,
  secret: ExtensionSecret | null = secretFor("right"),
  { at = AT, isNew = true } = {},
): Proof {
  const received = answered(what);
  const claim = readClaim(received, HOST, trunkBySource);
  if (claim.kind !== "claimed") throw new Error(`no claim: ${claim.kind}`);
  const isFirstUse = (_nonce: string, _madeAt: number, nc: number): boolean => isNew && nc === 10;
  return judgeClaim(claim, secret, { request: received, host: HOST, at, isFirstUse }, tools);
}

/** An answer computed with the empty secret, to a registry that has none for SHA-256. */
function judgedWithoutSecret(): Proof {
  const { companyId, ha1 } = secretFor("right");
  return judged({ ha1: "" }, { companyId, ha1: { ...ha1, "SHA-256": "" } });
}

const foreign = makeNonce({ realm: "demo", host: HOST }, AT, "salt", digestTools("old").seal);
const unproven = (doubt: string) => ({ kind: "unproven", doubt });

describe("the proof of a claim", () => {
  it.each<DigestAlgorithm>(["MD5", "SHA-256"])("the right password proves it: %s", (algorithm) => {
    expect(judged({ algorithm })).toEqual({
      kind: "proven",
      companyId: "acme" as CompanyId,
      extension: "1001" as Extension,
    });
  });

  it.each<[name: string, proof: Proof, doubt: string]>([
    ["a wrong password", judged({ password: "wrong" }), "wrong-password"],
    ["an unknown user", judged({}, null), "unknown-user"],
    ["a secret that is not stored for the algorithm", judgedWithoutSecret(), "wrong-password"],
    ["the answer to another request", judged({ uri: "sip:other" }), "bad-credentials"],
    ["no qop, so no nonce count", judged({ withoutQop: true }), "bad-credentials"],
    ["a nonce of another secret", judged({ nonce: foreign }), "stale"],
    ["an old nonce", judged({}, undefined, { at: AT + NONCE_LIFETIME_MS + 1 }), "stale"],
    ["a nonce count that was used", judged({}, undefined, { isNew: false }), "replayed"],
    [
      "W4: an old nonce and a wrong password",
      judged({ nonce: "x", password: "" }),
      "wrong-password",
    ],
  ])("%s does not", (_, proof, doubt) => {
    expect(proof).toEqual(unproven(doubt));
  });

  it("7616 3.4.6: parameters of the digest URI may differ, user and host may not", () => {
    expect(judged({ uri: "sip:demo;transport=udp" }).kind).toBe("proven");
    expect(judged({ uri: "sip:x@demo" })).toEqual(unproven("bad-credentials"));
  });

  it("W4: only doubts about the nonce are stale", () => {
    const doubts = ["wrong-password", "unknown-user", "bad-credentials", "stale", "replayed"];
    expect(doubts.filter((doubt) => isStale(doubt as "stale"))).toEqual(["stale", "replayed"]);
  });
});

describe("a challenge", () => {
  it("RFC 8760 2.3: is one header per algorithm with one nonce, the preferred one on top", () => {
    const headers = challengeHeaders("demo", "n", true, ["SHA-256", "MD5"]);
    expect(headers.map(([name]) => name)).toEqual(["WWW-Authenticate", "WWW-Authenticate"]);
    const read = headers.map(([, value]) => readChallenge(value));
    const common = { realm: "demo", nonce: "n", isStale: true, hasQopAuth: true };
    expect(read).toMatchObject([
      { algorithm: "SHA-256", ...common },
      { algorithm: "MD5", ...common },
    ]);
  });
});
