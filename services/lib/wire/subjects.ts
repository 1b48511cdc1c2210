/**
 * Every NATS name of the cluster, in one place: subjects, queue groups, streams and buckets.
 *
 * W1  Ids are NATS-safe tokens (ids.ts), so a subject is prefix + id.
 */
import type { NodeId } from "../telephony/ids.ts";

/** Anchor edges offer calls here; one controller of the queue group takes each. */
export const ASSIGN_SUBJECT = "kk.assign";
/** Queue group of all controllers that take calls. */
export const CONTROLLERS_QUEUE = "controllers";
/** Inputs for the calls that one controller holds. */
export const controllerSubject = (controller: NodeId): string => `kk.ctl.${controller}`;
/** Steps for the calls that one edge anchors, and branch traffic between edges. */
export const edgeSubject = (edge: NodeId): string => `kk.edge.${edge}`;
/** Signs of life of controllers; `kk.hb.*` hears all. */
export const heartbeatSubject = (controller: NodeId): string => `kk.hb.${controller}`;
/** All heartbeats. */
export const HEARTBEATS_SUBJECT = "kk.hb.*";
/** Scatter request: each controller replies with its live calls. */
export const LIST_CALLS_SUBJECT = "kk.calls.list";
/** Finished spans (SpanBatch), published when no OTLP endpoint is configured. */
export const SPANS_SUBJECT = "kk.spans";

/** Call records, one message a call, until the collector has stored them. */
export const RECORDS_STREAM = "KK_RECORDS";
/** Subject of the records stream. */
export const RECORDS_SUBJECT = "kk.records";
/** The allocator's journal. */
export const JOURNAL_STREAM = "KK_JOURNAL";
/** Subject of the journal. */
export const JOURNAL_SUBJECT = "kk.journal";

/** Registrations: one entry per AOR, `<company>.<extension>`. */
export const BINDINGS_BUCKET = "kk_bindings";
/** Answered calls of each edge, `<edge>.<call>`. */
export const ANSWERED_BUCKET = "kk_answered";
/** Leadership of the allocator. */
export const LEADER_BUCKET = "kk_leader";
