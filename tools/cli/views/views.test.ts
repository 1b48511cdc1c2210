import { describe, expect, it } from "vitest";
import { dateOf } from "../../../services/lib/telephony/tokyo-time.ts";
import { isWireFault } from "../../../services/lib/wire/fault.ts";
import { recordFromWire } from "../../../services/lib/wire/record-codec.ts";
import { widthOf } from "../columns.ts";
import { companyValue, trunkValue } from "../company-document.ts";
import { csvText } from "../machine-text.ts";
import {
  DEMO_CALLS,
  DEMO_CHARGES,
  DEMO_COMPANY,
  DEMO_LEASES,
  DEMO_PLAN,
  DEMO_QUOTES,
  DEMO_RECORD,
  DEMO_ROUTE,
  DEMO_SPANS,
  DEMO_TRACE_ID,
  DEMO_TRUNK,
  NOW,
  span,
} from "../test/canned.ts";
import { callsLines, silenceWarning } from "./calls-view.ts";
import { channelsLines } from "./channels-view.ts";
import { companyLines, companyList } from "./company-view.ts";
import { numberLines, routedNumber } from "./number-view.ts";
import { planLines } from "./plan-view.ts";
import type { Prices } from "./price-text.ts";
import { callRows, legRows } from "./record-rows.ts";
import { recordLines, recordList, undecodableList } from "./record-view.ts";
import { trunkList } from "./trunk-view.ts";
import { waterfall } from "./waterfall.ts";

const page = (lines: readonly string[]): string => `\n${lines.join("\n")}\n`;

const readable = <T extends object>(value: T): Exclude<T, { readonly kind: "wire-fault" }> => {
  if (isWireFault(value)) throw new Error(JSON.stringify(value));
  return value as Exclude<T, { readonly kind: "wire-fault" }>;
};
const company = { company: readable(companyValue(DEMO_COMPANY)), revision: 12 };
const today = dateOf(NOW);
const record = readable(recordFromWire(DEMO_RECORD));

describe("what is stored", () => {
  it("companies, one a line, aligned around Japanese names", () => {
    const other = { ...company, company: { ...company.company, id: "acme", name: "Acme" } };
    expect(page(companyList([company, other], today))).toMatchInlineSnapshot(`
      "
      ID    NAME          DOMAIN            NUMBERS  TERMINALS  GROUPS  USERS  FORWARDING                  CHANNELS  REVISION
      demo  株式会社デモ  demo.example.com        2          2       1      1  terminals, representatives         4        12
      acme  Acme          demo.example.com        2          2       1      1  terminals, representatives         4        12
      "
    `);
    expect(companyList([], today)).toEqual(["no companies: kakehashi apply -f FILE adds one"]);
  });

  it("a company", () => {
    expect(page(companyLines(company, today))).toMatchInlineSnapshot(`
      "
      company         demo
      name            株式会社デモ
      domain          demo.example.com
      forwarding      terminals, representatives
      extra channels  4
      revision        12

      contract
        FROM        UNTIL       STATE     FORWARDING                  CHANNELS  PER NUMBER  ABROAD  PRICE PLAN  ADD-ONS
        2026-04-01  2026-10-01  past      terminals, representatives         2           2  no      standard
        2026-10-01  2027-04-01  in force  terminals, representatives         4           3  no      standard    05012345678 +1
        2027-04-01  open end    future    representatives                    4           3  no      rep-only

      schedules
        ID      NAME      OPEN                                  HOLIDAYS  CLOSED ON
        office  営業時間  mon-fri 09:00-18:00, sat 10:00-24:00  closed    2026-12-29, 2026-12-30

      numbers
        NUMBER       KIND            TRUNK      RINGS          SCHEDULE  OUT OF HOURS        CALLERS
        05012345678  representative  carrier-a  group sales    office    group night         not 0312345678; no anonymous
        05012340001  standard        carrier-a  terminal 1001  office    09012345678 (30 s)

      terminals
        EXTENSION  NAME       NUMBER       HOME REPRESENTATIVE  RINGS  RELAY
        1001       山田       05012340001                       20 s   itself, then 09012345678 (25 s)
        1002       Reception               05012345678          20 s

      groups
        ID     NAME  EXTENSION  REPRESENTATIVE  MODE      IN ALL  MEMBERS' RELAYS  TARGETS
        sales  営業  2000       05012345678     ring-all  60 s    no               1001 (20 s), 09012345678 (20 s)

      users
        ID      NAME       EXTENSIONS
        yamada  山田 太郎  1001
      "
    `);
  });

  it("trunks", () => {
    const trunk = { trunk: readable(trunkValue(DEMO_TRUNK)), revision: 3 };
    expect(page(trunkList([trunk]))).toMatchInlineSnapshot(`
      "
      ID         CHANNELS  SOURCES     GATEWAYS                       IDENTITY  PRIVACY  DIVERSION     USER=PHONE  FORMAT  REVISION
      carrier-a        30  192.0.2.10  192.0.2.10:5060;transport=udp  pai       none     history-info  no          e164           3
      "
    `);
  });

  it("a number, and the next thing to ask about it", () => {
    expect(page(numberLines(readable(routedNumber(DEMO_ROUTE))))).toMatchInlineSnapshot(`
      "
      number        05012345678
      company       demo
      kind          representative
      trunk         carrier-a
      rings         group sales
      mode          ring-all
      targets       1001 (20 s), 09012345678 (20 s)
      open          office: mon-fri 09:00-18:00, sat 10:00-24:00
      out of hours  group night
      callers       not 0312345678; no anonymous
      revision      12

      what a call to it would do: kakehashi plan 05012345678 --from 09012345678
      "
    `);
  });
});

