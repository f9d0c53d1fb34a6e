import { expect, test } from "vitest";

import { href, parseHash } from "./router";

test.each([
  ["", [], {}],
  ["#/devices", ["devices"], {}],
  ["#/devices/a%20b/config?from=1&to=2", ["devices", "a b", "config"], { from: "1", to: "2" }],
  ["#/devices/%E0%A4%A", ["devices", "%E0%A4%A"], {}],
  ["#//devices//", ["devices"], {}],
])("the address %s is %j with %j", (hash, path, query) => {
  expect(parseHash(hash)).toEqual({ path, query });
});

test("an address is read back as it was written, whatever is in it", () => {
  const path = ["devices", "a/b?c#d&e", "config"];
  const query = { q: "site=hall 3&x", empty: "" };
  expect(parseHash(href(path, query))).toEqual({ path, query: { q: "site=hall 3&x" } });
});
