import { expect, it } from "vitest";
import { readNetstrings } from "./netstring.ts";

it("texts are found however the bytes are cut; a length counts bytes", () => {
  const bytes = Buffer.from("5:hello,0:,3:あ,");
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const texts: string[] = [];
    const read = readNetstrings((text) => texts.push(text));
    read(bytes.subarray(0, cut));
    read(bytes.subarray(cut));
    expect(texts).toEqual(["hello", "", "あ"]);
  }
});

it("what is no netstring is refused", () => {
  const read = readNetstrings(() => undefined);
  expect(() => read(Buffer.from("HTTP/1.1 200"))).toThrow("no netstring");
});
