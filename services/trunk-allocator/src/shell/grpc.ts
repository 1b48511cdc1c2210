/**
 * The allocator's gRPC door. Owns: reading requests, writing answers, the bound on what waits.
 *
 * S1  A standby answers each request with the leader's address and executes nothing.
 * S2  A request without kind, with a leg without scopes, or with a rate that cannot be counted is refused
 *     as malformed; nothing is taken and nothing counted.
 */
import { type ServerDuplexStream, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { answered, refused, unary } from "../../../lib/runtime/grpc.ts";
import {
  AllocatorServiceService,
  type HoldRequest,
  type HoldResponse,
  type ListLeasesRequest,
  type ListLeasesResponse,
  PartialPolicy,
  type Take,
} from "../../../lib/wire/trunk.ts";
import { type ClaimedRate, REMEMBERED_MS } from "../core/call-rates.ts";
import type { ChannelPool, TakeRequest } from "../core/channel-pool.ts";
import { scopeCalled, sharedScopes } from "../core/scope-use.ts";
import type { Election } from "./election.ts";
import type { Answer, Request } from "./leader.ts";

type HoldStream = ServerDuplexStream<HoldRequest, HoldResponse>;

/** Channels one leg may count against, and legs one request may name: bounds of a plan, doubled. */
const SCOPES_MAX = 8;
const LEGS_MAX = 40;
/** Legs one renewal may name; one journal message holds them. */
const RENEWED_LEGS_MAX = 4_000;
/** Rates one request may name: one for each source number of a plan, which has 20 targets at most. */
const RATES_MAX = 20;
/** Leases, and scopes, listed at most. */
const LISTED_MAX = 10_000;

/** What the door tells metrics, and how a reservation is traced. */
export interface DoorWatch {
  readonly onTake: (take: Take, answer: Answer, tookMs: number) => void;
  readonly onStream: (open: number) => void;
  readonly onFault: (error: unknown) => void;
}

/** The service and its definition. */
export function allocatorService(election: Election, now: () => number, watch: DoorWatch) {
  let streams = 0;
  const hold = (stream: HoldStream): void => {
    streams += 1;
    watch.onStream(streams);
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      streams -= 1;
      watch.onStream(streams);
    };
    stream.on("data", (request: HoldRequest) => {
      const at = now();
      hear(election, request, (answer, take) => {
        if (take !== null) watch.onTake(take, answer, now() - at);
        if (isOpen) stream.write(responseOf(request.requestId, answer, election.leaderAddress));
      });
    });
    stream.on("end", () => {
      close();
      stream.end();
    });
    stream.on("error", close);
    stream.on("cancelled", close);
    stream.on("close", close);
  };
  const listLeases = unary<ListLeasesRequest, ListLeasesResponse>(({ scopeId }) => {
    const { leader, leaderAddress } = election;
    if (leader === null) {
      const where = leaderAddress === "" ? "nobody leads now" : `the leader is ${leaderAddress}`;
      return refused("unavailable", `this allocator stands by; ${where}`);
    }
    return answered(listOf(leader.pool, scopeId, leaderAddress));
  }, watch.onFault);
  const implementation: UntypedServiceImplementation = { hold, listLeases };
  return { definition: AllocatorServiceService, implementation };
}

function hear(
  election: Election,
  { kind }: HoldRequest,
  answer: (answer: Answer, take: Take | null) => void,
): void {
  const take = kind?.$case === "take" ? kind.value : null;
  const request = requestOf(kind);
  if (request === null) {
    const legs = take?.legs ?? [];
    const refusedLegs = legs.map(({ leg }) => ({ leg, scope: "malformed" }));
    return answer({ kind: "taken", granted: [], refused: refusedLegs }, take);
  }
  const { leader } = election;
  if (leader === null) return answer({ kind: "not-leading" }, take);
  leader.ask(request, (given) => answer(given, take));
}

function requestOf(kind: HoldRequest["kind"]): Request | null {
  switch (kind?.$case) {
    case "take": {
      const request = takeOf(kind.value);
      return request === null ? null : { kind: "take", take: request };
    }
    case "release":
      return isHolder(kind.value) ? { kind: "release", release: kind.value } : null;
    case "renew": {
      const { held } = kind.value;
      const legs = held.reduce((sum, one) => sum + one.legs.length, 0);
      const isWhole = legs <= RENEWED_LEGS_MAX && held.every(isHolder);
      return isWhole ? { kind: "renew", held } : null;
    }
    case undefined:
      return null;
  }
}

/** Longest id of a call, leg or scope; bounds a journal message. */
const ID_LENGTH_MAX = 80;

const isId = (text: string): boolean => text !== "" && text.length <= ID_LENGTH_MAX;

const isHolder = (one: { callId: string; epoch: number; legs: readonly string[] }): boolean =>
  isId(one.callId) && one.epoch > 0 && one.legs.length <= LEGS_MAX && one.legs.every(isId);

const isRate = ({ id, windowMs }: ClaimedRate): boolean =>
  isId(id) && windowMs > 0 && windowMs <= REMEMBERED_MS;

function takeOf(take: Take): TakeRequest | null {
  const { callId, epoch, legs, rates } = take;
  const isWhole =
    isId(callId) &&
    epoch > 0 &&
    legs.length > 0 &&
    legs.length <= LEGS_MAX &&
    rates.length <= RATES_MAX &&
    rates.every(isRate) &&
    legs.every(({ leg, scopes }) => {
      const ids = new Set(scopes.map(({ id }) => id));
      const isCounted = ids.size === scopes.length && ids.size > 0 && ids.size <= SCOPES_MAX;
      return isId(leg) && isCounted && scopes.every(({ id }) => isId(id));
    });
  if (!isWhole) return null;
  const policy = take.policy === PartialPolicy.ALL_OR_NONE ? "all-or-none" : "first-in-order";
  return { callId, epoch, policy, legs, rates };
}

function responseOf(requestId: number, answer: Answer, leaderAddress: string): HoldResponse {
  switch (answer.kind) {
    case "taken": {
      const legs = answer.refused.map(({ leg, scope }) => ({ leg, scopeId: scope }));
      const value = { granted: answer.granted, refused: legs };
      return { requestId, kind: { $case: "taken", value } };
    }
    case "released":
      return { requestId, kind: { $case: "released", value: { legs: answer.legs } } };
    case "renewed":
      return { requestId, kind: { $case: "renewed", value: { lost: answer.lost } } };
    case "not-leading":
      return { requestId, kind: { $case: "notLeader", value: { leaderAddress } } };
    case "overloaded":
      return { requestId, kind: { $case: "overloaded", value: {} } };
  }
}

function listOf(pool: ChannelPool, scopeId: string, leader: string): ListLeasesResponse {
  const leases = [];
  for (const lease of pool.leases.values()) {
    if (scopeId !== "" && !lease.scopes.includes(scopeId)) continue;
    if (leases.length >= LISTED_MAX) break;
    const { callId, leg, epoch, scopes, takenAt, expiresAt } = lease;
    const times = { takenAtMs: takenAt, expiresAtMs: expiresAt };
    leases.push({ callId, leg, epoch, scopeIds: scopes, ...times });
  }
  const scopes = scopeId === "" ? sharedScopes(pool, LISTED_MAX) : scopeCalled(pool, scopeId);
  return { scopes, leases, leader };
}
