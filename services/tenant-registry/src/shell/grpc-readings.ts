/**
 * The requests of the TenantService that read: ids of messages into questions, answers into messages.
 */
import { isStoreFault } from "../../../lib/runtime/database.ts";
import { answered, refused } from "../../../lib/runtime/grpc.ts";
import { isIdFault, parseExtension } from "../../../lib/telephony/ids.ts";
import { billingHistoryToWire } from "../../../lib/wire/billing-history-codec.ts";
import { carrierTrunkToWire } from "../../../lib/wire/carrier-trunk-codec.ts";
import { snapshotToWire } from "../../../lib/wire/route-codec.ts";
import type * as pb from "../../../lib/wire/tenant.ts";
import type { Readings } from "../ports.ts";
import {
  type Answer,
  invalid,
  type Registry,
  storeRefusal,
  withCompanyId,
  withNumber,
  withTrunkId,
} from "./grpc-answers.ts";
import { companyToWire } from "./wire-document.ts";

/** Companies in one answer of ListCompanies. */
const LIST_MAX = 100;

/** Resolve: what is needed to place a call. */
export async function resolve(
  { readings, onFault }: Registry,
  { kind }: pb.ResolveRequest,
): Answer<pb.ResolveResponse> {
  const respond = async (key: Parameters<Readings["route"]>[0]): Answer<pb.ResolveResponse> => {
    const read = await readings.route(key);
    if (isStoreFault(read)) return storeRefusal(read, onFault);
    const { revision, value } = read;
    return answered({ revision, snapshot: value === null ? undefined : snapshotToWire(value) });
  };
  switch (kind?.$case) {
    case "number":
      return withNumber(kind.value, (number) => respond({ kind: "number", number }));
    case "extension":
      return withCompanyId(kind.value.companyId, async (companyId) => {
        const extension = parseExtension(kind.value.extension);
        return isIdFault(extension)
          ? invalid("an extension", kind.value.extension)
          : respond({ kind: "extension", companyId, extension });
      });
    case undefined:
      return refused("invalid-argument", "ask for a number or an extension");
  }
}

/** GetNumberOwner. */
export async function getOwner(
  { readings, onFault }: Registry,
  request: pb.GetNumberOwnerRequest,
): Answer<pb.GetNumberOwnerResponse> {
  return withNumber(request.number, async (number) => {
    const read = await readings.owner(number);
    if (isStoreFault(read)) return storeRefusal(read, onFault);
    const { revision, value } = read;
    return answered({ revision, ...(value ?? { companyId: "", trunkId: "" }) });
  });
}

/** GetCredential. */
export async function getCredential(
  { readings, onFault }: Registry,
  request: pb.GetCredentialRequest,
): Answer<pb.GetCredentialResponse> {
  const extension = parseExtension(request.extension);
  if (isIdFault(extension)) return invalid("an extension", request.extension);
  const read = await readings.credential(request.domain.toLowerCase(), extension);
  if (isStoreFault(read)) return storeRefusal(read, onFault);
  const { revision, value } = read;
  return answered({ revision, ...(value ?? { companyId: "", ha1Md5: "", ha1Sha256: "" }) });
}

/** GetCompany. */
export async function getCompany(
  { readings, onFault }: Registry,
  request: pb.GetCompanyRequest,
): Answer<pb.GetCompanyResponse> {
  return withCompanyId(request.id, async (id) => {
    const read = await readings.company(id);
    if (isStoreFault(read)) return storeRefusal(read, onFault);
    if (read.value === null) return refused("not-found", `there is no company "${id}"`);
    return answered({ company: companyToWire(read.value) });
  });
}

/** ListCompanies, at most LIST_MAX. */
export async function listCompanies(
  { readings, onFault }: Registry,
  { afterId, limit }: pb.ListCompaniesRequest,
): Answer<pb.ListCompaniesResponse> {
  const most = limit === 0 ? LIST_MAX : Math.min(limit, LIST_MAX);
  const read = await readings.companies(afterId, most);
  if (isStoreFault(read)) return storeRefusal(read, onFault);
  return answered({ companies: read.value.map(companyToWire) });
}

/** GetTrunk. */
export async function getTrunk(
  { readings, onFault }: Registry,
  request: pb.GetTrunkRequest,
): Answer<pb.GetTrunkResponse> {
  return withTrunkId(request.id, async (id) => {
    const read = await readings.trunks(id);
    if (isStoreFault(read)) return storeRefusal(read, onFault);
    const [trunk] = read.value;
    if (trunk === undefined) return refused("not-found", `there is no trunk "${id}"`);
    return answered({ trunk: carrierTrunkToWire(trunk) });
  });
}

/** ListTrunks. */
export async function listTrunks({ readings, onFault }: Registry): Answer<pb.ListTrunksResponse> {
  const read = await readings.trunks(null);
  if (isStoreFault(read)) return storeRefusal(read, onFault);
  return answered({ revision: read.revision, trunks: read.value.map(carrierTrunkToWire) });
}

/** GetBillingHistory: also of a company that is deleted. */
export async function getBillingHistory(
  { readings, onFault }: Registry,
  request: pb.GetBillingHistoryRequest,
): Answer<pb.GetBillingHistoryResponse> {
  return withCompanyId(request.companyId, async (id) => {
    const read = await readings.billingHistory(id);
    if (isStoreFault(read)) return storeRefusal(read, onFault);
    if (read.value === null) return refused("not-found", `there never was a company "${id}"`);
    return answered(billingHistoryToWire(read.value, read.revision));
  });
}
