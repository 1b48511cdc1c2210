/**
 * What an edge receives on kk.edge.<edge> (kakehashi.call.v1.EdgeEnvelope): steps of controllers, and
 * the traffic between an anchor and the edge that dials a branch for it (ARCHITECTURE, an INVITE).
 *
 * B1  A branch belongs to one leg of one call: its id is `<leg>.<n>`, for instance b2.0.
 */
import { unreachable } from "../telephony/assert.ts";
import type { CallId, LegId, NodeId } from "../telephony/ids.ts";
import type { Instant } from "../telephony/instant.ts";
import type { CallStep } from "./call-codec.ts";
import { decodeStep, encodeStep } from "./call-codec.ts";
import type { WireFault } from "./fault.ts";
import { decoding, isWireFault, refuse } from "./fault.ts";
import { callId, instant, list, nodeId, positive, within } from "./fields.ts";
import * as pb from "./gen/kakehashi/call/v1/branch.ts";

declare const brand: unique symbol;
/** One dialled contact of a leg, `b2.0`. */
export type BranchId = string & { readonly [brand]: "BranchId" };

/** The n-th branch of a leg, n from 0. */
export const branchId = (leg: LegId, n: number): BranchId => `${leg}.${n}` as BranchId;

/** Reads a branch id; null when the text is none. */
export const parseBranchId = (text: string): BranchId | null =>
  /^b[1-9][0-9]{0,3}\.(0|[1-9][0-9]{0,2})$/.test(text) ? (text as BranchId) : null;

/** Headers in one message: far above what a telephone sends, far below what hurts. */
const HEADERS_MAX = 256;

/** A SIP header as text. */
export interface BranchHeader {
  readonly name: string;
  readonly value: string;
}

/** An in-dialog request that passes between two bridged legs. */
export interface BranchRequest {
  readonly relayId: number;
  readonly method: string;
  readonly headers: readonly BranchHeader[];
  readonly body: Uint8Array;
}

/** A response on the way back; `relayId` is 0 for a response to the INVITE that dialled the branch. */
export interface BranchResponse {
  readonly relayId: number;
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly BranchHeader[];
  readonly body: Uint8Array;
}

/** What the anchor wants of the holder of the target's connection. */
export type BranchOrder =
  | {
      readonly kind: "dial";
      readonly requestUri: string;
      readonly flow: string;
      readonly headers: readonly BranchHeader[];
      readonly body: Uint8Array;
    }
  | { readonly kind: "cancel"; readonly reason: string }
  | { readonly kind: "hang-up"; readonly reason: string }
  | { readonly kind: "request"; readonly request: BranchRequest }
  | { readonly kind: "response"; readonly response: BranchResponse };

/** What the holder saw. */
export type BranchFact =
  | { readonly kind: "progress"; readonly response: BranchResponse }
  | { readonly kind: "ended"; readonly reason: string; readonly byFarEnd: boolean }
  | { readonly kind: "request"; readonly request: BranchRequest }
  | { readonly kind: "response"; readonly response: BranchResponse };

/** Anchor to holder. */
export interface BranchCommand {
  readonly callId: CallId;
  readonly branch: BranchId;
  readonly anchor: NodeId;
  readonly order: BranchOrder;
}

/** Holder to anchor. */
export interface BranchReport {
  readonly callId: CallId;
  readonly branch: BranchId;
  readonly holder: NodeId;
  readonly at: Instant;
  readonly fact: BranchFact;
}

/** What arrives on an edge's subject. */
export type EdgeEnvelope =
  | { readonly kind: "step"; readonly step: CallStep }
  | { readonly kind: "branch-command"; readonly command: BranchCommand }
  | { readonly kind: "branch-report"; readonly report: BranchReport };

const buffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const branchFromWire = (text: string): BranchId =>
  parseBranchId(text) ?? refuse("branch", `not a BranchId: ${JSON.stringify(text.slice(0, 80))}`);

const headersFromWire = (headers: readonly pb.Header[], path: string): readonly BranchHeader[] =>
  list(headers, path, HEADERS_MAX, (header, at) => ({
    name: header.name === "" ? refuse(`${at}.name`, "missing") : header.name,
    value: header.value,
  }));

const requestToWire = (request: BranchRequest): pb.BranchRequest => ({
  ...request,
  body: buffer(request.body),
});

const requestFromWire = (wire: pb.BranchRequest): BranchRequest => ({
  relayId: positive(wire.relayId, "request.relay_id"),
  method: wire.method === "" ? refuse("request.method", "missing") : wire.method,
  headers: headersFromWire(wire.headers, "request.headers"),
  body: wire.body,
});

const responseToWire = (response: BranchResponse): pb.BranchResponse => ({
  ...response,
  body: buffer(response.body),
});

const responseFromWire = (wire: pb.BranchResponse, path: string): BranchResponse => ({
  relayId: wire.relayId,
  status: within(wire.status, 100, 699, `${path}.status`),
  reason: wire.reason,
  headers: headersFromWire(wire.headers, `${path}.headers`),
  body: wire.body,
});

