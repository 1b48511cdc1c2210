/** Door to kakehashi.trunk.v1: the allocator's gRPC service and its messages. */
export * from "./gen/kakehashi/trunk/v1/allocator_service.ts";
