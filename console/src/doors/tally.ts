// What one way has done with its messages. Latency counts from when a message was due, not from when
// the page came to send it: what is slow would else hold up those behind it, unseen (coordinated
// omission). Times are milliseconds of a clock that never goes back.

/** One that left later than this was held up by the page itself. */
export const lateMs = 5;

export interface Figures {
  sent: number;
  heard: number;
  /** Refused, not answered, or not heard when the time was up; while it runs, those that failed. */
  lost: number;
  /** Sent and neither heard nor lost yet. */
  waiting: number;
  /** Heard more than once. */
  twice: number;
  /** Of all that left, how many the page itself sent late. */
  late: number;
  /** In milliseconds; Infinity where so many are lost, undefined before there is one. */
  p50: number | undefined;
  p90: number | undefined;
  p99: number | undefined;
}

/** The value below or at which so many per cent are; nearest rank. `sorted` ascending. */
export function percentile(sorted: readonly number[], percent: number): number | undefined {
  if (sorted.length === 0) return undefined;
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
}

/** A stretch of time of the picture: the middle and the greatest latency of what was due in it. */
export interface Column {
  middle: number;
  most: number;
}

export class Tally {
  private readonly due = new Map<number, number>();
  private readonly points: { due: number; ms: number }[] = [];
  private readonly done = new Set<number>();
  private sent = 0;
  private late = 0;
  private lost = 0;
  private twice = 0;

  /** Message `n` leaves now. */
  leaves(n: number, due: number, now: number): void {
    this.sent += 1;
    if (now - due > lateMs) this.late += 1;
    this.due.set(n, due);
  }

  /** Message `n` is acknowledged, or has arrived. Others than those that left are not counted. */
  hears(n: number, now: number): void {
    const due = this.due.get(n);
    if (due === undefined) {
      if (this.done.has(n)) this.twice += 1;
      return;
    }
    this.due.delete(n);
    this.done.add(n);
    this.points.push({ due, ms: Math.max(0, now - due) });
  }

  /** Message `n` is refused, or nobody answers. */
  fails(n: number): void {
    if (this.due.delete(n)) this.lost += 1;
  }

  /** The time is up: what has not been heard is lost. */
  end(): void {
    this.lost += this.due.size;
    this.due.clear();
  }

  get waiting(): number {
    return this.due.size;
  }

  figures(): Figures {
    const sorted = this.points.map(({ ms }) => ms).sort((a, b) => a - b);
    // What never came took longer than anything that did.
    for (let at = 0; at < this.lost; ++at) sorted.push(Infinity);
    return {
      sent: this.sent,
      heard: this.points.length,
      lost: this.lost,
      waiting: this.due.size,
      twice: this.twice,
      late: this.late,
      p50: percentile(sorted, 50),
      p90: percentile(sorted, 90),
      p99: percentile(sorted, 99),
    };
  }

  /** So many columns for the time from `begin` on; undefined where nothing was due or heard. */
  columns(begin: number, spanMs: number, count: number): (Column | undefined)[] {
    const parts: number[][] = Array.from({ length: count }, () => []);
    for (const { due, ms } of this.points) {
      const at = Math.floor(((due - begin) / spanMs) * count);
      parts[Math.min(count - 1, Math.max(0, at))]?.push(ms);
    }
    return parts.map((part) => {
      part.sort((a, b) => a - b);
      const middle = percentile(part, 50);
      return middle === undefined ? undefined : { middle, most: part[part.length - 1] ?? middle };
    });
  }
}

const leastMs = 0.1;
const mostMs = 10_000;

/** Where a latency is on an axis from 0.1 ms (0) to 10 s (1), ten times as much every fifth. */
export function onAxis(ms: number): number {
  const within = Math.min(mostMs, Math.max(leastMs, ms));
  return Math.log10(within / leastMs) / Math.log10(mostMs / leastMs);
}
