/**
 * The registrar: the {@link AnswerRegister} port (RFC 3261 10.3). Owns: the order of its steps and the
 * responses. Does not own: authentication, the rules of bindings, their store.
 *
 * RG1  A telephone registers its own extension and no other (10.3 step 4).
 * RG2  When the store cannot be asked: 503 with Retry-After; what is registered stays as it is.
 */
import { unreachable } from "../../../lib/telephony/assert.ts";
import type { CompanyId, Extension, NodeId } from "../../../lib/telephony/ids.ts";
import type { Instant } from "../../../lib/telephony/instant.ts";
import { headerValues, to } from "../core/message/fields.ts";
import type { Endpoint, SipRequest, SipResponse } from "../core/message/message.ts";
import { type HeaderPair, respond } from "../core/message/serialize.ts";
import { parseSipUri } from "../core/message/uri.ts";
import {
  CONTACTS_MAX,
  type ContactBinding,
  contactValues,
  EXPIRES_MIN_S,
  type RegisterRefusal,
  register,
} from "../core/registration.ts";
import type { AnswerRegister, Authenticate } from "../ports.ts";
import type { Bindings, Decision } from "./bindings.ts";

/** What became of a REGISTER; each is counted. */
export type RegisterOutcome =
  | "registered"
  | "unchanged"
  | RegisterRefusal
  | "unauthenticated"
  | "refused"
  | "ignored"
  | "wrong-aor"
  | "unsupported-extension"
  | "unavailable";

/** All outcomes, for the metric's label. */
export const REGISTER_OUTCOMES: readonly RegisterOutcome[] = [
  "registered",
  "unchanged",
  "bad-contact",
  "interval-too-brief",
  "out-of-order",
  "too-many-contacts",
  "unauthenticated",
  "refused",
  "ignored",
  "wrong-aor",
  "unsupported-extension",
  "unavailable",
];

/** Everything the registrar needs from outside. */
export interface RegistrarOptions {
  readonly authenticate: Authenticate;
  readonly bindings: Bindings;
  readonly edge: NodeId;
  readonly boot: string;
  readonly now: () => Instant;
  /** A number in [0,1), for the spread of expiries. */
  readonly draw: () => number;
  readonly mintToken: () => string;
  readonly count: (outcome: RegisterOutcome) => void;
}

interface Answer {
  readonly outcome: RegisterOutcome;
  readonly status: number;
  readonly reason?: string;
  readonly headers?: readonly HeaderPair[];
}

/** Seconds after which a telephone that got 503 may try again. */
const RETRY_AFTER: HeaderPair = ["Retry-After", "5"];
const UNAVAILABLE: Answer = { outcome: "unavailable", status: 503, headers: [RETRY_AFTER] };

/** Makes the port. */
export function createRegistrar(options: RegistrarOptions): AnswerRegister {
  const answer = (request: SipRequest, { outcome, status, reason, headers }: Answer) => {
    options.count(outcome);
    return respond(request, status, {
      toTag: options.mintToken(),
      ...(reason === undefined ? {} : { reason }),
      ...(headers === undefined ? {} : { headers }),
    });
  };
  return async (request: SipRequest, source: Endpoint): Promise<SipResponse | null> => {
    const sender = await options.authenticate(request, source);
    switch (sender.kind) {
      case "silence":
        options.count("ignored");
        return null;
      case "challenge":
        options.count("unauthenticated");
        return sender.response;
      case "refuse":
        if (sender.status === 503) return answer(request, UNAVAILABLE);
        return answer(request, { outcome: "refused", status: sender.status });
      case "trunk":
        return answer(request, { outcome: "refused", status: 403 });
      case "extension":
        return answer(request, await registered(options, sender, request, source));
      default:
        return unreachable(sender);
    }
  };
}

async function registered(
  options: RegistrarOptions,
  sender: {
    readonly companyId: CompanyId;
    readonly extension: Extension;
    readonly domain: string;
  },
  request: SipRequest,
  source: Endpoint,
): Promise<Answer> {
  const required = headerValues(request, "require");
  if (required.length > 0) {
    const headers: readonly HeaderPair[] = [["Unsupported", required.join(", ")]];
    return { outcome: "unsupported-extension", status: 420, headers };
  }
  const aor = parseSipUri(to(request).uri);
  if (aor.kind === "uri-fault" || aor.user !== sender.extension || aor.host !== sender.domain) {
    return { outcome: "wrong-aor", status: 403, reason: "Not Your Address Of Record" };
  }
  const origin = { endpoint: source, edge: options.edge, boot: options.boot };
  const draw = options.draw();
  const decide = (current: readonly ContactBinding[]): Decision<Answer> => {
    const at = options.now();
    const verdict = register(current, { request, origin, at, draw });
    if (verdict.kind === "refused") return { bindings: null, result: refusal(verdict.refusal) };
    const { bindings, isWriteNeeded } = verdict;
    const result = accepted(isWriteNeeded ? "registered" : "unchanged", bindings, at);
    return { bindings: isWriteNeeded ? bindings : null, result };
  };
  const changed = await options.bindings.change(sender.companyId, sender.extension, decide);
  return changed.kind === "changed" ? changed.result : UNAVAILABLE;
}

/** 10.3 step 8. */
function accepted(
  outcome: "registered" | "unchanged",
  bindings: readonly ContactBinding[],
  at: Instant,
): Answer {
  const contacts = contactValues(bindings, at).map((value): HeaderPair => ["Contact", value]);
  // Date lets a telephone without a clock set one (RFC 3261 20.17).
  const date: HeaderPair = ["Date", new Date(at).toUTCString()];
  return { outcome, status: 200, headers: [...contacts, date] };
}

function refusal(outcome: RegisterRefusal): Answer {
  switch (outcome) {
    case "bad-contact":
      return { outcome, status: 400, reason: "Bad Contact" };
    case "interval-too-brief":
      return { outcome, status: 423, headers: [["Min-Expires", String(EXPIRES_MIN_S)]] };
    case "out-of-order":
      return { outcome, status: 500, reason: "CSeq Out Of Order" };
    case "too-many-contacts":
      return { outcome, status: 403, reason: `More Than ${CONTACTS_MAX} Contacts` };
    default:
      return unreachable(outcome);
  }
}
