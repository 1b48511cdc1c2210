import { expect, it } from "vitest";
import type { Forwarder } from "../../../lib/telephony/destination-limit.ts";
import { forwardersOf } from "./forwarders.ts";

const outside = (...numbers: readonly string[]) =>
  numbers.map((number) => ({ kind: "outside", number, ringMs: 1 }));
const inside = { kind: "extension", extension: "1001", ringMs: 1 };
const group = (id: string, representative: string | null, ...numbers: readonly string[]) => ({
  id,
  representative,
  targets: [inside, ...outside(...numbers)],
});

const shown = (company: object): readonly string[] =>
  forwardersOf(company as never).map(
    ({ owner, addOnNumber, destinations }: Forwarder) =>
      `${owner.kind === "number" ? owner.number : owner.extension} (${addOnNumber ?? "-"}): ${destinations.join(" ")}`,
  );

it("R19, A6: a number counts every group that it rings or stands for, in hours before out of hours", () => {
  const number = (digits: string, kind: string, rings: string, night: string | null) => ({
    number: digits,
    kind,
    rings: { kind: "group", groupId: rings },
    outOfHours: night === null ? null : { kind: "group", groupId: night },
  });
  expect(
    shown({
      numbers: [
        number("REP", "representative", "day", "night"),
        number("IVR", "ivr", "menu", null),
        number("IDLE", "representative", "inside", null),
      ],
      terminals: [],
      groups: [
        group("night", null, "C", "A"),
        group("named", "REP", "B", "A"),
        group("day", "REP", "A", "A"),
        group("menu", null, "D"),
        group("inside", null),
        group("unreached", null, "E"),
      ],
    }),
  ).toEqual(["REP (REP): A B C", "IVR (IVR): D"]);
});

it("R18, A5: a terminal counts its relay and that of its numbers out of hours, on its own number if any", () => {
  expect(
    shown({
      numbers: [
        {
          number: "OWN",
          kind: "standard",
          rings: { kind: "terminal", extension: "1001" },
          outOfHours: { kind: "relay", relay: { targets: outside("B", "A") } },
        },
      ],
      terminals: [
        { extension: "1001", number: "OWN", relay: { targets: outside("A", "A") } },
        { extension: "1002", number: null, relay: { targets: [inside, ...outside("C")] } },
        { extension: "1003", number: null, relay: { targets: [inside] } },
        { extension: "1004", number: null, relay: null },
      ],
      groups: [],
    }),
  ).toEqual(["1001 (OWN): A B", "1002 (-): C"]);
});

it("A8: the order of a file does not matter, so that what is warned of is what a call skips", () => {
  const rep = { number: "REP", kind: "representative", rings: { kind: "group", groupId: "z" } };
  const own = (number: string, ...night: readonly string[]) => ({
    number,
    kind: "standard",
    rings: { kind: "terminal", extension: "1001" },
    outOfHours: { kind: "relay", relay: { targets: outside(...night) } },
  });
  const numbers = [{ ...rep, outOfHours: null }, own("N2", "D"), own("N1", "E")];
  const groups = [group("z", "REP", "A"), group("b", "REP", "B"), group("a", "REP", "C")];
  const terminals = [{ extension: "1001", number: "N1", relay: null }];
  const expected = ["REP (REP): A C B", "1001 (N1): E D"];
  expect(shown({ numbers, terminals, groups })).toEqual(expected);
  expect(shown({ numbers: numbers.toReversed(), terminals, groups: groups.toReversed() })).toEqual(
    expected,
  );
});
