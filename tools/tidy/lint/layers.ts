/**
 * Lint rule `kakehashi/layers`: who may import whom.
 *
 * Owns: the layer table below. Does not own: cycles (import/no-cycle), dead files (checks/dead-files.ts).
 *
 * L1 a core imports only its own core and lib/telephony; lib/telephony only itself; neither any package.
 * L2 no service imports another service, and nothing in services/ imports tools/ (tests may use tools/cluster and tools/phone).
 * L3 lib/ imports only lib/.
 * L4 only lib/wire imports generated code.
 * L5 only main.ts imports config.ts, and nothing but a test imports main.ts.
 */

import { dirname, posix, relative, sep } from "node:path";
import type { ImportNode, RuleContext } from "./ast.ts";

/** Where a file stands: its service (`lib` counts as one) and its layer inside it. */
type Place = {
  readonly path: string;
  readonly service: string | null;
  readonly layer: "core" | "telephony" | "wire" | "generated" | "tools" | "other";
  readonly test: boolean;
};

/** The place of a path relative to the repository's root, with forward slashes. */
export function placeOf(path: string): Place {
  const [root = "", service = "", ...inside] = path.split("/");
  const test = path.endsWith(".test.ts") || inside[0] === "test" || inside[0] === "testkit";
  if (root !== "services") {
    return { path, service: null, layer: root === "tools" ? "tools" : "other", test };
  }
  return {
    path,
    service,
    layer: service === "lib" ? libraryLayer(inside) : serviceLayer(inside),
    test,
  };
}

function libraryLayer([name, folder]: readonly string[]): Place["layer"] {
  if (name === "wire") return folder === "gen" ? "generated" : "wire";
  return name === "telephony" ? "telephony" : "other";
}

function serviceLayer([source, folder]: readonly string[]): Place["layer"] {
  return source === "src" && folder === "core" ? "core" : "other";
}

/** Why `from` may not import `to`, or null when it may. */
export function importFault(from: Place, to: Place): string | null {
  if (to.layer === "generated" && from.layer !== "wire" && from.layer !== "generated") {
    return "Only services/lib/wire imports generated code.";
  }
  if (from.service === null) return null;
  if (to.layer === "tools") {
    const allowed = from.test && /^tools\/(cluster|phone)\//.test(to.path);
    return allowed ? null : "A service does not import a tool.";
  }
  if (to.service !== null && to.service !== "lib" && to.service !== from.service) {
    return from.service === "lib"
      ? "lib/ does not import a service."
      : "No service imports another service.";
  }
  return from.test ? null : (purityFault(from, to) ?? doorFault(from, to));
}

function purityFault(from: Place, to: Place): string | null {
  if (from.layer === "core" && to.layer !== "core" && to.layer !== "telephony") {
    return "A core imports only its core and lib/telephony.";
  }
  if (from.layer === "telephony" && to.layer !== "telephony") {
    return "lib/telephony imports nothing outside itself.";
  }
  return null;
}

function doorFault(from: Place, to: Place): string | null {
  const isDoor = (place: Place, name: string): boolean =>
    place.service !== "lib" &&
    posix.dirname(place.path) === `services/${place.service}/src` &&
    posix.basename(place.path) === name;
  if (isDoor(to, "config.ts") && !isDoor(from, "main.ts")) return "Only main.ts imports config.ts.";
  return isDoor(to, "main.ts") ? "Nothing imports main.ts." : null;
}

/** Why `from` may not import the package `name` (`node:fs`, `pino`), or null when it may. */
export function packageFault(from: Place): string | null {
  if (from.test || (from.layer !== "core" && from.layer !== "telephony")) return null;
  return "A core imports no package.";
}

/** Reports imports that cross a layer. */
export const layers = {
  create(context: RuleContext): Readonly<Record<string, (node: ImportNode) => void>> {
    const path = relative(context.cwd, context.filename).split(sep).join("/");
    const from = placeOf(path);
    const check = (node: ImportNode): void => {
      const source = node.source?.value;
      if (typeof source !== "string") return;
      const fault = source.startsWith(".")
        ? importFault(from, placeOf(posix.join(dirname(path), source)))
        : packageFault(from);
      if (fault !== null) context.report({ node, message: `${fault} (${source})` });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportAllDeclaration: check,
      ExportNamedDeclaration: check,
    };
  },
};
