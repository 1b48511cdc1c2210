import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { E164 } from "../../../lib/telephony/e164.ts";
import { DIVERTING_REASONS, type DivertingReason } from "../../../lib/telephony/leg.ts";
import { DIVERSIONS_MAX, divertingHeaders } from "./diverting.ts";
import { receiveInvite } from "./inbound.ts";
import { type HeaderPair, request } from "./message/serialize.ts";

const URIS = { diverting: "sip:+815055550100@c.example", target: "sip:+819012345678@c.example" };
const told = (
  profile: "off" | "diversion" | "history-info",
  reason: DivertingReason,
  counter: number,
): readonly HeaderPair[] =>
  divertingHeaders({ number: "+815055550100" as E164, reason, counter }, profile, URIS);

describe("Diversion (RFC 5806)", () => {
  it.each([
    ["unconditional", "unconditional"],
    ["user-busy", "user-busy"],
    ["no-answer", "no-answer"],
    ["unavailable", "unavailable"],
    ["not-found", "unknown"],
    ["deflection", "deflection"],
  ] as const)("says of %s the word %s", (reason, word) => {
    expect(told("diversion", reason, 2)).toEqual([
      ["Diversion", `<${URIS.diverting}>;reason=${word};counter=2;privacy=off`],
    ]);
  });
});

describe("History-Info (RFC 7044)", () => {
  it.each([
    ["unconditional", 302],
    ["user-busy", 486],
    ["no-answer", 408],
    ["unavailable", 503],
    ["not-found", 404],
    ["deflection", 487],
  ] as const)("says of %s the cause %i of RFC 7544, on the number dialled", (reason, cause) => {
    expect(told("history-info", reason, 1)).toEqual([
      ["History-Info", `<${URIS.diverting}>;index=1`],
      ["History-Info", `<${URIS.target};cause=${cause}>;index=1.1;mp=1`],
    ]);
  });

  it("counts earlier diversions without naming who diverted", () => {
    expect(told("history-info", "no-answer", 3).map(([, entry]) => entry)).toEqual([
      "<sip:unknown@unknown.invalid>;index=1",
      "<sip:unknown@unknown.invalid;cause=404>;index=1.1",
      `<${URIS.diverting};cause=404>;index=1.1.1`,
      `<${URIS.target};cause=408>;index=1.1.1.1;mp=1.1.1`,
    ]);
  });
});

describe("the count of diversions", () => {
  it("is what an edge reads from the call when it comes back, in either header", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("diversion", "history-info"),
        fc.constantFrom(...DIVERTING_REASONS),
        fc.integer({ min: 1, max: DIVERSIONS_MAX }),
        (profile, reason, counter) => {
          const invite = request({
            method: "INVITE",
            uri: "sip:+815055550100@edge",
            headers: [
              ["From", "<sip:+819012345678@c.example>;tag=f"],
              ["Contact", "<sip:c.example>"],
              ...told(profile, reason, counter),
            ],
          });
          const reception = receiveInvite(invite, { kind: "trunk", trunkId: "t" as never }, "");
          expect(reception).toMatchObject({ kind: "offer", offer: { diversions: counter } });
        },
      ),
    );
  });

  it("is told to nobody when the trunk does not want it, or nothing is forwarded", () => {
    expect(told("off", "unconditional", 1)).toEqual([]);
    expect(divertingHeaders(null, "history-info", URIS)).toEqual([]);
  });
});
