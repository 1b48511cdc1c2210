/** A small company as a document, for the tests of this folder. */

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
