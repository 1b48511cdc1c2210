/** The caller's side and the branch as flows: what goes in, what comes out, as text. */
import { describe, expect, it } from "vitest";
import { attemptLeg } from "../../../../lib/telephony/ids.ts";
import { cseq, header, to } from "../message/fields.ts";
import type { SipRequest } from "../message/message.ts";
import { type HeaderPair, request, respond } from "../message/serialize.ts";
import { type ALeg, aLegKeys, startALeg, stepALeg } from "./a-leg.ts";
import { type Branch, startBranch, stepBranch } from "./branch.ts";
import type { SideEffect, SideInput, SideOrder, SideStep } from "./side.ts";
import { BYE, INITIAL } from "./side.ts";

const B1 = attemptLeg(1);
const B2 = attemptLeg(2);
const SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";
const TYPED: readonly HeaderPair[] = [["Content-Type", "application/sdp"]];

const INVITE = request({
  method: "INVITE",
  uri: "sip:0501@edge",
  headers: [
    ["Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1"],
    ["From", "<sip:caller@192.0.2.7>;tag=caller"],
    ["To", "<sip:0501@edge>"],
    ["Call-ID", "call"],
    ["CSeq", "1 INVITE"],
    ["Contact", "<sip:caller@192.0.2.7>"],
    ...TYPED,
  ],
  body: SDP,
});

/** A request of the peer in the dialog. */
function inDialog(
  method: string,
  number: number,
  { body = "", headers = [] }: { body?: string; headers?: readonly HeaderPair[] } = {},
): SipRequest {
  return request({
    method,
    uri: "sip:edge@192.0.2.1",
    headers: [
      ["Via", `SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK${number}`],
      ["From", "<sip:caller@192.0.2.7>;tag=caller"],
      ["To", "<sip:0501@edge>;tag=local"],
      ["Call-ID", "call"],
      ["CSeq", `${number} ${method}`],
      ...(body === "" ? [] : TYPED),
      ...headers,
    ],
    body,
  });
}

function show(effect: SideEffect): string {
  switch (effect.kind) {
    case "respond":
      return `respond ${effect.response.status}`;
    case "hold":
      return `hold ${effect.relayId}`;
    case "respond-held":
      return `respond ${effect.response.status} to ${effect.relayId}`;
    case "send":
      return `send ${effect.request.method} as ${effect.relayId}`;
    case "cancel":
      return `cancel ${effect.relayId}`;
    case "acknowledge":
      return `ack ${effect.relayId}${effect.request.body === "" ? "" : " with answer"}`;
    case "send-and-forget":
      return `forget ${effect.request.method}`;
    case "report":
      return `report ${showFact(effect.fact)}`;
  }
}

function showFact(fact: Extract<SideEffect, { kind: "report" }>["fact"]): string {
  switch (fact.kind) {
    case "progressed":
      return `progressed ${fact.response.status}`;
    case "cancelled":
      return "cancelled";
    case "ended":
      return fact.byFarEnd ? "ended by far end" : "ended";
    case "request":
      return `request ${fact.request.method} ${fact.request.relayId}`;
    case "response":
      return `response ${fact.response.status} ${fact.response.relayId}`;
  }
}

/** Runs inputs one after the other; the lines of each, and the last state. */
function run<S>(
  step: (state: S, input: SideInput) => SideStep<S>,
  start: S,
  inputs: readonly SideInput[],
) {
  let state = start;
  const effects: (readonly SideEffect[])[] = [];
  for (const input of inputs) {
    const next = step(state, input);
    state = next.state;
    effects.push(next.effects);
  }
  return { state, effects, lines: effects.map((list) => list.map(show).join("; ")) };
}

const caller = (...inputs: readonly SideInput[]) =>
  run<ALeg>(stepALeg, startALeg(INVITE, "local", "<sip:edge@192.0.2.1>"), inputs);

