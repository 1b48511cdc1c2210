import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { E164 } from "../../../lib/telephony/e164.ts";
import { type Destination, DIVERTING_REASONS } from "../../../lib/telephony/leg.ts";
import { DIVERSIONS_MAX } from "./diverting.ts";
import { introduceInside, introduceOutside, type TrunkProfile } from "./identity.ts";
import { receiveInvite } from "./inbound.ts";
import { startBranch, stepBranch } from "./leg/branch.ts";
import { sdpOf, travelling } from "./leg/content.ts";
import { hiddenDigits, leavingOrder, masked } from "./mask.ts";
import type { SipRequest } from "./message/message.ts";
import { reasonPhrase } from "./message/reason-phrase.ts";
import { type HeaderPair, request, respond, serialize } from "./message/serialize.ts";

const OUTSIDE: Extract<Destination, { kind: "outside" }> = {
  kind: "outside",
  companyId: "acme" as never,
  trunkId: "t" as never,
  number: "+819012345678" as E164,
  source: "+815055550100" as E164,
  diverting: null,
};
const LIMITS = { expiresS: 20, maxForwards: 69 };
const profile = (over: Partial<TrunkProfile> = {}): TrunkProfile => ({
  identity: "pai",
  format: "e164",
  privacy: "none",
  diversion: "off",
  userPhone: true,
  domain: "carrier.example",
  ...over,
});
const named = (headers: readonly HeaderPair[], name: string): string | undefined =>
  headers.find(([shown]) => shown === name)?.[1];

describe("an outside leg", () => {
  it.each([
    ["pai", "P-Asserted-Identity"],
    ["ppi", "P-Preferred-Identity"],
  ] as const)(
    "R9, R12: with profile %s shows the source number in From and %s",
    (identity, name) => {
      const { headers, requestUri } = introduceOutside(OUTSIDE, profile({ identity }), LIMITS);
      expect(requestUri).toBe("sip:+819012345678@carrier.example;user=phone");
      expect(named(headers, "From")).toBe("<sip:+815055550100@carrier.example;user=phone>");
      expect(named(headers, name)).toBe(named(headers, "From"));
      expect(named(headers, "Privacy")).toBe("none");
      expect(named(headers, "Max-Forwards")).toBe("69");
      expect(named(headers, "Expires")).toBe("20");
    },
  );
});

describe("a colleague's leg", () => {
  const place = { contactUri: "sip:1001@10.0.0.9:5060", host: "10.0.0.1" };
  const inside = (caller: { number: string; display: string; withheld: boolean }) =>
    introduceInside(
      { kind: "extension", companyId: "acme" as never, extension: "1001" as never, caller },
      place,
      LIMITS,
    );

  it("shows the original caller in the form that telephones dial", () => {
    const { headers, requestUri } = inside({
      number: "+81312345678",
      display: "Alice",
      withheld: false,
    });
    expect(requestUri).toBe(place.contactUri);
    expect(named(headers, "From")).toBe('"Alice" <sip:0312345678@10.0.0.1>');
  });

  it("shows Anonymous for a withheld number, and asks for privacy", () => {
    const { headers } = inside({ number: "+81312345678", display: "Alice", withheld: true });
    expect(named(headers, "From")).toBe('"Anonymous" <sip:anonymous@anonymous.invalid>');
    expect(named(headers, "Privacy")).toBe("id");
    expect(JSON.stringify(headers)).not.toContain("312345678");
    expect(JSON.stringify(headers)).not.toContain("Alice");
  });
});

/** A caller's number in one of the forms in which telephones and carriers write it. */
const NUMBER = fc.stringMatching(/^[1-9][0-9]{8,9}$/).map((digits) => ({
  digits,
  forms: [`0${digits}`, `+81${digits}`, `81${digits}`],
}));

const CALLER = NUMBER.chain(({ digits, forms }) =>
  fc.record({
    digits: fc.constant(digits),
    from: fc.constantFrom(...forms),
    asserted: fc.option(fc.constantFrom(...forms)),
    where: fc.subarray([
      "Subject",
      "User-Agent",
      "P-Charging-Vector",
      "Remote-Party-ID",
      "P-Preferred-Identity",
      "Diversion",
      "History-Info",
      "Referred-By",
      "Call-Info",
      "Reply-To",
      "X-Caller",
      "P-Access-Network-Info",
    ]),
    isWithheld: fc.boolean(),
    form: fc.constantFrom(...forms),
    sdpPlaces: fc.subarray([
      "user",
      "session",
      "version",
      "name",
      "info",
      "attribute",
      "email",
      "time",
      "host",
      "media",
    ]),
    display: fc.constantFrom("Alice", digits, `0${digits}`),
  }),
);

