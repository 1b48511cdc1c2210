/** `kakehashi cdr`: call records, one with its legs, and messages that were none. */
import type { Command } from "commander";
import type { CallRecord } from "../../../services/lib/telephony/call-detail-record.ts";
import type {
  CallRecordMessage,
  ListRecordsResponse,
  RecordServiceClient,
} from "../../../services/lib/wire/cdr.ts";
import { describeFault, isWireFault } from "../../../services/lib/wire/fault.ts";
import { recordFromWire } from "../../../services/lib/wire/record-codec.ts";
import { COLLECTOR } from "../addresses.ts";
import { plain } from "../columns.ts";
import {
  collectorOf,
  type Flags,
  MOMENT_HELP,
  momentOf,
  type Runner,
  runOn,
  wholeNumber,
  withExamples,
  withJson,
  withService,
} from "../command-line.ts";
import { csvText, jsonText } from "../machine-text.ts";
import { isFailure, misuse, type Outcome, refusal, told, written } from "../outcome.ts";
import { ask, type Remote } from "../remote.ts";
import { callRows, legRows } from "../views/record-rows.ts";
import { recordLines, recordList, undecodableList } from "../views/record-view.ts";

const LIMIT_MAX = 1000;

type Collector = Remote<RecordServiceClient>;

interface Selection extends Flags {
  readonly company?: string;
  readonly from?: string;
  readonly until?: string;
  readonly limit: number;
  readonly page?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly legs?: boolean;
}

/** Adds the command and its subcommands. */
export function addCdr(program: Command, run: Runner): void {
  const cdr = program.command("cdr").description("Show call records.");
  const onCollector = runOn(run, collectorOf);

  const list = addListOptions(cdr.command("list").description("List records, newest first."));
  list.action((flags: Selection) =>
    onCollector(flags, (to, world) => listRecords(to, flags, world.now())),
  );
  const show = cdr
    .command("show")
    .description("Show one call: who rang, when, why each leg ended, what it costs.")
    .argument("<call>", "call id, as cdr list and calls print it");
  withExamples(withService(withJson(show), COLLECTOR), "kakehashi cdr show CALL").action(
    (call: string, flags: Flags) => onCollector(flags, (to) => showRecord(to, call, flags)),
  );
  const undecodable = cdr
    .command("undecodable")
    .description("List messages of the record stream that were no call records, newest first.")
    .option("--limit <n>", "messages at most", wholeNumber(1, LIMIT_MAX), 20);
  withService(withJson(undecodable), COLLECTOR).action(
    (flags: Flags & { readonly limit: number }) =>
      onCollector(flags, (to) => listUndecodable(to, flags)),
  );
}

function addListOptions(command: Command): Command {
  command
    .option("--company <id>", "only this company's calls")
    .option("--from <moment>", `started at or after: ${MOMENT_HELP}`)
    .option("--until <moment>", "started before; a date means its first moment")
    .option("--limit <n>", "records a page, 1 to 1000", wholeNumber(1, LIMIT_MAX), 100)
    .option("--page <token>", "the page that the one before named")
    .option("--csv", "print CSV (RFC 4180), one row a call")
    .option("--legs", "with --csv: one row a leg");
  return withExamples(
    withService(withJson(command), COLLECTOR),
    "kakehashi cdr list --company demo --from 2h",
    "kakehashi cdr list --from 2026-10-01 --until 2026-11-01 --csv > october.csv",
  );
}

async function listRecords(collector: Collector, flags: Selection, now: number): Promise<Outcome> {
  if (flags.json === true && flags.csv === true) return misuse("choose one of --json and --csv");
  if (flags.legs === true && flags.csv !== true) return misuse("--legs goes with --csv");
  const fromMs = momentOf("--from", flags.from, now);
  if (typeof fromMs !== "number") return fromMs;
  const untilMs = momentOf("--until", flags.until, now);
  if (typeof untilMs !== "number") return untilMs;
  const request = {
    companyId: flags.company ?? "",
    fromMs,
    untilMs,
    limit: flags.limit,
    pageToken: flags.page ?? "",
  };
  const answer = await ask(collector, (to) => to.listRecords.bind(to), request);
  if (isFailure(answer)) return answer;
  const { records, warnings } = readRecords(answer.records);
  if (flags.json === true) {
    const { nextPageToken, total } = answer;
    return written(jsonText({ records, nextPageToken, total }), warnings);
  }
  if (flags.csv === true) {
    const rows = flags.legs === true ? legRows(records) : callRows(records);
    return written(csvText(rows), [...warnings, ...nextPage(answer, records.length)]);
  }
  const foot = nextPage(answer, records.length);
  if (records.length === 0) return told(["no records in this selection"], warnings);
  return told([...recordList(records), ...(foot.length === 0 ? [] : ["", ...foot])], warnings);
}

const nextPage = (
  { nextPageToken, total }: ListRecordsResponse,
  shown: number,
): readonly string[] =>
  nextPageToken === "" ? [] : [plain(`${shown} of ${total}; next page: --page ${nextPageToken}`)];

/** Records that this program can read, and a warning for each other. */
function readRecords(messages: readonly CallRecordMessage[]): {
  readonly records: readonly CallRecord[];
  readonly warnings: readonly string[];
} {
  const records: CallRecord[] = [];
  const warnings: string[] = [];
  for (const message of messages) {
    const record = recordFromWire(message);
    if (isWireFault(record)) {
      warnings.push(plain(`record of call ${message.callId} left out: ${describeFault(record)}`));
    } else records.push(record);
  }
  return { records, warnings };
}

async function showRecord(collector: Collector, callId: string, flags: Flags): Promise<Outcome> {
  const answer = await ask(collector, (to) => to.getRecord.bind(to), { callId });
  const hint = "kakehashi calls shows it while it is up, kakehashi cdr list the records";
  if (isFailure(answer)) return answer;
  if (answer.record === undefined) return refusal(`there is no record of call ${callId}: ${hint}`);
  const record = recordFromWire(answer.record);
  if (isWireFault(record)) {
    return refusal(
      `the record cannot be read (${describeFault(record)}): update this command line`,
    );
  }
  const { charges } = answer;
  return flags["json"] === true
    ? written(jsonText({ ...record, charges }))
    : told(recordLines(record, charges));
}

async function listUndecodable(
  collector: Collector,
  flags: Flags & { readonly limit: number },
): Promise<Outcome> {
  const request = { limit: flags.limit };
  const answer = await ask(collector, (to) => to.listUndecodable.bind(to), request);
  if (isFailure(answer)) return answer;
  if (flags["json"] === true) return written(jsonText(answer));
  const { messages, total } = answer;
  if (messages.length === 0) return told(["none: every message was a call record"]);
  const foot = total > messages.length ? ["", `${messages.length} of ${total}`] : [];
  return told([...undecodableList(messages), ...foot]);
}
