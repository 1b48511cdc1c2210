import { describe, expect, it } from "vitest";
import { callId, cseq, header, routes } from "../message/fields.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { request, respond } from "../message/serialize.ts";
import {
  ackOf2xx,
  type Dialog,
  dialogFromReceivedInvite,
  dialogFromSentInvite,
  dialogId,
  dialogIdOfRequest,
  dialogIdOfResponse,
  nextHop,
  receiveInDialog,
  requestInDialog,
  withTargetOf,
} from "./dialog.ts";

type Pair = readonly [string, string];

function invite(extra: readonly Pair[] = []): SipRequest {
  return request({
    method: "INVITE",
    uri: "sip:bob@example",
    headers: [
      ["Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa"],
      ["From", '"Alice" <sip:alice@example>;tag=a'],
      ["To", "<sip:bob@example>"],
      ["Call-ID", "call"],
      ["CSeq", "10 INVITE"],
      ["Contact", "<sip:alice@192.0.2.1:5070>"],
      ...extra,
    ],
  });
}

const CONTACT: Pair = ["Contact", "<sip:bob@192.0.2.4>"];
const ROUTES: readonly Pair[] = [
  ["Record-Route", "<sip:p2.example;lr>, <sip:p1.example;lr>"],
  ["Record-Route", "<sip:p0.example;lr>"],
];

function answer(status: number, headers: readonly Pair[] = [CONTACT], toTag = "b"): SipResponse {
  return respond(invite(), status, { toTag, headers });
}

function sure(dialog: Dialog | null): Dialog {
  if (dialog === null) throw new Error("no dialog");
  return dialog;
}

const asCaller = (response: SipResponse): Dialog => sure(dialogFromSentInvite(invite(), response));
const asCallee = (received: SipRequest, status = 200): Dialog =>
  sure(dialogFromReceivedInvite(received, respond(received, status, { toTag: "b" })));

describe("making a dialog", () => {
  it("12.1.2: the caller's comes from the response, Record-Route reversed", () => {
    expect(asCaller(answer(200, [CONTACT, ...ROUTES]))).toEqual({
      phase: "confirmed",
      callId: "call",
      localTag: "a",
      remoteTag: "b",
      localParty: '"Alice" <sip:alice@example>;tag=a',
      remoteParty: "<sip:bob@example>;tag=b",
      localSeq: 10,
      remoteSeq: null,
      remoteTarget: "sip:bob@192.0.2.4",
      routes: ["<sip:p0.example;lr>", "<sip:p1.example;lr>", "<sip:p2.example;lr>"],
    });
  });

  it("12.1.1: the callee's comes from the INVITE, Record-Route in order", () => {
    expect(asCallee(invite(ROUTES), 180)).toEqual({
      phase: "early",
      callId: "call",
      localTag: "b",
      remoteTag: "a",
      localParty: "<sip:bob@example>;tag=b",
      remoteParty: '"Alice" <sip:alice@example>;tag=a',
      localSeq: null,
      remoteSeq: 10,
      remoteTarget: "sip:alice@192.0.2.1:5070",
      routes: ["<sip:p2.example;lr>", "<sip:p1.example;lr>", "<sip:p0.example;lr>"],
    });
  });

  it.each([100, 302, 486, 603])("12.1: a %i makes no dialog", (status) => {
    expect(dialogFromSentInvite(invite(), answer(status))).toBeNull();
    expect(dialogFromReceivedInvite(invite(), answer(status))).toBeNull();
  });

  it("12.1.1: an INVITE without Contact makes no dialog", () => {
    const bare = { ...invite(), headers: invite().headers.filter((l) => l.name !== "contact") };
    expect(dialogFromReceivedInvite(bare, answer(200))).toBeNull();
  });

  it("a 180 without Contact leaves the Request-URI as target", () => {
    expect(asCaller(answer(180, [])).remoteTarget).toBe("sip:bob@example");
  });

  it("12.1.2: two To tags are two dialogs (forking), and both sides name a dialog alike", () => {
    const one = asCaller(answer(180));
    const other = asCaller(answer(180, [CONTACT], "c"));
    expect(dialogId(one)).not.toBe(dialogId(other));
    expect(dialogIdOfResponse(answer(183))).toBe(dialogId(one));
    const callee = asCallee(invite());
    const { request: bye } = requestInDialog(asCaller(answer(200)), { method: "BYE" });
    expect(dialogIdOfRequest(bye)).toBe(dialogId(callee));
    expect(dialogIdOfRequest(invite())).toBeNull();
  });

  it("parts that run into each other still make different keys (D3)", () => {
    const base = asCaller(answer(200));
    const one = dialogId({ ...base, localTag: "ab", remoteTag: "c" });
    expect(dialogId({ ...base, localTag: "a", remoteTag: "bc" })).not.toBe(one);
  });
});