type CallerCase = typeof CALLER extends fc.Arbitrary<infer T> ? T : never;

function sdpFrom({ form, sdpPlaces }: CallerCase): string {
  const at = (place: (typeof sdpPlaces)[number], otherwise: string): string =>
    sdpPlaces.includes(place) ? form.replace("+", "") : otherwise;
  return [
    "v=0",
    `o=${at("user", "-")} ${at("session", "289084")} ${at("version", "2")} IN IP4 192.0.2.7`,
    `s=${at("name", "-")}`,
    ...(sdpPlaces.includes("info") ? [`i=call of ${form}`] : []),
    ...(sdpPlaces.includes("email") ? [`e=x ${form}`, `p=${form}`] : []),
    `c=IN IP4 ${sdpPlaces.includes("host") ? `${form.replace("+", "")}.example` : "192.0.2.7"}`,
    `t=${at("time", "0")} 0`,
    "m=audio 4000 RTP/AVP 0",
    ...(sdpPlaces.includes("media") ? [`m=audio 4002 RTP/AVP ${form}`] : []),
    ...(sdpPlaces.includes("attribute") ? [`a=cname:${form}`] : []),
    "a=sendrecv",
    "",
  ].join("\r\n");
}

function inviteOf(caller: CallerCase): SipRequest {
  const { form } = caller;
  const body = sdpFrom(caller);
  const value = (name: string): string =>
    ["Subject", "User-Agent", "P-Charging-Vector", "X-Caller", "P-Access-Network-Info"].includes(
      name,
    )
      ? `x-${form}`
      : `<sip:${form}@192.0.2.7>`;
  return request({
    method: "INVITE",
    uri: "sip:+815055550100@edge",
    headers: [
      ["Via", `SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK${form.replace("+", "")}`],
      ["Max-Forwards", "70"],
      ["From", `"${caller.display}" <sip:${caller.from}@192.0.2.7>;tag=${caller.digits}`],
      ["To", "<sip:+815055550100@edge>"],
      ["Call-ID", `${form}@192.0.2.7`],
      ["CSeq", "1 INVITE"],
      ["Contact", `<sip:${form}@192.0.2.7:5060>`],
      ...(caller.asserted === null
        ? []
        : [["P-Asserted-Identity", `<sip:${caller.asserted}@192.0.2.7>`] as const]),
      ...(caller.isWithheld ? [["Privacy", "id"] as const] : []),
      ...caller.where.map((name) => [name, value(name)] as const),
      ["Content-Type", "application/sdp"],
    ],
    body,
  });
}

/** Every way in which a carrier may want to be spoken to. */
const PROFILE: fc.Arbitrary<TrunkProfile> = fc.record({
  identity: fc.constantFrom("pai", "ppi", "from-only"),
  format: fc.constantFrom("e164", "national"),
  privacy: fc.constantFrom("none", "absent"),
  diversion: fc.constantFrom("off", "diversion", "history-info"),
  userPhone: fc.boolean(),
  domain: fc.constant("carrier.example"),
});

const DIVERTING = fc.option(
  fc.record({
    number: fc.constant("+815055550199" as E164),
    reason: fc.constantFrom(...DIVERTING_REASONS),
    counter: fc.integer({ min: 1, max: DIVERSIONS_MAX }),
  }),
);

