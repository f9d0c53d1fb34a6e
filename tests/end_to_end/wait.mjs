// Waiting for something that happens elsewhere. Every wait has an end and says what it was for.

/** Settles as `promise` does, or fails after `ms` saying that `what` has not come. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`waited ${ms} ms in vain for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks `probe` until it gives something true, at once and then every `every` ms. For what tells
 * nobody when it changes: a file, a metric, a record that another process writes.
 */
export async function eventually(ms, what, probe, every = 20) {
  const deadline = Date.now() + ms;
  let last;
  for (;;) {
    last = await probe();
    if (last) return last;
    if (Date.now() >= deadline) {
      throw new Error(`waited ${ms} ms in vain for ${what}; last seen: ${JSON.stringify(last)}`);
    }
    await new Promise((done) => setTimeout(done, every));
  }
}

/** Looks again whenever it is told that something has come. One wait at a time. */
export class Lookout {
  #look = null;

  /** Something has come. */
  notice() {
    this.#look?.();
  }
  /** Resolves when `look` gives something true; false when it did not in time. */
  until(look, ms) {
    return new Promise((done) => {
      const timer = setTimeout(() => settle(false), ms);
      const settle = (good) => {
        this.#look = null;
        clearTimeout(timer);
        done(good);
      };
      this.#look = () => look() && settle(true);
      this.#look();
    });
  }
}

/** A list that others add to and that one can wait at. */
export class Mailbox {
  #waiting = new Set();
  #failure = null;
  items = [];

  add(item) {
    this.items.push(item);
    for (const look of [...this.#waiting]) look();
  }

  /** Nothing more will come: whoever waits is told why. */
  end(error) {
    this.#failure ??= error;
    for (const look of [...this.#waiting]) look();
  }

  /** The first item, from `from` on, that `wanted` is true of. */
  find(wanted, ms, what, from = 0) {
    return this.#until(() => this.items.slice(from).find(wanted), ms, what);
  }

  /** Resolves when there are `count` items. */
  count(count, ms, what) {
    const enough = () => (this.items.length >= count ? this.items : undefined);
    return this.#until(enough, ms, () => `${what} (${this.items.length} of ${count} are there)`);
  }

  /** Resolves with what `look` gives once that is not undefined. */
  async #until(look, ms, what) {
    let settle;
    let timer;
    try {
      return await new Promise((done, refuse) => {
        settle = () => {
          const found = look();
          if (found !== undefined) return done(found);
          if (this.#failure !== null) refuse(this.#failure);
        };
        this.#waiting.add(settle);
        timer = setTimeout(() => {
          const said = typeof what === "function" ? what() : what;
          refuse(new Error(`waited ${ms} ms in vain for ${said}`));
        }, ms);
        settle();
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(settle);
    }
  }
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