const ordered = (order: SideOrder): SideInput => ({ kind: "ordered", order });
const received = (message: SipRequest): SideInput => ({
  kind: "request-received",
  request: message,
});
const acked = (number: number, body = ""): SideInput => ({
  kind: "ack-received",
  request: inDialog("ACK", number, { body }),
});
const RING = ordered({ kind: "ring", status: 180, sdp: "", leg: null });
const ANSWER = ordered({ kind: "answer", sdp: SDP, leg: B1 });
const HANG_UP = ordered({ kind: "hang-up", reason: "Q.850;cause=16" });
const CANCEL: SideInput = { kind: "cancel-received", relayId: INITIAL };
const request6 = (method: string, body = ""): SideInput =>
  ordered({
    kind: "request",
    request: { relayId: 6, method, headers: body === "" ? [] : TYPED, body },
  });
const response2 = (status: number): SideInput =>
  ordered({
    kind: "response",
    response: { relayId: 2, status, reason: "OK", headers: TYPED, body: SDP },
  });

describe("the caller's side", () => {
  it("rings, answers, is acknowledged, hangs up", () => {
    const bye: SideInput = received(inDialog("BYE", 2));
    expect(caller(RING, ANSWER, acked(1), bye).lines).toEqual([
      "respond 180 to 1",
      "respond 200 to 1",
      "",
      "respond 200; report ended by far end",
    ]);
  });

  it("a repeated order to ring says nothing twice", () => {
    expect(caller(RING, RING).lines).toEqual(["respond 180 to 1", ""]);
  });

  it("the first final response decides (AL1)", () => {
    const refuse = ordered({ kind: "refuse", status: 486, reason: "", headers: [] });
    expect(caller(CANCEL, ANSWER, refuse).lines).toEqual([
      "respond 487 to 1; report cancelled",
      "",
      "",
    ]);
    expect(caller(ANSWER, CANCEL, refuse).lines).toEqual(["respond 200 to 1", "", ""]);
    expect(caller(refuse, CANCEL, ANSWER).lines).toEqual([
      "respond 486 to 1; report ended",
      "",
      "",
    ]);
  });

  it("an order to hang up before the answer is a refusal", () => {
    expect(caller(RING, HANG_UP).lines.at(-1)).toBe("respond 480 to 1; report ended");
  });

  it("15: no BYE before the ACK of our 200", () => {
    expect(caller(ANSWER, HANG_UP, acked(1)).lines).toEqual([
      "respond 200 to 1",
      "",
      "send BYE as 0",
    ]);
  });

  it("13.3.1.4: no ACK at all: BYE, and the end is reported at once", () => {
    const missing: SideInput = { kind: "ack-missing", relayId: INITIAL };
    expect(caller(ANSWER, missing).lines.at(-1)).toBe("forget BYE; report ended");
  });

  it("15: a BYE in the early dialog means CANCEL", () => {
    expect(caller(RING, received(inDialog("BYE", 2))).lines.at(-1)).toBe(
      "respond 200; respond 487 to 1; report cancelled",
    );
  });

  it("15.1.1: our BYE crosses the caller's: 200 to it, over when ours is answered", () => {
    const final = respond(inDialog("BYE", 1), 481);
    const { lines } = caller(ANSWER, acked(1), HANG_UP, received(inDialog("BYE", 2)), {
      kind: "response-received",
      relayId: BYE,
      response: final,
    });
    expect(lines.slice(2)).toEqual(["send BYE as 0", "respond 200", "report ended"]);
  });

  it("a BYE that is never answered ends all the same", () => {
    const missing: SideInput = { kind: "response-missing", relayId: BYE, status: 408 };
    expect(caller(ANSWER, acked(1), HANG_UP, missing).lines.at(-1)).toBe("report ended");
  });

  it("early media has a To tag of its own, and its leg's 200 the same (AL2)", () => {
    const early = ordered({ kind: "ring", status: 183, sdp: SDP, leg: B1 });
    const tags = (winner: typeof B1) =>
      caller(early, ordered({ kind: "answer", sdp: SDP, leg: winner }))
        .effects.flat()
        .flatMap((effect) => (effect.kind === "respond-held" ? [to(effect.response).tag] : []));
    const [early1, ok1] = tags(B1);
    const [early2, ok2] = tags(B2);
    expect(ok1).toBe(early1);
    expect(ok2).not.toBe(early2);
  });

  it("is found by its dialog from the first ringing until the end", () => {
    expect(aLegKeys(caller().state)).toHaveLength(0);
    expect(aLegKeys(caller(RING).state)).toHaveLength(1);
    expect(aLegKeys(caller(ANSWER, acked(1)).state)).toEqual(aLegKeys(caller(RING).state));
    expect(aLegKeys(caller(ANSWER, acked(1), received(inDialog("BYE", 2))).state)).toEqual([]);
  });
});

