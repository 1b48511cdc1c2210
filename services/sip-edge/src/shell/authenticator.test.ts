/** The port with its tables: what is said, to whom, and what is counted. */
import { describe, expect, it } from "vitest";
import type { CompanyId, Extension, TrunkId } from "../../../lib/telephony/ids.ts";
import type { ExtensionSecret } from "../core/authenticate.ts";
import {
  digestResponse,
  digestSecret,
  formatCredentials,
  readChallenge,
} from "../core/message/digest.ts";
import { headerValues } from "../core/message/fields.ts";
import type { Endpoint, SipRequest } from "../core/message/message.ts";
import { type HeaderPair, request, serialize } from "../core/message/serialize.ts";
import { NONCE_LIFETIME_MS } from "../core/nonce.ts";
import type { Authenticated } from "../ports.ts";
import { type AuthenticationOutcome, createAuthenticator, digestTools } from "./authenticator.ts";

const PHONE: Endpoint = { transport: "udp", host: "192.0.2.7", port: 5060 };
const CARRIER: Endpoint = { transport: "udp", host: "203.0.113.1", port: 5060 };
const md5 = digestTools("").hashes.MD5;

const secretOf1001: ExtensionSecret = {
  companyId: "acme" as CompanyId,
  ha1: {
    MD5: digestSecret({ username: "1001", realm: "demo", password: "right" }, md5),
    "SHA-256": "",
  },
};

/** An authenticator with a clock of its own and a registry that is asked nothing but this. */
function edge({ isReachable = true, domains = new Set(["demo"]), tokens = "t" } = {}) {
  const state = { at: 1_800_000_000_000, minted: 0, lookUps: 0 };
  const counted: AuthenticationOutcome[] = [];
  const authenticate = createAuthenticator({
    secret: "cluster",
    algorithms: ["SHA-256", "MD5"],
    trunkBySource: (host) => (host === CARRIER.host ? ("carrier" as TrunkId) : undefined),
    isKnownDomain: (domain) => domains.has(domain),
    secretOf: async (domain, extension) => {
      state.lookUps += 1;
      if (!isReachable) return "unreachable";
      return domain === "demo" && extension === ("1001" as Extension) ? secretOf1001 : null;
    },
    now: () => state.at,
    mintToken: () => {
      state.minted += 1;
      return `${tokens}${state.minted}`;
    },
    count: (outcome) => counted.push(outcome),
  });
  return { authenticate, counted, state };
}

function invite(from = "sip:1001@demo", extra: readonly HeaderPair[] = []): SipRequest {
  const headers: readonly HeaderPair[] = [
    ["Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1"],
    ["From", `<${from}>;tag=f`],
    ["To", "<sip:1002@demo>"],
    ["Call-ID", "c"],
    ["CSeq", "1 INVITE"],
    ...extra,
  ];
  return request({ method: "INVITE", uri: "sip:1002@demo", headers });
}

function challengesOf(answer: Authenticated) {
  if (answer.kind !== "challenge") throw new Error(`no challenge: ${answer.kind}`);
  expect(answer.response.status).toBe(401);
  return headerValues(answer.response, "www-authenticate").map((value) => {
    const read = readChallenge(value);
    if (read === undefined) throw new Error(`unreadable: ${value}`);
    return read;
  });
}

/** The INVITE again with MD5 credentials for the nonce that was challenged with. */
function signed(answer: Authenticated, { password = "right", username = "1001", nc = 1 } = {}) {
  const nonce = challengesOf(answer)[0]?.nonce ?? "";
  const qop = { nc: nc.toString(16).padStart(8, "0"), cnonce: "c" };
  const ha1 = digestSecret({ username, realm: "demo", password }, md5);
  const uri = "sip:1002@demo";
  const response = digestResponse({ ha1, method: "INVITE", uri, nonce, qop }, md5);
  const value = formatCredentials({
    username,
    realm: "demo",
    nonce,
    uri,
    response,
    algorithm: "MD5",
    opaque: undefined,
    qop,
  });
  return invite("sip:1001@demo", [["Authorization", value]]);
}

