// Time and chance, so that tests can stand in for both.

export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Runs `what` after `ms`; the answer cancels it. */
  later(ms: number, what: () => void): () => void;
  /** From 0, included, to 1, excluded. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  later(ms, what) {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Resolves after `ms`; rejects with the signal's reason when that comes first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, refuse) => {
    if (signal?.aborted) return refuse(signal.reason);
    const aborted = (): void => {
      cancel();
      refuse(signal?.reason);
    };
    const cancel = clock.later(ms, () => {
      signal?.removeEventListener("abort", aborted);
      done();
    });
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

/** Settles as `promise` does, or rejects after `ms` with what `late` makes. */
export function within<T>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  return new Promise((done, refuse) => {
    const cancel = clock.later(ms, () => refuse(late()));
    promise.then(done, refuse).finally(cancel);
  });
}

/** How long to wait before the next try. */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly clock: Clock,
    private readonly firstMs: number,
    private readonly mostMs: number,
  ) {}

  /**
   * Twice as long each time, between half and all of it at random, so that clients that lost the
   * same hub do not come back in one moment.
   */
  next(): number {
    const whole = Math.min(this.mostMs, this.firstMs * 2 ** this.tries);
    this.tries = Math.min(this.tries + 1, 30);
    return Math.round(whole * (0.5 + this.clock.random() / 2));
  }

  /** It worked: the next wait is short again. */
  reset(): void {
    this.tries = 0;
  }
}
