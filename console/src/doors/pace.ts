// Sends at a fixed rate whatever the answers do. A page's timers are coarse and may be late: whatever
// is due by then leaves at once, each with the time at which it was due.

import type { Timing } from "../live";

export interface Pace {
  perSecond: number;
  count: number;
  /** When the first is due, by `timing`'s clock. */
  begin: number;
}

/** Resolves when all have left, or `signal` has ended it. */
export function pace(
  { perSecond, count, begin }: Pace,
  timing: Timing,
  send: (n: number, due: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const stepMs = 1_000 / perSecond;
  let next = 0;
  return new Promise((done) => {
    const turn = (): void => {
      if (signal.aborted) return done();
      const now = timing.now();
      for (; next < count && begin + next * stepMs <= now; ++next) {
        send(next, begin + next * stepMs);
      }
      if (next >= count) return done();
      timing.later(Math.max(0, begin + next * stepMs - now), turn);
    };
    turn();
  });
}
