/**
 * kakehashi.tenant.v1.TenantService on top of the store. Owns the translation between messages and the
 * domain, and which outcome is which gRPC status. Does not own any rule about companies.
 */

import { isStoreFault, type StoreFault } from "../../../lib/runtime/database.ts";
import { answered, type GrpcAnswer, refused, unary } from "../../../lib/runtime/grpc.ts";
import { type E164, isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";
import {
  type CompanyId,
  isIdFault,
  parseCompanyId,
  parseExtension,
  parseTrunkId,
  type TrunkId,
} from "../../../lib/telephony/ids.ts";
import { carrierTrunkToWire } from "../../../lib/wire/carrier-trunk-codec.ts";
import { snapshotToWire } from "../../../lib/wire/route-codec.ts";
import type * as pb from "../../../lib/wire/tenant.ts";
import { readDocument } from "../core/document.ts";
import { type Fault, pathText } from "../core/reading.ts";
import type { ChangeLog, ChangeOutcome, Changes, Readings, RemovalOutcome } from "../ports.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { japaneseNumbers } from "./phone-book.ts";
import type { RegistryMetrics } from "./registry-metrics.ts";
import { serveWatch } from "./watch-stream.ts";
import { companyDocument, companyToWire, trunkDocument } from "./wire-document.ts";
import { readYaml } from "./yaml.ts";

/** Companies in one answer of ListCompanies. */
const LIST_MAX = 100;

/** What the service stands on. */
export interface Registry {
  readonly changes: Changes;
  readonly readings: Readings;
  readonly log: ChangeLog;
  readonly feed: ChangeFeed;
  readonly metrics: RegistryMetrics;
  /** Hears of failures that are ours, and of errors nobody expected. */
  readonly onFault: (error: unknown) => void;
}

type Answer<T> = Promise<GrpcAnswer<T>>;

function storeRefusal(fault: StoreFault, onFault: (error: unknown) => void): GrpcAnswer<never> {
  if (fault.cause === "unavailable") {
    return refused("unavailable", "the registry's database does not answer; try again");
  }
  onFault(fault);
  return refused("internal", "internal error; the log of the service says more");
}

const invalid = (what: string, text: string): GrpcAnswer<never> =>
  refused("invalid-argument", `${JSON.stringify(text.slice(0, 80))} is not ${what}`);

const faultToWire = (fault: Fault, line: number): pb.DocumentFault => ({
  path: pathText(fault.path),
  message: fault.message,
  rule: fault.rule,
  line,
});

async function apply(registry: Registry, request: pb.ApplyRequest): Answer<pb.ApplyResponse> {
  const yaml = readYaml(request.document);
  if (yaml.kind === "broken") {
    const faults = yaml.faults.map((fault) => faultToWire(fault, fault.line));
    registry.metrics.changed("faulty");
    return answered({ revision: registry.feed.current() ?? 0, faults, changes: [] });
  }
  const read = readDocument(yaml.value, japaneseNumbers);
  const options = { dryRun: request.dryRun, expectedRevision: 0 };
  const outcome = await registry.changes.change(read, options);
  registry.metrics.changed(outcome.kind);
  switch (outcome.kind) {
    case "stored":
      return answered({ revision: outcome.revision, faults: [], changes: outcome.changes });
    case "faulty": {
      const faults = outcome.faults
        .map((fault) => faultToWire(fault, yaml.lineOf(fault.path)))
        .toSorted((a, b) => a.line - b.line);
      return answered({ revision: outcome.revision, faults, changes: [] });
    }
    case "outdated":
      return refused("failed-precondition", `the stored revision is ${outcome.revision}`);
    case "store-fault":
      return storeRefusal(outcome, registry.onFault);
  }
}

/** PutCompany and PutTrunk: the message is read as the document that would say the same. */
async function put(
  registry: Registry,
  document: object,
  expectedRevision: number,
): Answer<pb.PutCompanyResponse> {
  const read = readDocument(document, japaneseNumbers);
  const outcome: ChangeOutcome = await registry.changes.change(read, {
    dryRun: false,
    expectedRevision,
  });
  registry.metrics.changed(outcome.kind);
  switch (outcome.kind) {
    case "stored":
      return answered({ revision: outcome.revision, faults: [] });
    case "faulty": {
      const faults = outcome.faults.map((fault) => faultToWire(fault, 0));
      return answered({ revision: outcome.revision, faults });
    }
    case "outdated": {
      const has = `the stored revision is ${outcome.revision}, not ${expectedRevision}`;
      return refused("failed-precondition", `${has}; read it again and repeat the change`);
    }
    case "store-fault":
      return storeRefusal(outcome, registry.onFault);
  }
}

function removal(
  { metrics, onFault }: Registry,
  outcome: RemovalOutcome,
  what: string,
): GrpcAnswer<{ readonly revision: number }> {
  metrics.changed(outcome.kind);
  switch (outcome.kind) {
    case "removed":
      return answered({ revision: outcome.revision });
    case "absent":
      return refused("not-found", `there is no ${what}`);
    case "blocked":
      return refused("failed-precondition", outcome.reason);
    case "store-fault":
      return storeRefusal(outcome, onFault);
  }
}

const withCompanyId = async <T>(text: string, then: (id: CompanyId) => Answer<T>): Answer<T> => {
  const id = parseCompanyId(text);
  return isIdFault(id) ? invalid("a company id", text) : then(id);
};

const withTrunkId = async <T>(text: string, then: (id: TrunkId) => Answer<T>): Answer<T> => {
  const id = parseTrunkId(text);
  return isIdFault(id) ? invalid("a trunk id", text) : then(id);
};

const withNumber = async <T>(text: string, then: (number: E164) => Answer<T>): Answer<T> => {
  const number = parseE164(text);
  return isE164Fault(number) ? invalid("an E.164 number", text) : then(number);
};

async function resolve(
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

async function getOwner(
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

async function getCredential(
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

async function getCompany(
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

async function listCompanies(
  { readings, onFault }: Registry,
  { afterId, limit }: pb.ListCompaniesRequest,
): Answer<pb.ListCompaniesResponse> {
  const most = limit === 0 ? LIST_MAX : Math.min(limit, LIST_MAX);
  const read = await readings.companies(afterId, most);
  if (isStoreFault(read)) return storeRefusal(read, onFault);
  return answered({ companies: read.value.map(companyToWire) });
}

async function getTrunk(
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

async function listTrunks({ readings, onFault }: Registry): Answer<pb.ListTrunksResponse> {
  const read = await readings.trunks(null);
  if (isStoreFault(read)) return storeRefusal(read, onFault);
  return answered({ revision: read.revision, trunks: read.value.map(carrierTrunkToWire) });
}

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
    getCredential: unary((request) => getCredential(registry, request), onFault),
    watch: (stream) => {
      const left = metrics.watching();
      stream.on("close", left);
      stream.on("cancelled", left);
      serveWatch(stream, feed, log).catch(onFault);
    },
  };
}
