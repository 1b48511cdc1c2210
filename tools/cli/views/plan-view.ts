/** A ring plan as a person reads it. */
import type { PlannedTarget, PlanResponse } from "../../../services/lib/wire/call.ts";
import { facts, table } from "../columns.ts";
import { shownNumber } from "../numbers.ts";
import { legend, ruleText } from "../rules.ts";
import { tokyoSecond } from "../time.ts";
import { type Prices, priceText } from "./price-text.ts";

const MODE_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    direct: "direct: one telephone",
    "ring-all": "ring-all: all at once, the first answer wins",
    relay: "relay: one after the other",
    "terminal-relay": "terminal-relay: the terminal's own list, one after the other",
  }),
);

/** What would ring for a call from `from`, when, under which number, at what price; or why it is refused. */
export function planLines(plan: PlanResponse, from: string, prices: Prices): readonly string[] {
  const { targets } = plan;
  const who: readonly (readonly [string, string])[] = [
    ["called", shownNumber(plan.called)],
    ["caller", shownNumber(from) || "withheld"],
    ["company", plan.companyId],
    ["moment", tokyoSecond(plan.atMs)],
    ["hours", plan.hours],
  ];
  if (plan.refusal !== "") {
    return facts([
      ...who,
      ["refused", `${plan.refusalStatus} ${plan.refusal}`],
      ["because", ruleText(plan.refusalRule)],
    ]);
  }
  const channels = targets.reduce((sum, target) => sum + target.channels, 0);
  return [
    ...facts([
      ...who,
      ["mode", MODE_WORDS.get(plan.mode) ?? plan.mode],
      ["rings for", ringText(plan)],
      ["channels", channelText(channels, plan.mode)],
      ["price plan", plan.pricePlan],
      ["revision", String(plan.revision)],
    ]),
    "",
    ...targetTable(targets, prices),
    ...legend(
      "source numbers",
      targets.map(({ sourceRule }) => sourceRule),
    ),
    ...legend(
      "skipped because",
      targets.map(({ skipped }) => skipped),
    ),
  ];
}

/** A relay's waits for slow telephones are not in the sum, so it is no bound. */
const ringText = ({ mode, totalRingS }: PlanResponse): string =>
  mode === "ring-all"
    ? `${totalRingS} s at most`
    : `about ${totalRingS} s when every target rings out`;

function channelText(count: number, mode: string): string {
  if (count === 0) return "none";
  return mode === "ring-all" ? `${count} at once` : `${Math.min(count, 1)} at a time`;
}

const targetTable = (targets: readonly PlannedTarget[], prices: Prices): readonly string[] =>
  table(
    [
      { title: "#", align: "right" },
      { title: "WHO" },
      { title: "STARTS", align: "right" },
      { title: "RINGS", align: "right" },
      { title: "SHOWS" },
      { title: "RULE" },
      { title: "TRUNK" },
      { title: "CHANNELS", align: "right" },
      { title: "COSTS" },
      { title: "SKIPPED" },
    ],
    targets.map((target) => {
      const isSkipped = target.skipped !== "";
      return [
        String(target.seq),
        `${target.kind} ${shownNumber(target.target)}`,
        isSkipped ? "" : `${target.startsAtS} s`,
        isSkipped ? "" : `${target.ringS} s`,
        shownNumber(target.sourceNumber),
        target.sourceRule,
        target.trunkId,
        target.channels === 0 ? "" : String(target.channels),
        priceText(target, prices),
        target.skipped,
      ];
    }),
  );
