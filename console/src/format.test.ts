import { expect, test } from "vitest";

import { ageText, amountText, secondsText, shareText, trafficText, valueText, withUnit } from "./format";
import { codeOf } from "./session";

test.each([
  [21.5, "21.5"],
  [1234567, "1,234,567"],
  [8.123456789, "8.12346"],
  [true, "on"],
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

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [40_435_200, "40.4 MB"],
  [3_110_400, "3.11 MB"],
  [650_000, "650 kB"],
  [1.5e12, "1.5 TB"],
])("traffic of %d bytes reads as the adviser writes it: %s", (bytes, expected) => {
  expect(trafficText(bytes)).toBe(expected);
});

test.each([
  [0, "0 s"],
  [0.27, "270 ms"],
  [0.000_04, "40 µs"],
  [5_400, "1.5 h"],
  [90, "1.5 min"],
])("%d seconds that were counted read %s", (seconds, expected) => {
  expect(secondsText(seconds)).toBe(expected);
});

test.each([
  [0.0412, "0.0412"],
  [0.000_067, "< 0.01"],
  [0, "0"],
  [1, "1"],
  [12_345.6, "12,346"],
])("of something rare %d reads %s", (count, expected) => {
  expect(amountText(count)).toBe(expected);
});

test.each([
  [0.54, "54 %"],
  [0.004, "0.4 %"],
  [-1, "-100 %"],
  [0, "0 %"],
])("the share %d reads %s", (share, expected) => {
  expect(shareText(share)).toBe(expected);
});
