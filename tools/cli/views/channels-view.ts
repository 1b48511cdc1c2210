/** Channels as a person reads them: each limit with its use, then who holds what. */
import type { ListLeasesResponse } from "../../../services/lib/wire/trunk.ts";
import { plain, table } from "../columns.ts";
import { duration, tokyo } from "../time.ts";

/** Limits and leases at `now`. */
export function channelsLines(
  { scopes, leases, leader }: ListLeasesResponse,
  now: number,
): readonly string[] {
  const order = [...scopes].sort((one, other) => (one.id < other.id ? -1 : 1));
  const limits = table(
    [
      { title: "SCOPE" },
      { title: "HELD", align: "right" },
      { title: "LIMIT", align: "right" },
      { title: "FREE", align: "right" },
    ],
    order.map(({ id, held, limit }) => [id, held, limit, Math.max(0, limit - held)].map(String)),
  );
  const held = table(
    [
      { title: "CALL" },
      { title: "LEG" },
      { title: "SCOPES" },
      { title: "SINCE" },
      { title: "EXPIRES IN", align: "right" },
      { title: "EPOCH", align: "right" },
    ],
    leases.map(({ callId, leg, scopeIds, takenAtMs, expiresAtMs, epoch }) => [
      callId,
      leg,
      scopeIds.join(", "),
      tokyo(takenAtMs),
      duration(Math.max(0, Math.round((expiresAtMs - now) / 1000) * 1000)),
      String(epoch),
    ]),
  );
  return [
    ...(order.length === 0 ? ["no channel was asked for yet"] : limits),
    "",
    ...(leases.length === 0 ? ["no channel is held"] : held),
    "",
    `told by ${plain(leader)}, which leads`,
  ];
}
