/**
 * The torture messages of RFC 4475 (and a few of the `sip` package's own), each with its verdict:
 * what the door says and what the readers say after it.
 */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { contacts, expires, requestUri, routes, topVia } from "./fields.ts";
import type { SipMessage } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { respond, serialize } from "./serialize.ts";

const folder = join(dirname(createRequire(import.meta.url).resolve("sip")), "test", "messages");

function load(name: string): string {
  const text = readFileSync(join(folder, `${name}.dat`), "latin1");
  return name === "baddn" ? `${text}\r\n` : text;
}

/** "ok", or the fault as `reason@where` with the status to answer, or "drop". */
const verdicts: readonly (readonly [name: string, section: string, verdict: string])[] = [
  ["wsinv", "3.1.1.1 tortuous whitespace", "ok"],
  // DEVIATION: RFC 4475 3.1.1.2 has BEL, NUL and DEL as quoted pairs; we refuse controls anywhere.
  ["intmeth", "3.1.1.2 wide range of characters", "control-character@To drop"],
  ["esc01", "3.1.1.3 escaping within URIs", "ok"],
  ["escnull", "3.1.1.4 escaped nulls in URIs", "ok"],
  ["esc02", "3.1.1.5 % where it is no escape", "ok"],
  ["lwsdisp", "3.1.1.6 no space between display name and <", "ok"],
  ["longreq", "3.1.1.7 long values", "ok"],
  ["dblreq", "3.1.1.8 trailing octets in a UDP datagram", "ok"],
  ["semiuri", "3.1.1.9 semicolon in the user part", "ok"],
  ["transports", "3.1.1.10 varied transports in Via", "ok"],
  ["mpart01", "3.1.1.11 multipart MIME", "ok"],
  ["unreason", "3.1.1.12 unusual reason phrase", "ok"],
  ["noreason", "3.1.1.13 empty reason phrase", "ok"],
  ["badinv01", "3.1.2.1 extraneous separators", "bad-via@Via 400"],
  ["clerr", "3.1.2.2 Content-Length larger than the message", "body-too-short@Content-Length 400"],
  ["ncl", "3.1.2.3 negative Content-Length", "bad-content-length@Content-Length 400"],
  ["scalar02", "3.1.2.4 overlarge scalars in a request", "bad-cseq@CSeq 400"],
  ["scalarlg", "3.1.2.5 overlarge scalars in a response", "bad-cseq@CSeq drop"],
  ["quotbal", "3.1.2.6 unterminated quoted string", "bad-address@To 400"],
  ["ltgtruri", "3.1.2.7 <> around the Request-URI", "bad-request-uri@Request-URI 400"],
  ["lwsruri", "3.1.2.8 space in the Request-URI", "bad-start-line@start line 400"],
  ["lwsstart", "3.1.2.9 more than one space in the request line", "bad-start-line@start line 400"],
  ["trws", "3.1.2.10 spaces after the request line", "bad-start-line@start line 400"],
  ["escruri", "3.1.2.11 headers in the Request-URI", "bad-request-uri@Request-URI 400"],
  ["baddate", "3.1.2.12 foreign time zone in Date", "ok"],
  ["regbadct", "3.1.2.13 Contact with headers, no <>", "ok contact-malformed"],
  ["badaspec", "3.1.2.14 spaces within an addr-spec", "bad-address@To 400"],
  ["baddn", "3.1.2.15 non-token characters in a display name", "bad-address@From 400"],
  ["badvers", "3.1.2.16 unknown protocol version", "unsupported-version@start line 505"],
  ["mismatch01", "3.1.2.17 CSeq method mismatch", "method-mismatch@CSeq 400"],
  ["mismatch02", "3.1.2.18 unknown method, CSeq mismatch", "method-mismatch@CSeq 400"],
  ["bigcode", "3.1.2.19 overlarge status code", "bad-start-line@start line drop"],
  ["badbranch", "3.2.1 branch is the cookie alone", "ok"],
  ["insuf", "3.3.1 missing required headers", "missing-header@From drop"],
  ["unkscm", "3.3.2 unknown URI scheme", "unsupported-uri-scheme@Request-URI 416"],
  ["novelsc", "3.3.3 known but untypical URI scheme", "unsupported-uri-scheme@Request-URI 416"],
  ["unksm2", "3.3.4 unknown schemes in header fields", "ok"],
  ["bext01", "3.3.5 unknown Require", "ok"],
  ["invut", "3.3.6 unknown content type", "ok"],
  ["regaut01", "3.3.7 unknown authorization scheme", "ok"],
  ["multi01", "3.3.8 single-value headers twice", "duplicate-header@CSeq 400"],
  ["mcl01", "3.3.9 several Content-Length", "duplicate-header@Content-Length 400"],
  ["bcast", "3.3.10 200 with a broadcast Via", "ok"],
  ["zeromf", "3.3.11 Max-Forwards 0", "ok"],
  ["cparam01", "3.3.12 REGISTER with a contact parameter", "ok"],
  ["cparam02", "3.3.13 REGISTER with a URI parameter", "ok"],
  ["regescrt", "3.3.14 REGISTER with an escaped URI header", "ok"],
  ["sdp01", "3.3.15 unacceptable Accept", "ok"],
  ["inv2543", "3.4.1 INVITE of RFC 2543", "ok"],
  ["badcseq", "no number in CSeq", "bad-cseq@CSeq drop"],
  ["baddn_sep", "a datagram of CRLF only", "empty@message drop"],
  ["test", "no SIP version", "bad-start-line@start line drop"],
];

