/** Settings of the cdr-collector. */
import { readConfig, setting, wholeNumber } from "../../lib/runtime/config.ts";
import {
  databaseSettings,
  GRPC_SETTINGS,
  PROCESS_SETTINGS,
  REGISTRY_SETTINGS,
} from "../../lib/runtime/process-settings.ts";

/** See the file header. */
export const SETTINGS = {
  ...PROCESS_SETTINGS,
  ...GRPC_SETTINGS,
  ...databaseSettings("cdr_collector"),
  ...REGISTRY_SETTINGS,
  tracedCalls: setting({
    key: "KK_TRACED_CALLS",
    meaning: "Calls whose traces are kept in memory, about 5 kB each; the oldest go first",
    unit: "calls",
    standard: "10000",
    example: "1000",
    schema: wholeNumber(0, 1_000_000),
  }),
} as const;

/** The settings of this process, or every fault in them. */
export const readSettings = () => readConfig(process.env, SETTINGS);
