import { expect, it } from "vitest";
import { parse } from "yaml";
import { isWireFault } from "../../services/lib/wire/fault.ts";
import { companyDocument, companyValue, trunkValue, yamlText } from "./company-document.ts";
import { DEMO_COMPANY, DEMO_TRUNK } from "./test/canned.ts";

const readable = (company: typeof DEMO_COMPANY) => {
  const value = companyValue(company);
  if (isWireFault(value)) throw new Error(JSON.stringify(value));
  return value;
};

it("a company is written in the shape that apply takes, digits as text, without passwords", () => {
  const company = readable(DEMO_COMPANY);
  expect(yamlText(companyDocument(company))).toMatchInlineSnapshot(`
    "company:
      id: demo
      name: 株式会社デモ
      domain: demo.example.com
      contract:
        - from: 2026-04-01
          until: 2026-10-01
          terminalForwarding: true
          representativeForwarding: true
          extraChannels: 2
          channelsPerNumber: 2
          internationalForwarding: false
          pricePlan: standard
          addOns: []
        - from: 2026-10-01
          until: 2027-04-01
          terminalForwarding: true
          representativeForwarding: true
          extraChannels: 4
          channelsPerNumber: 3
          internationalForwarding: false
          pricePlan: standard
          addOns:
            - number: "+815012345678"
              units: 1
        - from: 2027-04-01
          terminalForwarding: false
          representativeForwarding: true
          extraChannels: 4
          channelsPerNumber: 3
          internationalForwarding: false
          pricePlan: rep-only
          addOns: []
      schedules:
        - id: office
          name: 営業時間
          open:
            - days:
                - mon
                - tue
                - wed
                - thu
                - fri
              from: 09:00
              until: 18:00
            - days:
                - sat
              from: 10:00
              until: 24:00
          holidays: closed
          closedOn:
            - 2026-12-29
            - 2026-12-30
      numbers:
        - number: "+815012345678"
          kind: representative
          trunk: carrier-a
          group: sales
          schedule: office
          outOfHours:
            group: night
          callers:
            deny:
              - "+81312345678"
            allow: []
            anonymous: refuse
        - number: "+815012340001"
          kind: standard
          trunk: carrier-a
          extension: "1001"
          schedule: office
          outOfHours:
            ringSelf: false
            followMemberRelay: false
            targets:
              - outside: "+819012345678"
                ringSeconds: 30
      terminals:
        - extension: "1001"
          name: 山田
          number: "+815012340001"
          ringSeconds: 20
          relay:
            ringSelf: true
            followMemberRelay: false
            targets:
              - outside: "+819012345678"
                ringSeconds: 25
        - extension: "1002"
          name: Reception
          homeRepresentative: "+815012345678"
          ringSeconds: 20
      groups:
        - id: sales
          name: 営業
          extension: "2000"
          representative: "+815012345678"
          mode: ring-all
          totalRingSeconds: 60
          followMemberRelay: false
          targets:
            - extension: "1001"
              ringSeconds: 20
            - outside: "+819012345678"
              ringSeconds: 20
      users:
        - id: yamada
          name: 山田 太郎
          extensions:
            - "1001"
    "
  `);
  expect(parse(yamlText(companyDocument(company)))).toEqual({ company });
});

it("R2: a company that bought nothing has no contract in its document", () => {
  const company = readable({ ...DEMO_COMPANY, contracts: [], schedules: [] });
  expect(companyDocument(company)).toEqual({
    company: expect.not.objectContaining({ contract: expect.anything() }),
  });
  expect(yamlText(companyDocument(company))).not.toMatch(/contract|schedules:/);
});

it("a trunk is written in the shape that apply takes", () => {
  expect(yamlText({ trunks: [trunkValue(DEMO_TRUNK)] })).toMatchInlineSnapshot(`
    "trunks:
      - id: carrier-a
        sources:
          - 192.0.2.10
        gateways:
          - 192.0.2.10:5060;transport=udp
        channels: 30
        identity: pai
        privacy: none
        diversion: history-info
        userPhone: false
        format: e164
    "
  `);
});

it("a word of a newer registry is a fault that names its place, never a guess", () => {
  const [number] = DEMO_COMPANY.numbers;
  if (number === undefined) throw new Error("the company has numbers");
  const newer = { ...DEMO_COMPANY, numbers: [{ ...number, kind: -1 as const }] };
  const read = companyValue(newer);
  expect(isWireFault(read) ? read.path : read).toBe("numbers[0].kind");
});
