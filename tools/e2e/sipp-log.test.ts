import { describe, expect, it } from "vitest";
import { callsIn } from "./sipp-log.ts";

/** One message as SIPp logs it, at a second of one minute. */
const logged = (second: string, how: "sent" | "received", start: string, more = ""): string => {
  const size = how === "sent" ? "sent (9 bytes):" : "received [9] bytes :";
  const cseq = start.startsWith("BYE") || more.includes("bye") ? "2 BYE" : "1 INVITE";
  const head = `${start}\r\nFrom: <sip:0399000001@h>;tag=1\r\nCall-ID: c1\r\nCSeq: ${cseq}\r\n`;
  const dashes = "-".repeat(47);
  return `${dashes} 2026-11-22 13:45:${second}000\nUDP message ${size}\n\n${head}${more}\r\n`;
};

const INVITE = logged(
  "01.000",
  "sent",
  "INVITE sip:1@h SIP/2.0",
  "\r\nm=audio 20002 RTP/AVP 0\r\n",
);
const at = (second: string): number => Date.parse(`2026-11-22T13:45:${second}`);

describe("a call in SIPp's message log", () => {
  it("is known by its audio port and caller, answered by its first final response", () => {
    const [call, ...others] = callsIn(
      INVITE +
        logged("01.100", "received", "SIP/2.0 100 Trying") +
        logged("02.000", "received", "SIP/2.0 200 OK") +
        logged("02.500", "received", "SIP/2.0 200 OK") +
        logged("05.000", "sent", "BYE sip:1@h SIP/2.0") +
        logged("05.500", "sent", "BYE sip:1@h SIP/2.0") +
        logged("05.600", "received", "SIP/2.0 200 OK", "X: bye\r\n"),
    );
    expect(others).toEqual([]);
    expect(call).toEqual({
      audioPort: 20002,
      from: "0399000001",
      offeredAt: at("01.000"),
      final: { status: 200, at: at("02.000"), retryAfter: "" },
      byeSentAt: at("05.000"),
      byeGotAt: null,
      byeStatus: 200,
    });
  });

  it("that is refused shows the status and when to try again", () => {
    const refusal = logged("03.000", "received", "SIP/2.0 503 Busy", "Retry-After: 5\r\n");
    expect(callsIn(INVITE + refusal)[0]?.final).toEqual({
      status: 503,
      at: at("03.000"),
      retryAfter: "5",
    });
  });

  it("that the far end hung up has no BYE of its own", () => {
    const [call] = callsIn(INVITE + logged("04.000", "received", "BYE sip:1@h SIP/2.0"));
    expect(call).toMatchObject({ byeSentAt: null, byeGotAt: at("04.000"), final: null });
  });
});
