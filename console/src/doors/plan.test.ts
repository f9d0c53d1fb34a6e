import { expect, test } from "vitest";

import { bodyOf, bounded, bounds, countOf, lengthMs, numberSeries, turnsOf, usual, ways, type Amount } from "./plan";

test("a workload is brought into bounds, in whole numbers", () => {
  const wish = { perSecond: 1e9, series: 0, payload: -3, seconds: 7.4, together: true };
  expect(bounded(wish)).toEqual({ perSecond: 100, series: 1, payload: 0, seconds: 7, together: true });
});

test("a field that is left empty is as usual", () => {
  expect(bounded({ ...usual, seconds: NaN, perSecond: Infinity })).toEqual(usual);
});

test("what is usual is within bounds, and the greatest is what a hub takes of a device", () => {
  expect(bounded(usual)).toEqual(usual);
  expect(bounds.perSecond.most * bounds.series.most).toBeLessThanOrEqual(2_000);
  for (const name of Object.keys(bounds) as Amount[]) expect(bounds[name].least).toBeLessThan(bounds[name].most);
});

test("in turns each way runs alone, together all of them at once", () => {
  expect(turnsOf(usual)).toEqual([["up_rest"], ["up_ws"], ["down_poll"], ["down_sse"], ["down_ws"]]);
  expect(turnsOf({ ...usual, together: true })).toEqual([ways]);
});

test("five turns take longer than one, and what the hub does without them is looked at before", () => {
  const apart = lengthMs({ ...usual, seconds: 10 });
  const together = lengthMs({ ...usual, seconds: 10, together: true });
  expect(apart).toBeGreaterThan(60_000);
  expect(apart).toBeLessThan(70_000);
  expect(together).toBeLessThan(25_000);
});

test("a short race has one message at least", () => {
  expect(countOf({ ...usual, perSecond: 20, seconds: 3 })).toBe(60);
  expect(countOf({ ...usual, perSecond: 0.1, seconds: 2 })).toBe(1);
});

test("a message has its number, as many readings as wished, and the text beside them", () => {
  const body = bodyOf({ ...usual, series: 3, payload: 5 }, 7);
  expect(Object.keys(body)).toEqual([numberSeries, "s1", "s2", "text"]);
  expect(body[numberSeries]).toBe(7);
  expect(body.text).toBe("xxxxx");
  expect(Object.keys(bodyOf({ ...usual, series: 1, payload: 0 }, 7))).toEqual([numberSeries]);
});

test("readings move from message to message and have two digits after the point", () => {
  const [one, two] = [bodyOf(usual, 1), bodyOf(usual, 2)];
  expect(one.s1).not.toBe(two.s1);
  for (const value of [one.s1, one.s2, two.s1]) expect(String(value)).toMatch(/^1\d{3}(\.\d{1,2})?$/);
});
