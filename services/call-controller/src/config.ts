/** Settings of the call-controller. */
import { hostPort, listOf, readConfig, setting, wholeNumber } from "../../lib/runtime/config.ts";
import {
  GRPC_SETTINGS,
  PROCESS_SETTINGS,
  REGISTRY_SETTINGS,
} from "../../lib/runtime/process-settings.ts";

/** See the file header. */
export const SETTINGS = {
  ...PROCESS_SETTINGS,
  ...GRPC_SETTINGS,
  ...REGISTRY_SETTINGS,
  allocators: setting({
    key: "KK_ALLOCATOR_ADDRESSES",
    meaning: "gRPC addresses of all trunk-allocators, leader and standby, comma-separated",
    standard: null,
    example: "allocator-0.allocator:7000,allocator-1.allocator:7000",
    schema: listOf(hostPort),
  }),
  loopCallsMax: setting({
    key: "KK_LOOP_CALLS_MAX",
    meaning:
      "Calls from one caller to one number within 10 s that dial outside numbers; 0: any number of them",
    unit: "calls",
    standard: "10",
    example: "10",
    schema: wholeNumber(0, 100),
  }),
} as const;

/** Reads the settings; all faults at once. */
export const readSettings = () => readConfig(process.env, SETTINGS);
