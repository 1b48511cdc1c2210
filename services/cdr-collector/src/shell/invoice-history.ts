/**
 * The registry's memory of a company, asked when an invoice is made. Owns what an unreachable registry
 * looks like to who asked for the invoice.
 *
 * R1  Nothing else of the collector needs the registry: records are stored and rated while it is away.
 */
import { type HostPort, hostPortText } from "../../../lib/runtime/config.ts";
import {
  answered,
  CHANNEL_OPTIONS,
  callUnary,
  type GrpcAnswer,
  insecureCredentials,
  refused,
} from "../../../lib/runtime/grpc.ts";
import type { BillingHistory } from "../../../lib/telephony/billing-history.ts";
import type { CompanyId } from "../../../lib/telephony/ids.ts";
import { billingHistoryFromWire } from "../../../lib/wire/billing-history-codec.ts";
import { describeFault, isWireFault } from "../../../lib/wire/fault.ts";
import { TenantServiceClient } from "../../../lib/wire/tenant.ts";

const DEADLINE_MS = 3000;

/** Asks the registry; refuses with not-found or unavailable. */
export type ReadHistory = (companyId: CompanyId) => Promise<GrpcAnswer<BillingHistory>>;

/** A connection to the registry; it connects when it is asked. */
export interface HistoryReader {
  readonly read: ReadHistory;
  readonly close: () => void;
}

/** Opens the connection. */
export function createHistoryReader(address: HostPort): HistoryReader {
  const target = hostPortText(address);
  const client = new TenantServiceClient(target, insecureCredentials(), CHANNEL_OPTIONS);
  const ask = client.getBillingHistory.bind(client);
  const read: ReadHistory = async (companyId) => {
    const answer = await callUnary(ask, { companyId }, { deadlineMs: DEADLINE_MS });
    if (!answer.ok) {
      if (answer.status === "not-found") {
        return refused("not-found", `no company ${companyId}: see \`kakehashi get companies\``);
      }
      const problem = `${answer.status}: ${answer.message}`;
      return refused(
        "unavailable",
        `the tenant-registry at ${target} does not give the contract's history (${problem}): start it, or correct KK_REGISTRY_ADDRESS of the cdr-collector, then ask again`,
      );
    }
    const history = billingHistoryFromWire(answer.value);
    if (!isWireFault(history)) return answered(history);
    return refused("internal", `the registry's history is unreadable: ${describeFault(history)}`);
  };
  return { read, close: () => client.close() };
}
