import { describe, expect, test } from "vitest";

import {
  bounds,
  gapFrom,
  pan,
  Points,
  pointsFor,
  rowsOf,
  select,
  spanOf,
  spans,
  usualSpan,
  withGaps,
  zoom,
} from "./history";

function pointsOf(...rows: [number, number | boolean | string][]): Points {
  const points = new Points();
  for (const [time, value] of rows) points.insert(time, value);
  return points;
}

describe("the span that is shown at first", () => {
  test("is the shortest that holds the last reading", () => {
    expect(usualSpan(1_000)).toBe(300_000);
    expect(usualSpan(300_000)).toBe(3_600_000);
    expect(usualSpan(2 * 86_400_000)).toBe(7 * 86_400_000);
    expect(usualSpan(-5_000)).toBe(spans[0]);
  });

  test("is longer than those that are offered where the last reading is older", () => {
    expect(usualSpan(100 * 86_400_000)).toBe(110 * 86_400_000);
  });
});

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

  test("that came in live after stored ones stay when those are read again", () => {
    const points = pointsOf([1, 1], [2, 2], [9, 90]);
    points.replace([{ t: 0, v: 5 }, { t: 2, v: 20 }]);
    expect(points.times).toEqual([0, 2, 9]);
    expect(points.values).toEqual([5, 20, 90]);
  });

  test("come from buckets as their means, empty ones left out", () => {
    const points = new Points();
    points.replace([{ t: 1, n: 2, avg: 1.5 }, { t: 2, n: 0, avg: null }]);
    expect(points.values).toEqual([1.5]);
  });

  test("before the span that is shown are dropped, but for the one that the curve begins with", () => {
    const points = new Points();
    for (let time = 0; time < 1_000; ++time) points.insert(time, time);
    points.dropBefore(500);
    expect(points.times[0]).toBe(499);
  });

  test("never grow without end: the oldest go, and it is said", () => {
    const points = new Points();
    for (let time = 0; time < 15_001; ++time) points.insert(time, time);
    expect(points.times.length).toBeLessThan(15_000);
    expect(points.times.at(-1)).toBe(15_000);
    expect(points.overflown).toBe(true);
  });
});

describe("a gap", () => {
  const regular = Array.from({ length: 50 }, (_, at) => at * 1_000);

  test("is thrice the interval that a series declares", () => {
    expect(gapFrom(regular, 5_000, 0)).toBe(15_000);
  });

  test("is seen by the rhythm of the points where nothing is declared", () => {
    const times = [...regular, 120_000, 121_000];
    const from = gapFrom(times, undefined, 0);
    const { gaps, values } = withGaps({ times, values: times.map(() => 1) }, from);
    expect(gaps).toBe(1);
    expect(values.indexOf(null)).toBe(50);
  });

  test("is not less than what lies between two points of a long span", () => {
    expect(gapFrom(regular, 1_000, 60_000)).toBe(180_000);
  });

  test("is not guessed from a handful of points", () => {
    expect(gapFrom([1, 2, 50_000], undefined, 0)).toBe(Infinity);
  });

  test("is none where a door opens now and then", () => {
    const times = Array.from({ length: 40 }, (_, at) => at * at * 500);
    expect(withGaps({ times, values: times }, gapFrom(times, undefined, 0)).gaps).toBe(0);
  });
});

describe("the span that is shown", () => {
  const now = 10_000_000;
  const live = { kind: "live", span: 100_000 } as const;

  test("ends now while it is live", () => {
    expect(spanOf(live, now)).toEqual({ from: 9_900_000, to: now });
  });

  test("stays live when it gets longer, and stands still when one point of it is looked at", () => {
    expect(zoom(live, 2, now)).toEqual({ kind: "live", span: 200_000 });
    expect(zoom(live, 0.5, now, 9_950_000)).toEqual({ kind: "fixed", from: 9_925_000, to: 9_975_000 });
  });

  test("keeps the point that is zoomed at in its place", () => {
    const range = { kind: "fixed", from: 0, to: 100_000 } as const;
    expect(zoom(range, 0.1, now, 20_000)).toEqual({ kind: "fixed", from: 18_000, to: 28_000 });
  });

  test("is never shorter than a second", () => {
    const range = { kind: "fixed", from: 0, to: 1_500 } as const;
    expect(zoom(range, 0.01, now)).toEqual({ kind: "fixed", from: 250, to: 1_250 });
    expect(select(5_000, 5_010)).toEqual({ kind: "fixed", from: 5_000, to: 6_000 });
  });

  test("moves by parts of itself, and not into the future", () => {
    expect(pan(live, -0.5, now)).toEqual({ kind: "fixed", from: 9_850_000, to: 9_950_000 });
    const close = { kind: "fixed", from: 9_890_000, to: 9_990_000 } as const;
    expect(pan(close, 0.5, now)).toEqual({ kind: "fixed", from: 9_900_000, to: now });
  });
});

test("two points are asked for of each column of pixels, within what the hub gives", () => {
  expect([10, 600, 9_000].map(pointsFor)).toEqual([200, 1_200, 4_000]);
});

test("rows come by series, whether one was asked for or several", () => {
  expect(rowsOf({ series: "a", readings: [{ t: 1, v: 2 }] }).get("a")).toEqual([{ t: 1, v: 2 }]);
  expect(rowsOf({ series: { a: [], b: [{ t: 1, v: 2 }] } }).get("b")).toHaveLength(1);
});

test("bounds are of what is shown, without the gaps", () => {
  const span = { from: 2, to: 4 };
  expect(bounds([1, 2, 3, 4, 5], [99, 5, null, 7, -3], span)).toEqual({ low: 5, high: 7, count: 2 });
});
