/**
 * The text of one entry in the bindings bucket. Owns: its form and version. Does not own: when it is
 * written.
 *
 * C1  Text of another version, or that is none of ours, is null: it counts as no registration, and
 *     the telephone's next REGISTER replaces it.
 */
import { z } from "zod";
import { isIdFault, type NodeId, parseNodeId } from "../../../lib/telephony/ids.ts";
import { CONTACTS_MAX, type ContactBinding } from "../core/registration.ts";

const VERSION = 1;

const nodeId = z.string().transform((text, context): NodeId => {
  const id = parseNodeId(text);
  if (!isIdFault(id)) return id;
  context.addIssue({ code: "custom", message: "no node id" });
  return z.NEVER;
});

const endpoint = z.object({
  transport: z.enum(["udp", "tcp"]),
  host: z.string(),
  port: z.int(),
  flow: z.string().exactOptional(),
});

const binding = z.object({
  contactUri: z.string(),
  q: z.string().nullable(),
  sipCallId: z.string(),
  cseq: z.int(),
  askedS: z.int(),
  registeredAt: z.int(),
  expiresAt: z.int(),
  endpoint,
  edge: nodeId,
  boot: z.string(),
});

const entry = z.object({
  version: z.literal(VERSION),
  bindings: z.array(binding).max(CONTACTS_MAX),
});

/** Bindings as text. */
export function encodeBindings(bindings: readonly ContactBinding[]): string {
  return JSON.stringify({ version: VERSION, bindings });
}

/** Bindings from text; null when it cannot be used (C1). */
export function decodeBindings(text: string): readonly ContactBinding[] | null {
  try {
    const read = entry.safeParse(JSON.parse(text));
    return read.success ? read.data.bindings : null;
  } catch {
    return null;
  }
}
