/** An allocator's election on a real nats-server, started. */
import { ensureBucket, ensureStream } from "../../lib/runtime/jetstream.ts";
import type { NatsLink } from "../../lib/runtime/nats.ts";
import { JOURNAL_STREAM, JOURNAL_SUBJECT, LEADER_BUCKET } from "../../lib/wire/subjects.ts";
import type { Journal } from "../src/ports.ts";
import { Election } from "../src/shell/election.ts";
import { openJournal } from "../src/shell/journal.ts";
import { openLeadership } from "../src/shell/leadership.ts";

/** `altered` may put something between the allocator and its journal. */
export async function startElection(
  nats: NatsLink,
  id: string,
  altered: (journal: Journal) => Journal = (journal) => journal,
): Promise<Election> {
  await ensureStream(nats, { name: JOURNAL_STREAM, subjects: [JOURNAL_SUBJECT], replicas: 1 });
  const opened = await ensureBucket(nats, { name: LEADER_BUCKET, replicas: 1 });
  if (!opened.ok) throw new Error(opened.message);
  const election = new Election({
    id,
    address: id,
    journal: altered(await openJournal(nats.connection)),
    leadership: openLeadership(opened.bucket),
    now: Date.now,
    log: () => undefined,
  });
  election.start();
  return election;
}
