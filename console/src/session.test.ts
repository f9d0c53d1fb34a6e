import { describe, expect, test } from "vitest";

import { codeOf, setupTokenOf } from "./session";

describe("an address", () => {
  test("has a login code, a setup token, or neither", () => {
    expect(codeOf("#code=abc")).toBe("abc");
    expect(codeOf("#setup=abc")).toBeUndefined();
    expect(setupTokenOf("#setup=h7k2")).toBe("h7k2");
    for (const hash of ["", "#", "#setup=", "#/devices", "#code=abc"]) {
      expect(setupTokenOf(hash), hash).toBeUndefined();
    }
  });
});
