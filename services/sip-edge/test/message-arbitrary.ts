/**
 * Generators of well-formed SIP messages for the property tests of core/message.
 */

import fc from "fast-check";
import type { SipMessage } from "../src/core/message/message.ts";
import { type HeaderPair, request, respond } from "../src/core/message/serialize.ts";

const word = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/);
const hostName = fc.constantFrom("example.net", "192.0.2.7", "[2001:db8::1]", "Edge-1.Example.ORG");
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const user = fc.stringMatching(/^[a-z0-9+][a-z0-9\-_.]{0,10}$/);
const text = fc.stringMatching(/^[!-~\u00a1-\u00ff]([ -~\u00a1-\u00ff]{0,30}[!-~\u00a1-\u00ff])?$/);
const body = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
});
const method = fc.constantFrom("INVITE", "BYE", "OPTIONS", "REGISTER", "INFO", "X-Own");

/** A SIP URI with or without user, port and a parameter. */
export function sipUriText(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom("sip", "sips"), fc.option(user), hostName, port, fc.boolean())
    .map(([scheme, name, host, at, isTcp]) => {
      const place = at === undefined ? host : `${host}:${at}`;
      const owner = name === null ? "" : `${name}@`;
      return `${scheme}:${owner}${place}${isTcp ? ";transport=tcp" : ""}`;
    });
}

function address(): fc.Arbitrary<string> {
  const display = fc.constantFrom("", "Bob ", '"Bell, A. \\"x\\" <y>" ', "two words ");
  return fc.tuple(display, sipUriText()).map(([name, uri]) => `${name}<${uri}>`);
}

function tagged(): fc.Arbitrary<string> {
  return fc.tuple(address(), word).map(([addr, tag]) => `${addr};tag=${tag}`);
}

function via(): fc.Arbitrary<string> {
  const transport = fc.constantFrom("UDP", "TCP", "TLS");
  const host = fc.constantFrom("192.0.2.1", "sbc.example.org");
  return fc
    .tuple(transport, host, port, word, fc.boolean())
    .map(([kind, at, number, branch, asks]) => {
      const sentBy = number === undefined ? at : `${at}:${number}`;
      return `SIP/2.0/${kind} ${sentBy};branch=z9hG4bK${branch}${asks ? ";rport" : ""}`;
    });
}

function ownHeader(): fc.Arbitrary<HeaderPair> {
  const name = fc.constantFrom("X-Own", "Subject", "user-agent", "__proto__", "constructor");
  return fc.tuple(name, fc.oneof(text, fc.constant("")));
}

/** A request or a response that parseMessage accepts; Subject at most once. */
export function sipMessage(): fc.Arbitrary<SipMessage> {
  return fc
    .record({
      method,
      uri: sipUriText(),
      vias: fc.array(via(), { minLength: 1, maxLength: 3 }),
      from: tagged(),
      to: fc.oneof(address(), tagged()),
      callId: word,
      number: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      contacts: fc.array(address(), { maxLength: 2 }),
      own: fc.uniqueArray(ownHeader(), { maxLength: 4, selector: ([name]) => name.toLowerCase() }),
      body,
      status: fc.option(fc.integer({ min: 100, max: 699 })),
    })
    .map((parts) => {
      const headers: HeaderPair[] = [
        ...parts.vias.map((value): HeaderPair => ["Via", value]),
        ["From", parts.from],
        ["t", parts.to],
        ["Call-ID", parts.callId],
        ["CSeq", `${parts.number} ${parts.method}`],
        ...(parts.contacts.length > 0 ? ([["Contact", parts.contacts.join(", ")]] as const) : []),
        ...parts.own,
      ];
      const asked = request({ method: parts.method, uri: parts.uri, headers, body: parts.body });
      if (parts.status === null) return asked;
      return respond(asked, parts.status, { toTag: "edge", body: parts.body });
    });
}