describe("a dialog goes on", () => {
  it("12.2: a re-INVITE moves the target, never the route set", () => {
    const dialog = asCallee(invite(ROUTES));
    const moved = withTargetOf(
      dialog,
      request({
        method: "INVITE",
        uri: "sip:bob@192.0.2.4",
        headers: [
          ["Contact", "<sip:alice@192.0.2.99>"],
          ["Record-Route", "<sip:evil.example;lr>"],
        ],
      }),
    );
    expect(moved).toEqual({ ...dialog, remoteTarget: "sip:alice@192.0.2.99" });
    expect(withTargetOf(dialog, answer(200, []))).toBe(dialog);
  });

  it("12.2.2: a lower CSeq is out of order, an equal or higher one is stored", () => {
    const dialog = asCallee(invite());
    const info = (seq: number): SipRequest =>
      request({ method: "INFO", uri: "sip:b", headers: [["CSeq", `${seq} INFO`]] });
    expect(receiveInDialog(dialog, info(9))).toEqual({ kind: "out-of-order" });
    expect(receiveInDialog(dialog, info(14))).toEqual({
      kind: "in-order",
      dialog: { ...dialog, remoteSeq: 14 },
    });
    expect(receiveInDialog(asCaller(answer(200)), info(1))).toMatchObject({ kind: "in-order" });
  });

  it("12.2.2: ACK and CANCEL repeat the CSeq of their INVITE and are not checked", () => {
    const dialog = { ...asCallee(invite()), remoteSeq: 20 };
    const ack = request({ method: "ACK", uri: "sip:b", headers: [["CSeq", "10 ACK"]] });
    expect(receiveInDialog(dialog, ack)).toEqual({ kind: "in-order", dialog });
  });
});

describe("requests inside a dialog", () => {
  it("12.2.1.1: parties, Call-ID, the next CSeq, target and routes", () => {
    const dialog = asCaller(answer(200, [CONTACT, ...ROUTES]));
    const numbered = requestInDialog(dialog, {
      method: "INFO",
      headers: [["Content-Type", "application/dtmf-relay"]],
      body: "Signal=5\r\n",
    });
    const info = numbered.request;
    expect(info.uri).toBe("sip:bob@192.0.2.4");
    expect(header(info, "from")).toBe('"Alice" <sip:alice@example>;tag=a');
    expect(header(info, "to")).toBe("<sip:bob@example>;tag=b");
    expect(callId(info)).toBe("call");
    expect(cseq(info)).toEqual({ number: 11, method: "INFO" });
    expect(header(info, "max-forwards")).toBe("70");
    expect(routes(info)).toEqual(dialog.routes);
    expect(info.body).toBe("Signal=5\r\n");
    expect(nextHop(dialog)).toBe("sip:p0.example;lr");
    expect(requestInDialog(numbered.dialog, { method: "BYE" }).dialog.localSeq).toBe(12);
  });

  it("12.2.1.1: a callee that has sent nothing starts its own CSeq", () => {
    const { request: bye } = requestInDialog(asCallee(invite()), { method: "BYE" });
    expect(cseq(bye)).toEqual({ number: 1, method: "BYE" });
  });

  it("12.2.1.1: a strict first hop becomes the Request-URI, the target the last Route", () => {
    const dialog = {
      ...asCaller(answer(200)),
      routes: ["<sip:strict.example>", "<sip:p1.example;lr>"],
    };
    const { request: bye } = requestInDialog(dialog, { method: "BYE" });
    expect(bye.uri).toBe("sip:strict.example");
    expect(routes(bye)).toEqual(["<sip:p1.example;lr>", "<sip:bob@192.0.2.4>"]);
    expect(nextHop(dialog)).toBe("sip:strict.example");
  });

  it("12.2.1.1: without routes the target is Request-URI and next hop", () => {
    const dialog = asCaller(answer(200));
    expect(nextHop(dialog)).toBe("sip:bob@192.0.2.4");
    expect(routes(requestInDialog(dialog, { method: "BYE" }).request)).toEqual([]);
  });

  it("13.2.2.4: the ACK has the CSeq number and the credentials of its INVITE", () => {
    const sent = invite([
      ["Proxy-Authorization", 'Digest username="x"'],
      ["Supported", "timer"],
    ]);
    const dialog = { ...asCaller(answer(200, [CONTACT, ...ROUTES])), localSeq: 15 };
    const ack = ackOf2xx(dialog, sent, {
      headers: [["Content-Type", "application/sdp"]],
      body: "v=0\r\n",
    });
    expect(ack.method).toBe("ACK");
    expect(ack.uri).toBe("sip:bob@192.0.2.4");
    expect(cseq(ack)).toEqual({ number: 10, method: "ACK" });
    expect(header(ack, "proxy-authorization")).toBe('Digest username="x"');
    expect(header(ack, "supported")).toBeUndefined();
    expect(routes(ack)).toEqual(dialog.routes);
    expect(ack.body).toBe("v=0\r\n");
  });
});