describe("an extension", () => {
  it("is challenged without a look-up, proves itself, and may go on with the same nonce", async () => {
    const { authenticate, counted, state } = edge();
    const challenge = await authenticate(invite(), PHONE);
    expect(challengesOf(challenge).map(({ algorithm }) => algorithm)).toEqual(["SHA-256", "MD5"]);
    expect(state.lookUps).toBe(0);
    for (const nc of [1, 2]) {
      expect(await authenticate(signed(challenge, { nc }), PHONE)).toEqual({
        kind: "extension",
        companyId: "acme",
        extension: "1001",
        domain: "demo",
      });
    }
    expect(counted).toEqual(["challenged", "extension", "extension"]);
  });

  it("a nonce of one edge is good at another", async () => {
    const challenge = await edge().authenticate(invite(), PHONE);
    const answer = await edge({ tokens: "other" }).authenticate(signed(challenge), PHONE);
    expect(answer.kind).toBe("extension");
  });

  it("the same answer sent twice is challenged anew, and so is one from another address", async () => {
    const { authenticate, counted } = edge();
    const answer = signed(await authenticate(invite(), PHONE));
    await authenticate(answer, PHONE);
    const again = await authenticate(answer, PHONE);
    const elsewhere = await authenticate(answer, { ...PHONE, host: "198.51.100.66" });
    for (const refused of [again, elsewhere]) {
      expect(challengesOf(refused)).toMatchObject([{ isStale: true }, { isStale: true }]);
    }
    expect(counted).toEqual(["challenged", "extension", "replayed", "stale"]);
  });

  it("AU1: a nonce that is not ours, or too old, is challenged anew without a look-up", async () => {
    const { authenticate, counted, state } = edge();
    const ours = await authenticate(invite(), PHONE);
    const forged = await createAuthenticator({
      secret: "not the cluster's",
      trunkBySource: () => undefined,
      isKnownDomain: () => true,
      secretOf: async () => null,
      now: () => state.at,
      mintToken: () => "t",
      count: () => undefined,
    })(invite(), PHONE);
    const refused = [await authenticate(signed(forged, { username: "1999" }), PHONE)];
    state.at += NONCE_LIFETIME_MS + 1;
    refused.push(await authenticate(signed(ours), PHONE));
    for (const answer of refused) expect(challengesOf(answer)[0]?.isStale).toBe(true);
    expect(state.lookUps).toBe(0);
    expect(counted).toEqual(["challenged", "stale", "stale"]);
  });

  it("an expired nonce is stale, which is no failure; the next answer is accepted", async () => {
    const { authenticate, counted, state } = edge();
    const first = await authenticate(invite(), PHONE);
    state.at += NONCE_LIFETIME_MS + 1;
    const second = await authenticate(signed(first), PHONE);
    expect(challengesOf(second)[0]?.isStale).toBe(true);
    expect((await authenticate(signed(second), PHONE)).kind).toBe("extension");
    expect(counted).toEqual(["challenged", "stale", "extension"]);
  });
});

describe("a wrong password", () => {
  it("is counted, and is answered with the very bytes that an unknown user gets", async () => {
    const texts: string[] = [];
    for (const [username, password, doubt] of [
      ["1001", "wrong", "wrong-password"],
      ["1999", "right", "unknown-user"],
      ["root", "right", "unknown-user"],
    ] as const) {
      const { authenticate, counted } = edge();
      const challenge = await authenticate(invite(), PHONE);
      const answer = await authenticate(signed(challenge, { username, password }), PHONE);
      expect(challengesOf(answer)[0]?.isStale).toBe(false);
      if (answer.kind === "challenge") texts.push(serialize(answer.response));
      expect(counted).toEqual(["challenged", doubt]);
    }
    expect(new Set(texts).size).toBe(1);
  });
});

describe("others", () => {
  it("a carrier is its trunk, without any look-up", async () => {
    const { authenticate, counted, state } = edge();
    const answer = await authenticate(invite("sip:+81312345678@carrier"), CARRIER);
    expect(answer).toEqual({ kind: "trunk", trunkId: "carrier" });
    expect([counted, state.lookUps]).toEqual([["trunk"], 0]);
  });

  it("a stranger gets 403 for a while, then silence", async () => {
    const { authenticate, counted } = edge();
    const kinds = new Map<string, number>();
    for (let i = 0; i < 100; i += 1) {
      const answer = await authenticate(invite("tel:+81312345678"), PHONE);
      kinds.set(answer.kind, (kinds.get(answer.kind) ?? 0) + 1);
    }
    expect([...kinds]).toEqual([
      ["refuse", 20],
      ["silence", 80],
    ]);
    expect(counted.filter((outcome) => outcome === "stranger-ignored")).toHaveLength(80);
  });

  it("AU3: nobody proved this domain yet: challenges and look-ups are limited per source", async () => {
    const { authenticate, state } = edge({ domains: new Set() });
    const challenge = await authenticate(invite(), PHONE);
    const guess = signed(challenge, { password: "guess" });
    const answers = [];
    for (let i = 0; i < 100; i += 1) answers.push((await authenticate(guess, PHONE)).kind);
    expect(answers.indexOf("silence")).toBe(19);
    expect(state.lookUps).toBe(19);
    const elsewhere = await authenticate(invite(), { ...PHONE, host: "198.51.100.66" });
    expect(elsewhere.kind).toBe("challenge");
  });

  it("nobody can be judged while the registry is away: 503", async () => {
    const { authenticate, counted } = edge({ isReachable: false });
    const challenge = await authenticate(invite(), PHONE);
    const answer = await authenticate(signed(challenge), PHONE);
    expect(answer).toEqual({ kind: "refuse", status: 503 });
    expect(counted).toEqual(["challenged", "registry-unreachable"]);
  });
});
