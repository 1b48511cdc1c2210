import { describe, expect, it } from "vitest";
import {
  audioAnswer,
  audioOffer,
  type MediaDirection,
  readAudioPort,
  readDirection,
} from "./sdp.ts";

const audio = { address: "127.0.0.1", port: 20_000 };

describe("audio descriptions", () => {
  it("an offer names its port and both directions", () => {
    const offer = audioOffer(audio);
    expect(readAudioPort(offer)).toBe(20_000);
    expect(readDirection(offer)).toBe("sendrecv");
    expect(offer.split("\r\n").at(-1)).toBe("");
  });

  it.each<[MediaDirection, MediaDirection]>([
    ["sendrecv", "sendrecv"],
    ["sendonly", "recvonly"],
    ["recvonly", "sendonly"],
    ["inactive", "inactive"],
  ])("RFC 3264 6.1: %s is answered %s", (offered, answered) => {
    const answer = audioAnswer(audioOffer({ ...audio, direction: offered }), audio);
    expect(readDirection(answer)).toBe(answered);
  });

  it("a description without audio has no audio port", () => {
    expect(readAudioPort("v=0\r\nm=image 5000 udptl t38\r\n")).toBeNull();
  });
});
