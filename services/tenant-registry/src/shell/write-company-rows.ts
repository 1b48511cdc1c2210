/**
 * Writes companies into their tables. Owns the SQL that changes them; runs inside a transaction that
 * holds the lock of registry_state (store.ts).
 *
 * W1  A company's parts are replaced as a whole, except terminals: those keep their digests.
 * W2  An outside number is stored with its class by the numbering plan of the day; one that has none was not
 *     checked, and the table refuses it.
 */
import type { Query } from "../../../lib/runtime/database.ts";
import type { Extension } from "../../../lib/telephony/ids.ts";
import type {
  OwnNumber,
  RouteTarget,
  TerminalRelay,
} from "../../../lib/telephony/route-snapshot.ts";
import type { Company } from "../core/company.ts";
import { classOf } from "../core/numbering.ts";
import type { DigestSecrets } from "./digest.ts";
import { insertRows } from "./insert-rows.ts";
import { japaneseNumbers } from "./phone-book.ts";

/** Tables of a company's parts but its terminals, those first that refer to others. */
const PARTS = [
  "user_extensions",
  "users",
  "out_of_hours_targets",
  "out_of_hours_relays",
  "numbers",
  "open_hours",
  "schedules",
  "group_targets",
  "groups",
  "relay_targets",
  "relays",
];

async function deleteParts(query: Query, companyId: string): Promise<void> {
  for (const table of PARTS) await query(`delete from ${table} where company_id = $1`, [companyId]);
}

const targetRow = (target: RouteTarget, position: number): object => ({
  position,
  extension: target.kind === "extension" ? target.extension : null,
  outside: target.kind === "outside" ? target.number : null,
  class: target.kind === "outside" ? classOf(target.number, japaneseNumbers) : null,
  ring_ms: target.ringMs,
});

/** Targets of lists that each belong to a row named by `owner`. */
const targetRows = (
  owner: object,
  { targets }: { readonly targets: readonly RouteTarget[] },
): readonly object[] => targets.map((target, index) => ({ ...targetRow(target, index), ...owner }));

const relayRow = (owner: object, { ringSelf, followMemberRelay }: TerminalRelay): object => ({
  ...owner,
  ring_self: ringSelf,
  follow_member_relay: followMemberRelay,
});

const TARGET_COLUMNS = [
  "position int",
  "extension text",
  "outside text",
  "class text",
  "ring_ms int",
];
const RELAY_COLUMNS = ["ring_self boolean", "follow_member_relay boolean"];

async function writeTerminals(
  query: Query,
  company: Company,
  secrets: ReadonlyMap<Extension, DigestSecrets>,
): Promise<void> {
  await query("delete from terminals where company_id = $1 and extension <> all($2)", [
    company.id,
    company.terminals.map(({ extension }) => extension),
  ]);
  const rows = company.terminals.map((terminal) => ({
    extension: terminal.extension,
    name: terminal.name,
    number: terminal.number,
    home_representative: terminal.homeRepresentative,
    ring_ms: terminal.ringMs,
    ha1_md5: secrets.get(terminal.extension)?.ha1Md5,
    ha1_sha256: secrets.get(terminal.extension)?.ha1Sha256,
  }));
  await query(
    `insert into terminals
     select $1, extension, name, number, home_representative, ring_ms, ha1_md5, ha1_sha256
     from jsonb_to_recordset($2::jsonb) as x(extension text, name text, number text,
       home_representative text, ring_ms int, ha1_md5 text, ha1_sha256 text)
     on conflict (company_id, extension) do update set name = excluded.name,
       number = excluded.number, home_representative = excluded.home_representative,
       ring_ms = excluded.ring_ms, ha1_md5 = excluded.ha1_md5, ha1_sha256 = excluded.ha1_sha256`,
    [company.id, JSON.stringify(rows)],
  );
}

async function writeRelays(query: Query, { id: owner, terminals }: Company): Promise<void> {
  const relays = terminals.flatMap(({ extension, relay }) =>
    relay === null ? [] : [{ extension, relay }],
  );
  await insertRows(query, "relays", ["extension text", ...RELAY_COLUMNS], {
    owner,
    rows: relays.map(({ extension, relay }) => relayRow({ extension }, relay)),
  });
  await insertRows(query, "relay_targets", ["owner text", ...TARGET_COLUMNS], {
    owner,
    rows: relays.flatMap(({ extension, relay }) => targetRows({ owner: extension }, relay)),
  });
}

const GROUP_COLUMNS = [
  "id text",
  "name text",
  "extension text",
  "representative text",
  "mode text",
  "follow_member_relay boolean",
  "total_ring_ms int",
];

