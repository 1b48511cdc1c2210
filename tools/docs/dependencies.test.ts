import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Packages in the first column; `core` behind `@opentelemetry/api` is short for its neighbour. */
function named(page: string): readonly string[] {
  const cells = [...page.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell]) => cell ?? "");
  return cells.flatMap((cell) => {
    const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
    const scope = names[0]?.startsWith("@opentelemetry/") ? "@opentelemetry/" : "";
    return names.map((name) => (name.startsWith("@") ? name : `${scope}${name}`));
  });
}

it("docs/dependencies.md gives a reason for every package, and for none that is gone", () => {
  const manifest: Manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const packages = [
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.devDependencies),
  ];
  expect([...named(readFileSync("docs/dependencies.md", "utf8"))].sort()).toEqual(packages.sort());
});
