/**
 * Reads companies and trunks from their tables into domain values. Owns the SQL that reads and the
 * shapes of rows; a row that is not what the tables promise throws, and the store answers `internal`.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import type { CarrierTrunk } from "../../../lib/telephony/carrier-trunk.ts";
import { type E164, isE164Fault, parseE164 } from "../../../lib/telephony/e164.ts";
import {
  type IdFault,
  parseCompanyId,
  parseExtension,
  parseGroupId,
  parseTrunkId,
} from "../../../lib/telephony/ids.ts";
import type { OwnNumber, RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import type { Company } from "../core/company.ts";
import type { StoredCompany } from "../core/resolve.ts";

const id = <T extends string>(parse: (text: string) => T | IdFault) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (typeof value === "string") return value;
    context.addIssue(`not a ${value.what}: ${text}`);
    return z.NEVER;
  });

const companyId = id(parseCompanyId);
const trunkId = id(parseTrunkId);
const extension = id(parseExtension);
const groupId = id(parseGroupId);
const e164 = z.string().transform((text, context): E164 => {
  const value = parseE164(text);
  if (!isE164Fault(value)) return value;
  context.addIssue(`not an E.164 number: ${text}`);
  return z.NEVER;
});

/** PostgreSQL's bigint arrives as text; revisions stay far below 2^53. */
export const bigint = z.coerce.number().int().nonnegative();

const target = z
  .object({ extension: extension.nullable(), outside: e164.nullable(), ringMs: z.number() })
  .transform((row, context): RouteTarget => {
    const { ringMs } = row;
    if (row.extension !== null) return { kind: "extension", extension: row.extension, ringMs };
    if (row.outside !== null) return { kind: "outside", number: row.outside, ringMs };
    context.addIssue("a target without a destination");
    return z.NEVER;
  });

const ownNumber = z
  .object({
    number: e164,
    kind: z.enum(["standard", "representative", "ivr"]),
    trunkId,
    groupId: groupId.nullable(),
    extension: extension.nullable(),
  })
  .transform(({ groupId: group, extension: terminal, ...row }, context): OwnNumber => {
    if (group !== null) return { ...row, rings: { kind: "group", groupId: group } };
    if (terminal !== null) return { ...row, rings: { kind: "terminal", extension: terminal } };
    context.addIssue("a number that rings nothing");
    return z.NEVER;
  });

const companyRow = z.object({
  id: companyId,
  name: z.string(),
  domain: z.string(),
  revision: bigint,
  contract: z.object({
    terminalForwarding: z.boolean(),
    representativeForwarding: z.boolean(),
    extraChannels: z.number(),
  }),
  numbers: z.array(ownNumber),
  terminals: z.array(
    z.object({
      extension,
      name: z.string(),
      number: e164.nullable(),
      homeRepresentative: e164.nullable(),
      ringMs: z.number(),
      relay: z
        .object({ ringSelf: z.boolean(), followMemberRelay: z.boolean(), targets: z.array(target) })
        .nullable(),
    }),
  ),
  groups: z.array(
    z.object({
      id: groupId,
      name: z.string(),
      extension: extension.nullable(),
      representative: e164.nullable(),
      mode: z.enum(["ring-all", "relay"]),
      followMemberRelay: z.boolean(),
      totalRingMs: z.number(),
      targets: z.array(target),
    }),
  ),
  users: z.array(z.object({ id: z.string(), name: z.string(), extensions: z.array(extension) })),
  trunks: z.array(z.object({ id: trunkId, channels: z.number(), revision: bigint })),
});

const list = (item: string, order: string, from: string): string =>
  `(select coalesce(json_agg(${item} order by ${order}), '[]') from ${from})`;

const TARGET = `json_build_object('extension', x.extension, 'outside', x.outside, 'ringMs', x.ring_ms)`;

