/**
 * Check: no loose end without an address.
 *
 * Owns: leftover markers (need an issue number, `#12`) and switched-off rules (need a reason after `--` or `:`).
 */

import type { Check } from "../workspace.ts";
import { faultyLines } from "../workspace.ts";

const CODE = /\.(ts|sh|proto|sql|ya?ml)$/;
const MARKER = /\b(TODO|FIXME|XXX|HACK)\b/;
const ISSUE = /#\d+/;
const SWITCHED_OFF =
  /(?:\/\/|\/\*|#)\s*(oxlint-disable|eslint-disable|biome-ignore|@ts-expect-error)/;
const REASON = /(?: -- |: ?)\S.*\S/;

/** Reports markers without an issue and disabled rules without a reason. */
export const checkMarkers: Check = (workspace) =>
  [...workspace]
    .filter(([path]) => CODE.test(path) && !path.startsWith("tools/tidy/"))
    .flatMap(([path, text]) => faultyLines(path, text, lineFault));

function lineFault(line: string): string | null {
  const marker = MARKER.exec(line)?.[1];
  if (marker !== undefined && !ISSUE.test(line)) return `${marker} without an issue number`;
  if (line.includes("@ts-ignore") || line.includes("@ts-nocheck"))
    return "types are never switched off";
  const off = SWITCHED_OFF.exec(line)?.[1];
  if (off === undefined) return null;
  const reason = line.slice(line.indexOf(off) + off.length);
  return REASON.test(reason) ? null : `${off} without a reason`;
}
