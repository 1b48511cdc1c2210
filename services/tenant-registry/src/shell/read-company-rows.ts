/**
 * Reads companies from their tables into domain values, each in one query. Owns the SQL and the shapes
 * of rows; terms of contracts are in history-rows.ts.
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import type { OutOfHours, OwnNumber, RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import type { Company } from "../core/company.ts";
import type { StoredCompany } from "../core/resolve.ts";
import { CURRENT_TERMS_SQL, contractTerm } from "./history-rows.ts";
import {
  bigint,
  civilDate,
  companyId,
  destinationClass,
  e164,
  extension,
  groupId,
  listSql,
  objectSql,
  trunkId,
} from "./row-values.ts";

const target = z
  .object({ extension: extension.nullable(), outside: e164.nullable(), ringMs: z.number() })
  .transform((row, context): RouteTarget => {
    const { ringMs } = row;
    if (row.extension !== null) return { kind: "extension", extension: row.extension, ringMs };
    if (row.outside !== null) return { kind: "outside", number: row.outside, ringMs };
    context.addIssue("a target without a destination");
    return z.NEVER;
  });

const relay = z.object({
  ringSelf: z.boolean(),
  followMemberRelay: z.boolean(),
  targets: z.array(target),
});

const outOfHours = z
  .object({ groupId: groupId.nullable(), relay: relay.nullable() })
  .transform((plan): OutOfHours | null => {
    if (plan.groupId !== null) return { kind: "group", groupId: plan.groupId };
    return plan.relay && { kind: "relay", relay: plan.relay };
  });

const rings = z
  .object({ groupId: groupId.nullable(), extension: extension.nullable() })
  .transform((row, context): OwnNumber["rings"] => {
    if (row.groupId !== null) return { kind: "group", groupId: row.groupId };
    if (row.extension !== null) return { kind: "terminal", extension: row.extension };
    context.addIssue("a number that rings nothing");
    return z.NEVER;
  });

const ownNumber = z.object({
  number: e164,
  kind: z.enum(["standard", "representative", "ivr"]),
  trunkId,
  rings,
  scheduleId: z.string().nullable(),
  outOfHours,
  callers: z.object({ deny: z.array(e164), allow: z.array(e164), refuseAnonymous: z.boolean() }),
});

const schedule = z.object({
  id: z.string(),
  name: z.string(),
  open: z.array(
    z.object({
      weekdays: z.array(z.number()),
      fromMinute: z.number(),
      untilMinute: z.number(),
    }),
  ),
  openOnHolidays: z.boolean(),
  closedDates: z.array(civilDate),
});

const companyRow = z.object({
  id: companyId,
  name: z.string(),
  domain: z.string(),
  revision: bigint,
  route_revision: bigint,
  contracts: z.array(contractTerm),
  schedules: z.array(schedule),
  numbers: z.array(ownNumber),
  terminals: z.array(
    z.object({
      extension,
      name: z.string(),
      number: e164.nullable(),
      homeRepresentative: e164.nullable(),
      ringMs: z.number(),
      relay: relay.nullable(),
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
  destinations: z.array(z.object({ number: e164, class: destinationClass, onNet: z.boolean() })),
});

/** Targets of a list, in order; `where` picks the list among the rows x. */
const targetsSql = (table: string, where: string): string =>
  listSql(
    objectSql({ extension: "x.extension", outside: "x.outside", ringMs: "x.ring_ms" }),
    "x.position",
    `${table} x where ${where}`,
  );

/** A relay r with its targets, null when the left join found none. */
const relaySql = (key: string, targets: string): string => {
  const found = objectSql({
    ringSelf: "r.ring_self",
    followMemberRelay: "r.follow_member_relay",
    targets,
  });
  return `case when r.${key} is null then null else ${found} end`;
};

