/**
 * Trunks (carrier-trunk.ts) to and from kakehashi.tenant.v1.Trunk, whole: with sources and gateways.
 * The short form inside a route snapshot is in route-codec.ts.
 */
import type { CarrierTrunk, Gateway } from "../telephony/carrier-trunk.ts";
import { enumTable } from "./enum-table.ts";
import type { WireFault } from "./fault.ts";
import { decoding } from "./fault.ts";
import { count, list, positive, trunkId, within, word } from "./fields.ts";
import * as pb from "./gen/kakehashi/tenant/v1/tenant_service.ts";

/** Sources or gateways of one trunk. */
const LIST_MAX = 1000;

/** How a trunk carries the source number. */
export const IDENTITY_PROFILES = enumTable<CarrierTrunk["identity"], pb.IdentityProfile>()({
  pai: pb.IdentityProfile.PAI,
  ppi: pb.IdentityProfile.PPI,
  "from-only": pb.IdentityProfile.FROM_ONLY,
});

/** How a trunk writes numbers. */
export const NUMBER_FORMATS = enumTable<CarrierTrunk["format"], pb.NumberFormat>()({
  e164: pb.NumberFormat.E164,
  national: pb.NumberFormat.NATIONAL,
});

/** Whether a trunk gets `Privacy: none`. */
export const PRIVACY_PROFILES = enumTable<CarrierTrunk["privacy"], pb.PrivacyProfile>()({
  none: pb.PrivacyProfile.NONE,
  absent: pb.PrivacyProfile.ABSENT,
});

/** How a trunk is told of forwarding. */
export const DIVERSION_PROFILES = enumTable<CarrierTrunk["diversion"], pb.DiversionProfile>()({
  off: pb.DiversionProfile.OFF,
  diversion: pb.DiversionProfile.DIVERSION,
  "history-info": pb.DiversionProfile.HISTORY_INFO,
});

const gatewayFromWire = ({ host, port, transport }: pb.Gateway, path: string): Gateway => ({
  host,
  port: within(port, 1, 65_535, `${path}.port`),
  transport: word(["udp", "tcp"], transport, `${path}.transport`),
});

/** A trunk as its message. */
export const carrierTrunkToWire = ({ userPhone, ...trunk }: CarrierTrunk): pb.Trunk => ({
  ...trunk,
  privacy: PRIVACY_PROFILES.toWire(trunk.privacy),
  diversion: DIVERSION_PROFILES.toWire(trunk.diversion),
  noUserPhone: !userPhone,
  identity: IDENTITY_PROFILES.toWire(trunk.identity),
  format: NUMBER_FORMATS.toWire(trunk.format),
});

/** A trunk from its message. */
export const carrierTrunkFromWire = (wire: pb.Trunk): CarrierTrunk | WireFault =>
  decoding("Trunk", () => ({
    id: trunkId(wire.id, "id"),
    sources: list(wire.sources, "sources", LIST_MAX, (address) => address),
    gateways: list(wire.gateways, "gateways", LIST_MAX, gatewayFromWire),
    channels: positive(wire.channels, "channels"),
    identity: IDENTITY_PROFILES.fromWire(wire.identity, "identity"),
    format: NUMBER_FORMATS.fromWire(wire.format, "format"),
    privacy: PRIVACY_PROFILES.fromWire(wire.privacy, "privacy"),
    diversion: DIVERSION_PROFILES.fromWire(wire.diversion, "diversion"),
    userPhone: !wire.noUserPhone,
    revision: count(wire.revision, "revision"),
  }));
