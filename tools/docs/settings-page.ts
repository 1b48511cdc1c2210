/**
 * docs/settings.md from the settings that the services declare: one section for each set of services
 * that share some. Owns the page's text; a setting's words stand in its declaration.
 */
import { SETTINGS as controller } from "../../services/call-controller/src/config.ts";
import { SETTINGS as collector } from "../../services/cdr-collector/src/config.ts";
import type { Setting, Settings } from "../../services/lib/runtime/config.ts";
import { SETTINGS as edge } from "../../services/sip-edge/src/config.ts";
import { SETTINGS as registry } from "../../services/tenant-registry/src/config.ts";
import { SETTINGS as allocator } from "../../services/trunk-allocator/src/config.ts";

const SERVICES: Readonly<Record<string, Settings>> = {
  "sip-edge": edge,
  "call-controller": controller,
  "tenant-registry": registry,
  "trunk-allocator": allocator,
  "cdr-collector": collector,
};

const INTRODUCTION = `# Settings

Each service reads its settings from environment variables when it starts. A variable that is unset or empty means the
default; an explicit 0 is 0. All faults are reported at once, each with an example, and the service does not start.
\`--help\` of a service prints its own list.

This page is written by \`npm run docs:settings\` from each service's \`config.ts\`; a test fails when it is not current.
`;

const HEAD = "| variable | unit | default | meaning |\n| --- | --- | --- | --- |\n";

const cell = (text: string): string => text.replaceAll("|", "\\|");

function row({ key, unit, standard, meaning, secret }: Setting<unknown>): string {
  const usual = standard === "" ? "none" : `\`${standard}\``;
  const words = secret === true ? `${meaning} (secret)` : meaning;
  return `| \`${key}\` | ${unit ?? ""} | ${standard === null ? "required" : cell(usual)} | ${cell(words)} |\n`;
}

/** A section's heading: who has these settings, or who alone has not. */
function heading(having: readonly string[], all: readonly string[]): string {
  const without = all.filter((service) => !having.includes(service));
  if (without.length === 0) return "Every service";
  return without.length === 1 ? `Every service but ${without[0]}` : having.join(", ");
}

/** The page for these services, by name; the same setting in several is one row. */
export function settingsPage(services: Readonly<Record<string, Settings>> = SERVICES): string {
  const all = Object.keys(services);
  const sections = new Map<string, Map<string, Setting<unknown>>>();
  const declared = all.flatMap((service) => Object.values(services[service] ?? {}));
  for (const setting of new Set(declared)) {
    const having = all.filter((service) =>
      Object.values(services[service] ?? {}).includes(setting),
    );
    const title = heading(having, all);
    const section = sections.get(title) ?? new Map();
    sections.set(title, section.set(setting.key, setting));
  }
  const shared = [...sections].toSorted(([x], [y]) => rank(x) - rank(y));
  const texts = shared.map(
    ([title, rows]) => `\n## ${title}\n\n${HEAD}${[...rows.values()].map(row).join("")}`,
  );
  return INTRODUCTION + texts.join("");
}

/** What most services have comes first. */
const rank = (title: string): number => {
  if (title === "Every service") return 0;
  return title.startsWith("Every") ? 1 : 2;
};
