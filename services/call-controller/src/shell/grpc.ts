/** The controller's gRPC door: live calls of all controllers, and dry runs. */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type { RegistryClient } from "../../../lib/registry-client/index.ts";
import { answered, type GrpcAnswer, refused, unary } from "../../../lib/runtime/grpc.ts";
import { unreachable } from "../../../lib/telephony/assert.ts";
import { e164FromTrunk, isE164Fault } from "../../../lib/telephony/e164.ts";
import {
  isIdFault,
  parseCompanyId,
  parseExtension,
  parseTrunkId,
} from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Caller, Offer, Origin } from "../../../lib/telephony/leg.ts";
import {
  CallServiceService,
  type ListCallsRequest,
  type ListCallsResponse,
  type PlannedTarget,
  type PlanRequest,
  type PlanResponse,
} from "../../../lib/wire/call.ts";
import { queryOf } from "../core/dialled.ts";
import { MAX_FORWARDS } from "../core/limits.ts";
import {
  type PlanRow,
  planCall,
  planView,
  type RingPlan,
  ringsOutMs,
  type TurnedAway,
} from "../core/ring-plan.ts";
import type { LiveList } from "./live-calls.ts";

/** What the door needs around it. */
export interface CallServiceSurroundings {
  readonly registry: RegistryClient;
  readonly live: LiveList;
  readonly now: () => Instant;
  readonly onFault: (error: unknown) => void;
}

/** The service and its definition. */
export function callService({ registry, live, now, onFault }: CallServiceSurroundings) {
  const implementation: UntypedServiceImplementation = {
    listCalls: unary<ListCallsRequest, ListCallsResponse>(
      async ({ companyId }) => answered(await live.gather(companyId)),
      onFault,
    ),
    plan: unary<PlanRequest, PlanResponse>(
      (request) => planAt(registry, request, request.atMs === 0 ? now() : request.atMs),
      onFault,
    ),
  };
  return { definition: CallServiceService, implementation };
}

/** Who would be calling: an extension of the company, or a number on a trunk. */
function originOf({ companyId, from }: PlanRequest): Origin | null {
  const extension = parseExtension(from);
  const company = parseCompanyId(companyId);
  if (!isIdFault(extension) && !isIdFault(company)) {
    return { kind: "extension", companyId: company, extension };
  }
  const trunkId = parseTrunkId("plan");
  if (isIdFault(trunkId)) return null;
  return isE164Fault(e164FromTrunk(from)) && from !== "" ? null : { kind: "trunk", trunkId };
}

/** The caller as an edge would tell it; empty is one who withheld the number. */
function callerOf(from: string): Caller {
  const number = e164FromTrunk(from);
  return { number: isE164Fault(number) ? from : number, display: "", withheld: from === "" };
}

/** Moments that a contract and business hours can be judged at: the years 2000 to 2199. */
const isJudgeable = (at: Instant): boolean => at >= 946_652_400_000 && at < 7_258_086_000_000;

async function planAt(
  registry: RegistryClient,
  request: PlanRequest,
  startedAt: Instant,
): Promise<GrpcAnswer<PlanResponse>> {
  const { called, from } = request;
  const origin = originOf(request);
  if (origin === null) {
    const problem = `from: ${from} is neither a number nor, with a company, an extension`;
    return refused("invalid-argument", problem);
  }
  if (!isJudgeable(startedAt)) {
    return refused("invalid-argument", `at_ms: ${startedAt} is not within the years 2000 to 2199`);
  }
  const offer: Offer = {
    origin,
    called,
    caller: callerOf(from),
    diversions: 0,
    priority: null,
    maxForwards: MAX_FORWARDS,
    traceparent: "",
  };
  const query = queryOf(offer);
  if (query === null) {
    return refused("invalid-argument", `called: ${called} is not a number or extension`);
  }
  const looked = await registry.resolve(query);
  return answered(planToWire(planCall({ offer, startedAt }, query, looked), called, startedAt));
}

function planToWire(
  planned: RingPlan | TurnedAway,
  called: string,
  startedAt: Instant,
): PlanResponse {
  const { route } = planned;
  const known = {
    called,
    companyId: route?.companyId ?? "",
    revision: route?.revision ?? 0,
    pricePlan: route?.pricePlan ?? "",
    hours: planned.hours ?? "",
    atMs: startedAt,
  };
  switch (planned.kind) {
    case "plan":
      return {
        ...known,
        mode: planned.route.mode,
        totalRingS: Math.round(ringsOutMs(planned) / 1_000),
        targets: planView(planned).map(rowToWire),
        refusal: "",
        refusalStatus: 0,
        refusalRule: "",
      };
    case "turned-away": {
      const { reason, status, rule } = planned.refusal;
      const nobody = { mode: "", totalRingS: 0, targets: [] };
      const refusal = { refusal: reason, refusalStatus: status, refusalRule: rule ?? "" };
      return { ...known, ...nobody, ...refusal };
    }
    default:
      return unreachable(planned);
  }
}

function rowToWire({ target, startsAtMs, channels }: PlanRow): PlannedTarget {
  const { member } = target;
  const source = member.kind === "outside" ? member.source : null;
  return {
    seq: target.seq,
    kind: member.kind,
    target: member.kind === "extension" ? member.extension : member.number,
    ringS: Math.round(target.ringMs / 1_000),
    startsAtS: Math.round(startsAtMs / 1_000),
    sourceNumber: source?.number ?? "",
    sourceRule: source?.rule ?? "",
    trunkId: source?.trunkId ?? "",
    channels,
    skipped: target.skip ?? "",
    destinationClass: member.kind === "outside" ? (member.class ?? "") : "",
    onNet: member.kind === "outside" && member.onNet,
  };
}