describe("requests that cross the dialog", () => {
  const reInvite = (number: number, body = SDP): SideInput =>
    received(inDialog("INVITE", number, { body }));
  const up = [ANSWER, acked(1)] as const;
  const lines = (...inputs: readonly SideInput[]) => caller(...up, ...inputs).lines.slice(2);

  it("a re-INVITE with offer: held, passed on, answered, acknowledged here", () => {
    expect(lines(reInvite(2), response2(200), acked(2))).toEqual([
      "hold 2; report request INVITE 2",
      "respond 200 to 2",
      "",
    ]);
  });

  it("without offer: the ACK with the answer is passed on", () => {
    expect(lines(reInvite(2, ""), response2(200), acked(2, SDP)).at(-1)).toBe(
      "report request ACK 2",
    );
  });

  it("14.2: a second one before the answer to the first gets 500 with a pause", () => {
    const { effects } = caller(...up, reInvite(2), reInvite(3));
    const [refusal] = effects.at(-1) ?? [];
    if (refusal?.kind !== "respond") throw new Error("not answered");
    expect(refusal.response.status).toBe(500);
    expect(Number(header(refusal.response, "retry-after"))).toBeLessThanOrEqual(10);
  });

  it("14.2: one that meets ours gets 491, and the other leg's meets 491 here", () => {
    expect(lines(request6("INVITE", SDP), reInvite(2))).toEqual([
      "send INVITE as 6",
      "respond 491",
    ]);
    expect(lines(reInvite(2), request6("INVITE", SDP)).at(-1)).toBe("report response 491 6");
  });

  it("INFO passes while an offer is open", () => {
    expect(lines(reInvite(2), received(inDialog("INFO", 3))).at(-1)).toBe(
      "hold 3; report request INFO 3",
    );
  });

  it("9.2: a re-INVITE that is cancelled gets 487, the other leg's is cancelled too", () => {
    expect(lines(reInvite(2), { kind: "cancel-received", relayId: 2 }).at(-1)).toBe(
      "respond 487 to 2; report request CANCEL 2",
    );
  });

  it("the end answers 487 to what still waits", () => {
    expect(lines(reInvite(2), received(inDialog("BYE", 3))).at(-1)).toBe(
      "respond 200; respond 487 to 2; report ended by far end",
    );
  });

  it.each([
    ["OPTIONS", "respond 200"],
    ["REFER", "respond 405"],
    ["PRACK", "respond 405"],
  ])("%s is answered here", (method, answer) => {
    expect(lines(received(inDialog(method, 2)))).toEqual([answer]);
  });

  it("12.2.2: an older CSeq gets 500", () => {
    expect(lines(received(inDialog("INFO", 7)), received(inDialog("INFO", 6))).at(-1)).toBe(
      "respond 500",
    );
  });

  it("more than eight open requests: 503", () => {
    const many = Array.from({ length: 9 }, (_, n) => received(inDialog("INFO", n + 2)));
    expect(lines(...many).at(-1)).toBe("respond 503");
  });

  it.each([
    [481, "report response 481 6; forget BYE; report ended"],
    [408, "report response 408 6; forget BYE; report ended"],
    [486, "report response 486 6"],
  ])("12.2.1.2: %i to a request of the other leg", (status, line) => {
    const response = respond(inDialog("INFO", 1), status);
    expect(
      lines(request6("INFO"), { kind: "response-received", relayId: 6, response }).at(-1),
    ).toBe(line);
  });
});

