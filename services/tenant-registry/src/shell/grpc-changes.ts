/**
 * The requests of the TenantService that change something: documents and messages into changes, outcomes
 * and faults back into messages.
 */
import { answered, type GrpcAnswer, refused } from "../../../lib/runtime/grpc.ts";
import type * as pb from "../../../lib/wire/tenant.ts";
import { readDocument } from "../core/document.ts";
import { type Fault, type Path, pathText } from "../core/reading.ts";
import type { ChangeOutcome, RemovalOutcome } from "../ports.ts";
import { type Answer, type Registry, storeRefusal } from "./grpc-answers.ts";
import { japaneseNumbers } from "./phone-book.ts";
import { readYaml } from "./yaml.ts";

/** Faults or warnings in the order of their lines. */
const toWire = (
  faults: readonly Fault[],
  lineOf: (path: Path) => number,
): readonly pb.DocumentFault[] =>
  faults
    .map(({ path, message, messageJa, rule }) => {
      return { path: pathText(path), message, messageJa, rule, line: lineOf(path) };
    })
    .toSorted((a, b) => a.line - b.line);

/** The line of a message's parts: it has none. */
const noLine = (): number => 0;

/** Apply: a YAML document. */
export async function apply(
  registry: Registry,
  request: pb.ApplyRequest,
): Answer<pb.ApplyResponse> {
  const yaml = readYaml(request.document);
  if (yaml.kind === "broken") {
    const faults = yaml.faults.flatMap((fault) => toWire([fault], () => fault.line));
    registry.metrics.changed("faulty");
    const revision = registry.feed.current() ?? 0;
    return answered({ revision, faults, changes: [], warnings: [] });
  }
  const read = readDocument(yaml.value, japaneseNumbers);
  const options = { dryRun: request.dryRun, expectedRevision: 0 };
  const outcome = await registry.changes.change(read, options);
  registry.metrics.changed(outcome.kind);
  switch (outcome.kind) {
    case "stored":
      return answered({
        revision: outcome.revision,
        faults: [],
        changes: outcome.changes,
        warnings: toWire(outcome.warnings, yaml.lineOf),
      });
    case "faulty": {
      const faults = toWire(outcome.faults, yaml.lineOf);
      return answered({ revision: outcome.revision, faults, changes: [], warnings: [] });
    }
    case "outdated":
      return refused("failed-precondition", `the stored revision is ${outcome.revision}`);
    case "store-fault":
      return storeRefusal(outcome, registry.onFault);
  }
}

/** PutCompany and PutTrunk: the message is read as the document that would say the same. */
export async function put(
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
    case "stored": {
      const warnings = toWire(outcome.warnings, noLine);
      return answered({ revision: outcome.revision, faults: [], warnings });
    }
    case "faulty": {
      const faults = toWire(outcome.faults, noLine);
      return answered({ revision: outcome.revision, faults, warnings: [] });
    }
    case "outdated": {
      const has = `the stored revision is ${outcome.revision}, not ${expectedRevision}`;
      return refused("failed-precondition", `${has}; read it again and repeat the change`);
    }
    case "store-fault":
      return storeRefusal(outcome, registry.onFault);
  }
}

/** What became of a removal; `what` names the thing removed. */
export function removal(
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
