import { expect, test } from "vitest";

import { labelsFrom, labelsPatch, labelsText } from "./labels";

test("labels are read as they are written", () => {
  const labels = { site: "hall-3", line: "2" };
  expect(labelsText(labels)).toBe("site=hall-3, line=2");
  expect(labelsFrom(labelsText(labels))).toEqual(labels);
  expect(labelsFrom(" a = b=c ,, ")).toEqual({ a: "b=c" });
  expect(labelsFrom("")).toEqual({});
});

test.each(["site", "=hall-3", "site=1, line"])("%s is no list of labels", (text) => {
  expect(labelsFrom(text)).toBeUndefined();
});

test("a patch of labels sets those that there are and takes away those that are gone", () => {
  expect(labelsPatch({ site: "1", line: "2" }, { site: "3", floor: "4" })).toEqual({
    site: "3",
    floor: "4",
    line: null,
  });
});
