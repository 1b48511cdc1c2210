/**
 * Door to kakehashi.tenant.v1: the registry's gRPC service and its messages.
 * A route snapshot as a domain value: route-codec.ts.
 */
export * from "./gen/kakehashi/tenant/v1/tenant_service.ts";