const SCHEDULES_SQL = listSql(
  objectSql({
    id: "s.id",
    name: "s.name",
    openOnHolidays: "s.open_on_holidays",
    closedDates: "s.closed_dates",
    open: listSql(
      objectSql({
        weekdays: "o.weekdays",
        fromMinute: "o.from_minute",
        untilMinute: "o.until_minute",
      }),
      "o.position",
      "open_hours o where o.company_id = s.company_id and o.schedule_id = s.id",
    ),
  }),
  "s.id",
  "schedules s where s.company_id = c.id",
);

const NUMBERS_SQL = listSql(
  objectSql({
    number: "n.number",
    kind: "n.kind",
    trunkId: "n.trunk_id",
    rings: objectSql({ groupId: "n.group_id", extension: "n.extension" }),
    scheduleId: "n.schedule_id",
    outOfHours: objectSql({
      groupId: "n.out_of_hours_group_id",
      relay: relaySql("number", targetsSql("out_of_hours_targets", "x.number = n.number")),
    }),
    callers: objectSql({
      deny: "n.deny",
      allow: "n.allow",
      refuseAnonymous: "n.refuse_anonymous",
    }),
  }),
  "n.number",
  "numbers n left join out_of_hours_relays r using (number) where n.company_id = c.id",
);

const TERMINALS_SQL = listSql(
  objectSql({
    extension: "t.extension",
    name: "t.name",
    number: "t.number",
    homeRepresentative: "t.home_representative",
    ringMs: "t.ring_ms",
    relay: relaySql(
      "extension",
      targetsSql("relay_targets", "x.company_id = t.company_id and x.owner = t.extension"),
    ),
  }),
  "t.extension",
  "terminals t left join relays r using (company_id, extension) where t.company_id = c.id",
);

const GROUPS_SQL = listSql(
  objectSql({
    id: "g.id",
    name: "g.name",
    extension: "g.extension",
    representative: "g.representative",
    mode: "g.mode",
    followMemberRelay: "g.follow_member_relay",
    totalRingMs: "g.total_ring_ms",
    targets: targetsSql("group_targets", "x.company_id = g.company_id and x.group_id = g.id"),
  }),
  "g.id",
  "groups g where g.company_id = c.id",
);

const USERS_SQL = listSql(
  objectSql({
    id: "u.id",
    name: "u.name",
    extensions: listSql(
      "e.extension",
      "e.position",
      "user_extensions e where e.company_id = u.company_id and e.user_id = u.id",
    ),
  }),
  "u.id",
  "users u where u.company_id = c.id",
);

const TRUNKS_SQL = listSql(
  objectSql({ id: "k.id", channels: "k.channels", revision: "k.revision" }),
  "k.id",
  "trunks k where k.id in (select trunk_id from numbers where company_id = c.id)",
);

/** Tables that hold targets of lists. */
export const TARGET_TABLES = ["relay_targets", "group_targets", "out_of_hours_targets"] as const;

const OUTSIDE_SQL = TARGET_TABLES.map(
  (table) => `select outside, class from ${table} where company_id = c.id and outside is not null`,
).join(" union all ");

const DESTINATIONS_SQL = listSql(
  objectSql({
    number: "d.outside",
    class: "d.class",
    onNet: "exists (select from numbers n where n.number = d.outside)",
  }),
  "d.outside",
  `(select outside, min(class) as class from (${OUTSIDE_SQL}) x group by outside) d`,
);

const COMPANY_SQL = `
select c.id, c.name, c.domain, c.revision, c.route_revision,
  ${CURRENT_TERMS_SQL} as contracts, ${SCHEDULES_SQL} as schedules, ${NUMBERS_SQL} as numbers,
  ${TERMINALS_SQL} as terminals, ${GROUPS_SQL} as groups, ${USERS_SQL} as users,
  ${TRUNKS_SQL} as trunks, ${DESTINATIONS_SQL} as destinations
from companies c`;

function storedCompany(row: unknown): StoredCompany {
  const {
    revision,
    route_revision: routeRevision,
    trunks,
    destinations,
    ...company
  } = companyRow.parse(row);
  return {
    company: company satisfies Company,
    revision,
    routeRevision,
    trunks,
    destinations,
  };
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
