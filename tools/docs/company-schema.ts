/**
 * JSON Schema of the company file, for editors: what a field is called, what it may hold, what it means.
 * Made of the registry's own field lists, choices and limits; owns the descriptions and the shape.
 *
 * J1  What the schema refuses the registry refuses: a schema that is too strict would stop good files.
 * J2  What only shows when several parts are looked at together is the registry's alone.
 */
import { DOCUMENT_FIELDS, TRUNKS_MAX } from "../../services/tenant-registry/src/core/document.ts";
import * as company from "../../services/tenant-registry/src/core/read-company.ts";
import * as contract from "../../services/tenant-registry/src/core/read-contract.ts";
import * as schedule from "../../services/tenant-registry/src/core/read-schedule.ts";
import * as target from "../../services/tenant-registry/src/core/read-target.ts";
import { TOKEN } from "../../services/tenant-registry/src/core/reading.ts";
import {
  ABSENT_FORM,
  choice,
  list,
  map,
  matching,
  optional,
  ref,
  type Schema,
  says,
  text,
  whole,
} from "./json-schema.ts";
import { TERM } from "./schema-contract.ts";
import { followMemberRelay, NUMBER, RELAY, SCHEDULE, TARGET, targets } from "./schema-number.ts";
import { name, ring } from "./schema-text.ts";
import { TRUNK } from "./schema-trunk.ts";

const TERMINAL = map(
  company.TERMINAL_FIELDS,
  {
    extension: says("2 to 8 digits.", "内線番号（2～8 桁）。", ref("extension")),
    name,
    password: says(
      "Digest password; needed for a new terminal.",
      "認証パスワード。新しい端末では必須です。",
      optional(text(company.PASSWORD.max, company.PASSWORD.min)),
    ),
    number: says("Its own standard number.", "端末の標準番号。", optional(ref("phone"))),
    homeRepresentative: says(
      "The representative number that its outside legs show when it has no number (A3, D7).",
      "番号のない端末が外線へ転送するときの転送元代表番号。",
      optional(ref("phone")),
    ),
    ringSeconds: ring("How long it rings.", "呼び出す秒数。", target.RING_DEFAULT_S),
    relay: says("端末間リレー着信: who rings instead.", "端末間リレー着信。", optional(RELAY)),
  },
  ["extension", "name"],
);

const GROUP = map(
  company.GROUP_FIELDS,
  {
    id: says("Numbers name it by this.", "番号の group に書く名前。", matching(TOKEN)),
    name,
    extension: says(
      "Internal number of the group.",
      "グループの内線番号。",
      optional(ref("extension")),
    ),
    representative: says(
      "Number that outside targets see when the group is dialled inside (D9).",
      "内線から呼び出されたときの転送元番号。",
      optional(ref("phone")),
    ),
    mode: says(
      "ring-all: all at once; relay: one after the other.",
      "着信方式（ring-all = 代表一斉着信、relay = 代表リレー着信）。",
      choice(company.MODES),
    ),
    totalRingSeconds: says(
      "The whole list rings so long at most.",
      "全体の呼び出し時間の上限（秒）。",
      optional(whole(company.TOTAL_RING)),
    ),
    followMemberRelay,
    targets,
  },
  ["id", "name", "mode", "targets"],
);

const USER = map(
  company.USER_FIELDS,
  {
    id: says("Name of the user.", "利用者の ID。", matching(TOKEN)),
    name,
    extensions: says(
      "Terminals that are theirs; a terminal that forwards outside needs a user (A11).",
      "利用者の端末。外線へ転送する端末には利用者が必要です。",
      list(ref("extension"), company.MAX.terminals),
    ),
  },
  ["id", "name"],
);

const COMPANY = map(
  company.COMPANY_FIELDS,
  {
    id: says("Name of the company.", "カンパニーの ID（英数字と - _）。", matching(TOKEN)),
    name,
    domain: says(
      "SIP domain of its telephones.",
      "電話機の SIP ドメイン。",
      matching(company.HOST_NAME, company.DOMAIN_MAX),
    ),
    contract: says(
      "What was bought: one term or a list of terms; left out: nothing (R2).",
      "契約。期間が複数ある場合はリストで書きます。省略するとオプションなしです。",
      optional({
        anyOf: [ref("term"), { type: "array", maxItems: contract.TERMS_MAX, items: ref("term") }],
      }),
    ),
    schedules: says("Business hours.", "営業時間。", list(SCHEDULE, company.MAX.schedules)),
    numbers: says(
      "Numbers of the company.",
      "カンパニーの番号。",
      list(NUMBER, company.MAX.numbers),
    ),
    terminals: says("Telephones.", "端末。", list(TERMINAL, company.MAX.terminals)),
    groups: says("Hunt groups.", "着信グループ。", list(GROUP, company.MAX.groups)),
    users: says(
      "Users; billing counts them.",
      "利用者（課金の対象）。",
      list(USER, company.MAX.users),
    ),
  },
  ["id", "name", "domain"],
);

/** The schema of the whole file. */
export const COMPANY_SCHEMA: Schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Kakehashi company file / カンパニーファイル",
  ...map(
    DOCUMENT_FIELDS,
    {
      trunks: says("Links to carriers.", "通信事業者との接続。", list(TRUNK, TRUNKS_MAX)),
      company: says("One company.", "1 つのカンパニー。", optional(COMPANY)),
    },
    [],
  ),
  definitions: {
    absent: ABSENT_FORM,
    phone: { type: ["string", "number"], minLength: 1, maxLength: target.NUMBER_TEXT_MAX },
    extension: {
      anyOf: [
        { type: "string", pattern: "^[0-9]{2,8}$" },
        { type: "integer", minimum: 0, maximum: 99_999_999 },
      ],
    },
    time: { type: "string", pattern: schedule.TIME.source },
    target: TARGET,
    term: TERM,
  },
};

/** The file docs/company-file.schema.json. */
export const companySchemaText = (): string => `${JSON.stringify(COMPANY_SCHEMA, null, 2)}\n`;
