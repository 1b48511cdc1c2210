import fc from "fast-check";
import { expect, test } from "vitest";
import { sipUriText } from "../../../test/message-arbitrary.ts";
import { parseSipUri } from "./uri.ts";

test.each([
  ["sip:example.com", { scheme: "sip", user: "", host: "example.com" }],
  [
    "SIPS:Alice@Example.COM:5061",
    { scheme: "sips", user: "Alice", host: "example.com", port: 5061 },
  ],
  ["sip:alice:secret@h", { user: "alice", host: "h" }],
  ["sip:+81-3@h;user=phone", { user: "+81-3", host: "h" }],
  ["sip:[2001:db8::9:1]:5070", { user: "", host: "[2001:db8::9:1]", port: 5070 }],
  ["sip:u@[::1];lr", { user: "u", host: "[::1]" }],
  ["sip:user;par=u%40x@h", { user: "user;par=u%40x" }],
  ["sip:%61lice%2fx@h", { user: "alice%2Fx" }],
  ["sip:%00@h", { user: "%00" }],
  [
    "sip:1_x~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1@h",
    { user: "1_x~(to-be!sure)&isn't+it$/crazy?,/;;*" },
  ],
  ["tel:+81-3-1234-5678;phone-context=x", { scheme: "tel", user: "+81-3-1234-5678", host: "" }],
])("19.1.1 a URI: %s", (text, expected) => {
  expect(parseSipUri(text)).toMatchObject({ kind: "sip-uri", ...expected });
});

test.each([
  "",
  "sip:",
  "sip:@h",
  "sip:a@",
  "sip:a@b@c",
  "sip:h:",
  "sip:h:0",
  "sip:h:65536",
  "sip:h:5060x",
  "sip:[::1",
  "sip:[1.2.3.4]",
  "sip:a b@h",
  "sip:h; lr",
  "sip:h;",
  "sip:h;;lr",
  "sip:h;lr;LR",

  "sip:%4@h",
  "sip:%zz@h",
  "sip:h?",
  "sip:h?=1",
  "<sip:a@h>",
  'sip:a"@h',
  "tel:",
  "tel:x",
  ":x",
  "sip:a\r\n@h",
  "sip:\xe9@h",
  "sip:h/path",
  "tel:+1?h=1",
  "1x:y",
  "http://a b",
])("19.1.1 malformed: %j", (text) => {
  expect(parseSipUri(text)).toEqual({ kind: "uri-fault", reason: "malformed" });
});

test.each(["http://h/", "mailto:a@b", "urn:service:sos", "nobodyKnowsThisScheme:totallyopaque"])(
  "8.2.2.1 another scheme: %s",
  (text) => {
    expect(parseSipUri(text)).toEqual({ kind: "uri-fault", reason: "unsupported-scheme" });
  },
);

test("parameters and headers are read by lower-case name, prototype names included", () => {
  const uri = parseSipUri("sip:h;LR;Transport=TCP;__proto__=1?Subject=a%20b&x=");
  if (uri.kind === "uri-fault") throw new Error();
  expect([...uri.params]).toEqual([
    ["lr", ""],
    ["transport", "TCP"],
    ["__proto__", "1"],
  ]);
  expect([...uri.headers]).toEqual([
    ["subject", "a%20b"],
    ["x", ""],
  ]);
});

test("every URI of the grammar is read", () => {
  fc.assert(
    fc.property(sipUriText(), (text) => {
      expect(parseSipUri(text).kind).toBe("sip-uri");
    }),
  );
});

test("any text gives a URI or a fault", () => {
  const scrap = fc.constantFrom(
    "sip:",
    "tel:",
    "@",
    ":",
    ";",
    "?",
    "&",
    "=",
    "%41",
    "[",
    "]",
    "a",
    "1",
  );
  const text = fc.array(fc.oneof(scrap, fc.string({ maxLength: 3 })), { maxLength: 12 });
  fc.assert(
    fc.property(text, (parts) => {
      expect(["sip-uri", "uri-fault"]).toContain(parseSipUri(parts.join("")).kind);
    }),
    { numRuns: 2_000 },
  );
});
