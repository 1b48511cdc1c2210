import { expect, test } from "vitest";
import { readSdp, scrubSdp } from "./sdp.ts";

const CALLER = "09012345678";
const OFFER = [
  "v=0",
  `o=${CALLER} 2890844526 2890844527 IN IP4 192.0.2.10`,
  `s=Call of ${CALLER}`,
  `i=${CALLER}`,
  `u=http://example.net/${CALLER}`,
  `e=${CALLER}@example.net (Alice)`,
  `p=+81 ${CALLER}`,
  "c=IN IP4 192.0.2.10",
  "t=0 0",
  "m=audio 49172 RTP/AVP 0 101",
  "i=Alice's telephone",
  "a=rtpmap:0 PCMU/8000",
  `a=ssrc:1 cname:${CALLER}@192.0.2.10`,
  "a=sendonly",
  "",
].join("\r\n");

test("DOMAIN R8: no digit of the caller is left, media lines are", () => {
  const scrubbed = scrubSdp(OFFER, { hidden: [CALLER] });
  expect(scrubbed).toBe(
    [
      "v=0",
      "o=- 2890844526 2890844527 IN IP4 192.0.2.10",
      "s=-",
      "c=IN IP4 192.0.2.10",
      "t=0 0",
      "m=audio 49172 RTP/AVP 0 101",
      "a=rtpmap:0 PCMU/8000",
      "a=sendonly",
      "",
    ].join("\r\n"),
  );
  expect(scrubbed).not.toContain(CALLER);
});

test("DOMAIN R8: an extension too short to search for is not named by RFC 5576's cname", () => {
  const body = "a=ssrc:7 cname:sip:1001@demo\r\na=ssrc-group:FID 7 8\r\na=sendrecv\r\n";
  expect(scrubSdp(body, { hidden: ["1001"] })).toBe("a=sendrecv\r\n");
});

test("RFC 8866 5.2: the origin takes our session id and address, and keeps its version", () => {
  const origin = (address: string) =>
    scrubSdp(OFFER, { sessionId: "42", address, sessionName: "call" }).split("\r\n").slice(1, 3);
  expect(origin("198.51.100.1")).toEqual(["o=- 42 2890844527 IN IP4 198.51.100.1", "s=call"]);
  expect(origin("2001:db8::1")).toEqual(["o=- 42 2890844527 IN IP6 2001:db8::1", "s=call"]);
});

test.each(["o=", "o=a b", `o=${CALLER}`, "o=1 2 3 4 5"])(
  "a broken origin %j gives a whole one",
  (line) => {
    expect(scrubSdp(`v=0\n${line}\ns=x\n`)).toBe("v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\n");
  },
);

test("a user name with spaces does not push digits into the other words", () => {
  expect(scrubSdp(`o=my ${CALLER} 1 2 IN IP4 h\r\n`)).toBe("o=- 1 2 IN IP4 h\r\n");
});

test("short digits do not take codec lines away", () => {
  expect(scrubSdp("a=rtpmap:101 x/8000\r\n", { hidden: ["101"] })).toBe("a=rtpmap:101 x/8000\r\n");
});

test("RFC 3264 8.4: address, port and direction of the first media line", () => {
  expect(readSdp(OFFER)).toEqual({ address: "192.0.2.10", port: 49_172, direction: "sendonly" });
  const held =
    "v=0\nc=IN IP4 0.0.0.0\na=inactive\nm=audio 0 RTP/AVP 0\nc=IN IP6 ::1\nm=video 9 x 1\na=sendonly\n";
  expect(readSdp(held)).toEqual({ address: "::1", port: 0, direction: "inactive" });
  expect(readSdp("")).toEqual({ address: undefined, port: undefined, direction: "sendrecv" });
});
