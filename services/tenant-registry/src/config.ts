/**
 * Settings of the tenant registry.
 */
import { readConfig, setting, url } from "../../lib/runtime/config.ts";
import { GRPC_SETTINGS, PROCESS_SETTINGS } from "../../lib/runtime/process-settings.ts";

const { nodeId, httpHost, httpPort, logLevel, drainMs } = PROCESS_SETTINGS;

/** See the file header. */
export const SETTINGS = {
  nodeId,
  httpHost,
  httpPort,
  logLevel,
  drainMs,
  ...GRPC_SETTINGS,
  databaseUrl: setting({
    key: "KK_DATABASE_URL",
    meaning: "PostgreSQL database; tables are made in its schema tenant_registry",
    standard: null,
    example: "postgres://registry@127.0.0.1:5432/kakehashi",
    schema: url("postgres", "postgresql"),
    secret: true,
  }),
} as const;

/** The settings of this process, or every fault in them. */
export const config = () => readConfig(process.env, SETTINGS);
