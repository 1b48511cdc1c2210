/** Settings of the trunk-allocator. */
import { hostPort, orNone, readConfig, setting } from "../../lib/runtime/config.ts";
import { GRPC_SETTINGS, PROCESS_SETTINGS } from "../../lib/runtime/process-settings.ts";

/** See the file header. */
export const SETTINGS = {
  ...PROCESS_SETTINGS,
  ...GRPC_SETTINGS,
  advertised: setting({
    key: "KK_GRPC_ADVERTISED",
    meaning:
      "host:port under which controllers reach this allocator; empty: the address it listens on",
    standard: "",
    example: "allocator-0.allocator:7000",
    schema: orNone(hostPort),
  }),
} as const;

/** Reads the settings; all faults at once. */
export const readSettings = () => readConfig(process.env, SETTINGS);
