/** The registrar's rules, one block per step of RFC 3261 10.3, and a model that replays any sequence. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodeId } from "../../../lib/telephony/ids.ts";
import type { SipRequest } from "./message/message.ts";
import { request } from "./message/serialize.ts";
import {
  CONTACTS_MAX,
  type ContactBinding,
  contactValues,
  lifetimeMs,
  type Origin,
  type Registered,
  register,
} from "./registration.ts";

const EDGE = "edge-1" as NodeId;
const UDP: Origin = {
  endpoint: { transport: "udp", host: "192.0.2.7", port: 40_000 },
  edge: EDGE,
  boot: "first",
};
const START = 1_000_000;

interface Sent {
  readonly contacts?: readonly string[];
  readonly expires?: string;
  readonly cseq?: number;
  readonly callId?: string;
}

function sent({ contacts = [], expires, cseq = 1, callId = "c1" }: Sent): SipRequest {
  return request({
    method: "REGISTER",
    uri: "sip:demo",
    headers: [
      ["From", "<sip:1001@demo>;tag=f"],
      ["To", "<sip:1001@demo>"],
      ["Call-ID", callId],
      ["CSeq", `${cseq} REGISTER`],
      ...contacts.map((contact): [string, string] => ["Contact", contact]),
      ...(expires === undefined ? [] : [["Expires", expires] as [string, string]]),
    ],
  });
}

const ask = (
  current: readonly ContactBinding[],
  what: Sent,
  { at = START, origin = UDP, draw = 0 }: { at?: number; origin?: Origin; draw?: number } = {},
): Registered => register(current, { request: sent(what), origin, at, draw });

function granted(registered: Registered): readonly ContactBinding[] {
  if (registered.kind === "refused") throw new Error(`refused: ${registered.refusal}`);
  return registered.bindings;
}

/** Contact values without a change of time. */
const shown = (registered: Registered, at = START): readonly string[] =>
  contactValues(granted(registered), at);

const A = "<sip:1001@192.0.2.7:40000>";
const B = "<sip:1001@198.51.100.9:5060;transport=tcp>";

describe("10.3 step 5: a REGISTER without Contact asks", () => {
  it("answers what is there and writes nothing", () => {
    const bound = granted(ask([], { contacts: [A, B], expires: "600" }));
    const asked = ask(bound, { cseq: 2 }, { at: START + 60_000 });
    expect(asked).toMatchObject({ kind: "registered", isWriteNeeded: false });
    expect(shown(asked, START + 60_000)).toEqual([`${B};expires=540`, `${A};expires=540`]);
  });

  it("answers an empty list when nothing is there", () => {
    expect(ask([], {})).toEqual({ kind: "registered", bindings: [], isWriteNeeded: false });
  });
});

describe("10.3 step 6: the star", () => {
  const bound = granted(ask([], { contacts: [A, B], cseq: 7 }));

  it("with Expires 0 and a newer CSeq removes everything", () => {
    expect(ask(bound, { contacts: ["*"], expires: "0", cseq: 8 })).toEqual({
      kind: "registered",
      bindings: [],
      isWriteNeeded: true,
    });
  });

  it("of another Call-ID removes everything whatever its CSeq", () => {
    const star = { contacts: ["*"], expires: "0", cseq: 1, callId: "c2" };
    expect(granted(ask(bound, star))).toEqual([]);
  });

  it.each([
    ["a CSeq that was used", { contacts: ["*"], expires: "0", cseq: 7 }, "out-of-order"],
    ["Expires other than 0", { contacts: ["*"], expires: "60", cseq: 8 }, "bad-contact"],
    ["no Expires", { contacts: ["*"], cseq: 8 }, "bad-contact"],
    ["a contact beside it", { contacts: ["*", A], expires: "0", cseq: 8 }, "bad-contact"],
  ])("with %s is refused", (_, what, refusal) => {
    expect(ask(bound, what)).toEqual({ kind: "refused", refusal });
  });

  it("on an AOR without bindings writes nothing", () => {
    const star = { contacts: ["*"], expires: "0" };
    expect(ask([], star)).toMatchObject({ kind: "registered", isWriteNeeded: false });
  });
});