function orderToWire(order: BranchOrder): pb.BranchCommand["kind"] {
  switch (order.kind) {
    case "dial": {
      const { requestUri, flow, headers } = order;
      return { $case: "dial", value: { requestUri, flow, headers, body: buffer(order.body) } };
    }
    case "cancel":
      return { $case: "cancel", value: { reason: order.reason } };
    case "hang-up":
      return { $case: "hangUp", value: { reason: order.reason } };
    case "request":
      return { $case: "request", value: requestToWire(order.request) };
    case "response":
      return { $case: "response", value: responseToWire(order.response) };
    default:
      return unreachable(order);
  }
}

function orderFromWire(kind: pb.BranchCommand["kind"]): BranchOrder {
  switch (kind?.$case) {
    case "dial":
      return {
        kind: "dial",
        requestUri:
          kind.value.requestUri === ""
            ? refuse("dial.request_uri", "missing")
            : kind.value.requestUri,
        flow: kind.value.flow,
        headers: headersFromWire(kind.value.headers, "dial.headers"),
        body: kind.value.body,
      };
    case "cancel":
      return { kind: "cancel", reason: kind.value.reason };
    case "hangUp":
      return { kind: "hang-up", reason: kind.value.reason };
    case "request":
      return { kind: "request", request: requestFromWire(kind.value) };
    case "response":
      return { kind: "response", response: responseFromWire(kind.value, "response") };
    case undefined:
      return refuse("command.kind", "missing, or of a kind that this version does not know");
    default:
      return unreachable(kind);
  }
}

function factToWire(fact: BranchFact): pb.BranchReport["kind"] {
  switch (fact.kind) {
    case "progress":
      return { $case: "progress", value: responseToWire(fact.response) };
    case "ended":
      return { $case: "ended", value: { reason: fact.reason, byFarEnd: fact.byFarEnd } };
    case "request":
      return { $case: "request", value: requestToWire(fact.request) };
    case "response":
      return { $case: "response", value: responseToWire(fact.response) };
    default:
      return unreachable(fact);
  }
}

function factFromWire(kind: pb.BranchReport["kind"]): BranchFact {
  switch (kind?.$case) {
    case "progress":
      return { kind: "progress", response: responseFromWire(kind.value, "progress") };
    case "ended":
      return { kind: "ended", reason: kind.value.reason, byFarEnd: kind.value.byFarEnd };
    case "request":
      return { kind: "request", request: requestFromWire(kind.value) };
    case "response":
      return { kind: "response", response: responseFromWire(kind.value, "response") };
    case undefined:
      return refuse("report.kind", "missing, or of a kind that this version does not know");
    default:
      return unreachable(kind);
  }
}

function envelopeToWire(envelope: EdgeEnvelope): pb.EdgeEnvelope["kind"] {
  switch (envelope.kind) {
    case "step":
      return { $case: "step", value: buffer(encodeStep(envelope.step)) };
    case "branch-command": {
      const { callId, branch, anchor, order } = envelope.command;
      return { $case: "command", value: { callId, branch, anchor, kind: orderToWire(order) } };
    }
    case "branch-report": {
      const { callId, branch, holder, at, fact } = envelope.report;
      const kind = factToWire(fact);
      return { $case: "report", value: { callId, branch, holder, atMs: at, kind } };
    }
    default:
      return unreachable(envelope);
  }
}

function envelopeFromWire({ kind }: pb.EdgeEnvelope): EdgeEnvelope {
  switch (kind?.$case) {
    case "step": {
      const step = decodeStep(kind.value);
      return isWireFault(step) ? refuse(`step.${step.path}`, step.problem) : { kind: "step", step };
    }
    case "command": {
      const { value } = kind;
      const command = {
        callId: callId(value.callId, "command.call_id"),
        branch: branchFromWire(value.branch),
        anchor: nodeId(value.anchor, "command.anchor"),
        order: orderFromWire(value.kind),
      };
      return { kind: "branch-command", command };
    }
    case "report": {
      const { value } = kind;
      const report = {
        callId: callId(value.callId, "report.call_id"),
        branch: branchFromWire(value.branch),
        holder: nodeId(value.holder, "report.holder"),
        at: instant(value.atMs, "report.at_ms"),
        fact: factFromWire(value.kind),
      };
      return { kind: "branch-report", report };
    }
    case undefined:
      return refuse("kind", "missing, or of a kind that this version does not know");
    default:
      return unreachable(kind);
  }
}

/** Encodes an {@link EdgeEnvelope}. */
export const encodeEnvelope = (envelope: EdgeEnvelope): Uint8Array =>
  pb.EdgeEnvelope.encode({ kind: envelopeToWire(envelope) }).finish();

/** Decodes an {@link EdgeEnvelope}. */
export const decodeEnvelope = (bytes: Uint8Array): EdgeEnvelope | WireFault =>
  decoding("EdgeEnvelope", () => envelopeFromWire(pb.EdgeEnvelope.decode(bytes)));
