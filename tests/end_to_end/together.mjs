// Tests that wait far longer than they work: a few of a file at a time.
import { describe, test } from "node:test";

/** What is used as `test` of node:test; so many of its tests run at once, after those before. */
export function atOnce(most) {
  const several = [];
  const begin = () => {
    describe(`${most} at a time`, { concurrency: most }, () => {
      for (const each of several) test(...each);
    });
  };
  return (...words) => {
    if (several.push(words) === 1) queueMicrotask(begin);
  };
}