describe("what happens now", () => {
  it("live calls as trees, with who holds a channel", () => {
    expect(page(callsLines(DEMO_CALLS, NOW))).toMatchInlineSnapshot(`
      "
      2 calls at 2026-10-31 23:59:50 +09:00

      01KDEMO1  0312345678 -> 05012345678  ringing for 4.2 s  (demo, ring-all, edge-1 / controller-2, epoch 2)
      ├─ b1   ended       1001
      ├─ b2   ringing     09012345678  as 05012345678, holds a channel
      └─ b10  hanging-up  1003

      01KDEMO2  anonymous -> 1002  talking for 3 min 10 s  (edge-1 / controller-1)
      "
    `);
    expect(silenceWarning(DEMO_CALLS)).toBe(
      "calls of controller-3 are missing: no answer within 0.5 s",
    );
    expect(callsLines({ calls: [], silentControllers: [] }, NOW)).toEqual([
      "no calls at 2026-10-31 23:59:50 +09:00",
    ]);
  });

  it("a caller whose number tries to move the cursor is shown harmless", () => {
    const [call] = DEMO_CALLS.calls;
    if (call === undefined) throw new Error("there is a call");
    const evil = { calls: [{ ...call, caller: "\u001b[2J\n" }], silentControllers: [] };
    const shown = callsLines(evil, NOW).join("|");
    expect(shown).toContain("\ufffd[2J\ufffd -> 05012345678");
    expect(shown).not.toContain("\u001b");
  });

  it("channels: limits first, then leases", () => {
    expect(page(channelsLines(DEMO_LEASES, NOW))).toMatchInlineSnapshot(`
      "
      SCOPE            HELD  LIMIT  FREE
      company:demo        1      4     3
      trunk:carrier-a     1     30    29

      CALL      LEG  SCOPES                         SINCE                           EXPIRES IN  EPOCH
      01KDEMO1  b2   company:demo, trunk:carrier-a  2026-10-31 23:59:45.800 +09:00        56 s      2

      told by 127.0.0.1:7021, which leads
      "
    `);
    expect(
      page(channelsLines({ scopes: [], leases: [], leader: "a:1" }, NOW)),
    ).toMatchInlineSnapshot(`
        "
        no channel was asked for yet

        no channel is held

        told by a:1, which leads
        "
      `);
  });
});

