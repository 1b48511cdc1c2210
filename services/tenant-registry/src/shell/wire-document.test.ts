import { expect, it } from "vitest";
import { Company, Trunk } from "../../../lib/wire/tenant.ts";
import { readDocument } from "../core/document.ts";
import { pathText } from "../core/reading.ts";
import { japaneseNumbers } from "./phone-book.ts";
import { companyDocument, trunkDocument } from "./wire-document.ts";

const faults = (document: object): readonly string[] =>
  readDocument(document, japaneseNumbers).faults.map(({ path }) => pathText(path));

it("what no document could say is refused by the same readers, at its place", () => {
  const company = Company.fromPartial({
    id: "demo",
    name: "demo",
    domain: "demo.example",
    contracts: [{ fromDate: "2026-02-30", representativeForwarding: true }],
    schedules: [
      {
        id: "day",
        name: "day",
        open: [
          { weekdays: [1], fromMinute: 0, untilMinute: 1440 },
          { weekdays: [8], fromMinute: 540, untilMinute: 1080 },
          { weekdays: [1], fromMinute: 540, untilMinute: 1500 },
        ],
      },
    ],
  });
  expect(faults(companyDocument(company))).toEqual([
    "company.contract[0].from",
    "company.schedules[0].open[1].days[0]",
    "company.schedules[0].open[2].until",
  ]);
});

it("a profile that a message leaves out is the default, one that nobody knows is refused", () => {
  const trunk = Trunk.fromPartial({
    id: "carrier",
    sources: ["192.0.2.1"],
    gateways: [{ host: "192.0.2.1" }],
    channels: 10,
  });
  const read = readDocument(trunkDocument(trunk), japaneseNumbers);
  expect(read.draft.trunks[0]?.value).toMatchObject({
    identity: "pai",
    format: "e164",
    privacy: "none",
    diversion: "off",
    userPhone: true,
  });
  expect(faults(trunkDocument({ ...trunk, diversion: 99 as never }))).toEqual([
    "trunks[0].diversion",
  ]);
});