async function writeGroups(query: Query, { id: owner, groups }: Company): Promise<void> {
  const rows = groups.map(({ followMemberRelay, totalRingMs, targets: _, ...group }) => ({
    ...group,
    follow_member_relay: followMemberRelay,
    total_ring_ms: totalRingMs,
  }));
  await insertRows(query, "groups", GROUP_COLUMNS, { owner, rows });
  await insertRows(query, "group_targets", ["group_id text", ...TARGET_COLUMNS], {
    owner,
    rows: groups.flatMap((group) => targetRows({ group_id: group.id }, group)),
  });
}

const SCHEDULE_COLUMNS = [
  "id text",
  "name text",
  "open_on_holidays boolean",
  "closed_dates date[]",
];
const OPEN_COLUMNS = [
  "schedule_id text",
  "position int",
  "weekdays int[]",
  "from_minute int",
  "until_minute int",
];

async function writeSchedules(query: Query, { id: owner, schedules }: Company): Promise<void> {
  const rows = schedules.map(({ id, name, openOnHolidays, closedDates }) => ({
    id,
    name,
    open_on_holidays: openOnHolidays,
    closed_dates: closedDates,
  }));
  await insertRows(query, "schedules", SCHEDULE_COLUMNS, { owner, rows });
  await insertRows(query, "open_hours", OPEN_COLUMNS, {
    owner,
    rows: schedules.flatMap(({ id, open }) =>
      open.map(({ weekdays, fromMinute, untilMinute }, position) => ({
        schedule_id: id,
        position,
        weekdays,
        from_minute: fromMinute,
        until_minute: untilMinute,
      })),
    ),
  });
}

const NUMBER_COLUMNS = [
  "number text",
  "kind text",
  "trunk_id text",
  "group_id text",
  "extension text",
  "schedule_id text",
  "out_of_hours_group_id text",
  "deny text[]",
  "allow text[]",
  "refuse_anonymous boolean",
];

const numberRow = ({ rings, outOfHours, callers, ...own }: OwnNumber): object => ({
  number: own.number,
  kind: own.kind,
  trunk_id: own.trunkId,
  group_id: rings.kind === "group" ? rings.groupId : null,
  extension: rings.kind === "terminal" ? rings.extension : null,
  schedule_id: own.scheduleId,
  out_of_hours_group_id: outOfHours?.kind === "group" ? outOfHours.groupId : null,
  deny: callers.deny,
  allow: callers.allow,
  refuse_anonymous: callers.refuseAnonymous,
});

async function writeNumbers(query: Query, { id: owner, numbers }: Company): Promise<void> {
  await insertRows(query, "numbers", NUMBER_COLUMNS, { owner, rows: numbers.map(numberRow) });
  const relays = numbers.flatMap(({ number, outOfHours }) =>
    outOfHours?.kind === "relay" ? [{ number, relay: outOfHours.relay }] : [],
  );
  await insertRows(query, "out_of_hours_relays", ["number text", ...RELAY_COLUMNS], {
    owner,
    rows: relays.map(({ number, relay }) => relayRow({ number }, relay)),
  });
  await insertRows(query, "out_of_hours_targets", ["number text", ...TARGET_COLUMNS], {
    owner,
    rows: relays.flatMap(({ number, relay }) => targetRows({ number }, relay)),
  });
}

async function writeUsers(query: Query, company: Company): Promise<void> {
  const owner = company.id;
  const users = company.users.map(({ id, name }) => ({ id, name }));
  await insertRows(query, "users", ["id text", "name text"], { owner, rows: users });
  const rows = company.users.flatMap(({ id, extensions }) =>
    extensions.map((extension, position) => ({ user_id: id, position, extension })),
  );
  const columns = ["user_id text", "position int", "extension text"];
  await insertRows(query, "user_extensions", columns, { owner, rows });
}

/** Stores a company whole, but its contract; `secrets` holds the digests of all its terminals. */
export async function writeCompany(
  query: Query,
  company: Company,
  secrets: ReadonlyMap<Extension, DigestSecrets>,
  revision: number,
): Promise<void> {
  await query(
    `insert into companies (id, name, domain, revision, route_revision) values ($1, $2, $3, $4, $4)
     on conflict (id) do update set name = excluded.name, domain = excluded.domain,
       revision = excluded.revision, route_revision = excluded.route_revision`,
    [company.id, company.name, company.domain, revision],
  );
  await deleteParts(query, company.id);
  await writeTerminals(query, company, secrets);
  await writeRelays(query, company);
  await writeGroups(query, company);
  await writeSchedules(query, company);
  await writeNumbers(query, company);
  await writeUsers(query, company);
}

/** Removes a company and all that belongs to it, but its history. */
export async function deleteCompany(query: Query, companyId: string): Promise<void> {
  await deleteParts(query, companyId);
  await query("delete from companies where id = $1", [companyId]);
}
