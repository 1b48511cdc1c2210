/**
 * One connection that LISTENs for changes made by any replica. Owns its reconnecting; while it is away
 * the feed's poll finds the changes.
 */
import pg from "pg";
import { type ConnectionTarget, connectionSettings } from "../../../lib/runtime/database.ts";
import { NOTIFY_CHANNEL } from "./revisions.ts";

const RECONNECT_AFTER_MS = 1000;

/** Starts listening; `onNotify` runs at each notification and after each reconnect. */
export function listenForChanges(
  target: ConnectionTarget,
  onNotify: () => void,
): { readonly stop: () => Promise<void> } {
  let stopped = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (): Promise<void> => {
    const own = new pg.Client(connectionSettings(target));
    client = own;
    let lost = false;
    const onLost = (): void => {
      if (lost) return;
      lost = true;
      void own.end().catch(() => undefined);
      if (!stopped) timer = setTimeout(() => void connect(), RECONNECT_AFTER_MS);
    };
    own.on("error", onLost);
    own.on("end", onLost);
    own.on("notification", onNotify);
    try {
      await own.connect();
      await own.query(`listen ${NOTIFY_CHANNEL}`);
      onNotify();
    } catch {
      onLost();
    }
  };
  void connect();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