describe("what would happen", () => {
  const [mobile, onNet] = DEMO_QUOTES.quotes;
  if (mobile === undefined || onNet === undefined) throw new Error("there are two quotes");
  const PRICES: Prices = {
    kind: "priced",
    quotes: new Map([
      [2, mobile],
      [3, onNet],
    ]),
  };

  it("a relay plan: order, times, shown number and its rule, skips in words", () => {
    expect(page(planLines(DEMO_PLAN, "+81312345678", PRICES))).toMatchInlineSnapshot(`
      "
      called      05012345678
      caller      0312345678
      company     demo
      moment      2026-10-31 23:59:50 +09:00
      hours       open
      mode        relay: one after the other
      rings for   about 65 s when every target rings out
      channels    1 at a time
      price plan  standard
      revision    12

      #  WHO                  STARTS  RINGS  SHOWS        RULE  TRUNK      CHANNELS  COSTS          SKIPPED
      1  extension 1001          0 s   20 s                                          free
      2  outside 09012345678    20 s   25 s  05012345678  D1    carrier-a         1  16 yen / 60 s
      3  outside 05055550100    45 s   20 s  05012345678  D1    carrier-a         1  on-net free
      4  outside 0312345678                                                                         R19

      source numbers
        D1  the representative number that was called

      skipped because
        R19  a representative or IVR number has two outside destinations included; more need destination add-ons
      "
    `);
  });

  it("without prices no column of them; a target without a rate says why", () => {
    const unpriced = planLines(DEMO_PLAN, "", { kind: "unpriced", reason: "away" });
    expect(unpriced.join("\n")).not.toContain("COSTS");
    const quotes = new Map([[2, { rate: undefined, deckVersion: 0, unrated: "no deck" }]]);
    const lines = planLines(DEMO_PLAN, "", { kind: "priced", quotes });
    expect(lines.find((line) => line.startsWith("2  "))).toMatch(/ no rate: no deck$/);
    expect(lines.find((line) => line.startsWith("3  "))).toMatch(/ no rate$/);
  });

  it("a refusal, with its rule in words and the hours of that moment", () => {
    const refused = {
      ...DEMO_PLAN,
      targets: [],
      companyId: "",
      refusal: "Decline",
      refusalStatus: 603,
      refusalRule: "deny",
      hours: "closed",
    };
    expect(page(planLines(refused, "", PRICES))).toMatchInlineSnapshot(`
      "
      called   05012345678
      caller   withheld
      moment   2026-10-31 23:59:50 +09:00
      hours    closed
      refused  603 Decline
      because  deny (the caller is on the number's deny list)
      "
    `);
  });
});