describe("a branch", () => {
  const seed = { sipCallId: "b-call", fromTag: "b-tag", contact: "<sip:edge@192.0.2.1>" };
  const dial = (body = SDP): SideInput =>
    ordered({
      kind: "dial",
      requestUri: "sip:1001@192.0.2.9",
      headers: [
        ["From", "<sip:x@edge>"],
        ["To", "<sip:1001@edge>"],
      ],
      body,
    });
  const dialled = run<Branch>(stepBranch, startBranch(seed), [dial()]);
  const [sent] = dialled.effects.flat();
  const invite = sent?.kind === "send" ? sent.request : INVITE;
  const answerOf = (status: number, toTag = "peer", relayId = INITIAL): SideInput => ({
    kind: "response-received",
    relayId,
    response: respond(invite, status, {
      toTag,
      headers: [["Contact", "<sip:1001@192.0.2.9>"], ...TYPED],
      body: status < 300 ? SDP : "",
    }),
  });
  const branch = (...inputs: readonly SideInput[]) =>
    run<Branch>(stepBranch, startBranch(seed), inputs);

  it("has its own Call-ID, tag and CSeq", () => {
    expect(header(invite, "call-id")).toBe("b-call");
    expect(header(invite, "from")).toBe("<sip:x@edge>;tag=b-tag");
    expect(cseq(invite)).toEqual({ number: 1, method: "INVITE" });
  });

  it("rings, is answered, acknowledged at once, hung up", () => {
    const byeFinal: SideInput = {
      kind: "response-received",
      relayId: BYE,
      response: respond(invite, 200, { toTag: "peer" }),
    };
    expect(branch(dial(), answerOf(180), answerOf(200), HANG_UP, byeFinal).lines).toEqual([
      "send INVITE as 1",
      "report progressed 180",
      "ack 1; report progressed 200",
      "send BYE as 0",
      "report ended",
    ]);
  });

  it("without offer: the ACK waits for the caller's answer (13.2.2.4)", () => {
    const ack = ordered({
      kind: "request",
      request: { relayId: INITIAL, method: "ACK", headers: TYPED, body: SDP },
    });
    expect(branch(dial(""), answerOf(200), ack).lines.slice(1)).toEqual([
      "report progressed 200",
      "ack 1 with answer",
    ]);
  });

  it("without offer, hung up before the caller's answer: ACK first, then BYE", () => {
    expect(branch(dial(""), answerOf(200), HANG_UP).lines.at(-1)).toBe("ack 1; send BYE as 0");
  });

  it("a 200 that crosses our CANCEL is acknowledged and reported (BR2)", () => {
    const cancel = ordered({ kind: "cancel", reason: "x" });
    expect(branch(dial(), cancel, answerOf(200)).lines.slice(1)).toEqual([
      "cancel 1",
      "ack 1; report progressed 200",
    ]);
  });

  it("13.2.2.4: a 200 with another To tag is acknowledged and released, also after the end", () => {
    const fork = branch(dial(), answerOf(200), answerOf(200, "other"));
    expect(fork.lines.at(-1)).toBe("ack 1; forget BYE");
    const gone = branch(
      dial(),
      answerOf(200),
      HANG_UP,
      answerOf(200, "peer", BYE),
      answerOf(200, "other"),
    );
    expect(gone.lines.at(-1)).toBe("ack 1; forget BYE");
  });

  it.each([
    [{ kind: "response-missing", relayId: INITIAL, status: 408 }, "report progressed 408"],
    [{ kind: "response-missing", relayId: INITIAL, status: 503 }, "report progressed 503"],
  ] as const)("8.1.3.1: no final response is one of ours", (missing, line) => {
    expect(branch(dial(), missing).lines.at(-1)).toBe(line);
  });

  it("a second dial order sends no second INVITE", () => {
    expect(branch(dial(), dial()).lines.at(-1)).toBe("");
  });

  it("a 2xx whose Contact cannot be read cannot be acknowledged: the branch fails (12.1.2)", () => {
    const response = respond(invite, 200, { toTag: "peer", headers: [["Contact", "*"]] });
    expect(
      branch(dial(), { kind: "response-received", relayId: INITIAL, response }).lines.at(-1),
    ).toBe("report progressed 503");
  });
});
