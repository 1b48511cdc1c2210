/**
 * Writes companies and trunks into their tables, and the log of revisions. Owns the SQL that changes;
 * runs inside a transaction that holds the lock of registry_state (store.ts).
 *
 * W1  A company's parts are replaced as a whole, except terminals: those keep their digests.
 */

import type { Query } from "../../../lib/runtime/database.ts";
import type { Extension } from "../../../lib/telephony/ids.ts";
import type { RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import type { Company, Trunk } from "../core/company.ts";
import type { DigestSecrets } from "./digest.ts";

/** Inserts rows given as JSON objects; `columns` are "name type" pairs of the table, without the first. */
async function insertRows(
  query: Query,
  table: string,
  columns: readonly string[],
  values: { readonly owner: string; readonly rows: readonly object[] },
): Promise<void> {
  if (values.rows.length === 0) return;
  const names = columns.map((column) => column.split(" ")[0]).join(", ");
  const owner = table.startsWith("trunk_") ? "trunk_id" : "company_id";
  await query(
    `insert into ${table} (${owner}, ${names})
     select $1, ${names} from jsonb_to_recordset($2::jsonb) as x(${columns.join(", ")})`,
    [values.owner, JSON.stringify(values.rows)],
  );
}

const PARTS = [
  "user_extensions",
  "users",
  "numbers",
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
  ring_ms: target.ringMs,
});

const TARGET_COLUMNS = ["position int", "extension text", "outside text", "ring_ms int"];

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
  await insertRows(
    query,
    "relays",
    ["extension text", "ring_self boolean", "follow_member_relay boolean"],
    {
      owner,
      rows: relays.map(({ extension, relay }) => ({
        extension,
        ring_self: relay.ringSelf,
        follow_member_relay: relay.followMemberRelay,
      })),
    },
  );
  await insertRows(query, "relay_targets", ["owner text", ...TARGET_COLUMNS], {
    owner,
    rows: relays.flatMap(({ extension, relay }) =>
      relay.targets.map((target, index) => ({ ...targetRow(target, index), owner: extension })),
    ),
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
    rows: groups.flatMap(({ id, targets }) =>
      targets.map((target, index) => ({ ...targetRow(target, index), group_id: id })),
    ),
  });
}

const NUMBER_COLUMNS = [
  "number text",
  "kind text",
  "trunk_id text",
  "group_id text",
  "extension text",
];

async function writeNumbersAndUsers(query: Query, company: Company): Promise<void> {
  const owner = company.id;
  const numbers = company.numbers.map(({ number, kind, trunkId, rings }) => ({
    number,
    kind,
    trunk_id: trunkId,
    group_id: rings.kind === "group" ? rings.groupId : null,
    extension: rings.kind === "terminal" ? rings.extension : null,
  }));
  await insertRows(query, "numbers", NUMBER_COLUMNS, { owner, rows: numbers });
  const users = company.users.map(({ id, name }) => ({ id, name }));
  await insertRows(query, "users", ["id text", "name text"], { owner, rows: users });
  const rows = company.users.flatMap(({ id, extensions }) =>
    extensions.map((extension, position) => ({ user_id: id, position, extension })),
  );
  const columns = ["user_id text", "position int", "extension text"];
  await insertRows(query, "user_extensions", columns, { owner, rows });
}

/** Stores a company whole; `secrets` holds the digests of all its terminals. */
export async function writeCompany(
  query: Query,
  company: Company,
  secrets: ReadonlyMap<Extension, DigestSecrets>,
  revision: number,
): Promise<void> {
  const { contract } = company;
  await query(
    `insert into companies values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do update set name = excluded.name, domain = excluded.domain,
       terminal_forwarding = excluded.terminal_forwarding,
       representative_forwarding = excluded.representative_forwarding,
       extra_channels = excluded.extra_channels, revision = excluded.revision`,
    [
      company.id,
      company.name,
      company.domain,
      contract.terminalForwarding,
      contract.representativeForwarding,
      contract.extraChannels,
      revision,
    ],
  );
  await deleteParts(query, company.id);
  await writeTerminals(query, company, secrets);
  await writeRelays(query, company);
  await writeGroups(query, company);
  await writeNumbersAndUsers(query, company);
}

/** Removes a company and all that belongs to it. */
export async function deleteCompany(query: Query, companyId: string): Promise<void> {
  await deleteParts(query, companyId);
  await query("delete from companies where id = $1", [companyId]);
}

/** Stores a trunk whole. */
export async function writeTrunk(query: Query, trunk: Trunk, revision: number): Promise<void> {
  await query(
    `insert into trunks values ($1, $2, $3, $4, $5)
     on conflict (id) do update set channels = excluded.channels, identity = excluded.identity,
       format = excluded.format, revision = excluded.revision`,
    [trunk.id, trunk.channels, trunk.identity, trunk.format, revision],
  );
  await query("delete from trunk_sources where trunk_id = $1", [trunk.id]);
  await query("delete from trunk_gateways where trunk_id = $1", [trunk.id]);
  await insertRows(query, "trunk_sources", ["address text", "position int"], {
    owner: trunk.id,
    rows: trunk.sources.map((address, position) => ({ address, position })),
  });
  const columns = ["position int", "host text", "port int", "transport text"];
  await insertRows(query, "trunk_gateways", columns, {
    owner: trunk.id,
    rows: trunk.gateways.map((gateway, position) => ({ ...gateway, position })),
  });
}

/** Removes a trunk; no number may name it any more. */
export async function deleteTrunk(query: Query, trunkId: string): Promise<void> {
  await query("delete from trunks where id = $1", [trunkId]);
}
