/**
 * Settings that every service has: who it is, where NATS is, where it can be looked at.
 * A service spreads them into its own list in config.ts.
 */
import {
  choice,
  hostPort,
  nodeName,
  orNone,
  setting,
  share,
  text,
  url,
  wholeNumber,
} from "./config.ts";

/** Who it is, how it is looked at, how it ends. */
export const GROUND_SETTINGS = {
  nodeId: setting({
    key: "KK_NODE_ID",
    meaning: "Name of this process, unique in the cluster; an edge keeps it over restarts",
    standard: null,
    example: "edge-1",
    schema: nodeName,
  }),
  httpHost: setting({
    key: "KK_HTTP_HOST",
    meaning: "Address on which /metrics, /healthz and /readyz are served",
    standard: "127.0.0.1",
    example: "0.0.0.0",
    schema: text,
  }),
  httpPort: setting({
    key: "KK_HTTP_PORT",
    meaning: "Their port; 0 lets the system choose",
    standard: "0",
    example: "9090",
    schema: wholeNumber(0, 65_535),
  }),
  logLevel: setting({
    key: "KK_LOG_LEVEL",
    meaning: "Least severe lines that are written: debug, info, warn, error",
    standard: "info",
    example: "debug",
    schema: choice(["debug", "info", "warn", "error"]),
  }),
  drainMs: setting({
    key: "KK_DRAIN_MS",
    meaning: "Longest time from SIGTERM to exit",
    unit: "ms",
    standard: "10000",
    example: "30000",
    schema: wholeNumber(0, 600_000),
  }),
} as const;

/** The same, and how a process reaches the cluster. */
export const PROCESS_SETTINGS = {
  ...GROUND_SETTINGS,
  natsUrl: setting({
    key: "KK_NATS_URL",
    meaning: "NATS server",
    standard: "nats://127.0.0.1:4222",
    example: "nats://127.0.0.1:4222",
    schema: url("nats", "tls"),
    secret: true,
  }),
  natsReplicas: setting({
    key: "KK_NATS_REPLICAS",
    meaning: "Copies of each stream and bucket; 3 in production",
    standard: "1",
    example: "3",
    schema: wholeNumber(1, 5),
  }),
  otlpEndpoint: setting({
    key: "OTEL_EXPORTER_OTLP_ENDPOINT",
    meaning:
      "OTLP/HTTP collector for traces; without it the cdr-collector keeps the last calls' traces",
    standard: "",
    example: "http://127.0.0.1:4318",
    schema: orNone(url("http", "https")),
  }),
  traceShare: setting({
    key: "KK_TRACE_SHARE",
    meaning: "Share of calls that are traced, decided where the call starts",
    standard: "1",
    example: "0.1",
    schema: share,
  }),
} as const;

/** Where a service answers gRPC; spread into the list of the services that do. */
export const GRPC_SETTINGS = {
  grpcListen: setting({
    key: "KK_GRPC_LISTEN",
    meaning: "Address of the gRPC API; port 0 lets the system choose",
    standard: "127.0.0.1:0",
    example: "0.0.0.0:7000",
    schema: hostPort,
  }),
} as const;

/** Where the registry is; spread into the list of the services that ask it. */
export const REGISTRY_SETTINGS = {
  registry: setting({
    key: "KK_REGISTRY_ADDRESS",
    meaning: "gRPC address of the tenant-registry",
    standard: null,
    example: "tenant-registry:7000",
    schema: hostPort,
  }),
} as const;

/** Where a service keeps its tables; spread into the list of the services that have some. */
export const databaseSettings = (schema: string) =>
  ({
    databaseUrl: setting({
      key: "KK_DATABASE_URL",
      meaning: `PostgreSQL database; tables are made in its schema ${schema}`,
      standard: null,
      example: "postgres://kakehashi@127.0.0.1:5432/kakehashi",
      schema: url("postgres", "postgresql"),
      secret: true,
    }),
  }) as const;
