/**
 * kakehashi.tenant.v1.TenantService on top of the store: which request is answered by what. Does not own
 * any rule about companies.
 */
import { refused, unary } from "../../../lib/runtime/grpc.ts";
import type * as pb from "../../../lib/wire/tenant.ts";
import { type Registry, withCompanyId, withTrunkId } from "./grpc-answers.ts";
import { apply, put, removal } from "./grpc-changes.ts";
import {
  getBillingHistory,
  getCompany,
  getCredential,
  getOwner,
  getTrunk,
  listCompanies,
  listTrunks,
  resolve,
} from "./grpc-readings.ts";
import { serveWatch } from "./watch-stream.ts";
import { companyDocument, trunkDocument } from "./wire-document.ts";

/** The whole TenantService. */
export function tenantService(registry: Registry): pb.TenantServiceServer {
  const { changes, feed, log, metrics, onFault } = registry;
  return {
    apply: unary((request) => apply(registry, request), onFault),
    getCompany: unary((request) => getCompany(registry, request), onFault),
    listCompanies: unary((request) => listCompanies(registry, request), onFault),
    putCompany: unary(async ({ company, expectedRevision }) => {
      if (company === undefined) return refused("invalid-argument", "company is missing");
      return put(registry, companyDocument(company), expectedRevision);
    }, onFault),
    deleteCompany: unary(
      ({ id }) =>
        withCompanyId(id, async (companyId) =>
          removal(registry, await changes.removeCompany(companyId), `company "${id}"`),
        ),
      onFault,
    ),
    getTrunk: unary((request) => getTrunk(registry, request), onFault),
    listTrunks: unary(() => listTrunks(registry), onFault),
    putTrunk: unary(async ({ trunk, expectedRevision }) => {
      if (trunk === undefined) return refused("invalid-argument", "trunk is missing");
      return put(registry, trunkDocument(trunk), expectedRevision);
    }, onFault),
    deleteTrunk: unary(
      ({ id }) =>
        withTrunkId(id, async (trunkId) =>
          removal(registry, await changes.removeTrunk(trunkId), `trunk "${id}"`),
        ),
      onFault,
    ),
    resolve: unary((request) => metrics.timeResolve(() => resolve(registry, request)), onFault),
    getNumberOwner: unary((request) => getOwner(registry, request), onFault),
    getBillingHistory: unary((request) => getBillingHistory(registry, request), onFault),
    getCredential: unary((request) => getCredential(registry, request), onFault),
    watch: (stream) => {
      const left = metrics.watching();
      stream.on("close", left);
      stream.on("cancelled", left);
      serveWatch(stream, feed, log).catch(onFault);
    },
  };
}
