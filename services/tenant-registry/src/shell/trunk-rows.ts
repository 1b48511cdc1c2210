/**
 * Trunks in their tables: reading them into domain values, and writing them. Writing runs inside a
 * transaction that holds the lock of registry_state (store.ts).
 */
import { z } from "zod";
import type { Query } from "../../../lib/runtime/database.ts";
import type { CarrierTrunk } from "../../../lib/telephony/carrier-trunk.ts";
import type { Trunk } from "../core/company.ts";
import { insertRows } from "./insert-rows.ts";
import { bigint, listSql, objectSql, trunkId } from "./row-values.ts";

const trunkRow = z
  .object({
    id: trunkId,
    channels: z.number(),
    identity: z.enum(["pai", "ppi", "from-only"]),
    format: z.enum(["e164", "national"]),
    privacy: z.enum(["none", "absent"]),
    diversion: z.enum(["off", "diversion", "history-info"]),
    user_phone: z.boolean(),
    revision: bigint,
    sources: z.array(z.string()),
    gateways: z.array(
      z.object({ host: z.string(), port: z.number(), transport: z.enum(["udp", "tcp"]) }),
    ),
  })
  .transform(({ user_phone: userPhone, ...trunk }): CarrierTrunk => ({ ...trunk, userPhone }));

const TRUNK_SQL = `
select k.id, k.channels, k.identity, k.format, k.privacy, k.diversion, k.user_phone, k.revision,
  ${listSql("s.address", "s.position", "trunk_sources s where s.trunk_id = k.id")} as sources,
  ${listSql(
    objectSql({ host: "g.host", port: "g.port", transport: "g.transport" }),
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

/** Stores a trunk whole. */
export async function writeTrunk(query: Query, trunk: Trunk, revision: number): Promise<void> {
  await query(
    `insert into trunks
       (id, channels, identity, format, privacy, diversion, user_phone, revision)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (id) do update set channels = excluded.channels, identity = excluded.identity,
       format = excluded.format, privacy = excluded.privacy, diversion = excluded.diversion,
       user_phone = excluded.user_phone, revision = excluded.revision`,
    [
      trunk.id,
      trunk.channels,
      trunk.identity,
      trunk.format,
      trunk.privacy,
      trunk.diversion,
      trunk.userPhone,
      revision,
    ],
  );
  // An address that another trunk still has was given up by it in the same document (conflicts.ts).
  await query("delete from trunk_sources where trunk_id = $1 or address = any($2)", [
    trunk.id,
    trunk.sources,
  ]);
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
export async function deleteTrunk(query: Query, id: string): Promise<void> {
  await query("delete from trunks where id = $1", [id]);
}
