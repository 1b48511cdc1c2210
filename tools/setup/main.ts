/**
 * Second half of `make setup`: the programs that npm does not have.
 *
 * Owns: in what order each is looked for. Does not own: the packages (setup.sh runs npm first), nor starting
 * anything. All faults are told at once, each with the command that repairs it.
 */

import { aptInstall } from "./apt.ts";
import { ensureNatsServer } from "./nats-server.ts";
import { ensurePostgresUser } from "./postgres-user.ts";
import { commandExists } from "./run-command.ts";

/** Programs that only tests and load scripts start, with the Debian package that has each. */
const TEST_PROGRAMS: Readonly<Record<string, string>> = {
  sipp: "sip-tester",
  baresip: "baresip-core",
};

function ensureTestPrograms(): string | null {
  const missing = Object.entries(TEST_PROGRAMS).filter(([command]) => !commandExists(command));
  if (missing.length === 0) return null;
  const fault = aptInstall(missing.map(([, debian]) => debian));
  return fault === null ? null : `${missing.map(([command]) => command).join(", ")}: ${fault}`;
}

const faults = [ensureNatsServer(), ensureTestPrograms(), ensurePostgresUser()].filter(
  (fault) => fault !== null,
);
for (const fault of faults) console.error(`setup: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