const COMPANY_SQL = `
select c.id, c.name, c.domain, c.revision,
  json_build_object('terminalForwarding', c.terminal_forwarding,
    'representativeForwarding', c.representative_forwarding, 'extraChannels', c.extra_channels
  ) as contract,
  ${list(
    `json_build_object('number', n.number, 'kind', n.kind, 'trunkId', n.trunk_id,
      'groupId', n.group_id, 'extension', n.extension)`,
    "n.number",
    "numbers n where n.company_id = c.id",
  )} as numbers,
  ${list(
    `json_build_object('extension', t.extension, 'name', t.name, 'number', t.number,
      'homeRepresentative', t.home_representative, 'ringMs', t.ring_ms,
      'relay', case when r.extension is null then null else json_build_object(
        'ringSelf', r.ring_self, 'followMemberRelay', r.follow_member_relay,
        'targets', ${list(
          TARGET,
          "x.position",
          `relay_targets x
          where x.company_id = t.company_id and x.owner = t.extension`,
        )}) end)`,
    "t.extension",
    `terminals t left join relays r using (company_id, extension) where t.company_id = c.id`,
  )} as terminals,
  ${list(
    `json_build_object('id', g.id, 'name', g.name, 'extension', g.extension,
      'representative', g.representative, 'mode', g.mode,
      'followMemberRelay', g.follow_member_relay, 'totalRingMs', g.total_ring_ms,
      'targets', ${list(
        TARGET,
        "x.position",
        `group_targets x
        where x.company_id = g.company_id and x.group_id = g.id`,
      )})`,
    "g.id",
    "groups g where g.company_id = c.id",
  )} as groups,
  ${list(
    `json_build_object('id', u.id, 'name', u.name, 'extensions', ${list(
      "e.extension",
      "e.position",
      "user_extensions e where e.company_id = u.company_id and e.user_id = u.id",
    )})`,
    "u.id",
    "users u where u.company_id = c.id",
  )} as users,
  ${list(
    "json_build_object('id', k.id, 'channels', k.channels, 'revision', k.revision)",
    "k.id",
    "trunks k where k.id in (select trunk_id from numbers where company_id = c.id)",
  )} as trunks
from companies c`;

function storedCompany(row: unknown): StoredCompany {
  const { revision, trunks, ...company } = companyRow.parse(row);
  return { company: company satisfies Company, revision, trunks };
}

/** One company with the trunks of its numbers; null when there is none. */
export async function readCompanyRow(
  query: Query,
  companyKey: string,
): Promise<StoredCompany | null> {
  const [row] = await query(`${COMPANY_SQL} where c.id = $1`, [companyKey]);
  return row === undefined ? null : storedCompany(row);
}

/** Companies in the order of their ids, after one id. */
export async function readCompanyRows(
  query: Query,
  afterId: string,
  limit: number,
): Promise<readonly StoredCompany[]> {
  const sql = `${COMPANY_SQL} where c.id > $1 order by c.id limit $2`;
  return (await query(sql, [afterId, limit])).map(storedCompany);
}

const trunkRow = z.object({
  id: trunkId,
  channels: z.number(),
  identity: z.enum(["pai", "ppi", "from-only"]),
  format: z.enum(["e164", "national"]),
  revision: bigint,
  sources: z.array(z.string()),
  gateways: z.array(
    z.object({ host: z.string(), port: z.number(), transport: z.enum(["udp", "tcp"]) }),
  ),
});

const TRUNK_SQL = `
select k.id, k.channels, k.identity, k.format, k.revision,
  ${list("s.address", "s.position", "trunk_sources s where s.trunk_id = k.id")} as sources,
  ${list(
    "json_build_object('host', g.host, 'port', g.port, 'transport', g.transport)",
    "g.position",
    "trunk_gateways g where g.trunk_id = k.id",
  )} as gateways
from trunks k where $1::text is null or k.id = $1 order by k.id`;

/** All trunks, or the one with an id. */
export async function readTrunkRows(
  query: Query,
  trunkKey: string | null,
): Promise<readonly CarrierTrunk[]> {
  return (await query(TRUNK_SQL, [trunkKey])).map((row) => trunkRow.parse(row));
}
