import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  arbitraryAnswer,
  arbitraryAssignment,
  arbitraryEnvelope,
  arbitraryInputs,
  arbitraryRecord,
  arbitrarySpan,
  arbitraryStep,
} from "../testkit/arbitraries.ts";
import { arbitrarySnapshot } from "../testkit/arbitrary-routes.ts";
import { decodeEnvelope, encodeEnvelope } from "./branch-codec.ts";
import {
  decodeAnswer,
  decodeAssignment,
  decodeHeartbeat,
  decodeInputs,
  decodeStep,
  encodeAnswer,
  encodeAssignment,
  encodeHeartbeat,
  encodeInputs,
  encodeStep,
} from "./call-codec.ts";
import { decoding, describeFault, isWireFault } from "./fault.ts";
import * as pb from "./gen/kakehashi/call/v1/call.ts";
import * as cdr from "./gen/kakehashi/cdr/v1/record.ts";
import * as tenant from "./gen/kakehashi/tenant/v1/tenant_service.ts";
import { decodeRecord, encodeRecord, recordFromWire, recordToWire } from "./record-codec.ts";
import { snapshotFromWire, snapshotToWire } from "./route-codec.ts";
import { decodeSpans, encodeSpans } from "./span-codec.ts";

interface Codec<T> {
  readonly values: fc.Arbitrary<T>;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}
const codec = <T>(
  values: fc.Arbitrary<T>,
  encode: Codec<T>["encode"],
  decode: Codec<T>["decode"],
): Codec<unknown> => ({ values, encode, decode }) as Codec<unknown>;

const CODECS: Readonly<Record<string, Codec<unknown>>> = {
  CallAssignment: codec(arbitraryAssignment, encodeAssignment, decodeAssignment),
  CallInputs: codec(arbitraryInputs, encodeInputs, decodeInputs),
  CallStep: codec(arbitraryStep, encodeStep, decodeStep),
  AssignmentAnswer: codec(arbitraryAnswer, encodeAnswer, decodeAnswer),
  EdgeEnvelope: codec(arbitraryEnvelope, encodeEnvelope, decodeEnvelope),
  CallRecord: codec(arbitraryRecord, encodeRecord, decodeRecord),
  RouteSnapshot: codec(
    arbitrarySnapshot,
    (snapshot) => tenant.RouteSnapshot.encode(snapshotToWire(snapshot)).finish(),
    (bytes) =>
      decoding("RouteSnapshot", () => snapshotFromWire(tenant.RouteSnapshot.decode(bytes))),
  ),
  SpanBatch: codec(fc.array(arbitrarySpan, { maxLength: 4 }), encodeSpans, decodeSpans),
};

/** Buffers and Uint8Arrays with the same bytes are equal values here. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
};

describe.each(Object.entries(CODECS))("%s", (_name, { values, encode, decode }) => {
  it("decodes to what was encoded", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(plain(decode(encode(value)))).toEqual(plain(value));
      }),
    );
  });

  it("answers mutated bytes with a value or a fault and never throws", () => {
    const mutation = fc.record({
      at: fc.nat(),
      xor: fc.integer({ min: 1, max: 255 }),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(
        values,
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (value, mutations) => {
          let bytes = Uint8Array.from(encode(value));
          for (const { at, xor, cut } of mutations) {
            if (bytes.length === 0) break;
            const index = at % bytes.length;
            if (cut) bytes = bytes.slice(0, index);
            else bytes[index] = (bytes[index] ?? 0) ^ xor;
          }
          expect(typeof decode(bytes)).toBe("object");
        },
      ),
    );
  });

  it("answers random bytes with a value or a fault and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof decode(bytes)).toBe("object");
      }),
    );
  });
});

const faultOf = (result: object): string => {
  if (!isWireFault(result)) throw new Error(`decoded: ${JSON.stringify(result)}`);
  return describeFault(result);
};

const INPUTS = { callId: "call-1", epoch: 1, anchor: "edge-1" } as const;
const inputsWith = (kind: pb.CallInput["kind"]): Uint8Array =>
  pb.CallInputs.encode({ ...INPUTS, inputs: [{ seq: 1, atMs: 1, kind }] }).finish();

it("the state of a step is a copy: a view would hold all that the socket had read", () => {
  const [step] = fc.sample(arbitraryStep, 1);
  const bytes = Buffer.concat([encodeStep({ ...step!, state: new Uint8Array(7) })]);
  const decoded = decodeStep(bytes);
  expect(isWireFault(decoded) ? decoded : decoded.state.buffer.byteLength).toBe(7);
});

describe("a fault names the field and the problem", () => {
  it("for an oneof that is missing or unknown", () => {
    expect(faultOf(decodeInputs(inputsWith(undefined)))).toMatch(/^inputs\[0\]\.kind: missing/);
  });

  it("for an unspecified and for an unknown enum value", () => {
    for (const cause of [pb.EndCause.UNSPECIFIED, 99 as pb.EndCause]) {
      const value = { leg: "b1", status: 486, q850: 17, cause };
      const bytes = inputsWith({ $case: "legFailed", value });
      expect(faultOf(decodeInputs(bytes))).toBe(
        `inputs[0].leg_failed.cause: unknown value ${cause}`,
      );
    }
  });

  it("for an id that could not be a subject token", () => {
    const bytes = pb.CallInputs.encode({ ...INPUTS, anchor: "edge.*", inputs: [] }).finish();
    expect(faultOf(decodeInputs(bytes))).toBe('anchor: not a NodeId: "edge.*"');
  });

  it("for an empty message", () => {
    for (const decode of [
      decodeAssignment,
      decodeInputs,
      decodeStep,
      decodeRecord,
      decodeHeartbeat,
    ]) {
      expect(faultOf(decode(new Uint8Array()))).toMatch(/: /);
    }
  });

  it("for a presented number that is not the source number", () => {
    const [record] = fc.sample(
      arbitraryRecord.filter(({ legs }) => legs.length > 0),
      1,
    );
    const wire = recordToWire(record!);
    const legs = [
      {
        ...wire.legs[0]!,
        memberKind: "outside",
        destinationClass: "mobile",
        destination: "+819012345678",
        presentedNumber: "+819012345678",
        sourceNumber: "+815012345678",
      },
    ];
    expect(faultOf(recordFromWire({ ...wire, legs }))).toBe(
      "legs[0].presented_number: not the source number",
    );
  });

  it("for a time that no number can hold", () => {
    const bytes = Uint8Array.from(Buffer.from("70ffffffffffffffff7f", "hex"));
    expect(faultOf(decodeRecord(bytes))).toMatch(/^CallRecord: Value is larger/);
  });
});

it("carries a heartbeat", () => {
  const [beat] = [{ controller: "controller-1", calls: 3, draining: true }];
  expect(decodeHeartbeat(encodeHeartbeat(beat as never))).toEqual(beat);
});

it("answers records and snapshots as messages for gRPC", () => {
  fc.assert(
    fc.property(arbitraryRecord, (record) => {
      expect(recordFromWire(recordToWire(record))).toEqual(record);
    }),
  );
  fc.assert(
    fc.property(arbitrarySnapshot, (snapshot) => {
      expect(snapshotFromWire(snapshotToWire(snapshot))).toEqual(snapshot);
    }),
  );
});

it("a record of an unknown schema version is a fault", () => {
  const [record] = fc.sample(arbitraryRecord, 1);
  const bytes = cdr.CallRecord.encode({ ...recordToWire(record!), schemaVersion: 2 }).finish();
  expect(faultOf(decodeRecord(bytes))).toBe("schema_version: 2 is not within 1 and 1");
});