function verdict(text: string): string {
  const message = parseMessage(text);
  if (message.kind !== "parse-fault") {
    return contacts(message).kind === "malformed" ? "ok contact-malformed" : "ok";
  }
  return `${message.reason}@${message.where} ${message.status ?? "drop"}`;
}

function accepted(name: string): SipMessage {
  const message = parseMessage(load(name));
  if (message.kind === "parse-fault") throw new Error(`${name}: ${message.reason}`);
  return message;
}

test.each(verdicts)("RFC 4475 %s: %s", (name, _section, expected) => {
  expect(verdict(load(name))).toBe(expected);
});

test("every torture file of the package has a verdict", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".dat"));
  expect(verdicts.map(([name]) => `${name}.dat`).sort()).toEqual(files.sort());
});

test("every fault with a status can be answered, and the answer is a message", () => {
  let answered = 0;
  for (const [name] of verdicts) {
    const fault = parseMessage(load(name));
    if (fault.kind !== "parse-fault" || fault.status === undefined) continue;
    if (fault.partial === undefined) throw new Error(name);
    const answer = serialize(respond(fault.partial, fault.status, { toTag: "edge" }));
    expect(answer).toContain(`SIP/2.0 ${fault.status} `);
    expect(answer.endsWith("Content-Length: 0\r\n\r\n")).toBe(true);
    answered += 1;
  }
  expect(answered).toBe(verdicts.filter(([, , text]) => /\d{3}$/.test(text)).length);
});

test("RFC 4475 3.1.1.1: folded and spaced fields read like plain ones", () => {
  const message = accepted("wsinv");
  expect(topVia(message)).toMatchObject({
    transport: "udp",
    host: "192.0.2.2",
    branch: "390skdjuw",
  });
  expect(message.headers.find((line) => line.name === "newfangledheader")?.value).toBe(
    "newfangled value continued newfangled value",
  );
  expect(routes(message)).toEqual([
    "<sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
  ]);
  expect(contacts(message)).toMatchObject({
    list: [{ display: 'Quoted string ""', uri: "sip:jdrosen@example.com" }],
  });
  expect(message.body.length).toBe(150);
});

test("RFC 4475 3.1.1.3: needless escapes in the user are decoded, the others stay", () => {
  const message = accepted("esc01");
  if (message.kind !== "request") throw new Error();
  expect(requestUri(message)).toMatchObject({ user: "sips%3Auser%40example.com" });
});

test("RFC 4475 3.1.1.5: an escaped header name is a name of its own, never unescaped", () => {
  const names = accepted("esc02").headers.map((line) => line.name);
  expect(names.filter((name) => name === "contact")).toHaveLength(2);
  expect(names).toContain("c%6fntact");
});

test("RFC 4475 3.1.1.7: 34 Via in all spellings are 34 Via", () => {
  expect(accepted("longreq").headers.filter((line) => line.name === "via")).toHaveLength(34);
});

test("RFC 4475 3.1.1.8: what follows the Content-Length is no part of the message", () => {
  expect(accepted("dblreq").body).toBe("");
});

test("RFC 4475 3.1.2.4: an overlarge Expires reads as 2^32-1", () => {
  const text = load("scalar02").replace("36893488147419103232", "1").replace("300", "70");
  const message = parseMessage(text);
  if (message.kind === "parse-fault") throw new Error(message.reason);
  expect(expires(message)).toBe(2 ** 32 - 1);
});