describe("10.3 step 7: expiry", () => {
  it.each<[name: string, contact: string, expires: string | undefined, seconds: number]>([
    ["the Contact parameter wins", `${A};expires=120`, "600", 120],
    ["the Expires header is next", A, "600", 600],
    ["without both an hour is granted", A, undefined, 3600],
    ["more than an hour is cut", A, "86400", 3600],
    ["what is no number counts as an hour, 10.2.1.1", `${A};expires=soon`, undefined, 3600],
    ["the least is granted", A, "60", 60],
  ])("%s", (_, contact, expires, seconds) => {
    const what = expires === undefined ? { contacts: [contact] } : { contacts: [contact], expires };
    expect(shown(ask([], what))).toEqual([`${A};expires=${seconds}`]);
  });

  it("between 1 and 59 seconds is too brief", () => {
    for (const expires of ["1", "59"]) {
      const refused = { kind: "refused", refusal: "interval-too-brief" };
      expect(ask([], { contacts: [A], expires })).toEqual(refused);
    }
  });

  it("is spread by up to a tenth, and never below the least", () => {
    const most = { draw: 0.999_999 };
    expect(shown(ask([], { contacts: [A] }, most))).toEqual([`${A};expires=3241`]);
    expect(shown(ask([], { contacts: [A], expires: "60" }, most))).toEqual([`${A};expires=60`]);
  });

  it("0 removes that contact only, and is no change when it is not there", () => {
    const bound = granted(ask([], { contacts: [A, B] }));
    const gone = ask(bound, { contacts: [`${A};expires=0`], cseq: 2 });
    expect(shown(gone)).toEqual([`${B};expires=3600`]);
    const none = ask([], { contacts: [A], expires: "0" });
    expect(none).toMatchObject({ kind: "registered", isWriteNeeded: false });
  });

  it("lifetimeMs is that of the last binding to end", () => {
    const bound = granted(ask([], { contacts: [`${A};expires=60`, `${B};expires=90`] }));
    expect(lifetimeMs(bound, START)).toBe(90_000);
    expect(lifetimeMs([], START)).toBe(0);
  });
});

describe("10.3 step 7: order of requests", () => {
  const bound = granted(ask([], { contacts: [A], expires: "600", cseq: 5 }));

  it.each([
    ["lower CSeq, same Call-ID", { contacts: [A], expires: "600", cseq: 4 }],
    ["lower CSeq that would remove", { contacts: [A], expires: "0", cseq: 4 }],
    ["equal CSeq that asks for something else", { contacts: [A], expires: "0", cseq: 5 }],
  ])("%s is refused", (_, what) => {
    expect(ask(bound, what)).toEqual({ kind: "refused", refusal: "out-of-order" });
  });

  it("a refused contact leaves the others as they were", () => {
    const refused = ask(bound, { contacts: [B, A], expires: "600", cseq: 4 });
    expect(refused).toEqual({ kind: "refused", refusal: "out-of-order" });
  });

  it("an equal CSeq that asks for the same is the same request again", () => {
    const again = ask(bound, { contacts: [A], expires: "600", cseq: 5 });
    expect(again).toEqual({ kind: "registered", bindings: bound, isWriteNeeded: false });
  });

  it("another Call-ID replaces whatever its CSeq: the telephone was started anew", () => {
    const anew = ask(bound, { contacts: [A], expires: "600", cseq: 1, callId: "c2" });
    expect(granted(anew)).toMatchObject([{ sipCallId: "c2", cseq: 1 }]);
    expect(anew).toMatchObject({ isWriteNeeded: true });
  });
});

describe("contacts", () => {
  it.each([
    ["a mail address", "<mailto:a@demo>"],
    ["a telephone number, which leads nowhere", "<tel:+815012345678>"],
    ["a broken URI", "<sip:1001@>"],
    ["a q above 1", `${A};q=1.1`],
    ["a q of four decimals", `${A};q=0.1234`],
    ["an open quote", '"1001 <sip:1001@192.0.2.7>'],
  ])("%s is a bad contact", (_, contact) => {
    expect(ask([], { contacts: [contact] })).toEqual({ kind: "refused", refusal: "bad-contact" });
  });

  it("q is kept as it came", () => {
    expect(shown(ask([], { contacts: [`${A};q=0.5`] }))).toEqual([`${A};q=0.5;expires=3600`]);
  });

  it.each([
    ["case of host and scheme", "<SIP:1001@192.0.2.7:40000>", true],
    ["a parameter that only one has", "<sip:1001@192.0.2.7:40000;ob>", true],
    ["case of the user", "<sip:X@192.0.2.7:40000>", false],
    ["transport that only one has", "<sip:1001@192.0.2.7:40000;transport=udp>", false],
    ["the default port written out", "<sip:1001@192.0.2.7>", false],
  ])("19.1.4: %s: the same binding is %s %s", (_, other, isSame) => {
    const bound = granted(ask([], { contacts: [A] }));
    const both = granted(ask(bound, { contacts: [other], cseq: 2 }));
    expect(both).toHaveLength(isSame ? 1 : 2);
  });

  it("19.1.4: a parameter of both must be equal", () => {
    const bound = granted(ask([], { contacts: ["<sip:1@192.0.2.7;rinstance=a>"] }));
    const both = granted(ask(bound, { contacts: ["<sip:1@192.0.2.7;rinstance=b>"], cseq: 2 }));
    expect(both).toHaveLength(2);
  });

  const many = (count: number, from = 0): readonly string[] =>
    Array.from({ length: count }, (_, i) => `<sip:1001@192.0.2.7:${40_000 + from + i}>`);

  it("ten are kept, the eleventh is refused, a refresh of one of the ten is not", () => {
    const ten = granted(ask([], { contacts: many(CONTACTS_MAX) }));
    expect(ten).toHaveLength(CONTACTS_MAX);
    const eleventh = ask(ten, { contacts: many(1, CONTACTS_MAX), cseq: 2 });
    expect(eleventh).toEqual({ kind: "refused", refusal: "too-many-contacts" });
    expect(granted(ask(ten, { contacts: many(1), cseq: 2 }))).toHaveLength(CONTACTS_MAX);
  });

  it("the eleventh is taken when the same request removes one", () => {
    const ten = granted(ask([], { contacts: many(CONTACTS_MAX) }));
    const [old = ""] = many(1);
    const swapped = ask(ten, { contacts: [...many(1, 10), `${old};expires=0`], cseq: 2 });
    expect(granted(swapped)).toHaveLength(CONTACTS_MAX);
  });

  it("the most recent stands first", () => {
    const bound = granted(ask([], { contacts: [A], callId: "a" }));
    const later = { at: START + 1000 };
    const both = granted(ask(bound, { contacts: [B], callId: "b" }, later));
    expect(both.map(({ sipCallId }) => sipCallId)).toEqual(["b", "a"]);
  });
});