describe("the outside INVITE", () => {
  it("R8, A17: has no digits of the original caller and none of his wishes for privacy, whatever the caller's INVITE and the trunk's profile say", () => {
    fc.assert(
      fc.property(CALLER, PROFILE, DIVERTING, (caller, spokenTo, diverting) => {
        const destination = { ...OUTSIDE, diverting };
        // A call to one's own number is dialled, so its digits must stand in the Request-URI.
        const own = [OUTSIDE.number, OUTSIDE.source, diverting?.number ?? ""];
        fc.pre(!own.some((number) => number.includes(caller.digits)));
        const invite = inviteOf(caller);
        const origin = { kind: "trunk", trunkId: "t" as never } as const;
        const reception = receiveInvite(invite, origin, "");
        if (reception.kind !== "offer") throw new Error("the INVITE was refused");
        const numbers = [reception.offer.caller.number, ...reception.callerNumbers];
        const mask = { sessionId: "1700000000000", hidden: hiddenDigits(numbers) };
        const { requestUri, headers } = introduceOutside(destination, spokenTo, LIMITS);
        const seed = { sipCallId: "c", fromTag: "f", contact: "<sip:edge@192.0.2.1>" };
        const body = masked(sdpOf(invite), mask);
        const { effects } = stepBranch(startBranch(seed), {
          kind: "ordered",
          order: { kind: "dial", requestUri, headers, body },
        });
        const [sent] = effects.flatMap((effect) =>
          effect.kind === "send" ? [effect.request] : [],
        );
        if (sent === undefined) throw new Error("nothing was sent");
        const text = serialize(sent);
        expect(text).not.toContain(caller.digits);
        expect(named(headers, "Privacy")).toBe(spokenTo.privacy === "none" ? "none" : undefined);
        expect(text).toContain("m=audio 4000 RTP/AVP 0");
        const hasAddress = !caller.sdpPlaces.includes("host");
        expect(text).toContain(`c=IN IP4 ${hasAddress ? "192.0.2.7" : "0.0.0.0"}`);
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps one session id over all descriptions of a leg, and the version that grows", () => {
    const mask = { sessionId: "17", hidden: [] };
    const sdp = (version: number): string =>
      `v=0\r\no=alice 99 ${version} IN IP4 192.0.2.7\r\ns=x\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n`;
    expect(masked(sdp(1), mask)).toContain("o=- 17 1 IN IP4 192.0.2.7\r\n");
    expect(masked(sdp(2), mask)).toContain("o=- 17 2 IN IP4 192.0.2.7\r\n");
  });
});

describe("R8: what the caller says later in the dialog", () => {
  const CARRIER_SAYS = (method: string): SipRequest =>
    request({
      method,
      uri: "sip:edge@192.0.2.1",
      headers: [
        ["Via", "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK7"],
        ["From", "<sip:b@198.51.100.1>;tag=b"],
        ["To", "<sip:edge@192.0.2.1>;tag=f"],
        ["Call-ID", "c"],
        ["CSeq", `7 ${method}`],
      ],
    });
  const SPOKEN = CALLER.chain((caller) =>
    fc.record({
      caller: fc.constant(caller),
      type: fc.constantFrom(
        "application/sdp",
        `Application/SDP;x=${caller.form}`,
        "application/dtmf-relay",
        "text/plain",
        `text/${caller.form}`,
      ),
      body: fc.constantFrom("", `Signal=${caller.form}`, "Signal=5", sdpFrom(caller)),
      method: fc.constantFrom("INVITE", "UPDATE", "INFO", "MESSAGE"),
    }),
  );
  type Spoken = typeof SPOKEN extends fc.Arbitrary<infer T> ? T : never;
  const contentOf = ({ caller, type, body }: Spoken) => ({
    headers: [
      ["Content-Type", type],
      ["Content-Disposition", `session;by=${caller.form}`],
      ["Info-Package", caller.form],
    ] as readonly HeaderPair[],
    body,
  });
  const maskFor = ({ caller }: Spoken) => ({
    sessionId: "1700000000000",
    hidden: hiddenDigits([`+81${caller.digits}`]),
  });

  it("has no digits of the original caller in any answer that reaches the outside party", () => {
    fc.assert(
      fc.property(SPOKEN, fc.constantFrom(200, 202, 486, 488), (spoken, status) => {
        const { caller, method } = spoken;
        const reason = `No ${caller.form}`;
        const heard = respond(CARRIER_SAYS(method), status, { reason, ...contentOf(spoken) });
        const response = { relayId: 2, status, reason, ...travelling(method, heard) };
        const left = leavingOrder({ kind: "response", response }, maskFor(spoken));
        if (left?.kind !== "response") throw new Error("the status must arrive");
        const text = serialize(respond(CARRIER_SAYS(method), status, left.response));
        expect(text).toContain(`SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`);
        expect(text).not.toContain(caller.digits);
      }),
      { numRuns: 500 },
    );
  });

  it("nor in any request; one with a body that may not leave does not pass at all", () => {
    fc.assert(
      fc.property(SPOKEN, (spoken) => {
        const { caller, method, body, type } = spoken;
        const said = request({ method, uri: "sip:edge@192.0.2.1", ...contentOf(spoken) });
        const relay = { relayId: 2, method, ...travelling(method, said) };
        const left = leavingOrder({ kind: "request", request: relay }, maskFor(spoken));
        const isOffering = method === "INVITE" || method === "UPDATE";
        if (!isOffering && type === "text/plain" && body !== "") expect(left).toBeNull();
        if (left?.kind === "request") {
          const { headers } = left.request;
          const text = serialize(
            request({ method, uri: "sip:b", headers, body: left.request.body }),
          );
          expect(text).not.toContain(caller.digits);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("keeps the status, dialled digits and the media of an answer", () => {
    const mask = { sessionId: "17", hidden: hiddenDigits(["+81312345678"]) };
    const content = { headers: [["Content-Type", "application/dtmf"] as const], body: "5" };
    const response = { relayId: 2, status: 200, reason: "Alice", ...content };
    expect(leavingOrder({ kind: "response", response }, mask)).toEqual({
      kind: "response",
      response: { ...response, reason: "OK" },
    });
  });
});
