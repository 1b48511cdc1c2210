/**
 * Schema of what a call to a number meets in the company file: numbers, business hours, lists of targets.
 * Owns their descriptions.
 */
import * as number from "../../services/tenant-registry/src/core/read-number.ts";
import * as schedule from "../../services/tenant-registry/src/core/read-schedule.ts";
import * as target from "../../services/tenant-registry/src/core/read-target.ts";
import { TOKEN } from "../../services/tenant-registry/src/core/reading.ts";
import {
  choice,
  flag,
  list,
  map,
  matching,
  oneOf,
  optional,
  profile,
  ref,
  type Schema,
  says,
  someOf,
} from "./json-schema.ts";
import { date, name, ring } from "./schema-text.ts";

const WINDOW = map(
  schedule.WINDOW_FIELDS,
  {
    days: says("Days of the week.", "曜日。", someOf(choice(schedule.DAYS), schedule.DAYS.length)),
    from: says("Like 09:00.", "開始時刻（例 09:00）。", ref("time")),
    until: says("Like 18:00; 24:00 at most.", "終了時刻（例 18:00、24:00 まで）。", ref("time")),
  },
  ["days", "from", "until"],
);

/** An entry of `schedules`. */
export const SCHEDULE = map(
  schedule.SCHEDULE_FIELDS,
  {
    id: says("Numbers name it by this.", "番号の schedule に書く名前。", matching(TOKEN)),
    name,
    open: says("Windows of every week.", "毎週の営業時間。", someOf(WINDOW, schedule.WINDOWS_MAX)),
    holidays: profile(
      schedule.HOLIDAYS,
      "National holidays: closed, or days like others.",
      "祝日の扱い（closed = 休業、as-usual = 通常どおり）。",
    ),
    closedOn: says("Closed days.", "臨時休業日。", list(date, schedule.CLOSED_DATES_MAX)),
  },
  ["id", "name", "open"],
);

/** A target of a list. */
export const TARGET: Schema = {
  ...map(
    target.TARGET_FIELDS,
    {
      extension: says(
        "A terminal of the company.",
        "カンパニーの端末の内線番号。",
        optional(ref("extension")),
      ),
      outside: says(
        "A landline, mobile or 050 number, as people write it.",
        "外線の番号（固定・携帯・050）。",
        optional(ref("phone")),
      ),
      ringSeconds: ring("How long it rings.", "呼び出す秒数。", target.RING_DEFAULT_S),
    },
    [],
  ),
  ...oneOf("extension", "outside"),
};

/** A list of targets. */
export const targets = says(
  "Extensions and outside numbers in any order.",
  "着信先（内線と外線を自由な順に書けます）。",
  someOf(ref("target"), target.TARGETS_MAX),
);
const ringSelf = says(
  "The terminal itself rings first.",
  "自分の端末を最初に鳴らします。",
  flag(true),
);
/** Whether members' relays are followed. */
export const followMemberRelay = says(
  "Members' own relays are followed, one level deep (A2).",
  "着信先の端末のリレー着信もたどります（1 段まで）。",
  flag(false),
);

/** A terminal's relay. */
export const RELAY = map(target.RELAY_FIELDS, { targets, ringSelf, followMemberRelay }, [
  "targets",
]);

const OUT_OF_HOURS: Schema = {
  ...map(
    number.OUT_OF_HOURS_FIELDS,
    {
      group: says(
        "Of a representative or IVR number: the group that rings.",
        "代表番号・IVR 番号：時間外に鳴らすグループ。",
        optional(matching(TOKEN)),
      ),
      targets: says(
        "Of a standard number: the relay of its terminal.",
        "標準番号：時間外の着信先。",
        list(ref("target"), target.TARGETS_MAX),
      ),
      ringSelf,
      followMemberRelay,
    },
    [],
  ),
  ...oneOf("group", "targets"),
};

const CALLERS = map(
  number.CALLERS_FIELDS,
  {
    deny: says("Turned away.", "着信を拒否する番号。", list(ref("phone"), number.CALLERS_MAX)),
    allow: says(
      "When there are any: only these get through.",
      "書いた場合、これらの番号からの着信だけを受け付けます。",
      list(ref("phone"), number.CALLERS_MAX),
    ),
    anonymous: profile(number.ANONYMOUS, "Callers without number.", "非通知の着信。"),
  },
  [],
);

/** An entry of `numbers`. */
export const NUMBER: Schema = {
  ...map(
    number.NUMBER_FIELDS,
    {
      number: says("An 050 number.", "050 番号。", ref("phone")),
      kind: says(
        "standard, representative or ivr.",
        "種類（standard = 標準番号、representative = 代表番号、ivr = IVR 番号）。",
        choice(number.KINDS),
      ),
      trunk: says("The trunk of its calls.", "使用するトランク。", matching(TOKEN)),
      group: says(
        "Of a representative or IVR number: the group that rings.",
        "代表番号・IVR 番号：着信するグループ。",
        optional(matching(TOKEN)),
      ),
      extension: says(
        "Of a standard number: the terminal that rings.",
        "標準番号：着信する端末。",
        optional(ref("extension")),
      ),
      schedule: says(
        "Business hours; left out: always open.",
        "営業時間。省略すると常に着信します。",
        optional(matching(TOKEN)),
      ),
      outOfHours: says(
        "What rings outside business hours; left out: nothing.",
        "営業時間外の着信先。省略すると着信しません。",
        optional(OUT_OF_HOURS),
      ),
      callers: says("Who gets through.", "着信を許可・拒否する相手。", optional(CALLERS)),
    },
    ["number", "kind", "trunk"],
  ),
  ...oneOf("group", "extension"),
};
