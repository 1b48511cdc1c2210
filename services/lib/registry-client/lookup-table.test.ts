import { expect, it } from "vitest";
import { lookupTable, type Tag } from "./lookup-table.ts";

const fresh = <V>(value: V) => ({ value, stale: false });
const A: Tag = "company:a";
const B: Tag = "company:b";

it("a change makes its answers stale and leaves the others alone (T1)", () => {
  const table = lookupTable<string>(10);
  table.put("1", fresh("one"), [A]);
  table.put("2", fresh("two"), [B, "trunk:t"]);
  table.changed(A);
  expect(table.get("1")).toMatchObject({ value: "one", stale: true });
  expect(table.get("2")).toMatchObject({ value: "two", stale: false });
  table.changed("trunk:t");
  expect(table.get("2")).toMatchObject({ stale: true });
  table.put("1", fresh("uno"), [A]);
  expect(table.get("1")).toMatchObject({ value: "uno", stale: false });
  table.allChanged();
  expect(table.get("1")).toMatchObject({ stale: true });
});

it("an answer that moved to another company no longer hears of the first", () => {
  const table = lookupTable<string>(10);
  table.put("1", fresh("one"), [A]);
  table.put("1", fresh("one"), [B]);
  table.changed(A);
  expect(table.get("1")).toMatchObject({ stale: false });
});

it("the least recently used answer goes first (T2)", () => {
  const table = lookupTable<number>(3);
  for (const key of ["1", "2", "3"]) table.put(key, fresh(Number(key)), [A]);
  table.get("1");
  table.put("4", fresh(4), [A]);
  expect(table.size()).toBe(3);
  expect(["1", "2", "3", "4"].filter((key) => table.get(key) !== null)).toEqual(["1", "3", "4"]);
});

it("unknown is believed for two seconds, until any change, or until there is an answer", () => {
  const table = lookupTable<string>(10);
  table.putUnknown("1", 1000);
  expect(table.isUnknown("1", 2999)).toBe(true);
  expect(table.isUnknown("1", 3000)).toBe(false);
  table.changed(A);
  expect(table.isUnknown("1", 1001)).toBe(false);
  table.putUnknown("1", 1000);
  table.put("1", fresh("one"), [A]);
  expect(table.isUnknown("1", 1001)).toBe(false);
});

it("unknown replaces an answer", () => {
  const table = lookupTable<string>(10);
  table.put("1", fresh("one"), [A]);
  table.putUnknown("1", 0);
  expect(table.get("1")).toBeNull();
});

it("a scan of unknown keys does not grow the table without bound (T2)", () => {
  const table = lookupTable<string>(10);
  table.put("1", fresh("one"), [A]);
  for (let key = 0; key < 25_000; key += 1) table.putUnknown(`x${key}`, 0);
  expect(table.isUnknown("x0", 1)).toBe(false);
  expect(table.isUnknown("x24999", 1)).toBe(true);
  expect(table.get("1")).toMatchObject({ value: "one" });
});
