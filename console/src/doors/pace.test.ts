import { beforeEach, expect, test } from "vitest";

import { FakeClock, settle } from "../../../sdk/js/test/world";
import { pace } from "./pace";

let clock: FakeClock;
let left: { n: number; due: number; at: number }[];
const stop = () => new AbortController();

beforeEach(() => {
  clock = new FakeClock();
  clock.time = 1_000;
  left = [];
});

const send = (n: number, due: number): void => void left.push({ n, due, at: clock.now() });

test("each message leaves when it is due, the first at once", async () => {
  const done = pace({ perSecond: 10, count: 4, begin: 1_000 }, clock, send, stop().signal);
  expect(left).toEqual([{ n: 0, due: 1_000, at: 1_000 }]);
  await clock.pass(300);
  await done;
  expect(left.map(({ at }) => at)).toEqual([1_000, 1_100, 1_200, 1_300]);
});

test("after a timer that was late all that was due leaves at once, with the times at which it was due", async () => {
  void pace({ perSecond: 100, count: 1_000, begin: 1_000 }, clock, send, stop().signal);
  clock.time += 55;
  await clock.pass(0);
  expect(left.map(({ due }) => due)).toEqual([1_000, 1_010, 1_020, 1_030, 1_040, 1_050]);
  expect(left.slice(1).every(({ at }) => at === 1_055)).toBe(true);
});

test("lateness does not add up: the rate is held over the whole", async () => {
  const done = pace({ perSecond: 50, count: 50, begin: 1_000 }, clock, send, stop().signal);
  for (let at = 0; at < 60; ++at) {
    clock.time += 7;
    await clock.pass(13);
  }
  await done;
  expect(left).toHaveLength(50);
  expect(left[49]?.due).toBe(1_980);
  expect(left.every(({ due, at }) => at - due < 21)).toBe(true);
});

test("it ends when it is stopped", async () => {
  const stopper = stop();
  const done = pace({ perSecond: 10, count: 100, begin: 1_000 }, clock, send, stopper.signal);
  await clock.pass(250);
  stopper.abort();
  await clock.pass(1_000);
  await done;
  await settle();
  expect(left).toHaveLength(3);
});
