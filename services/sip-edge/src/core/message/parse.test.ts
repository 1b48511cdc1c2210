import { expect, test } from "vitest";
import { header, headerValues, topVia } from "./fields.ts";
import { HEADERS_MAX, LINE_BYTES_MAX } from "./head.ts";
import type { SipMessage } from "./message.ts";
import { MESSAGE_BYTES_MAX, parseMessage } from "./parse.ts";

const OPTIONS = [
  "OPTIONS sip:bob@example.net SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
  "From: <sip:alice@example.net>;tag=a1",
  "To: <sip:bob@example.net>",
  "Call-ID: c1@192.0.2.1",
  "CSeq: 1 OPTIONS",
];

/** OPTIONS with lines replaced (by name) or added, then the body. */
function text(lines: readonly string[] = [], body = ""): string {
  const isReplaced = (line: string) =>
    lines.some((other) => other.split(":")[0] === line.split(":")[0]);
  return [...OPTIONS.filter((line) => !isReplaced(line)), ...lines, "", body].join("\r\n");
}

function accepted(wire: string): SipMessage {
  const message = parseMessage(wire);
  if (message.kind === "parse-fault") throw new Error(`${message.reason} at ${message.where}`);
  return message;
}

function verdict(wire: string): string {
  const message = parseMessage(wire);
  if (message.kind !== "parse-fault") return "ok";
  return `${message.reason} ${message.where} ${message.status ?? "drop"}`;
}

