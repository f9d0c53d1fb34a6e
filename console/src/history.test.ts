import { describe, expect, test } from "vitest";

import { Points, queryFor } from "./history";

function pointsOf(...rows: [number, number | boolean | string][]): Points {
  const points = new Points();
  for (const [time, value] of rows) points.insert(time, value);
  return points;
}

describe("points", () => {
  test("stand in the order of their times, however they arrive", () => {
    const points = pointsOf([3, 30], [1, 10], [2, 20]);
    expect(points.times).toEqual([1, 2, 3]);
    expect(points.values).toEqual([10, 20, 30]);
  });

  test("of a time that is there replace it", () => {
    expect(pointsOf([1, 10], [2, 20], [1, 11]).values).toEqual([11, 20]);
  });

  test("are numbers: on and off are 1 and 0, text is left out", () => {
    expect(pointsOf([1, true], [2, false], [3, "warm"]).values).toEqual([1, 0]);
  });

  test("that came in live win over stored ones of the same time", () => {
    const points = pointsOf([2, 22]);
    points.merge({ series: "x", readings: [{ t: 2, v: 20 }, { t: 1, v: 10 }] });
    expect(points.values).toEqual([10, 22]);
  });

  test("come from buckets as their means, empty ones left out", () => {
    const points = new Points();
    points.merge({ series: "x", buckets: [{ t: 1, n: 2, avg: 1.5 }, { t: 2, n: 0, avg: null }] });
    expect(points.values).toEqual([1.5]);
  });

  test("before the span that is shown are dropped", () => {
    const points = pointsOf([1, 10], [2, 20], [3, 30]);
    points.dropBefore(2);
    expect(points.times).toEqual([2, 3]);
  });

  test("never grow without end: the oldest go", () => {
    const points = new Points();
    for (let time = 0; time < 6_010; ++time) points.insert(time, time);
    expect(points.times.length).toBe(6_000);
    expect(points.times[0]).toBe(10);
  });
});

describe("a query", () => {
  test("of a short span is for single readings", () => {
    expect(queryFor("power", 300_000, 1_000_000.5, false)).toEqual({
      series: "power",
      from: 700_000,
      limit: 6_000,
    });
  });

  test("of a long span is for at most 300 means", () => {
    expect(queryFor("power", 3_600_000, 4_000_000, false)).toMatchObject({ step: 12_000, limit: 301 });
  });

  test("of what has no mean is for single readings always", () => {
    expect(queryFor("on", 86_400_000, 1e12, true).step).toBeUndefined();
  });
});
