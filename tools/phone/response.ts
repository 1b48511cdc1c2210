/**
 * Responses of the phone, and what it reads from those of others.
 * Owns: status texts, Contact, Record-Route and Allow of a response. Does not own: when to send one.
 */
import {
  type CheckedHeaders,
  type Headers,
  makeResponse,
  type NameAddr,
  type Request,
  type Response,
  stringifyUri,
} from "sip";
import type { FinalResponse, Line } from "./line.ts";

/** Methods of the phone, as the Allow header names them. */
export const ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";

/** Reasons of the statuses that the phone sends (RFC 3261 21). */
const REASONS: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  181: "Call Is Being Forwarded",
  183: "Session Progress",
  200: "OK",
  404: "Not Found",
  405: "Method Not Allowed",
  420: "Bad Extension",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  486: "Busy Here",
  487: "Request Terminated",
  491: "Request Pending",
  500: "Server Internal Error",
  503: "Service Unavailable",
  603: "Decline",
};

/** What a response carries beyond the request's own headers. */
export interface ResponseExtra {
  readonly sdp?: string | undefined;
  /** To with our tag. */
  readonly local?: NameAddr;
  readonly headers?: Headers;
}

/** A response with our Contact, the dialog's tag (`local`) and the request's Record-Route. */
export function createResponse(
  line: Line,
  request: Request<CheckedHeaders>,
  status: number,
  extra: ResponseExtra = {},
): Response {
  const response: Response = makeResponse(request, status, REASONS[status] ?? "Answer");
  const { sdp, local } = extra;
  if (local !== undefined) response.headers.to = local;
  const recordRoute = request.headers["record-route"];
  if (status > 100 && recordRoute !== undefined) response.headers["record-route"] = recordRoute;
  if (status > 100 && status < 300) response.headers.contact = [line.contact];
  if (status === 405 || request.method === "OPTIONS") response.headers["allow"] = ALLOW;
  if (sdp !== undefined) {
    response.content = sdp;
    response.headers["content-type"] = "application/sdp";
  }
  Object.assign(response.headers, extra.headers ?? {});
  return response;
}

/** What the peer answered to a request of ours; `sdp` is "" when there is no body. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly sdp: string;
}

/** Status, reason and body of a response. */
export function readReply(response: FinalResponse): Reply {
  return { status: response.status, reason: response.reason, sdp: response.content ?? "" };
}

/** URI of the message's Contact, null when it has none (RFC 3261 12.2.1.2: target refresh). */
export function targetOf(message: { readonly headers: Headers }): string | null {
  const { contact } = message.headers;
  const uri = Array.isArray(contact) ? contact[0]?.uri : undefined;
  return uri === undefined ? null : stringifyUri(uri);
}
