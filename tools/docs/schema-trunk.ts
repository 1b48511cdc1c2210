/** Schema of a trunk in the company file. Owns its descriptions. */
import * as trunk from "../../services/tenant-registry/src/core/read-trunk.ts";
import { TOKEN } from "../../services/tenant-registry/src/core/reading.ts";
import { flag, map, matching, profile, says, someOf, whole } from "./json-schema.ts";

/** Looser than the registry: any port, any parameter. */
const GATEWAY = new RegExp(
  `${trunk.IPV4.source.slice(0, -1)}(:[0-9]{1,5})?(;[A-Za-z]+=[A-Za-z]+)?$`,
);

/** An entry of `trunks`. */
export const TRUNK = map(
  trunk.TRUNK_FIELDS,
  {
    id: says("Name of the trunk.", "トランクの名前（英数字と - _）。", matching(TOKEN)),
    sources: says(
      "IPv4 addresses from which the carrier's calls come.",
      "通信事業者からの着信の送信元 IPv4 アドレス。",
      someOf({ type: "string", pattern: trunk.IPV4.source }, trunk.SOURCES_MAX),
    ),
    gateways: says(
      "Where outbound calls go: 192.0.2.10, 192.0.2.10:5060 or 192.0.2.10:5060;transport=udp (or tcp).",
      "発信先の IPv4 アドレス。ポートと transport は省略できます。",
      someOf({ type: "string", pattern: GATEWAY.source }, trunk.GATEWAYS_MAX),
    ),
    channels: says(
      "Simultaneous outbound calls.",
      "同時に発信できる通話の数。",
      whole(trunk.TRUNK_CHANNELS),
    ),
    identity: profile(
      trunk.PROFILE.identity,
      "Header that carries the source number.",
      "転送元番号を載せるヘッダー（pai = P-Asserted-Identity、ppi = P-Preferred-Identity）。",
    ),
    format: profile(
      trunk.PROFILE.format,
      "How numbers are written on the trunk: +81... or 0...",
      "番号の書式（e164 = +81...、national = 0...）。",
    ),
    privacy: profile(
      trunk.PROFILE.privacy,
      "Privacy header of forwarded calls: `none`, or no header.",
      "転送呼の Privacy ヘッダー（none を付ける、または付けない）。",
    ),
    diversion: profile(
      trunk.PROFILE.diversion,
      "Tells the far end that a call is forwarded.",
      "転送であることを相手に伝えるヘッダー（off = 付けない）。",
    ),
    userPhone: says("Adds user=phone to numbers.", "番号に user=phone を付けます。", flag(true)),
  },
  ["id", "sources", "gateways", "channels"],
);
