/**
 * Door to kakehashi.call.v1: the gRPC service of the controllers and its messages.
 * The NATS messages of a call have codecs instead: call-codec.ts, branch-codec.ts.
 */
export * from "./gen/kakehashi/call/v1/call_service.ts";
