import assert from "node:assert/strict";
import { test } from "node:test";

import { mergePatch } from "../src/merge_patch.js";

// The table of RFC 7396, appendix A.
const examples: Array<[any, any, any]> = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test("the examples of RFC 7396", () => {
  for (const [target, patch, result] of examples) {
    const before = JSON.stringify(target);
    assert.deepEqual(mergePatch(target, patch), result, JSON.stringify([target, patch]));
    assert.equal(JSON.stringify(target), before, "the target is left as it is");
  }
});

test("a member may have any name", () => {
  const patch = JSON.parse('{"__proto__":{"polluted":true}}');
  const merged = mergePatch({}, patch) as Record<string, unknown>;
  assert.deepEqual(Object.keys(merged), ["__proto__"]);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});
