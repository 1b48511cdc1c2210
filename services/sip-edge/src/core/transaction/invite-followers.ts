/**
 * The two requests that an INVITE client transaction makes by itself: the ACK of a refusal (RFC 3261
 * 17.1.1.3) and CANCEL (9.1). Both are copies of the INVITE as sent: same Request-URI, same top Via
 * with its branch, same Route. Does not own: when they are sent.
 */
import { cseq } from "../message/fields.ts";
import type { HeaderLine, SipRequest, SipResponse } from "../message/message.ts";
import { request } from "../message/serialize.ts";
import { endOfFirstVia } from "../message/via.ts";

type Pair = readonly [name: string, value: string];

/** The ACK of a 3xx-6xx: the To comes from the response, with its tag. */
export function ackOfRefusal(invite: SipRequest, response: SipResponse): SipRequest {
  const to = response.headers.find((line) => line.name === "to");
  return follower(invite, "ACK", to, []);
}

/** CANCEL; `extra` may carry a Reason. The To is that of the INVITE, without a tag of a response. */
export function cancelOf(invite: SipRequest, extra: readonly Pair[]): SipRequest {
  return follower(invite, "CANCEL", undefined, extra);
}

function follower(
  invite: SipRequest,
  method: "ACK" | "CANCEL",
  to: HeaderLine | undefined,
  extra: readonly Pair[],
): SipRequest {
  const headers: Pair[] = [];
  let isViaCopied = false;
  for (const line of invite.headers) {
    switch (line.name) {
      case "via":
        if (!isViaCopied) {
          headers.push(["Via", line.value.slice(0, endOfFirstVia(line.value))]);
        }
        isViaCopied = true;
        break;
      case "to":
        headers.push(["To", to?.value ?? line.value]);
        break;
      case "from":
      case "call-id":
      case "route":
        headers.push([line.shown, line.value]);
        break;
      case "cseq":
        headers.push(["CSeq", `${cseq(invite).number} ${method}`]);
        break;
      default:
        break;
    }
  }
  headers.push(["Max-Forwards", "70"], ...extra);
  return request({ method, uri: invite.uri, headers });
}
