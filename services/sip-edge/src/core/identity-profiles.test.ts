/**
 * The head of the INVITE to a carrier under every profile of a trunk, as text. A changed line shows in
 * the golden file; it is written again with `npx vitest run identity-profiles -u`.
 */
import { describe, expect, it } from "vitest";
import type { E164 } from "../../../lib/telephony/e164.ts";
import type { Destination } from "../../../lib/telephony/leg.ts";
import { introduceOutside, type TrunkProfile } from "./identity.ts";
import { startBranch, stepBranch } from "./leg/branch.ts";
import { serialize } from "./message/serialize.ts";

/** A call to 050-5555-0199, whose own list was busy, goes on to a mobile: its third diversion. */
const DESTINATION: Extract<Destination, { kind: "outside" }> = {
  kind: "outside",
  companyId: "acme" as never,
  trunkId: "t" as never,
  number: "+819012345678" as E164,
  source: "+815055550100" as E164,
  diverting: { number: "+815055550199" as E164, reason: "user-busy", counter: 3 },
};

const IDENTITIES = ["pai", "ppi", "from-only"] as const;
const PRIVACIES = ["none", "absent"] as const;
const DIVERSIONS = ["off", "diversion", "history-info"] as const;
const FORMATS = ["e164", "national"] as const;

/** All 72 of them. */
const PROFILES: readonly TrunkProfile[] = IDENTITIES.flatMap((identity) =>
  PRIVACIES.flatMap((privacy) =>
    DIVERSIONS.flatMap((diversion) =>
      FORMATS.flatMap((format) =>
        [true, false].map((userPhone) => {
          const domain = "carrier.example";
          return { identity, privacy, diversion, format, userPhone, domain };
        }),
      ),
    ),
  ),
);

const nameOf = ({ identity, privacy, diversion, format, userPhone }: TrunkProfile): string =>
  `${identity}, privacy ${privacy}, diversion ${diversion}, ${format}${userPhone ? ", user=phone" : ""}`;

function headOf(profile: TrunkProfile, destination = DESTINATION): string {
  const limits = { expiresS: 20, maxForwards: 69 };
  const { requestUri, headers } = introduceOutside(destination, profile, limits);
  const seed = { sipCallId: "c1", fromTag: "f1", contact: "<sip:192.0.2.1:5060>" };
  const order = { kind: "dial", requestUri, headers, body: "" } as const;
  const { effects } = stepBranch(startBranch(seed), { kind: "ordered", order });
  const sent = effects.flatMap((effect) => (effect.kind === "send" ? [effect.request] : []));
  expect(sent).toHaveLength(1);
  return sent.map(serialize).join("").replaceAll("\r\n", "\n");
}

describe("the INVITE of an outside leg", () => {
  it("R8, A17: is, for each of the 72 profiles of a trunk, the text of the golden file", async () => {
    const heads = PROFILES.map((profile) => `== ${nameOf(profile)}\n${headOf(profile)}`);
    expect(new Set(heads).size).toBe(72);
    await expect(heads.join("")).toMatchFileSnapshot("golden/outside-invite.txt");
  });

  it("R8, A18: names, under each profile, two numbers of the company and the destination alone", () => {
    const written = (number: string, { format }: TrunkProfile): string =>
      format === "e164" ? number : number.replace("+81", "0");
    const named = PROFILES.map((profile) => {
      const numbers = headOf(profile).match(/(?<=sip:)(\+81|0)[0-9]{6,}/g);
      return [nameOf(profile), [...new Set(numbers)].sort()];
    });
    const expected = PROFILES.map((profile) => {
      const { number, source, diverting } = DESTINATION;
      const told = profile.diversion === "off" || diverting === null ? [] : [diverting.number];
      const numbers = [number, source, ...told].map((one) => written(one, profile));
      return [nameOf(profile), numbers.sort()];
    });
    expect(named).toEqual(expected);
  });

  it("tells, under each profile, of no diversion when the leg forwards nothing", () => {
    const heads = PROFILES.map((profile) => headOf(profile, { ...DESTINATION, diverting: null }));
    expect(heads.filter((head) => /^(Diversion|History-Info):/m.test(head))).toEqual([]);
    expect(heads.filter((head) => /^Expires: 20$/m.test(head))).toHaveLength(72);
  });
});
