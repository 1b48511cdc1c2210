import { expect, test } from "vitest";
import { AssertionFault } from "../../../../lib/telephony/assert.ts";
import { headerValues, to, topVia } from "./fields.ts";
import type { SipRequest } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { type HeaderPair, request, respond, serialize, withTopVia } from "./serialize.ts";

const BASE: readonly HeaderPair[] = [
  ["Via", "SIP/2.0/UDP p1;branch=z9hG4bK2, SIP/2.0/UDP p0;branch=z9hG4bK1"],
  ["v", "SIP/2.0/UDP u;branch=z9hG4bK0"],
  ["Record-Route", "<sip:p1;lr>"],
  ["Record-Route", "<sip:p0;lr>"],
  ["f", "Alice <sip:a@x>;tag=1"],
  ["To", "<sip:b@x>"],
  ["Call-ID", "c"],
  ["CSeq", "7 INVITE"],
  ["Timestamp", "54"],
  ["Contact", "<sip:a@u>"],
  ["Require", "100rel"],
];

function invite(...more: readonly HeaderPair[]): SipRequest {
  return request({
    method: "INVITE",
    uri: "sip:b@x",
    headers: [...BASE, ...more],
    body: "v=0\r\n",
  });
}

function names(message: { headers: readonly { shown: string }[] }): readonly string[] {
  return message.headers.map(({ shown }) => shown);
}

test("8.2.6: Via stack, From, To, Call-ID, CSeq are copied; other headers are not", () => {
  const busy = respond(invite(), 486, { toTag: "t" });
  expect(names(busy)).toEqual(["Via", "v", "f", "To", "Call-ID", "CSeq"]);
  expect(headerValues(busy, "via")).toEqual(headerValues(invite(), "via"));
  expect([busy.status, busy.reason, to(busy).tag]).toEqual([486, "Busy Here", "t"]);
});

test("12.1.1: 101-299 copy Record-Route, 100 and failures do not", () => {
  const copies = [100, 180, 200, 302, 486].map((status) => {
    const response = respond(invite(), status, { toTag: "t" });
    return headerValues(response, "record-route").length;
  });
  expect(copies).toEqual([0, 2, 2, 0, 0]);
});

test("8.2.6.1: a 100 has no To tag and returns the Timestamp", () => {
  const trying = respond(invite(), 100);
  expect(to(trying).tag).toBeUndefined();
  expect(headerValues(trying, "timestamp")).toEqual(["54"]);
});

test("8.2.6.2: a To that has a tag keeps it", () => {
  const again = request({
    method: "BYE",
    uri: "sip:b@x",
    headers: BASE.map(([name, value]) => [name, name === "To" ? "<sip:b@x>;tag=old" : value]),
  });
  expect(to(respond(again, 200, { toTag: "new" })).tag).toBe("old");
  expect(to(respond(again, 200)).tag).toBe("old");
});

test("8.2.6.2: above 100 a missing To tag is a programmer error", () => {
  expect(() => respond(invite(), 180)).toThrow(AssertionFault);
});

test("Content-Length is written once and true, whatever the headers say", () => {
  const wire = serialize(invite(["l", "999"], ["Content-Length", "0"]));
  expect(wire.match(/^(l|Content-Length): .*$/gm)).toEqual(["l: 5"]);
  expect(serialize(invite()).endsWith("Content-Length: 5\r\n\r\nv=0\r\n")).toBe(true);
});

test("a line that nobody touched goes out as it came", () => {
  const line = "uSer-aGent: \t Odd   Phone/1.0 ;;,";
  const wire = serialize(invite()).replace("Timestamp: 54", line);
  const message = parseMessage(wire);
  if (message.kind !== "request") throw new Error();
  expect(serialize(message)).toContain("\r\nuSer-aGent: Odd   Phone/1.0 ;;,\r\n");
  expect(serialize(message)).toContain("\r\nf: Alice <sip:a@x>;tag=1\r\n");
});

test.each(["\r\nRoute: <sip:evil;lr>", "a\nb", "a\rb", "a\0b", "\r\n\r\n"])(
  "a value with %j never leaves",
  (value) => {
    expect(() => serialize(invite(["Subject", value]))).toThrow(/Subject/);
    expect(() => serialize(invite(["Subject", value]))).toThrow(AssertionFault);
    expect(() => serialize({ ...invite(), uri: `sip:b${value}` })).toThrow(AssertionFault);
    expect(() => serialize({ ...invite(), method: `X${value}` })).toThrow(AssertionFault);
    expect(() => serialize(respond(invite(), 400, { toTag: "t", reason: value }))).toThrow(
      AssertionFault,
    );
    const body = serialize({ ...invite(), body: value });
    expect(body.endsWith(`\r\n\r\n${value}`)).toBe(true);
  },
);

test.each(["", "Bad Name", "X:", "X\r\nY", "Ü"])(
  "a header name %j is a programmer error",
  (name) => {
    expect(() => invite([name, "1"])).toThrow(AssertionFault);
  },
);

test("a method that is no token and a Request-URI with a space are programmer errors", () => {
  expect(() => request({ method: "IN VITE", uri: "sip:x", headers: [] })).toThrow(AssertionFault);
  expect(() => request({ method: "INVITE", uri: "sip:x y", headers: [] })).toThrow(AssertionFault);
});

test("8.1.1.7: a Via goes on top", () => {
  const sent = withTopVia(invite(), {
    transport: "tcp",
    host: "edge",
    branch: "z9hG4bK9",
    rport: "asked",
  });
  expect(sent.headers[0]?.value).toBe("SIP/2.0/TCP edge;branch=z9hG4bK9;rport");
  expect(topVia(sent)?.host).toBe("edge");
  expect(sent.headers.slice(1)).toEqual(invite().headers);
});
