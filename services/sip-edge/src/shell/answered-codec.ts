/**
 * The text of one entry in the bucket of answered calls: JSON, the anchor's part of it as the
 * assignment that it would be (lib/wire), in base64. Owns: form and version.
 *
 * AC1  decode(encode(x)) equals x.
 * AC2  Text of another version, or that is none of ours, is a fault that names the place; the entry is
 *      then left alone: the version that wrote it may come back.
 */
import { Buffer } from "node:buffer";
import { z } from "zod";
import type { CallId, IdFault, NodeId } from "../../../lib/telephony/ids.ts";
import { isIdFault, parseCallId, parseLegId, parseNodeId } from "../../../lib/telephony/ids.ts";
import { type BranchId, parseBranchId } from "../../../lib/wire/branch-codec.ts";
import { decodeAssignment, encodeAssignment } from "../../../lib/wire/call-codec.ts";
import { describeFault, isWireFault } from "../../../lib/wire/fault.ts";
import type { KeptCall, KeptSide } from "../core/answered.ts";

const VERSION = 1;

/** An answered branch held for another anchor. */
export interface KeptBranch {
  readonly callId: CallId;
  readonly anchor: NodeId;
  readonly branch: BranchId;
  readonly side: KeptSide;
}

/** What an entry holds. */
export type Entry =
  | { readonly kind: "call"; readonly call: KeptCall }
  | { readonly kind: "branch"; readonly branch: KeptBranch };

/** Text that is no entry of this version. */
export interface EntryFault {
  readonly kind: "entry-fault";
  readonly problem: string;
}

const id = <T extends string>(parse: (text: string) => T | IdFault | null) =>
  z.string().transform((text, context): T => {
    const read = parse(text);
    if (read !== null && !isIdFault(read)) return read;
    context.addIssue({ code: "custom", message: "no id" });
    return z.NEVER;
  });

const dialog = z.object({
  phase: z.enum(["early", "confirmed"]),
  callId: z.string(),
  localTag: z.string(),
  remoteTag: z.string(),
  localParty: z.string(),
  remoteParty: z.string(),
  localSeq: z.int().nullable(),
  remoteSeq: z.int().nullable(),
  remoteTarget: z.string(),
  routes: z.array(z.string()),
});

const peer = z.object({
  endpoint: z.object({
    transport: z.enum(["udp", "tcp"]),
    host: z.string(),
    port: z.int(),
    flow: z.string().exactOptional(),
  }),
  kind: z.enum(["telephone", "carrier"]),
});

const keptDialog = z.object({ dialog, contact: z.string(), lastRelay: z.int() });
const keptSide = keptDialog.extend({ peer });

const keptCall = z.object({
  version: z.literal(VERSION),
  kind: z.literal("call"),
  startedAt: z.int(),
  traceparent: z.string(),
  assignment: z.base64(),
  lastSeq: z.int(),
  formerHolder: id(parseNodeId).nullable(),
  over: z.array(id(parseLegId)),
  caller: keptSide,
  callee: z.object({
    leg: id(parseLegId),
    branch: z.int(),
    holder: id(parseNodeId),
    mask: z.object({ sessionId: z.string(), hidden: z.array(z.string()) }),
    isOutside: z.boolean(),
    peer,
    dialog: keptDialog.nullable(),
  }),
});

const keptBranch = z.object({
  version: z.literal(VERSION),
  kind: z.literal("branch"),
  callId: id(parseCallId),
  anchor: id(parseNodeId),
  branch: id(parseBranchId),
  side: keptSide,
});

const entry = z.discriminatedUnion("kind", [keptCall, keptBranch]);

/** A call of this anchor as text. */
export function encodeCall(node: NodeId, call: KeptCall): string {
  const { callId, startedAt, traceparent, over, caller, callee } = call;
  const { epoch, commit, pending, lastSeq, formerHolder } = call.anchor;
  const bytes = encodeAssignment({ callId, anchor: node, epoch, ...commit, pending });
  const assignment = Buffer.from(bytes).toString("base64");
  return JSON.stringify({
    version: VERSION,
    kind: "call",
    ...{ startedAt, traceparent, assignment, lastSeq, formerHolder, over, caller, callee },
  });
}

/** A branch held for another anchor as text. */
export const encodeBranch = (branch: KeptBranch): string =>
  JSON.stringify({ version: VERSION, kind: "branch", ...branch });

/** An entry from text. */
export function decodeEntry(text: string): Entry | EntryFault {
  const read = entry.safeParse(parsed(text));
  if (!read.success) {
    const [first] = read.error.issues;
    return fault(`${first?.path.join(".") ?? ""}: ${first?.message ?? "not an entry"}`);
  }
  if (read.data.kind === "branch") {
    const { callId, anchor, branch, side } = read.data;
    return { kind: "branch", branch: { callId, anchor, branch, side } };
  }
  const { startedAt, traceparent, over, caller, callee, lastSeq, formerHolder } = read.data;
  const assignment = decodeAssignment(Buffer.from(read.data.assignment, "base64"));
  if (isWireFault(assignment)) return fault(`assignment ${describeFault(assignment)}`);
  const { callId, epoch, pending, step, stateVersion, state } = assignment;
  const commit = { step, stateVersion, state };
  const anchor = { epoch, commit, pending, lastSeq, formerHolder };
  return { kind: "call", call: { callId, startedAt, traceparent, anchor, over, caller, callee } };
}

const fault = (problem: string): EntryFault => ({ kind: "entry-fault", problem });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