describe("what happened", () => {
  it("records, one a line", () => {
    expect(page(recordList([record]))).toMatchInlineSnapshot(`
      "
      CALL      STARTED                         COMPANY  CALLER    CALLED       MODE   OUTCOME   LASTED  BILLABLE  LEGS
      01KDEMO3  2026-10-31 23:59:50.000 +09:00  demo     withheld  05012345678  relay  answered  66.5 s    61.2 s     5
      "
    `);
  });

  it("one call with its legs as a tree", () => {
    expect(page(recordLines(record, DEMO_CHARGES))).toMatchInlineSnapshot(`
      "
      call        01KDEMO3
      outcome     answered, ended by callee
      cause       SIP 200, Q.850 16
      company     demo
      caller      withheld, trunk carrier-a
      called      05012345678, relay, external call
      started     2026-10-31 23:59:50.000 +09:00
      rang        +0.120 s
      answered    +5.300 s
      ended       +66.500 s (2026-11-01 00:00:56.500 +09:00)
      lasted      66.5 s
      billable    61.2 s
      costs       28 yen
      price plan  standard
      ran on      edge-1 / controller-2, epoch 2
      revision    12
      trace       4bf92f3577b34da6a3ce929d0e0e4736

      LEG    WHO                   INVITED      RANG  ANSWERED      ENDED  CAUSE                           TALK  BILLABLE  SHOWED                        CHANNEL  SKIPPED
      b1     extension 1001       +0.015 s                       +0.048 s  busy (SIP 486, Q.850 17)
      b2     extension 1002                                                refused                                                                                relay-only
      ├─ b3  outside 09012345678  +0.052 s  +0.900 s  +5.300 s  +66.500 s  answered (SIP 200, Q.850 16)  61.2 s  yes       05012345678 (D5, carrier-a)  66.448 s
      └─ b4  outside 0312340000                                            no-channel                                                                             no-channel company:demo
      b5     extension 1005                                                not-tried

      skipped because
        no-channel company:demo  all channels of company:demo are taken
        relay-only               its telephone stays silent, only its relay rings

      charges
        LEG  ENTRY  YEN  UNITS  DECK  REASON    BOOKED                      INVOICE
        b3       1   32      2     3  rated     2026-11-01 00:01:00 +09:00  2026-11
        b3       2   -4      2     4  re-rated  2026-11-05 15:06:30 +09:00  2026-12
      "
    `);
  });

  it("a billable call without a charge tells where to look; a refused one by what rule", () => {
    expect(recordLines(record, [])).toContain(
      "costs       not charged yet: kakehashi rates unrated tells why",
    );
    const refused = { ...record, legs: [], billableMs: 0, refusedBy: "anonymous" };
    expect(recordLines(refused, [])).toContain(
      "refused by  anonymous (the number takes no calls without a caller's number)",
    );
  });

  it("CSV: one row a call, or one row a leg, each under its head", () => {
    expect(csvText(callRows([record]))).toMatchInlineSnapshot(`
      "call_id,company_id,started_at,ringing_at,answered_at,ended_at,duration_ms,billable_ms,disposition,ended_by,fault,sip_status,q850_cause,trigger,mode,trunk_id,caller_extension,caller_number,caller_withheld,called_number,legs,revision,trace_id,price_plan,refused_by
      01KDEMO3,demo,2026-10-31T14:59:50.000Z,2026-10-31T14:59:50.120Z,2026-10-31T14:59:55.300Z,2026-10-31T15:00:56.500Z,66500,61200,answered,callee,none,200,16,external,relay,carrier-a,,+81312345678,true,+815012345678,5,12,4bf92f3577b34da6a3ce929d0e0e4736,standard,
      "
    `);
    expect(csvText(legRows([record]))).toMatchInlineSnapshot(`
      "call_id,company_id,leg,parent_leg,seq,member_kind,destination,source_number,source_class,source_rule,trunk_id,invited_at,ringing_at,answered_at,ended_at,talk_ms,end_cause,sip_status,q850_cause,channel_held_ms,billable,skipped,destination_class,on_net
      01KDEMO3,demo,b1,,1,extension,1001,,,,,2026-10-31T14:59:50.015Z,,,2026-10-31T14:59:50.048Z,0,busy,486,17,0,false,,,false
      01KDEMO3,demo,b2,,2,extension,1002,,,,,,,,2026-10-31T14:59:50.048Z,0,refused,0,0,0,false,relay-only,,false
      01KDEMO3,demo,b3,b2,3,outside,+819012345678,+815012345678,representative,D5,carrier-a,2026-10-31T14:59:50.052Z,2026-10-31T14:59:50.900Z,2026-10-31T14:59:55.300Z,2026-10-31T15:00:56.500Z,61200,answered,200,16,66448,true,,mobile,false
      01KDEMO3,demo,b4,b2,4,outside,+81312340000,+815012345678,representative,D5,carrier-a,,,,2026-10-31T15:00:56.500Z,0,no-channel,0,0,0,false,no-channel company:demo,landline,false
      01KDEMO3,demo,b5,,5,extension,1005,,,,,,,,2026-10-31T15:00:56.500Z,0,not-tried,0,0,0,false,,,false
      "
    `);
    expect(csvText(callRows([]))).toMatch(/^call_id,.*refused_by\r\n$/);
  });

  it("messages that were no records", () => {
    const message = {
      streamSequence: 7,
      receivedAtMs: NOW,
      subject: "kk.records",
      fault: "call_id: not a CallId",
      data: Buffer.from([0xde, 0xad]),
    };
    expect(page(undecodableList([message]))).toMatchInlineSnapshot(`
      "
      SEQUENCE  RECEIVED                        SUBJECT     FAULT                  BYTES  BEGINS WITH
             7  2026-10-31 23:59:50.000 +09:00  kk.records  call_id: not a CallId      2  dead
      "
    `);
  });
});

