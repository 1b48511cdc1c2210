/**
 * Orders and facts of a branch as they cross NATS between its anchor and the edge that holds the
 * target's connection. Owns: the translation between core/leg/side.ts and lib/wire. Does not own:
 * branches.
 *
 * BW1  A side order that only a caller's side knows has no wire form and is null.
 */
import { Buffer } from "node:buffer";
import type {
  BranchFact,
  BranchHeader,
  BranchOrder,
  BranchRequest,
  BranchResponse,
} from "../../../lib/wire/branch-codec.ts";
import type { RelayRequest, RelayResponse, SideFact, SideOrder } from "../core/leg/side.ts";
import type { Endpoint } from "../core/message/message.ts";
import type { HeaderPair } from "../core/message/serialize.ts";

const toBytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const toText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

const toHeaders = (pairs: readonly HeaderPair[]): readonly BranchHeader[] =>
  pairs.map(([name, value]) => ({ name, value }));
const toPairs = (headers: readonly BranchHeader[]): readonly HeaderPair[] =>
  headers.map(({ name, value }): HeaderPair => [name, value]);

const requestToWire = (request: RelayRequest): BranchRequest => ({
  ...request,
  headers: toHeaders(request.headers),
  body: toBytes(request.body),
});
const requestFromWire = (request: BranchRequest): RelayRequest => ({
  ...request,
  headers: toPairs(request.headers),
  body: toText(request.body),
});
const responseToWire = (response: RelayResponse): BranchResponse => ({
  ...response,
  headers: toHeaders(response.headers),
  body: toBytes(response.body),
});
const responseFromWire = (response: BranchResponse): RelayResponse => ({
  ...response,
  headers: toPairs(response.headers),
  body: toText(response.body),
});

/** `host:port;transport=tcp;flow=x`: the connection as its holder names it. */
export const flowText = ({ host, port, transport, flow }: Endpoint): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port};transport=${transport}` +
  (flow === undefined ? "" : `;flow=${flow}`);

/** The connection that a flow text names, or null when it is none. */
export function flowFrom(text: string): Endpoint | null {
  const [place = "", ...params] = text.split(";");
  const colon = place.lastIndexOf(":");
  const port = Number(place.slice(colon + 1));
  const host = place.slice(0, colon).replace(/^\[|\]$/g, "");
  if (host === "" || !Number.isInteger(port) || port < 1 || port > 65_535) return null;
  const transport = params.includes("transport=tcp") ? "tcp" : "udp";
  const flow = params.find((param) => param.startsWith("flow="))?.slice("flow=".length);
  return flow === undefined ? { transport, host, port } : { transport, host, port, flow };
}

/** An order for a branch of another edge; null when it is none for a branch (BW1). */
export function orderToWire(order: SideOrder, target: Endpoint): BranchOrder | null {
  switch (order.kind) {
    case "dial":
      return {
        kind: "dial",
        requestUri: order.requestUri,
        flow: flowText(target),
        headers: toHeaders(order.headers),
        body: toBytes(order.body),
      };
    case "cancel":
    case "hang-up":
      return order;
    case "request":
      return { kind: "request", request: requestToWire(order.request) };
    case "response":
      return { kind: "response", response: responseToWire(order.response) };
    case "ring":
    case "answer":
    case "refuse":
      return null;
  }
}

/** An order of another edge's call. */
export function orderFromWire(order: BranchOrder): SideOrder {
  switch (order.kind) {
    case "dial":
      return {
        kind: "dial",
        requestUri: order.requestUri,
        headers: toPairs(order.headers),
        body: toText(order.body),
      };
    case "cancel":
    case "hang-up":
      return order;
    case "request":
      return { kind: "request", request: requestFromWire(order.request) };
    case "response":
      return { kind: "response", response: responseFromWire(order.response) };
  }
}

/** A fact for the anchor; null for what only a caller's side sees. */
export function factToWire(fact: SideFact): BranchFact | null {
  switch (fact.kind) {
    case "progressed":
      return { kind: "progress", response: responseToWire(fact.response) };
    case "ended":
      return { kind: "ended", reason: fact.reason, byFarEnd: fact.byFarEnd };
    case "request":
      return { kind: "request", request: requestToWire(fact.request) };
    case "response":
      return { kind: "response", response: responseToWire(fact.response) };
    case "cancelled":
      return null;
  }
}

/** A fact that the holder saw. */
export function factFromWire(fact: BranchFact): SideFact {
  switch (fact.kind) {
    case "progress":
      return { kind: "progressed", response: responseFromWire(fact.response) };
    case "ended":
      return { kind: "ended", reason: fact.reason, byFarEnd: fact.byFarEnd };
    case "request":
      return { kind: "request", request: requestFromWire(fact.request) };
    case "response":
      return { kind: "response", response: responseFromWire(fact.response) };
  }
}
