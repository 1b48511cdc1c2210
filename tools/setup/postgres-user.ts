/**
 * PostgreSQL refuses to run as root: where we are root, it runs as the system user `postgres`.
 *
 * Owns: that this user exists. Does not own: starting the server (tools/cluster/postgres.ts).
 */

import { outputOf, runCommand } from "./run-command.ts";

/** Creates the user where it is needed and missing; null when all is well, else what to do. */
export function ensurePostgresUser(): string | null {
  if (process.getuid?.() !== 0 || outputOf("id", ["-u", "postgres"]) !== null) return null;
  const options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"];
  const created = runCommand("useradd", [...options, "postgres"]);
  return created ? null : "cannot create the system user postgres; run make setup as a normal user";
}