describe("waterfall", () => {
  const options = { columns: 110, isDetailed: false };

  it("spans under their parents, each root on its own axis, the failed one marked", () => {
    expect(page(waterfall(DEMO_TRACE_ID, DEMO_SPANS, options))).toMatchInlineSnapshot(`
      "
      trace 4bf92f3577b34da6a3ce929d0e0e4736: 6 spans, 1 failed

      2026-10-31 23:59:50.000 +09:00, 200 ms
      call setup             sip-edge edge-1                +0 ms   200 ms  |██████████████████████████████████████|
      ├─ ✗ reserve channels  call-controller controller-1   +4 ms  8.25 ms  | x                                    |
             failed: no-channel company:demo
      │  └─ commit lease     trunk-allocator allocator-1    +6 ms     4 ms  | █                                    |
      └─ leg b1              sip-edge edge-1               +20 ms   180 ms  |    ██████████████████████████████████|

      2026-10-31 23:59:50.190 +09:00, 1 ms, under a span that was not kept
      adopt call  call-controller controller-1  +0 ms  1 ms  |█████████████████████████████████████████████████████|

      2026-11-01 00:59:50.000 +09:00, 50 ms
      call teardown  sip-edge edge-1  +0 ms  50 ms  |██████████████████████████████████████████████████████████████|
      "
    `);
  });

  it("in detail: attributes, events, links", () => {
    const detailed = { columns: 80, isDetailed: true };
    expect(page(waterfall(DEMO_TRACE_ID, DEMO_SPANS, detailed))).toMatchInlineSnapshot(`
      "
      trace 4bf92f3577b34da6a3ce929d0e0e4736: 6 spans, 1 failed

      2026-10-31 23:59:50.000 +09:00, 200 ms
      call setup             sip-edge edge-1                +0 ms   200 ms  |████████████████|
      ├─ ✗ reserve channels  call-controller controller-1   +4 ms  8.25 ms  |x               |
             failed: no-channel company:demo
      │  └─ commit lease     trunk-allocator allocator-1    +6 ms     4 ms  |█               |
      └─ leg b1              sip-edge edge-1               +20 ms   180 ms  |  ██████████████|
             kakehashi.leg=b1
             +60 ms 180 Ringing  status=180

      2026-10-31 23:59:50.190 +09:00, 1 ms, under a span that was not kept
      adopt call  call-controller controller-1  +0 ms  1 ms  |███████████████████████|

      2026-11-01 00:59:50.000 +09:00, 50 ms
      call teardown  sip-edge edge-1  +0 ms  50 ms  |████████████████████████████████|
          follows span setup
      "
    `);
  });

  it("no bar leaves its axis and all bars of a section are equally long", () => {
    const lines = waterfall(DEMO_TRACE_ID, DEMO_SPANS, options).filter((line) =>
      line.endsWith("|"),
    );
    expect(lines).toHaveLength(DEMO_SPANS.length);
    for (const line of lines) expect(line).toMatch(/ \| *(█+|x+) *\|$/);
    const setup = lines.slice(0, 4).map(widthOf);
    expect(setup).toEqual([110, 110, 110, 110]);
  });

  it("every span appears once, also with parents in a circle, a span of no length, a doubled id", () => {
    const spans = [
      span("one", "two", [0, 1]),
      span("two", "one", [1, 1]),
      span("dot", "", [5, 0]),
      span("dot", "", [5, 0]),
    ];
    const lines = waterfall(DEMO_TRACE_ID, spans, options).filter((line) => line.endsWith("|"));
    expect(lines).toHaveLength(4);
  });
});
