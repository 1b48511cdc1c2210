/**
 * A trace as a waterfall: each span a line, indented under its parent, with a bar on a time axis.
 *
 * W1  Every span appears once. Spans whose parent was not kept stand together under its name.
 * W2  Each root has an axis of its own: setup and teardown of a long call are both readable.
 * W3  A failed span is marked and says why, whatever the width.
 */
import type { SpanMessage } from "../../../services/lib/wire/cdr.ts";
import { fill, plain, widthOf } from "../columns.ts";
import { duration, tokyo } from "../time.ts";
import { type Drawn, drawTree } from "../tree.ts";

/** How a trace is drawn. */
export interface WaterfallOptions {
  /** Columns of the terminal. */
  readonly columns: number;
  /** Attributes and events too. */
  readonly isDetailed: boolean;
}

/** Bars narrower than this say nothing; the line then grows over the terminal's width. */
const BAR_MIN = 16;
/** Names may not push the bars out of sight. */
const NAME_MAX = 44;

/** Stands for the ancestor of spans whose parents run in a circle: no span has this id. */
const PARENTS_IN_A_CIRCLE = "";

/** Spans that share an axis. */
interface Section {
  readonly spans: readonly SpanMessage[];
  readonly startUs: number;
  readonly endUs: number;
  readonly isOrphaned: boolean;
}

/** The whole trace. */
export function waterfall(
  traceId: string,
  spans: readonly SpanMessage[],
  options: WaterfallOptions,
): readonly string[] {
  const failed = spans.filter((span) => span.failed).length;
  const count = `${spans.length} ${spans.length === 1 ? "span" : "spans"}`;
  return [
    plain(`trace ${traceId}: ${count}${failed === 0 ? "" : `, ${failed} failed`}`),
    ...sectionsOf(spans).flatMap((section) => ["", ...sectionLines(section, options)]),
  ];
}

/** Groups spans by their topmost known ancestor, or by the missing parent of that one. */
function sectionsOf(spans: readonly SpanMessage[]): readonly Section[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const groups = new Map<string, SpanMessage[]>();
  for (const span of spans) {
    const key = axisOf(span, byId);
    groups.set(key, [...(groups.get(key) ?? []), span]);
  }
  return [...groups]
    .map(([key, members]): Section => {
      const ordered = members.sort((one, other) => one.startedAtUs - other.startedAtUs);
      return {
        spans: ordered,
        startUs: Math.min(...members.map(({ startedAtUs }) => startedAtUs)),
        endUs: Math.max(...members.map(({ endedAtUs }) => endedAtUs)),
        isOrphaned: !byId.has(key),
      };
    })
    .sort((one, other) => one.startUs - other.startUs);
}

function axisOf(span: SpanMessage, byId: ReadonlyMap<string, SpanMessage>): string {
  const seen = new Set<string>();
  let top = span;
  for (;;) {
    seen.add(top.spanId);
    if (top.parentSpanId === "") return top.spanId;
    const above = byId.get(top.parentSpanId);
    if (above === undefined) return top.parentSpanId;
    if (seen.has(above.spanId)) return PARENTS_IN_A_CIRCLE;
    top = above;
  }
}

function sectionLines(section: Section, options: WaterfallOptions): readonly string[] {
  const { startUs, endUs, spans } = section;
  const drawn = drawTree(spans, {
    id: ({ spanId }) => spanId,
    parent: ({ parentSpanId }) => parentSpanId,
  });
  const rows = drawn.map((one) => ({ one, cells: cellsOf(one, startUs) }));
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map(({ cells }) => widthOf(cells[column] ?? ""))),
  );
  const used = widths.reduce((sum, width) => sum + width + 2, 0) + 2;
  const bar = Math.max(BAR_MIN, options.columns - used);
  const began = `${tokyo(Math.floor(startUs / 1000))}, ${milliseconds(endUs - startUs)}`;
  return [
    section.isOrphaned ? `${began}, under a span that was not kept` : began,
    ...rows.flatMap(({ one, cells }) => [
      `${cells
        .map((cell, column) => fill(cell, widths[column] ?? 0, column < 2 ? "left" : "right"))
        .join("  ")}  ${barOf(one.node, section, bar)}`,
      ...noteLines(one, startUs, options.isDetailed),
    ]),
  ];
}

const milliseconds = (us: number): string => duration(us / 1000);

function cellsOf({ node, branch }: Drawn<SpanMessage>, startUs: number): readonly string[] {
  const mark = node.failed ? "✗ " : "";
  return [
    shortened(plain(`${branch}${mark}${node.name}`)),
    plain(node.node === "" ? node.service : `${node.service} ${node.node}`),
    `+${milliseconds(node.startedAtUs - startUs)}`,
    milliseconds(node.endedAtUs - node.startedAtUs),
  ];
}

function shortened(text: string): string {
  if (widthOf(text) <= NAME_MAX) return text;
  let kept = "";
  for (const character of text) {
    if (widthOf(kept + character) >= NAME_MAX) break;
    kept += character;
  }
  return `${kept}…`;
}

function barOf(span: SpanMessage, { startUs, endUs }: Section, width: number): string {
  const total = Math.max(1, endUs - startUs);
  const column = (us: number): number => Math.round(((us - startUs) / total) * width);
  const from = Math.min(column(span.startedAtUs), width - 1);
  const length = Math.max(1, Math.min(column(span.endedAtUs), width) - from);
  const drawn = (span.failed ? "x" : "█").repeat(length);
  return `|${" ".repeat(from)}${drawn}${" ".repeat(Math.max(0, width - from - length))}|`;
}

function noteLines(
  { node, branch }: Drawn<SpanMessage>,
  startUs: number,
  isDetailed: boolean,
): readonly string[] {
  const margin = " ".repeat(widthOf(branch) + 4);
  const why = node.failed && node.statusMessage !== "" ? [`failed: ${node.statusMessage}`] : [];
  const details = isDetailed
    ? [
        ...attributeTexts(node.attributes),
        ...node.events.map(({ name, atUs, attributes }) =>
          [`+${milliseconds(atUs - startUs)} ${name}`, ...attributeTexts(attributes)].join("  "),
        ),
        ...node.linkedSpanIds.map((id) => `follows span ${id}`),
      ]
    : [];
  return [...why, ...details].map((note) => `${margin}${plain(note)}`);
}

const attributeTexts = (attributes: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(attributes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
