/**
 * All trunks, kept current: an edge must know a carrier by its address before anything is asked. Owns the
 * copy and its refreshing; the last copy stays good while the registry is away.
 */
import type { CarrierTrunk } from "../telephony/carrier-trunk.ts";
import type { TrunkId } from "../telephony/ids.ts";

const AGAIN_MS = 500;

/** See the file header. */
export interface TrunkTable {
  /** Null until the registry answered once. */
  readonly all: () => readonly CarrierTrunk[] | null;
  readonly byId: (id: TrunkId) => CarrierTrunk | null;
  /** The trunk whose calls come from an address. */
  readonly bySource: (address: string) => CarrierTrunk | null;
  /** Reads all trunks again; asked while it reads, it reads once more. */
  readonly refresh: () => void;
  readonly stop: () => void;
}

interface Copy {
  readonly trunks: readonly CarrierTrunk[];
  readonly byId: ReadonlyMap<string, CarrierTrunk>;
  readonly bySource: ReadonlyMap<string, CarrierTrunk>;
}

const copyOf = (trunks: readonly CarrierTrunk[]): Copy => ({
  trunks,
  byId: new Map(trunks.map((trunk) => [trunk.id, trunk])),
  bySource: new Map(trunks.flatMap((trunk) => trunk.sources.map((address) => [address, trunk]))),
});

/** Starts with a first read; `fetch` gives null when the registry could not say. */
export function keepTrunks(fetch: () => Promise<readonly CarrierTrunk[] | null>): TrunkTable {
  let copy: Copy | null = null;
  let wanted = false;
  let reading = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const read = async (): Promise<void> => {
    reading = true;
    while (wanted && !stopped) {
      wanted = false;
      const trunks = await fetch();
      if (trunks !== null) copy = copyOf(trunks);
      else {
        timer = setTimeout(refresh, AGAIN_MS);
        break;
      }
    }
    reading = false;
  };
  const refresh = (): void => {
    clearTimeout(timer);
    wanted = true;
    if (!reading) void read();
  };
  refresh();
  return {
    all: () => copy?.trunks ?? null,
    byId: (id) => copy?.byId.get(id) ?? null,
    bySource: (address) => copy?.bySource.get(address) ?? null,
    refresh,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