describe("a refresh that changes nothing is written once per half of its time", () => {
  const bound = granted(ask([], { contacts: [A], expires: "600" }));
  const refresh = { contacts: [A], expires: "600", cseq: 2 };

  it("in the first half nothing is written and the answer tells the time that is left", () => {
    const at = START + 299_000;
    const again = ask(bound, refresh, { at });
    expect(again).toEqual({ kind: "registered", bindings: bound, isWriteNeeded: false });
    expect(shown(again, at)).toEqual([`${A};expires=301`]);
  });

  it("in the second half it is written and gets the whole time anew", () => {
    const at = START + 300_000;
    const again = ask(bound, refresh, { at });
    expect(again).toMatchObject({ isWriteNeeded: true });
    expect(shown(again, at)).toEqual([`${A};expires=600`]);
  });

  it.each<[string, Partial<Sent>, Partial<Origin>]>([
    ["another time asked for", { expires: "900" }, {}],
    ["another q", { contacts: [`${A};q=0.1`] }, {}],
    ["another Call-ID", { callId: "c2" }, {}],
    ["another source port (NAT)", {}, { endpoint: { ...UDP.endpoint, port: 40_001 } }],
    ["another edge", {}, { edge: "edge-2" as NodeId }],
    ["another life of the edge", {}, { boot: "second" }],
    ["another flow", {}, { endpoint: { ...UDP.endpoint, transport: "tcp", flow: "9" } }],
  ])("%s is written at once", (_, what, origin) => {
    const again = ask(bound, { ...refresh, ...what }, { origin: { ...UDP, ...origin } });
    expect(again).toMatchObject({ isWriteNeeded: true });
    expect(granted(again)).toMatchObject([origin]);
  });
});

/** The same rules told another way: one telephone's contact as a row of a table. */
interface Row {
  readonly callId: string;
  readonly cseq: number;
  readonly seconds: number;
}

describe("any sequence of REGISTERs", () => {
  it("leaves the contacts that a plain table would hold", () => {
    const step = fc.record({
      contact: fc.constantFrom("1", "2", "3"),
      callId: fc.constantFrom("x", "y"),
      cseq: fc.integer({ min: 1, max: 9 }),
      seconds: fc.constantFrom(0, 30, 60, 3600),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const table = new Map<string, Row>();
        let bindings: readonly ContactBinding[] = [];
        for (const { contact, callId, cseq, seconds } of steps) {
          const what = { contacts: [`<sip:${contact}@h>`], expires: `${seconds}`, cseq, callId };
          // Always past half of the time: every refresh is written.
          const past = bindings.map((one) => ({ ...one, registeredAt: one.registeredAt - 1e9 }));
          const verdict = ask(past, what);
          if (verdict.kind === "registered") bindings = verdict.bindings;
          const row = table.get(contact);
          const isOld =
            row?.callId === callId &&
            (cseq < row.cseq || (cseq === row.cseq && seconds !== row.seconds));
          expect(verdict.kind).toBe(seconds === 30 || isOld ? "refused" : "registered");
          if (verdict.kind === "refused") continue;
          if (seconds === 0) table.delete(contact);
          else table.set(contact, { callId, cseq, seconds });
        }
        const left = bindings.map(({ contactUri, sipCallId, cseq, askedS }) => [
          contactUri,
          { callId: sipCallId, cseq, seconds: askedS },
        ]);
        const expected = [...table].map(([contact, row]) => [`sip:${contact}@h`, row]);
        expect(left.sort()).toEqual(expected.sort());
      }),
    );
  });
});
