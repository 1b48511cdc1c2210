/** A company with a contract and lists as a test wants them, for the tests of what was bought. */
const TRUNK = `
trunks:
  - { id: carrier, sources: [192.0.2.1], gateways: [192.0.2.9], channels: 10 }
`;
/** So many outside targets, counted from `first`. */
export const outside = (count: number, first = 1): string =>
  Array.from({ length: count }, (_, n) => `{ outside: 090-1111-00${10 + first + n} }`).join(", ");

/** What a test wants of the company. */
export interface Parts {
  readonly contract?: string;
  readonly kind?: "representative" | "ivr";
  readonly group?: string;
  /** Of terminal 1001, which has its own number. */
  readonly relay?: string;
  /** Of terminal 1002, which has none. */
  readonly plain?: string;
  readonly night?: string;
  readonly users?: string;
}

/** A term with both parts of the option. */
export const BOTH = "terminalForwarding: true, representativeForwarding: true, extraChannels: 5";

/** A company with one number of each class, and what the test wants of it. */
export const company = (parts: Parts): string => `${TRUNK}
company:
  id: demo
  name: 見本
  domain: demo.example
  contract: ${parts.contract ?? `{ ${BOTH} }`}
  schedules:
    - { id: day, name: 昼, open: [{ days: [mon], from: "09:00", until: "18:00" }] }
  numbers:
    - { number: 050-5555-0100, kind: ${parts.kind ?? "representative"}, trunk: carrier, group: main }
    - number: 050-5555-0101
      kind: standard
      trunk: carrier
      extension: 1001
      ${parts.night === undefined ? "" : `schedule: day\n      outOfHours: { targets: [${parts.night}] }`}
    - { number: 050-5555-0200, kind: representative, trunk: carrier, group: main }
  terminals:
    - extension: 1001
      name: 佐藤
      password: secret-1001
      number: 050-5555-0101
      ${parts.relay === undefined ? "" : `relay: { targets: [${parts.relay}] }`}
    - extension: 1002
      name: 鈴木
      password: secret-1002
      homeRepresentative: 050-5555-0200
      ${parts.plain === undefined ? "" : `relay: { targets: [${parts.plain}] }`}
  groups:
    - id: main
      name: 代表
      extension: 2000
      representative: 050-5555-0100
      mode: relay
      targets: [${parts.group ?? "{ extension: 1001 }"}]
  users:
    - { id: all, name: 全員, extensions: [${parts.users ?? "1001, 1002"}] }
`;
