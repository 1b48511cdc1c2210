import { describe, expect, it } from "vitest";
import type { Schedule } from "../../../lib/telephony/business-hours.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import type { Offer } from "../../../lib/telephony/leg.ts";
import type { OwnNumber, RouteSnapshot } from "../../../lib/telephony/route-snapshot.ts";
import type { CivilDate } from "../../../lib/telephony/tokyo-time.ts";
import { group, NOON, number, offer, REP, SALES, toGroup } from "../../test/sample-company.ts";
import { admit } from "./admission.ts";

const FRIEND = "+81312345678";
const STRANGER = "+81399999999";
const list = group("ring-all", ["201"]);

/** Thursdays 9 to 18. */
const office: Schedule = {
  id: "office",
  open: [{ weekdays: [4], fromMinute: 9 * 60, untilMinute: 18 * 60 }],
  openOnHolidays: false,
  closedDates: [],
};

const toNumber = (entry: Partial<OwnNumber>, more: Partial<RouteSnapshot> = {}): RouteSnapshot =>
  toGroup(REP, list, { entry: { ...number(REP, "representative"), ...entry }, ...more });

const callers = (more: Partial<OwnNumber["callers"]>): Partial<OwnNumber> => ({
  callers: { deny: [], allow: [], refuseAnonymous: false, ...more },
});

const deny = callers({ deny: [STRANGER as typeof REP] });
const allow = callers({ allow: [FRIEND as typeof REP] });
const noAnonymous = callers({ refuseAnonymous: true });

const withheld = (caller: string): Offer =>
  offer(REP, "+81300000000", { caller: { number: caller, display: "", withheld: true } });

/** `admitted`, or status and rule. */
function judged(snapshot: RouteSnapshot, from: Offer, at: Instant = NOON): string {
  const admission = admit(snapshot, from, at);
  if (admission.kind === "admitted") return admission.outOfHours === null ? "admitted" : "night";
  return `${admission.refusal.status} ${admission.refusal.rule ?? ""}`;
}

describe("callers of a number", () => {
  it.each([
    ["a denied caller", deny, offer(REP, STRANGER), "603 deny"],
    ["a denied caller who withholds the number", deny, withheld(STRANGER), "603 deny"],
    ["a caller who is not denied", deny, offer(REP, FRIEND), "admitted"],
    ["a caller on the allow list", allow, offer(REP, FRIEND), "admitted"],
    ["a caller who is not on it", allow, offer(REP, STRANGER), "603 allow"],
    ["a caller on it who withholds the number", allow, withheld(FRIEND), "603 allow"],
    ["an anonymous caller where they are refused", noAnonymous, withheld(""), "433 anonymous"],
    ["an anonymous caller where nothing is said", {}, withheld(""), "admitted"],
    [
      "a caller whose number is merely unknown, where anonymous ones are refused",
      noAnonymous,
      offer(REP, FRIEND, { caller: { number: "", display: "", withheld: false } }),
      "admitted",
    ],
    [
      "an anonymous caller where they are refused and there is an allow list",
      callers({ refuseAnonymous: true, allow: [FRIEND as typeof REP] }),
      withheld(FRIEND),
      "433 anonymous",
    ],
    [
      "who is denied and allowed",
      callers({ deny: [FRIEND as typeof REP], allow: [FRIEND as typeof REP] }),
      offer(REP, FRIEND),
      "603 deny",
    ],
  ])("%s", (_who, entry, from, outcome) => {
    expect(judged(toNumber(entry), from)).toBe(outcome);
  });

  it("lists do not concern colleagues who dial the number", () => {
    const entry = callers({ deny: ["101" as typeof REP], allow: [FRIEND as typeof REP] });
    expect(judged(toNumber(entry), offer(REP, "101"))).toBe("admitted");
  });
});

describe("emergency services that call back (RFC 7090)", () => {
  const shut: Partial<RouteSnapshot> = { schedule: { ...office, open: [] } };
  const night: OwnNumber["outOfHours"] = { kind: "group", groupId: SALES };
  const callback = (from: Offer): Offer => ({ ...from, priority: "psap-callback" });

  it.each([
    ["on the deny list", deny, callback(offer(REP, STRANGER))],
    ["missing on the allow list", allow, callback(offer(REP, STRANGER))],
    ["anonymous where that is refused", noAnonymous, callback(withheld(""))],
    ["calling out of hours", {}, callback(offer(REP))],
    ["calling when another group would ring", { outOfHours: night }, callback(offer(REP))],
  ])("4.5: are admitted to the usual list: %s", (_who, entry, from) => {
    expect(judged(toNumber(entry, shut), from)).toBe("admitted");
  });
});

describe("business hours of a number", () => {
  const hours: Partial<RouteSnapshot> = { schedule: office };
  const night: Partial<OwnNumber> = { outOfHours: { kind: "group", groupId: SALES } };
  const [open, closed] = [NOON, NOON + 6 * 3_600_000];

  it.each([
    ["open", {}, open, "admitted"],
    ["closed, nothing planned", {}, closed, "480 hours"],
    ["closed, another group planned", night, closed, "night"],
  ])("%s", (_when, entry, at, outcome) => {
    expect(judged(toNumber(entry, hours), offer(REP), at)).toBe(outcome);
  });

  it("a national holiday is closed, unless the schedule says otherwise", () => {
    const holidays = ["2026-10-01" as CivilDate];
    expect(judged(toNumber({}, { ...hours, holidays }), offer(REP))).toBe("480 hours");
    const schedule = { ...office, openOnHolidays: true };
    expect(judged(toNumber({}, { schedule, holidays }), offer(REP))).toBe("admitted");
  });

  it("hours hold for a colleague who dials the number, not for one who dials the extension", () => {
    expect(judged(toNumber({}, hours), offer(REP, "101"), closed)).toBe("480 hours");
    const byExtension = toGroup(null, list, hours);
    expect(judged(byExtension, offer("600", "101"), closed)).toBe("admitted");
    expect(admit(byExtension, offer("600", "101"), closed).hours).toBeNull();
  });

  it("a denied caller is denied also while it is closed", () => {
    expect(judged(toNumber({ ...deny, ...night }, hours), offer(REP, STRANGER), closed)).toBe(
      "603 deny",
    );
  });
});
