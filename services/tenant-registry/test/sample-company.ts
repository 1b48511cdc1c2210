/** Companies and trunks as documents, for the tests of this folder. */

/** Writes company `id` with one representative number that rings one terminal and one mobile. */
export const sampleCompany = (
  id: string,
  { number = "050-5555-0100", channels = 2, outside = "090-1234-5678", trunk = "carrier" } = {},
): string => `
company:
  id: ${id}
  name: ${id}
  domain: ${id}.example
  contract: { terminalForwarding: true, representativeForwarding: true, extraChannels: ${channels} }
  numbers:
    - { number: ${number}, kind: representative, trunk: ${trunk}, group: main }
  terminals:
    - { extension: 1001, name: 佐藤, password: secret-of-1001, homeRepresentative: ${number} }
  groups:
    - id: main
      name: 代表
      extension: 2000
      representative: ${number}
      mode: ring-all
      targets: [{ extension: 1001 }, { outside: ${outside} }]
`;

/** Writes a trunk with one source address. */
export const sampleTrunk = (id = "carrier", source = "192.0.2.1", channels = 30): string => `
trunks:
  - { id: ${id}, sources: [${source}], gateways: ["${source}:5060"], channels: ${channels} }
`;

/** Writes a company that uses every field; its numbers are 050-5555-09xx. */
export const fullCompany = (id: string, trunk = "carrier"): string => `
company:
  id: ${id}
  name: 株式会社${id}
  domain: ${id}.example
  contract:
    - terminalForwarding: true
      representativeForwarding: true
      extraChannels: 5
      channelsPerNumber: 2
      internationalForwarding: true
      pricePlan: special
      addOns: [{ number: 050-5555-0900, units: 2 }, { number: 050-5555-0902, units: 1 }]
      until: 2090-04-01
    - from: 2090-06-01
      until: 2091-01-01
      terminalForwarding: true
      representativeForwarding: true
      internationalForwarding: true
  schedules:
    - id: day
      name: 営業時間
      open:
        - { days: [mon, tue, wed, thu, fri], from: "09:00", until: "12:00" }
        - { days: [sat], from: "13:00", until: "24:00" }
      closedOn: [2026-12-29, 2026-12-30]
    - { id: always, name: 年中, open: [{ days: [sun], from: "00:00", until: "24:00" }], holidays: as-usual }
  numbers:
    - number: 050-5555-0900
      kind: representative
      trunk: ${trunk}
      group: main
      schedule: day
      outOfHours: { group: night }
      callers: { deny: [03-1111-2222], allow: [090-3333-4444, 03-5555-6666], anonymous: refuse }
    - { number: 050-5555-0901, kind: ivr, trunk: ${trunk}, group: night, schedule: always }
    - number: 050-5555-0902
      kind: standard
      trunk: ${trunk}
      extension: 1001
      schedule: day
      outOfHours:
        targets: [{ outside: 090-1234-5678, ringSeconds: 30 }, { extension: 1002 }]
        ringSelf: false
        followMemberRelay: true
  terminals:
    - extension: 1001
      name: 佐藤
      password: secret-of-1001
      number: 050-5555-0902
      relay: { targets: [{ outside: 090-1234-5678 }] }
    - extension: 1002
      name: 鈴木
      password: secret-of-1002
      homeRepresentative: 050-5555-0900
      ringSeconds: 25
  groups:
    - id: main
      name: 代表
      extension: 2000
      representative: 050-5555-0900
      mode: relay
      targets: [{ extension: 1001 }, { outside: +1 212 555 2368 }]
    - id: night
      name: 夜間
      mode: ring-all
      targets: [{ extension: 1002 }, { outside: 03-1234-5678 }]
  users:
    - { id: sato, name: 佐藤, extensions: [1001, 1002] }
`;
