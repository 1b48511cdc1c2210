/** Trunks as a person reads them. */
import { table } from "../columns.ts";
import type { TrunkValue } from "../company-document.ts";

/** A trunk with the revision at which it was last changed. */
export interface RevisedTrunk {
  readonly trunk: TrunkValue;
  readonly revision: number;
}

/** One line a trunk. */
export const trunkList = (trunks: readonly RevisedTrunk[]): readonly string[] =>
  trunks.length === 0
    ? ["no trunks: kakehashi apply -f FILE adds one"]
    : table(
        [
          { title: "ID" },
          { title: "CHANNELS", align: "right" },
          { title: "SOURCES" },
          { title: "GATEWAYS" },
          { title: "IDENTITY" },
          { title: "PRIVACY" },
          { title: "DIVERSION" },
          { title: "USER=PHONE" },
          { title: "FORMAT" },
          { title: "REVISION", align: "right" },
        ],
        trunks.map(({ trunk, revision }) => [
          trunk.id,
          String(trunk.channels),
          trunk.sources.join(", "),
          trunk.gateways.join(", "),
          trunk.identity,
          trunk.privacy,
          trunk.diversion,
          trunk.userPhone ? "yes" : "no",
          trunk.format,
          String(revision),
        ]),
      );
