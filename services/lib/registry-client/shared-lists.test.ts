import { expect, it } from "vitest";
import type { RouteSnapshot } from "../telephony/route-snapshot.ts";
import { shareLists } from "./shared-lists.ts";

const route = (companyId: string, ...companyNumbers: string[]): RouteSnapshot =>
  ({ companyId, companyNumbers: new Set(companyNumbers) }) as never;

it("routes of one company hold one list of its numbers, until those change (S1)", () => {
  const share = shareLists();
  const first = share(route("a", "+815011110000", "+815011110001")).companyNumbers;
  expect(share(route("a", "+815011110000", "+815011110001")).companyNumbers).toBe(first);
  expect(share(route("b", "+815022220000")).companyNumbers).toEqual(new Set(["+815022220000"]));
  expect(share(route("a")).companyNumbers).toEqual(new Set());
  const changed = share(route("a", "+815011110000", "+815011110002")).companyNumbers;
  expect(changed).toEqual(new Set(["+815011110000", "+815011110002"]));
  expect(share(route("a", "+815011110000", "+815011110002")).companyNumbers).toBe(changed);
});
