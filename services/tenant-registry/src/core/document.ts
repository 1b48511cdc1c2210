/**
 * A whole document, from its parsed value to a company and trunks, or to every fault in it. Owns the
 * order: read all, then check all. Does not parse YAML and does not know lines (shell/yaml.ts).
 *
 * D1  A document is used whole or not at all.
 * D2  The answer of a document without faults holds only values that passed every check.
 * D3  Faults and warnings are bounded in number; the last one says when there are more.
 */
import { checkCompany, checkTrunks, type Surroundings } from "./checks.ts";
import { COMING } from "./coming-texts.ts";
import type { Company, Password, Trunk } from "./company.ts";
import { type CompanyDraft, type DocumentDraft, settled } from "./draft.ts";
import type { FaultText } from "./fault-text.ts";
import { SYNTAX } from "./form-faults.ts";
import type { NumberBook } from "./numbering.ts";
import { readCompany } from "./read-company.ts";
import { readTrunk } from "./read-trunk.ts";
import { FAULTS_MAX, type Fault, fault, fields, isAbsent, items } from "./reading.ts";
import { mergeContract } from "./timeline.ts";

/** Trunks in one document; a carrier has tens. */
export const TRUNKS_MAX = 1000;
/** The parts of a document. */
export const DOCUMENT_FIELDS = ["trunks", "company"] as const;

/** A document that may be stored. */
export interface CheckedDocument {
  readonly company: Company | null;
  readonly trunks: readonly Trunk[];
  /** Passwords that the document sets; the digest is stored, never the password. */
  readonly passwords: readonly Password[];
}

/** What became of a document. */
export type DocumentResult =
  | {
      readonly kind: "accepted";
      readonly document: CheckedDocument;
      /** What calls will skip from a coming date on (A8): to be told, not corrected first. */
      readonly warnings: readonly Fault[];
    }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] };

/** A document as read, with the faults of its single fields. */
export interface ReadDocument {
  readonly draft: DocumentDraft;
  readonly faults: readonly Fault[];
}

/** Reads a parsed document (scalars as text); looks at each field alone. */
export function readDocument(value: unknown, book: NumberBook): ReadDocument {
  const faults: Fault[] = [];
  const root = { value, path: [], faults };
  const at = fields(root, DOCUMENT_FIELDS);
  const company = isAbsent(at("company")) ? null : readCompany(at("company"), book);
  const trunks = items(at("trunks"), TRUNKS_MAX, readTrunk);
  if (faults.length === 0 && company === null && trunks.length === 0) {
    fault(root, SYNTAX.empty());
  }
  return { draft: { company, trunks }, faults };
}

/**
 * Checks a read document against its surroundings; `around.trunks` holds the stored trunks. The company
 * comes back under its whole contract, stored past included.
 */
export function checkDocument(read: ReadDocument, around: Surroundings): DocumentResult {
  const { company, trunks } = read.draft;
  const known = new Set([...around.trunks, ...trunks.map(({ value }) => value.id)]);
  const contract = mergeContract(around.contracts, company?.contract ?? [], around.today);
  const checked =
    company === null
      ? { faults: [], warnings: [] }
      : checkCompany(company, { ...around, trunks: known });
  const faults = [...read.faults, ...checkTrunks(trunks), ...contract.faults, ...checked.faults];
  const settledCompany = company && settled(company, contract.terms);
  if (faults.length > 0 || (company !== null && settledCompany === null)) {
    return { kind: "faulty", faults: bounded(faults, SYNTAX.moreFaults) };
  }
  return {
    kind: "accepted",
    document: {
      company: settledCompany,
      trunks: trunks.map(({ value }) => value),
      passwords: passwordsOf(company),
    },
    warnings: bounded(checked.warnings, COMING.more),
  };
}

/** As many as help; the last one says that there are more. */
const bounded = (faults: readonly Fault[], more: (told: number) => FaultText): readonly Fault[] =>
  faults.length <= FAULTS_MAX
    ? faults
    : [...faults.slice(0, FAULTS_MAX), { path: [], ...more(FAULTS_MAX) }];

const passwordsOf = (company: CompanyDraft | null): readonly Password[] =>
  (company?.terminals ?? []).flatMap(({ value: { extension, password } }) =>
    password === null ? [] : [{ extension, password }],
  );
