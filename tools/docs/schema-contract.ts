/** Schema of a contract in the company file. Owns its descriptions. */
import * as contract from "../../services/tenant-registry/src/core/read-contract.ts";
import { TOKEN } from "../../services/tenant-registry/src/core/reading.ts";
import {
  flag,
  list,
  map,
  matching,
  optional,
  ref,
  type Schema,
  says,
  whole,
} from "./json-schema.ts";
import { date } from "./schema-text.ts";

const ADD_ON = map(
  contract.ADD_ON_FIELDS,
  {
    number: says("One of the company's numbers.", "カンパニーの番号。", ref("phone")),
    units: says("One more destination each.", "追加する外線転送先の数。", whole(contract.UNITS)),
  },
  ["number", "units"],
);

const bought = (part: string): Schema => ({
  required: [part],
  properties: { [part]: { enum: [true, "true"] } },
});

/** A term of a contract. */
export const TERM: Schema = {
  ...map(
    contract.TERM_FIELDS,
    {
      from: says(
        "First day; left out: from today on.",
        "開始日。省略すると今日から有効です。",
        optional(date),
      ),
      until: says(
        "First day that no longer belongs to the term; left out: without end.",
        "終了日の翌日。省略すると期限なしです。",
        optional(date),
      ),
      terminalForwarding: says(
        "Outside targets on terminals' own relays (R2, R23).",
        "端末分：端末のリレー着信から外線へ転送できます。",
        flag(false),
      ),
      representativeForwarding: says(
        "Outside targets on lists of representative and IVR numbers (R2, A10).",
        "代表分：代表番号・IVR 番号の着信先に外線を登録できます。",
        flag(false),
      ),
      extraChannels: says(
        "Outside legs at the same time, ringing or talking (A15).",
        "同時に使える外線チャネル数（呼び出し中を含む）。",
        optional(whole(contract.CHANNELS)),
      ),
      channelsPerNumber: says(
        "Of them under one source number (4.5); left out: all.",
        "そのうち 1 つの転送元番号で同時に使える数。省略すると extraChannels と同じです。",
        optional(whole(contract.CHANNELS_PER_NUMBER)),
      ),
      internationalForwarding: says(
        "Destinations may be outside Japan (3.1).",
        "日本国外の番号へも転送できます。",
        flag(false),
      ),
      pricePlan: says("Price plan and rate deck of the invoice.", "請求に使う料金プラン。", {
        ...optional(matching(TOKEN)),
        default: contract.PRICE_PLAN_DEFAULT,
      }),
      addOns: says(
        "More destinations for single numbers (R20, A7).",
        "外線転送先追加（番号ごと）。",
        list(ADD_ON, contract.ADD_ONS_MAX),
      ),
    },
    [],
  ),
  anyOf: [bought("terminalForwarding"), bought("representativeForwarding")],
};
