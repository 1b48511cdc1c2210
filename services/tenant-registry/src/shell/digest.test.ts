import { expect, it } from "vitest";
import { digestSecrets } from "./digest.ts";

it("RFC 7616 3.9.1: the secrets of its example", () => {
  const user = "Mufasa" as never;
  expect(digestSecrets(user, "http-auth@example.org", "Circle of Life")).toEqual({
    ha1Md5: "3d78807defe7de2157e2b0b6573a855f",
    ha1Sha256: "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232",
  });
});
