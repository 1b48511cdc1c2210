/** Settings of the tenant-registry; it needs no NATS. */
import { readConfig } from "../../lib/runtime/config.ts";
import {
  databaseSettings,
  GROUND_SETTINGS,
  GRPC_SETTINGS,
} from "../../lib/runtime/process-settings.ts";

/** See the file header. */
export const SETTINGS = {
  ...GROUND_SETTINGS,
  ...GRPC_SETTINGS,
  ...databaseSettings("tenant_registry"),
} as const;

/** The settings of this process, or every fault in them. */
export const readSettings = () => readConfig(process.env, SETTINGS);
