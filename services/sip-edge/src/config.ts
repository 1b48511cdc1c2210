/** Settings of the sip-edge. */
import {
  choice,
  flag,
  hostPort,
  listOf,
  orNone,
  readConfig,
  setting,
  text,
  wholeNumber,
} from "../../lib/runtime/config.ts";
import { PROCESS_SETTINGS, REGISTRY_SETTINGS } from "../../lib/runtime/process-settings.ts";

/** See the file header. */
export const SETTINGS = {
  ...PROCESS_SETTINGS,
  sipUdp: setting({
    key: "KK_SIP_UDP",
    meaning: "UDP addresses for SIP, comma-separated host:port",
    standard: "127.0.0.1:5060",
    example: "10.0.0.5:5060",
    schema: listOf(hostPort),
  }),
  sipTcp: setting({
    key: "KK_SIP_TCP",
    meaning: "TCP addresses for SIP, comma-separated host:port",
    standard: "127.0.0.1:5060",
    example: "10.0.0.5:5060",
    schema: listOf(hostPort),
  }),
  sipAdvertised: setting({
    key: "KK_SIP_ADVERTISED",
    meaning: "host:port under which peers reach this edge (Via, Contact); empty: the bound address",
    standard: "",
    example: "203.0.113.5:5060",
    schema: orNone(hostPort),
  }),
  callsMax: setting({
    key: "KK_CALLS_MAX",
    meaning: "Calls anchored here at the same time; beyond it an INVITE gets 503",
    unit: "calls",
    standard: "20000",
    example: "5000",
    schema: wholeNumber(1, 200_000),
  }),
  ...REGISTRY_SETTINGS,
  keepAnswered: setting({
    key: "KK_KEEP_ANSWERED",
    meaning:
      "Answered calls outlive a restart of this edge under the same name: true or false; costs two " +
      "JetStream writes a call",
    standard: "true",
    example: "false",
    schema: flag,
  }),
  digestSecret: setting({
    key: "KK_DIGEST_SECRET",
    meaning:
      "Secret behind digest nonces, the same on all edges; empty: made once and shared over NATS",
    standard: "",
    example: "32-random-characters",
    schema: orNone(text),
    secret: true,
  }),
  digestAlgorithms: setting({
    key: "KK_DIGEST_ALGORITHMS",
    meaning:
      "Digest algorithms of challenges, preferred first; MD5 alone, since some telephones " +
      "(baresip 1.0) give up on a second challenge and some read only the first",
    standard: "MD5",
    example: "SHA-256,MD5",
    schema: listOf(choice(["SHA-256", "MD5"])),
  }),
} as const;

/** Reads the settings; all faults at once. */
export const readSettings = () => readConfig(process.env, SETTINGS);
