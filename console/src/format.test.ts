import { expect, test } from "vitest";

import { ageText, valueText, withUnit } from "./format";
import { codeOf } from "./session";

test.each([
  [21.5, "21.5"],
  [1234567, "1,234,567"],
  [8.123456789, "8.12346"],
  [true, "true"],
  ["<b>warm</b>", "<b>warm</b>"],
  [null, "null"],
  [{ a: 1 }, '{"a":1}'],
])("the value %j reads %s", (value, expected) => {
  expect(valueText(value)).toEqual(expected);
});

test("a long value is cut to what a line holds", () => {
  const text = valueText(Array(100).fill(1));
  expect(text).toHaveLength(80);
  expect(text.endsWith("…")).toBe(true);
});

test("a unit reads as people write it, and none leaves the value alone", () => {
  expect(withUnit("21", "Cel")).toBe("21 °C");
  expect(withUnit("8", "W")).toBe("8 W");
  expect(withUnit("8", "")).toBe("8");
});

test.each([
  [-200, "now"],
  [1_400, "1 s ago"],
  [59_400, "59 s ago"],
  [61_000, "1 min ago"],
  [7_200_000, "2 h ago"],
  [172_800_000, "2 d ago"],
])("%i ms ago reads %s", (ms, expected) => {
  expect(ageText(ms)).toBe(expected);
});

test.each([
  ["#code=abc_-1", "abc_-1"],
  ["#code=", undefined],
  ["", undefined],
  ["#other", undefined],
])("of the address %s the code is %s", (hash, expected) => {
  expect(codeOf(hash)).toBe(expected);
});
