/**
 * A whole document, from its parsed value to a company and trunks, or to every fault in it. Owns the
 * order: read all, then check all. Does not parse YAML and does not know lines (shell/yaml.ts).
 *
 * D1  A document is used whole or not at all.
 * D2  The answer of a document without faults holds only values that passed every check.
 */
import { checkCompany, checkTrunks, type Surroundings } from "./checks.ts";
import type { Company, Password, Trunk } from "./company.ts";
import { type CompanyDraft, type DocumentDraft, settled } from "./draft.ts";
import type { NumberBook } from "./numbering.ts";
import { readCompany } from "./read-company.ts";
import { readTrunk } from "./read-trunk.ts";
import { type Fault, fault, fields, isAbsent, items } from "./reading.ts";

/** Trunks in one document; a carrier has tens. */
const TRUNKS_MAX = 1000;

/** A document that may be stored. */
export interface CheckedDocument {
  readonly company: Company | null;
  readonly trunks: readonly Trunk[];
  /** Passwords that the document sets; the digest is stored, never the password. */
  readonly passwords: readonly Password[];
}

/** What became of a document. */
export type DocumentResult =
  | { readonly kind: "accepted"; readonly document: CheckedDocument }
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
  const at = fields(root, ["trunks", "company"]);
  const company = isAbsent(at("company")) ? null : readCompany(at("company"), book);
  const trunks = items(at("trunks"), TRUNKS_MAX, readTrunk);
  if (faults.length === 0 && company === null && trunks.length === 0) {
    fault(root, "the document is empty; write company: or trunks:");
  }
  return { draft: { company, trunks }, faults };
}

/** Checks a read document against its surroundings; `around.trunks` holds the stored trunks. */
export function checkDocument(read: ReadDocument, around: Surroundings): DocumentResult {
  const { company, trunks } = read.draft;
  const known = new Set([...around.trunks, ...trunks.map(({ value }) => value.id)]);
  const faults = [
    ...read.faults,
    ...checkTrunks(trunks),
    ...(company === null ? [] : checkCompany(company, { ...around, trunks: known })),
  ];
  const settledCompany = company && settled(company);
  if (faults.length > 0 || (company !== null && settledCompany === null)) {
    return { kind: "faulty", faults };
  }
  return {
    kind: "accepted",
    document: {
      company: settledCompany,
      trunks: trunks.map(({ value }) => value),
      passwords: passwordsOf(company),
    },
  };
}

const passwordsOf = (company: CompanyDraft | null): readonly Password[] =>
  (company?.terminals ?? []).flatMap(({ value: { extension, password } }) =>
    password === null ? [] : [{ extension, password }],
  );
