import { describe, expect, it } from "vitest";
import type { Offer, Origin } from "../../../lib/telephony/leg.ts";
import { receiveInvite } from "./inbound.ts";
import type { SipRequest } from "./message/message.ts";
import { type HeaderPair, request } from "./message/serialize.ts";

const TRUNK: Origin = { kind: "trunk", trunkId: "carrier" as never };
const PHONE: Origin = {
  kind: "extension",
  companyId: "acme" as never,
  extension: "1001" as never,
};

function invite(
  extra: readonly HeaderPair[] = [],
  { uri = "sip:05055550100@edge", from = "<sip:0312345678@carrier>;tag=x" } = {},
): SipRequest {
  const given = new Set(extra.map(([name]) => name));
  const usual: readonly HeaderPair[] = [
    ["From", from],
    ["To", "<sip:+81999999999@elsewhere>"],
    ["Call-ID", "c"],
    ["CSeq", "1 INVITE"],
    ["Contact", "<sip:x@192.0.2.7>"],
  ];
  const headers = [...usual.filter(([name]) => !given.has(name)), ...extra];
  return request({ method: "INVITE", uri, headers });
}

function offerOf(received: SipRequest, origin: Origin = TRUNK): Offer {
  const reception = receiveInvite(received, origin, "");
  if (reception.kind !== "offer") throw new Error(`refused with ${reception.status}`);
  return reception.offer;
}

describe("the called number (DOMAIN 4.2)", () => {
  it("comes from the Request-URI, never from To", () => {
    expect(offerOf(invite()).called).toBe("05055550100");
  });

  it("comes from P-Called-Party-ID when a carrier sends one", () => {
    const received = invite([["P-Called-Party-ID", "<sip:+815055550199@carrier>"]]);
    expect(offerOf(received).called).toBe("+815055550199");
  });

  it("does not when a telephone does", () => {
    const received = invite([["P-Called-Party-ID", "<sip:+815055550199@carrier>"]]);
    expect(offerOf(received, PHONE).called).toBe("05055550100");
  });

  it.each([
    ["sip:05055550100;npdi@edge;user=phone", "05055550100"],
    ["tel:+81-50-5555-0100", "+815055550100"],
    ["sip:%31001@edge", "1001"],
  ])("in %s is %s", (uri, called) => {
    expect(offerOf(invite([], { uri })).called).toBe(called);
  });

  it("is missing: 404", () => {
    expect(receiveInvite(invite([], { uri: "sip:edge" }), TRUNK, "")).toMatchObject({
      status: 404,
    });
  });
});

describe("the caller", () => {
  it.each([
    ["From", [], "+81312345678"],
    [
      "P-Asserted-Identity",
      [["P-Asserted-Identity", "<sip:+819011112222@carrier>"]],
      "+819011112222",
    ],
    ["a tel URI", [["P-Asserted-Identity", "<tel:+819011112222>"]], "+819011112222"],
  ] as const)("is read from %s", (_where, extra, number) => {
    expect(offerOf(invite(extra)).caller).toMatchObject({ number, withheld: false });
  });

  it("who is an extension is that extension, whatever it asserts", () => {
    const received = invite([["P-Asserted-Identity", "<sip:+819011112222@carrier>"]]);
    expect(offerOf(received, PHONE).caller.number).toBe("1001");
  });

  it("who is not a number has none", () => {
    const received = invite([], { from: '"Bob" <sip:bob@carrier>;tag=x' });
    expect(offerOf(received).caller).toEqual({ number: "", display: "Bob", withheld: false });
  });

  it.each([
    ["Privacy: id", [["Privacy", "id"]], "<sip:0312345678@carrier>;tag=x"],
    ["Privacy: user;id", [["Privacy", "user;id"]], "<sip:0312345678@carrier>;tag=x"],
    ["an anonymous From", [], '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=x'],
  ] as const)("is withheld by %s", (_how, extra, from) => {
    expect(offerOf(invite(extra, { from })).caller.withheld).toBe(true);
  });

  it("who withholds the number is still known for lawful records (4.3)", () => {
    const received = invite(
      [
        ["P-Asserted-Identity", "<sip:+819011112222@carrier>"],
        ["Privacy", "id"],
      ],
      { from: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=x' },
    );
    expect(offerOf(received).caller).toMatchObject({ number: "+819011112222", withheld: true });
  });

  it("is not withheld by Privacy: none", () => {
    expect(offerOf(invite([["Privacy", "none"]])).caller.withheld).toBe(false);
  });
});

describe("diversions (DOMAIN 4.5)", () => {
  it.each([
    [0, []],
    [1, [["Diversion", "<sip:0311@x>;reason=unconditional"]]],
    [4, [["Diversion", "<sip:0311@x>;counter=3, <sip:0312@x>"]]],
    [
      2,
      [
        [
          "History-Info",
          "<sip:a@x>;index=1, <sip:b@x;cause=302>;index=1.1, <sip:c@x;cause=486>;index=1.2",
        ],
      ],
    ],
    [
      3,
      [
        ["Diversion", "<sip:0311@x>;counter=3"],
        ["History-Info", "<sip:a@x>;index=1, <sip:b@x;cause=302>;index=1.1"],
      ],
    ],
    [1, [["Diversion", "<sip:0311@x>;counter=-7"]]],
    [99, [["Diversion", "<sip:0311@x>;counter=4000000000"]]],
  ] as const)("are %i", (count, extra) => {
    expect(offerOf(invite(extra)).diversions).toBe(count);
  });
});

describe("the priority", () => {
  const marked = (value: string, origin: Origin) =>
    offerOf(invite([["Priority", value]]), origin).priority;

  it.each(["psap-callback", "PSAP-Callback"])("4.5: %s is taken from a trunk", (value) => {
    expect(marked(value, TRUNK)).toBe("psap-callback");
  });

  it("4.5: a telephone that marks its call as an emergency callback is not believed", () => {
    expect(marked("psap-callback", PHONE)).toBeNull();
  });

  it("is none otherwise", () => {
    expect(marked("emergency", TRUNK)).toBeNull();
    expect(offerOf(invite()).priority).toBeNull();
  });
});

describe("refusals", () => {
  it("8.2.2.3: an unsupported extension that is required: 420 names it", () => {
    expect(receiveInvite(invite([["Require", "100rel, timer"]]), TRUNK, "")).toEqual({
      kind: "refusal",
      status: 420,
      headers: [["Unsupported", "100rel, timer"]],
    });
  });

  it("no hop left: 483", () => {
    expect(receiveInvite(invite([["Max-Forwards", "0"]]), TRUNK, "")).toMatchObject({
      status: 483,
    });
  });

  it.each([["*"], ["<sip:x@192.0.2.7>, <sip:y@192.0.2.7>"]])("Contact %s: 400", (contact) => {
    expect(receiveInvite(invite([["Contact", contact]]), TRUNK, "")).toMatchObject({ status: 400 });
  });

  it("Max-Forwards is 70 when absent and never more", () => {
    expect(offerOf(invite()).maxForwards).toBe(70);
    expect(offerOf(invite([["Max-Forwards", "200"]])).maxForwards).toBe(70);
    expect(offerOf(invite([["Max-Forwards", "5"]])).maxForwards).toBe(5);
  });
});
