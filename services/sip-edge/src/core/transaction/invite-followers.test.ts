import { describe, expect, it } from "vitest";
import { request, respond, serialize } from "../message/serialize.ts";
import { ackOfRefusal, cancelOf } from "./invite-followers.ts";

const INVITE = request({
  method: "INVITE",
  uri: "sip:bob@192.0.2.4",
  headers: [
    ["Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours;rport"],
    ["Route", "<sip:p1.example;lr>"],
    ["Route", "<sip:p2.example;lr>"],
    ["Max-Forwards", "12"],
    ["From", "<sip:alice@example>;tag=a"],
    ["To", "<sip:bob@example>"],
    ["Call-ID", "call"],
    ["CSeq", "314 INVITE"],
    ["Contact", "<sip:alice@192.0.2.1>"],
    ["Content-Type", "application/sdp"],
  ],
  body: "v=0\r\n",
});

describe("requests that follow an INVITE", () => {
  it("17.1.1.3: the ACK of a refusal has its branch, Route, CSeq number and the To of the refusal", () => {
    expect(serialize(ackOfRefusal(INVITE, respond(INVITE, 486, { toTag: "b" })))).toBe(
      "ACK sip:bob@192.0.2.4 SIP/2.0\r\n" +
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours;rport\r\n" +
        "Route: <sip:p1.example;lr>\r\n" +
        "Route: <sip:p2.example;lr>\r\n" +
        "From: <sip:alice@example>;tag=a\r\n" +
        "To: <sip:bob@example>;tag=b\r\n" +
        "Call-ID: call\r\n" +
        "CSeq: 314 ACK\r\n" +
        "Max-Forwards: 70\r\n" +
        "Content-Length: 0\r\n\r\n",
    );
  });

  it("9.1: CANCEL has its branch, Route, CSeq number and To, and takes a Reason", () => {
    const reason = 'SIP;cause=200;text="Call completed elsewhere"';
    expect(serialize(cancelOf(INVITE, [["Reason", reason]]))).toBe(
      "CANCEL sip:bob@192.0.2.4 SIP/2.0\r\n" +
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours;rport\r\n" +
        "Route: <sip:p1.example;lr>\r\n" +
        "Route: <sip:p2.example;lr>\r\n" +
        "From: <sip:alice@example>;tag=a\r\n" +
        "To: <sip:bob@example>\r\n" +
        "Call-ID: call\r\n" +
        "CSeq: 314 CANCEL\r\n" +
        "Max-Forwards: 70\r\n" +
        `Reason: ${reason}\r\n` +
        "Content-Length: 0\r\n\r\n",
    );
  });

  it("17.1.1.3: a Via with several elements gives only its own one", () => {
    const first = INVITE.headers.slice(1);
    const [via] = request({
      ...INVITE,
      headers: [["Via", "SIP/2.0/UDP a;branch=z9hG4bKours, SIP/2.0/UDP b;branch=z9hG4bKtheirs"]],
    }).headers;
    if (via === undefined) throw new Error("no Via");
    const ack = ackOfRefusal(
      { ...INVITE, headers: [via, ...first] },
      respond(INVITE, 404, { toTag: "b" }),
    );
    expect(ack.headers[0]?.value).toBe("SIP/2.0/UDP a;branch=z9hG4bKours");
  });
});
