/** The controller's gRPC door: live calls of all controllers, and dry runs. */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type { RegistryClient } from "../../../lib/registry-client/index.ts";
import { answered, type GrpcAnswer, refused, unary } from "../../../lib/runtime/grpc.ts";
import { e164FromTrunk, isE164Fault } from "../../../lib/telephony/e164.ts";
import {
  isIdFault,
  parseCompanyId,
  parseExtension,
  parseTrunkId,
} from "../../../lib/telephony/ids.ts";
import type { Offer, Origin } from "../../../lib/telephony/leg.ts";
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
import type { Refusal } from "../core/refusal.ts";
import { type PlanRow, planCall, planView, ringsOutMs } from "../core/ring-plan.ts";
import type { LiveList } from "./live-calls.ts";

/** The service and its definition. */
export function callService(
  registry: RegistryClient,
  live: LiveList,
  onFault: (error: unknown) => void,
) {
  const implementation: UntypedServiceImplementation = {
    listCalls: unary<ListCallsRequest, ListCallsResponse>(
      async ({ companyId }) => answered(await live.gather(companyId)),
      onFault,
    ),
    plan: unary<PlanRequest, PlanResponse>((request) => plan(registry, request), onFault),
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

async function plan(
  registry: RegistryClient,
  request: PlanRequest,
): Promise<GrpcAnswer<PlanResponse>> {
  const origin = originOf(request);
  if (origin === null) {
    const problem = `from: ${request.from} is neither a number nor, with a company, an extension`;
    return refused("invalid-argument", problem);
  }
  const offer: Offer = {
    origin,
    called: request.called,
    caller: { number: request.from, display: "", withheld: request.from === "" },
    diversions: 0,
    maxForwards: MAX_FORWARDS,
    traceparent: "",
  };
  const query = queryOf(offer);
  if (query === null) {
    return refused("invalid-argument", `called: ${request.called} is not a number or extension`);
  }
  const none = { ...EMPTY, called: request.called };
  const planned = planCall(offer, query, await registry.resolve(query));
  if (planned.kind === "refusal") return answered(refusal(none, planned));
  return answered({
    ...none,
    companyId: planned.companyId,
    mode: planned.mode,
    revision: planned.revision,
    totalRingS: Math.round(ringsOutMs(planned) / 1_000),
    targets: planView(planned).map(rowToWire),
  });
}

const EMPTY: PlanResponse = {
  companyId: "",
  called: "",
  mode: "",
  revision: 0,
  totalRingS: 0,
  targets: [],
  refusal: "",
  refusalStatus: 0,
};

const refusal = (response: PlanResponse, { status, reason }: Refusal): PlanResponse => ({
  ...response,
  refusal: reason,
  refusalStatus: status,
});

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
  };
}
