import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { branchId } from "../../../lib/wire/branch-codec.ts";
import { arbitraryKeptCall, arbitraryKeptSide } from "../../test/kept-arbitrary.ts";
import { decodeEntry, encodeBranch, encodeCall } from "./answered-codec.ts";

const EDGE = "edge-1" as never;

describe("entries of the bucket of answered calls", () => {
  it("a call survives its text", () => {
    fc.assert(
      fc.property(arbitraryKeptCall, (call) => {
        const read = decodeEntry(encodeCall(EDGE, call));
        if (read.kind !== "call") throw new Error(JSON.stringify(read));
        const { commit } = read.call.anchor;
        const state = new Uint8Array(commit.state);
        const anchor = { ...read.call.anchor, commit: { ...commit, state } };
        expect({ ...read.call, anchor }).toEqual(call);
      }),
    );
  });

  it("a branch held for another anchor survives its text", () => {
    fc.assert(
      fc.property(fc.tuple(arbitraryKeptCall, arbitraryKeptSide), ([call, side]) => {
        const { leg, branch: n, holder: anchor } = call.callee;
        const branch = { callId: call.callId, anchor, branch: branchId(leg, n), side };
        expect(decodeEntry(encodeBranch(branch))).toEqual({ kind: "branch", branch });
      }),
    );
  });

  it.each([
    ["no JSON", "{", ""],
    ["another version", '{"version":2,"kind":"call"}', "version"],
    ["another kind", '{"version":1,"kind":"transfer"}', "kind"],
    ["a field that is missing", '{"version":1,"kind":"branch","callId":"c1"}', "anchor"],
  ])("%s is a fault that names the place", (_what, text, place) => {
    const read = decodeEntry(text);
    expect(read.kind).toBe("entry-fault");
    expect(read.kind === "entry-fault" ? read.problem : "").toContain(`${place}: `);
  });

  it("an assignment that does not decode is a fault", () => {
    const [call] = fc.sample(arbitraryKeptCall, { numRuns: 1, seed: 1 });
    if (call === undefined) throw new Error("no sample");
    const text = encodeCall(EDGE, call).replace(/"assignment":"[^"]*"/, '"assignment":"AAAA"');
    expect(decodeEntry(text)).toMatchObject({ kind: "entry-fault" });
  });
});
