import type { Json, Twin } from "tandem-client";
import { describe, expect, test } from "vitest";

import { conflicts, edited, newDraft, patchOf, rebased, rowsOf, same, textOf, valueOf } from "./twin";

function twin(version: number, config: Json, state: Json = {}, sync: Twin["sync"] = {}): Twin {
  return { config: { version, value: config }, state: { version: 1, value: state }, sync };
}

describe("a draft", () => {
  const draft = newDraft(twin(3, { on: true, level: 5, name: "a" }));

  test("holds what is changed, added and removed", () => {
    const mine = edited(edited(edited(draft, "level", 7), "new", 1), "name", undefined);
    expect(patchOf(mine)).toEqual({ level: 7, new: 1, name: null });
  });

  test("does not hold what is again as it was", () => {
    expect(edited(edited(draft, "level", 7), "level", 5).edits.size).toBe(0);
    expect(edited(edited(draft, "new", 1), "new", undefined).edits.size).toBe(0);
  });

  test("does not clash with a change of something else, and goes on top of it", () => {
    const mine = edited(draft, "level", 7);
    const theirs = twin(4, { on: false, level: 5, name: "a" });
    expect(conflicts(mine, theirs)).toEqual([]);
    const on = rebased(mine, theirs);
    expect(on.version).toBe(4);
    expect({ ...on.base, ...patchOf(on) }).toEqual({ on: false, level: 7, name: "a" });
  });

  test("clashes with another change of the same, and not with an equal one", () => {
    const mine = edited(draft, "level", 7);
    expect(conflicts(mine, twin(4, { on: true, level: 9, name: "a" }))).toEqual(["level"]);
    expect(conflicts(mine, twin(4, { on: true, level: 7, name: "a" }))).toEqual([]);
    expect(rebased(mine, twin(4, { on: true, level: 7, name: "a" })).edits.size).toBe(0);
  });

  test("clashes when the other has removed what it changes", () => {
    expect(conflicts(edited(draft, "level", 7), twin(4, { on: true, name: "a" }))).toEqual(["level"]);
  });
});

test("the rows are what is wanted, then what is only reported, with how they stand", () => {
  const given = twin(1, { b: 1, a: 2 }, { a: 2, z: 3 }, {
    a: { in_sync: true },
    b: { in_sync: false, pending_since: 5 },
  });
  const rows = rowsOf(given, edited(newDraft(given), "c", 1));
  expect(rows.map(({ key, sync, edited: is }) => [key, sync, is])).toEqual([
    ["a", "same", false],
    ["b", "pending", false],
    ["c", undefined, true],
    ["z", undefined, false],
  ]);
  expect(rows[1]?.pendingSince).toBe(5);
});

test.each<[Json | undefined, Json | undefined, boolean]>([
  [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1, b: 2 }, { a: 1, c: 2 }, false],
  [[1, 2], [2, 1], false],
  [null, undefined, false],
  [1, "1", false],
])("%j and %j are the same: %j", (a, b, expected) => {
  expect(same(a, b)).toBe(expected);
});

test.each<[Json, string]>([
  ["eco", "eco"],
  ["12", '"12"'],
  ["true", '"true"'],
  [12, "12"],
  [{ a: 1 }, '{"a":1}'],
])("the value %j is typed as %s, and read back the same", (value, text) => {
  expect(textOf(value)).toBe(text);
  expect(valueOf(text)).toEqual(value);
});
