import { describe, expect, test } from "vitest";

import { lateMs, onAxis, percentile, Tally } from "./tally";

describe("percentile, by the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
  test.each([
    [hundred, 50, 50],
    [hundred, 90, 90],
    [hundred, 99, 99],
    [hundred, 100, 100],
    [hundred, 0, 1],
    [[7], 50, 7],
    [[7], 99, 7],
    [[1, 2], 50, 1],
    [[1, 2], 51, 2],
    [[1, 2, 3], 99, 3],
  ])("of %j at %d is %d", (sorted, percent, value) => {
    expect(percentile(sorted, percent)).toBe(value);
  });
  test("of nothing is nothing", () => {
    expect(percentile([], 50)).toBeUndefined();
  });
});

describe("a tally", () => {
  test("counts latency from when a message was due, not from when it left", () => {
    const tally = new Tally();
    tally.leaves(0, 100, 400);
    tally.hears(0, 410);
    expect(tally.figures()).toMatchObject({ p50: 310, heard: 1, sent: 1, late: 1 });
  });
  test("says how many the page itself sent late", () => {
    const tally = new Tally();
    tally.leaves(0, 0, lateMs);
    tally.leaves(1, 10, 10 + lateMs + 1);
    expect(tally.figures().late).toBe(1);
  });
  test("has what is on its way as waiting, and as lost when the time is up", () => {
    const tally = new Tally();
    tally.leaves(0, 0, 0);
    tally.leaves(1, 50, 50);
    tally.hears(0, 3);
    expect(tally.figures()).toMatchObject({ waiting: 1, lost: 0, p99: 3 });
    tally.end();
    expect(tally.figures()).toMatchObject({ waiting: 0, lost: 1, heard: 1 });
  });
  test("takes what is lost as slower than everything that came", () => {
    const tally = new Tally();
    for (let n = 0; n < 100; ++n) tally.leaves(n, 0, 0);
    for (let n = 0; n < 98; ++n) tally.hears(n, 2);
    tally.end();
    expect(tally.figures()).toMatchObject({ p50: 2, p90: 2, p99: Infinity, lost: 2 });
  });
  test("a refused message is lost at once, and stays lost when an answer comes after all", () => {
    const tally = new Tally();
    tally.leaves(0, 0, 0);
    tally.fails(0);
    tally.fails(0);
    tally.hears(0, 5);
    expect(tally.figures()).toMatchObject({ lost: 1, heard: 0, twice: 0 });
  });
  test("counts what comes twice once, and what never left not at all", () => {
    const tally = new Tally();
    tally.leaves(0, 0, 0);
    tally.hears(0, 1);
    tally.hears(0, 9);
    tally.hears(77, 9);
    expect(tally.figures()).toMatchObject({ heard: 1, twice: 1, p99: 1 });
  });
  test("before anything was heard there is no latency", () => {
    expect(new Tally().figures()).toMatchObject({ p50: undefined, p90: undefined, p99: undefined });
  });
  test("sent is heard, lost and waiting together, at any moment", () => {
    const tally = new Tally();
    for (let n = 0; n < 60; ++n) {
      tally.leaves(n, n, n);
      if (n % 3 === 0) tally.hears(n, n + 4);
      if (n % 7 === 0) tally.fails(n);
      const { sent, heard, lost, waiting } = tally.figures();
      expect(heard + lost + waiting).toBe(sent);
    }
  });
});

describe("the picture", () => {
  test("has the middle and the greatest of what was due in each column", () => {
    const tally = new Tally();
    for (const [n, due, ms] of [
      [0, 1_000, 4],
      [1, 1_100, 6],
      [2, 1_200, 90],
      [3, 1_900, 5],
    ] as const) {
      tally.leaves(n, due, due);
      tally.hears(n, due + ms);
    }
    expect(tally.columns(1_000, 1_000, 4)).toEqual([
      { middle: 6, most: 90 },
      undefined,
      undefined,
      { middle: 5, most: 5 },
    ]);
  });
  test("keeps what is due at its very end in the last column", () => {
    const tally = new Tally();
    tally.leaves(0, 2_000, 2_000);
    tally.hears(0, 2_001);
    expect(tally.columns(1_000, 1_000, 2)).toEqual([undefined, { middle: 1, most: 1 }]);
  });
  test.each([
    [0.1, 0],
    [1, 0.2],
    [10, 0.4],
    [1_000, 0.8],
    [10_000, 1],
    [0, 0],
    [1e9, 1],
    [Infinity, 1],
  ])("%d ms are at %d of the axis", (ms, at) => {
    expect(onAxis(ms)).toBeCloseTo(at);
  });
});