test.each([
  ["7.1 lower-case version", text().replace("SIP/2.0\r\nVia", "sip/2.0\r\nVia"), "ok"],
  [
    "7.1 version 3.0",
    text().replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia"),
    "unsupported-version start line 505",
  ],
  ["7.1 HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "bad-start-line start line drop"],
  [
    "7.2 status 99",
    text().replace(OPTIONS[0] ?? "", "SIP/2.0 099 Odd"),
    "bad-start-line start line drop",
  ],
  [
    "7.2 status 700",
    text().replace(OPTIONS[0] ?? "", "SIP/2.0 700 Odd"),
    "bad-start-line start line drop",
  ],
  ["7.2 status without phrase or space", text().replace(OPTIONS[0] ?? "", "SIP/2.0 200"), "ok"],
  ["7.3.1 no colon", text(["Subject"]), "bad-header-line header name 400"],
  ["7.3.1 name with a space", text(["Bad Name: x"]), "bad-header-line header name 400"],
  ["7.3.1 folded start line", ` ${text()}`, "bad-start-line start line drop"],
  [
    "7.3.1 bare LF in a value",
    text(["Subject: hi\nRoute: <sip:x;lr>"]),
    "control-character Subject 400",
  ],
  [
    "7.3.1 bare CR in a value",
    text(["Subject: hi\rRoute: <sip:x;lr>"]),
    "control-character Subject 400",
  ],
  ["7.3.1 bare LF in a needed value", text(["Call-ID: c1\nx"]), "control-character Call-ID drop"],
  ["NUL in a value", text(["Subject: a\0b"]), "control-character Subject 400"],
  ["NUL in a name", text(["Sub\0ject: ab"]), "control-character header name 400"],
  ["DEL in a value", text(["Subject: a\x7fb"]), "control-character Subject 400"],
  ["tabs are no controls", text(["Subject: a\tb"]), "ok"],
  ["bytes above 127 in a value", text(["Subject: \xe5\xa4\xa7"]), "ok"],
  ["bytes above 127 in a name", text(["S\xfcbject: x"]), "bad-header-line header name 400"],
  [
    "7.4.2 body shorter than Content-Length",
    text(["Content-Length: 3"], "ab"),
    "body-too-short Content-Length 400",
  ],
  [
    "7.4.2 Content-Length with a sign",
    text(["Content-Length: +3"], "abc"),
    "bad-content-length Content-Length 400",
  ],
  [
    "7.4.2 empty Content-Length",
    text(["Content-Length:"]),
    "bad-content-length Content-Length 400",
  ],
  [
    "7.4.2 Content-Length of 11 digits",
    text(["Content-Length: 00000000003"], "abc"),
    "bad-content-length Content-Length 400",
  ],
  ["8.1.1 no Via", text().replace("Via", "Vix"), "missing-header Via drop"],
  ["8.1.1 no To", text().replace("\r\nTo", "\r\nTx"), "missing-header To drop"],
  ["8.1.1 no CSeq", text().replace("CSeq", "CSex"), "missing-header CSeq drop"],
  ["8.1.1.4 Call-ID with a space", text(["Call-ID: a b"]), "bad-call-id Call-ID drop"],
  ["8.1.1.5 CSeq 2^31-1", text(["CSeq: 2147483647 OPTIONS"]), "ok"],
  ["8.1.1.5 CSeq 2^31", text(["CSeq: 2147483648 OPTIONS"]), "bad-cseq CSeq 400"],
  ["8.1.1.5 CSeq of another method", text(["CSeq: 1 INVITE"]), "method-mismatch CSeq 400"],
  ["8.1.1.6 Max-Forwards 256", text(["Max-Forwards: 256"]), "bad-max-forwards Max-Forwards 400"],
  [
    "8.1.1.6 Max-Forwards in words",
    text(["Max-Forwards: many"]),
    "bad-max-forwards Max-Forwards 400",
  ],
  [
    "8.2.2.1 foreign scheme",
    text().replace("sip:bob", "mailto:bob"),
    "unsupported-uri-scheme Request-URI 416",
  ],
  [
    "19.1.1 port 99999",
    text().replace("net SIP", "net:99999 SIP"),
    "bad-request-uri Request-URI 400",
  ],
  ["20 To twice", text(["To: <sip:b@x>", "t: <sip:c@x>"]), "duplicate-header t 400"],
  ["20.42 Via without host", text(["Via: SIP/2.0/UDP ;branch=z9hG4bK1"]), "bad-via Via drop"],
  ["20.42 Via with port 0", text(["Via: SIP/2.0/UDP h:0;branch=z9hG4bK1"]), "bad-via Via drop"],
  [
    "20.42 Via with branch twice",
    text(["Via: SIP/2.0/UDP h;branch=a;branch=b"]),
    "bad-via Via 400",
  ],
  [
    "17 ACK is never answered",
    text(["CSeq: 1 INVITE"]).replace("OPTIONS sip", "ACK sip"),
    "method-mismatch CSeq drop",
  ],
  ["no empty line", OPTIONS.join("\r\n"), "head-not-terminated head 400"],
  [
    "too many headers",
    text(Array.from({ length: HEADERS_MAX }, () => "Own: 1")),
    "too-many-headers headers 513",
  ],
  ["a line too long", text([`Own: ${"x".repeat(LINE_BYTES_MAX)}`]), "line-too-long Own 513"],
  [
    "folds too long",
    text([`X: ${"x\r\n ".repeat(LINE_BYTES_MAX)}`]),
    "line-too-long folded header 513",
  ],
  ["datagram too long", text([], "x".repeat(MESSAGE_BYTES_MAX)), "message-too-large message drop"],
  ["nothing", "", "empty message drop"],
  ["keep-alive", "\r\n\r\n", "empty message drop"],
])("RFC 3261 %s", (_claim, wire, expected) => {
  expect(verdict(wire)).toBe(expected);
});

test("7.3.1 folds become one space and the shown name stays", () => {
  const message = accepted(text(["sUBJECT:  one\r\n\ttwo\r\n   three  "]));
  expect(message.headers.at(-1)).toEqual({
    name: "subject",
    shown: "sUBJECT",
    value: "one two three",
  });
});

test("7.3.3 compact names mean the long ones", () => {
  const wire = [
    "OPTIONS sip:b@x SIP/2.0",
    "v: SIP/2.0/TCP h;branch=z9",
    "f: <sip:a@x>;tag=1",
    "t: <sip:b@x>",
    "i: c",
    "CSeq: 1 OPTIONS",
    "m: <sip:a@h>",
    "k: timer",
    "s: x",
    "c: text/plain",
    "e: gzip",

    "o: presence",
    "r: <sip:c@x>",
    "b: <sip:d@x>",
    "u: conference",
    "x: 1800",
    "l: 2",
    "",
    "hi",
  ].join("\r\n");
  const names = accepted(wire).headers.map((line) => line.name);
  expect(names).toEqual([
    "via",
    "from",
    "to",
    "call-id",
    "cseq",
    "contact",
    "supported",
    "subject",
    "content-type",
    "content-encoding",
    "event",
    "refer-to",
    "referred-by",
    "allow-events",
    "session-expires",
    "content-length",
  ]);
});

test("7.4.2 a body without Content-Length goes to the end of the datagram", () => {
  expect(accepted(text([], "hello")).body).toBe("hello");
});

test("7.5 empty lines before the start line are skipped", () => {
  expect(accepted(`\r\n\r\n${text()}`).kind).toBe("request");
});

test("18.3 bytes after the Content-Length are cut off", () => {
  expect(accepted(text(["Content-Length: 2"], "abcd")).body).toBe("ab");
});

test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
  "a header, parameter and list item named %s is harmless text",
  (name) => {
    const wire = text([
      `${name}: 1`,
      `Via: SIP/2.0/UDP h;branch=b;${name}=2`,
      `Route: <sip:h;${name}>`,
    ]);
    const message = accepted(wire);
    expect(header(message, name.toLowerCase())).toBe("1");
    expect(topVia(message)?.params.get(name.toLowerCase())).toBe("2");
    expect(header(message, "nothing")).toBeUndefined();
    expect(headerValues(message, "route")).toHaveLength(1);
    expect(Object.hasOwn(Object.prototype, "1")).toBe(false);
  },
);

test("an escaped line break in a name stays a name: no header is injected", () => {
  const message = accepted(text(["X%3A%20y%0D%0ARoute: <sip:evil;lr>"]));
  expect(header(message, "route")).toBeUndefined();
  expect(header(message, "x%3a%20y%0d%0aroute")).toBe("<sip:evil;lr>");
});
