/**
 * `make run`: the demo cluster up, in the background; prints how to place a call. A cluster of an
 * earlier `make run` is stopped first, so that the code that runs is the code of the checkout.
 */
import { spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { addMonths, monthOf } from "../../services/lib/telephony/tokyo-time.ts";
import { DEMO_DIR, KEEPER_LOG, ROOT } from "./demo.ts";
import { isKeeper, readKeeper, stopKeeper } from "./keeper-state.ts";

const UP_WITHIN_MS = 120_000;
const POLL_EVERY_MS = 100;

/** Calls of a month stand on the invoice of the next one. */
const nextMonth = (): string => addMonths(monthOf(Date.now()), 1);

const HOW_TO = `
The cluster is up: 2 edges, 2 controllers, 2 allocators, registry, collector, NATS, PostgreSQL,
the company "demo" with sample prices, its telephones, and a carrier that answers mobiles (090...)
after 3 s.

See what a call would do and cost, place it, and look at it afterwards:
  bin/kakehashi plan 050-5555-0100 --from 03-9999-0000
  npm run --silent phone -- call --bind 127.0.1.1:0 --from 0399990000 --to 05055550100
  bin/kakehashi cdr list
  bin/kakehashi cdr show CALL        bin/kakehashi trace CALL        (CALL from the list)
  bin/kakehashi invoice demo ${nextMonth()}   the calls of this month (a draft)

While it rings or talks, in another terminal:
  bin/kakehashi calls                bin/kakehashi channels

From a telephone to a colleague who does not answer, so that after 20 s the relay goes on to a
mobile, which sees 050-5555-0106:
  PHONE_PASSWORD=kakehashi-demo npm run --silent phone -- call --domain demo.kakehashi.example \\
    --via 127.0.0.1 --from 1001 --to 1006 --give-up-after 40s

With a softphone: account 1001, domain demo.kakehashi.example, password kakehashi-demo,
proxy 127.0.0.1:5060 (UDP or TCP). With SIPp as the carrier:
  sipp 127.0.0.1:5060 -sn uac -s 05055550105 -i 127.0.1.1 -m 1 -d 2000

Logs are in .run/demo/*.log. Stop it with: make down
`;

async function untilUp(pid: number): Promise<void> {
  const giveUpAt = performance.now() + UP_WITHIN_MS;
  for (;;) {
    const keeper = readKeeper();
    if (keeper?.phase === "up") return;
    if (keeper?.phase === "failed") throw new Error(keeper.problem);
    if (!isKeeper(keeper?.pid ?? pid) && performance.now() > giveUpAt - UP_WITHIN_MS + 5_000) {
      throw new Error(`it was stopped before it was up; see ${KEEPER_LOG}`);
    }
    if (performance.now() > giveUpAt) throw new Error(`not up in time; see ${KEEPER_LOG}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}

if (await stopKeeper()) process.stdout.write("Stopped the cluster of an earlier make run.\n");
mkdirSync(DEMO_DIR, { recursive: true });
const log = openSync(KEEPER_LOG, "w");
const keeper = spawn(process.execPath, [join(import.meta.dirname, "./keeper.ts")], {
  cwd: ROOT,
  detached: true,
  stdio: ["ignore", log, log],
});
keeper.unref();
try {
  await untilUp(keeper.pid ?? 0);
  process.stdout.write(HOW_TO);
} catch (error) {
  const problem = error instanceof Error ? error.message : String(error);
  process.stderr.write(`make run failed: ${problem}\n`);
  process.exitCode = 1;
}
