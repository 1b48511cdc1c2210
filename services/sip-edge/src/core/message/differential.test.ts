/**
 * Our reader against the `sip` package's: on messages that both accept, both see the same request.
 * Known differences, where the RFC decides for ours:
 *   - Via values split over header lines and commas are one list in both; `sip` keeps the transport's case.
 *   - `sip` unescapes header names and methods (RFC 3261 7.3.1: names are tokens), so those are left out.
 *   - `sip` reads a bare URI's `?` and `,` as part of it (RFC 3261 20.10: such a Contact is malformed).
 */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sipMessage } from "../../../test/message-arbitrary.ts";
import { callId, contacts, cseq, from, to, topVia } from "./fields.ts";
import type { SipMessage } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { serialize } from "./serialize.ts";

interface TheirAddress {
  readonly uri: string;
  readonly params: Readonly<Record<string, string | null>>;
}

interface TheirMessage {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly headers: {
    readonly via: readonly { host: string; port?: number; params: Record<string, string | null> }[];
    readonly from: TheirAddress;
    readonly to: TheirAddress;
    readonly cseq: { readonly seq: number; readonly method: string };
    readonly contact?: readonly TheirAddress[] | "*";
    readonly "call-id": string;
  };
}

const require = createRequire(import.meta.url);
const sip: { parse(text: string): TheirMessage | undefined } = require("sip");

function ours(message: SipMessage) {
  const list = contacts(message);
  return {
    start: message.kind === "request" ? [message.method, message.uri] : [message.status],
    callId: callId(message),
    cseq: [cseq(message).number, cseq(message).method],
    from: [from(message).uri, from(message).tag ?? null],
    to: [to(message).uri, to(message).tag ?? null],
    via: [topVia(message)?.host, topVia(message)?.port ?? null, topVia(message)?.branch ?? null],
    contacts: list.kind === "list" ? list.list.map((contact) => contact.uri) : [list.kind],
  };
}

function theirs({ method, uri, status, headers }: TheirMessage) {
  const via = headers.via[0];
  const contact = headers.contact ?? [];
  return {
    start: status === undefined ? [method, uri] : [status],
    callId: headers["call-id"],
    cseq: [headers.cseq.seq, headers.cseq.method],
    from: [headers.from.uri, headers.from.params["tag"] ?? null],
    to: [headers.to.uri, headers.to.params["tag"] ?? null],
    via: [via?.host.toLowerCase(), via?.port ?? null, via?.params["branch"] ?? null],
    contacts: contact === "*" ? ["star"] : contact.map((one) => one.uri),
  };
}

test("generated messages read the same in both", () => {
  fc.assert(
    fc.property(sipMessage(), (message) => {
      const wire = serialize(message);
      const mine = parseMessage(wire);
      const other = sip.parse(wire);
      if (mine.kind === "parse-fault" || other === undefined) throw new Error("refused");
      expect(ours(mine)).toEqual(theirs(other));
    }),
    { numRuns: 150 },
  );
});

test("torture messages that both accept read the same in both", () => {
  const folder = join(dirname(require.resolve("sip")), "test", "messages");
  const decidedByRfc = new Set(["esc02.dat", "regbadct.dat"]);
  let compared = 0;
  for (const file of readdirSync(folder)) {
    if (!file.endsWith(".dat") || decidedByRfc.has(file)) continue;
    const wire = readFileSync(join(folder, file), "latin1");
    const mine = parseMessage(wire);
    if (mine.kind === "parse-fault") continue;
    const other = sip.parse(wire);
    if (other === undefined) continue;
    expect({ file, ...ours(mine) }).toEqual({ file, ...theirs(other) });
    compared += 1;
  }
  expect(compared).toBeGreaterThan(20);
});
