import { expect, it } from "vitest";
import { parse } from "yaml";
import { isWireFault } from "../../services/lib/wire/fault.ts";
import { companyValue, trunkValue, yamlText } from "./company-document.ts";
import { DEMO_COMPANY, DEMO_TRUNK } from "./test/canned.ts";

it("a company is written in the shape that apply takes, digits as text, without passwords", () => {
  const company = companyValue(DEMO_COMPANY);
  expect(yamlText({ company })).toMatchInlineSnapshot(`
    "company:
      id: demo
      name: 株式会社デモ
      domain: demo.example.com
      contract:
        terminalForwarding: true
        representativeForwarding: true
        extraChannels: 4
      numbers:
        - number: "+815012345678"
          kind: representative
          trunk: carrier-a
          group: sales
        - number: "+815012340001"
          kind: standard
          trunk: carrier-a
          extension: "1001"
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
  expect(parse(yamlText({ company }))).toEqual({ company });
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
