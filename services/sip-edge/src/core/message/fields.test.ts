import { expect, test } from "vitest";
import { AssertionFault } from "../../../../lib/telephony/assert.ts";
import {
  callId,
  contacts,
  cseq,
  expires,
  from,
  header,
  headerValues,
  maxForwards,
  readDeltaSeconds,
  recordRoutes,
  routes,
  to,
  topVia,
} from "./fields.ts";
import { formatNameAddr, readNameAddr } from "./name-addr.ts";
import { type HeaderPair, request } from "./serialize.ts";
import { formatVia, readVia } from "./via.ts";

function made(...headers: readonly HeaderPair[]) {
  return request({ method: "INVITE", uri: "sip:b@x", headers });
}

test.each([
  ["<sip:a@x>", { display: "", uri: "sip:a@x", tag: undefined }],
  ["<sip:a@x>;tag=1", { uri: "sip:a@x", tag: "1" }],
  ["sip:a@x;tag=1", { uri: "sip:a@x", tag: "1" }],
  ["caller<sip:a@x>", { display: "caller", uri: "sip:a@x" }],
  ["Mr Bell  <sip:a@x>", { display: "Mr Bell" }],
  ['"A \\"B\\" <c>, d" <sip:a@x;lr>;x="a;b"', { display: 'A "B" <c>, d', uri: "sip:a@x;lr" }],
  ["<tel:+81312345678;phone-context=x>", { uri: "tel:+81312345678;phone-context=x" }],
  ["<sip:a@x> ; TAG = 9", { tag: "9" }],
])("20.10 an address: %s", (text, expected) => {
  expect(readNameAddr(text)).toMatchObject(expected);
});

test.each([
  "",
  "<>",
  "<sip:a@x",
  '"open <sip:a@x>',
  '"x" sip:a@x',
  "<sip:a@x> x",
  "<sip:a@x>;",
  "sip:",

  "<sip:a@x>;tag=",
  "<sip:a@x>;tag=1;tag=2",
  "sip:a@x?h=1",
  "sip:a@x,sip:b@x",
  "Bell, A <sip:a@x>",
  "<sip:a@x>, <sip:b@x>",
  "< sip:a@x >",
  "<no-scheme>",
  "<sip:a b@x>",
  '<sip:a@x>;tag="q p"',
])("20.10 no address: %s", (text) => {
  expect(readNameAddr(text)).toBeUndefined();
});

test("an address is written so that it reads the same", () => {
  const addr = readNameAddr('"A \\"B\\"" <sip:a@x>;tag=1;x="a;b";flag');
  if (addr === undefined) throw new Error();
  expect(formatNameAddr(addr)).toBe('"A \\"B\\"" <sip:a@x>;tag=1;x="a;b";flag');
  expect(readNameAddr(formatNameAddr(addr))).toEqual(addr);
});

test.each([
  ["SIP/2.0/UDP H.example;branch=z9", { transport: "udp", host: "h.example", branch: "z9" }],
  [
    "SIP / 2.0 / TCP [::1] : 5061 ;rport",
    { transport: "tcp", host: "[::1]", port: 5061, rport: "asked" },
  ],
  ["SIP/2.0/UDP h;received=2001:db8::1;rport=99", { received: "2001:db8::1", rport: 99 }],
  ["SIP/2.0/UDP h;branch=a, SIP/2.0/UDP i;branch=b", { host: "h", branch: "a" }],
])("20.42 a Via: %s", (text, expected) => {
  expect(readVia(text)).toMatchObject(expected);
});

test.each([
  "",
  "SIP/2.0/UDP",
  "SIP/2.0 h",
  "HTTP/1.1/UDP h",
  "SIP/2.0/UDP h:",
  "SIP/2.0/UDP h:70000",

  "SIP/2.0/UDP h;rport=0",
  "SIP/2.0/UDP h;;",
  "SIP/2.0/UDP [::1",
  "SIP/2.0/UDPh",
  "SIP/2.0/UDP h x",
])("20.42 no Via: %s", (text) => {
  expect(readVia(text)).toBeUndefined();
});

test("RFC 3581 4: a Via with received and rport filled in keeps its other parameters", () => {
  const via = readVia("SIP/2.0/UDP h:5070;ttl=3;branch=z9;rport");
  if (via === undefined) throw new Error();
  expect(formatVia({ ...via, received: "192.0.2.1", rport: 9 })).toBe(
    "SIP/2.0/UDP h:5070;branch=z9;received=192.0.2.1;rport=9;ttl=3",
  );
});

test("7.3.1 list headers split at commas outside quotes and angles, and over lines", () => {
  const message = made(
    ["Route", '<sip:a;x="1,2">, "n,m" <sip:b,c>'],
    ["Route", "<sip:d>"],
    ["Record-Route", "<sip:r1>,<sip:r2>"],
    ["Subject", "a, b"],
  );
  expect(routes(message)).toEqual(['<sip:a;x="1,2">', '"n,m" <sip:b,c>', "<sip:d>"]);
  expect(recordRoutes(message)).toEqual(["<sip:r1>", "<sip:r2>"]);
  expect(headerValues(message, "subject")).toEqual(["a, b"]);
  expect(header(message, "route")).toBe('<sip:a;x="1,2">, "n,m" <sip:b,c>');
});

test("20.10 contacts: none, several, star, malformed", () => {
  expect(contacts(made())).toEqual({ kind: "list", list: [] });
  expect(contacts(made(["m", "<sip:a@x>;expires=5, sip:b@x"]))).toMatchObject({
    list: [{ uri: "sip:a@x" }, { uri: "sip:b@x" }],
  });
  expect(contacts(made(["Contact", "*"]))).toEqual({ kind: "star" });
  expect(contacts(made(["Contact", "*, <sip:a@x>"]))).toEqual({ kind: "malformed" });
});

test("20.19, 20.22: Expires and Max-Forwards are numbers or absent", () => {
  const message = made(["Expires", "60"], ["Max-Forwards", "0070"]);
  expect([expires(message), maxForwards(message)]).toEqual([60, 70]);
  expect([expires(made()), maxForwards(made())]).toEqual([undefined, undefined]);
  expect(expires(made(["Expires", "soon"]))).toBeUndefined();
  expect(readDeltaSeconds("99999999999999")).toBe(2 ** 32 - 1);
});

test("a copy with other headers is read anew", () => {
  const first = made(["From", "<sip:a@x>;tag=1"]);
  const second = { ...first, headers: made(["From", "<sip:a@x>;tag=2"]).headers };
  expect([from(first).tag, from(second).tag]).toEqual(["1", "2"]);
});

test("asking a hand-made message for what it lacks is a programmer error", () => {
  expect(() => cseq(made())).toThrow(AssertionFault);
  expect(() => from(made())).toThrow(AssertionFault);
  expect(() => to(made())).toThrow(AssertionFault);
  expect(() => callId(made())).toThrow(AssertionFault);
  expect(topVia(made())).toBeUndefined();
});
