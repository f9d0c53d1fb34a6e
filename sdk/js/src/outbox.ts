// Readings on their way to the hub. Each has its time when it is given, so that it may be sent
// again and is stored once. They leave together, are acknowledged together, and wait while there is
// no connection. There is an end to how many may wait; what is left out is told.

import { Backoff, type Clock } from "./clock.js";
import type { Connection } from "./connection.js";
import type { Json } from "./json.js";
import type { TelemetryWritten } from "./schemas.js";
import { BufferFullError, HubError, TandemError } from "./errors.js";
import { byteLength, type BatchAck, type JsonCodec, type RawReply } from "./wire.js";

/** What to do with a reading when as many wait as may: refuse it, or drop the oldest for it. */
export type WhenFull = "refuse" | "drop-oldest";

export interface OutboxLimits {
  /** How many readings may wait. */
  readings: number;
  /** How many bytes they may have as JSON. */
  bytes: number;
  whenFull: WhenFull;
}

/** Readings that were not stored, and why. */
export interface Unsent {
  t: number;
  v: { [series: string]: Json };
  why: Error;
}

interface Entry {
  /** In the order in which they were given. */
  number: number;
  t: number;
  v: { [series: string]: Json };
  bytes: number;
  /** It was refused in company: the next time it goes alone. */
  alone: boolean;
  done(): void;
  refuse(error: Error): void;
}

// One message that waits for its acknowledgement.
interface Flight {
  id: number;
  entries: Entry[];
  /** Its refusal has come: it counts in the next acknowledgement. */
  refused: boolean;
}

// Of an answer the hub names so many refusals at most.
const namedMax = 100;
const entriesMax = 100;
const flightsMax = 16;
const envelopeBytes = 200;
const messageShare = 0.5;
const firstDelayMs = 100;
const lastDelayMs = 30_000;

export class Outbox {
  private waiting: Entry[] = [];
  private flights: Flight[] = [];
  private given = 0;
  private count = 0;
  private bytes = 0;
  private lastTime = 0;
  private pumping = false;
  private pausedUntil = 0;
  private cancelPause = (): void => {};
  private closed: Error | undefined;
  private idle: Array<() => void> = [];
  private readonly backoff: Backoff;

  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
    private readonly json: JsonCodec,
    private readonly limits: OutboxLimits,
    private readonly unsent: (unsent: Unsent) => void,
  ) {
    this.backoff = new Backoff(clock, firstDelayMs, lastDelayMs);
  }

  /** How many readings wait, or are not acknowledged yet. */
  get size(): number {
    return this.count;
  }

  /** Resolves when they are stored; rejects when they are refused or left out. */
  add(v: { [series: string]: Json }, time?: number): Promise<void> {
    const t = time ?? this.now();
    const bytes = byteLength(this.json.stringify({ t, v })) + 1;
    return new Promise((done, refuse) => {
      const entry: Entry = {
        number: ++this.given,
        t,
        v,
        bytes,
        alone: false,
        done,
        refuse: (why) => {
          refuse(why);
          this.unsent({ t, v, why });
        },
      };
      if (this.closed !== undefined) return entry.refuse(this.closed);
      if (!this.makeRoom(entry)) return entry.refuse(new BufferFullError(this.fullness()));
      this.count += 1;
      this.bytes += entry.bytes;
      this.waiting.push(entry);
      this.pumpSoon();
    });
  }

  /** Resolves when nothing waits any more. */
  flush(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((done) => this.idle.push(done));
  }

  /** There is a connection. */
  begin(): void {
    this.pump();
  }

  /** The connection has gone: what was not acknowledged goes again, before what came later. */
  lost(): void {
    this.waiting = [...this.flights.flatMap((each) => each.entries), ...this.waiting];
    this.flights = [];
  }

  close(why: Error): void {
    this.closed = why;
    this.cancelPause();
    const left = [...this.flights.flatMap((each) => each.entries), ...this.waiting];
    this.flights = [];
    this.waiting = [];
    for (const entry of left) this.settle(entry, why);
  }

  /** Messages before the oldest that is not refused are not through: a commit keeps their order. */
  acknowledged(ack: BatchAck): void {
    this.flights = this.flights.filter((each) => !each.refused);
    const stored = this.flights.splice(0, Math.max(0, ack.n - ack.refused));
    if (stored.length > 0) this.backoff.reset();
    for (const flight of stored) for (const entry of flight.entries) this.settle(entry);
    this.pump();
  }

  /** Whether the reply was to a message of here. */
  answered(reply: RawReply): boolean {
    const flight = this.flights.find((each) => each.id === reply.id && !each.refused);
    if (flight === undefined) return false;
    flight.refused = true;
    if (reply.problem === undefined)
      this.partly(flight, reply.body as TelemetryWritten | undefined);
    else this.refused(flight, new HubError(reply.status, reply.problem, undefined));
    flight.entries = [];
    return true;
  }

  // Some were taken.
  private partly(flight: Flight, body: TelemetryWritten | undefined): void {
    const problems = new Map<number, HubError>();
    for (const { index, problem } of body?.refused ?? []) {
      if (index === undefined || problems.has(index)) continue;
      problems.set(index, new HubError(problem?.status ?? 400, problem ?? {}));
    }
    const allNamed = (body?.refused.length ?? 0) < namedMax;
    flight.entries.forEach((entry, index) => {
      const why = problems.get(index);
      if (why !== undefined || allNamed) this.settle(entry, why);
      else this.again([entry], true);
    });
  }

  private refused(flight: Flight, why: HubError): void {
    if (why.retryable) {
      this.again(flight.entries, false);
      return this.pause(why.retryAfterMs ?? 0);
    }
    // One of them may be to blame for all.
    if (flight.entries.length > 1) this.again(flight.entries, true);
    else for (const entry of flight.entries) this.settle(entry, why);
  }

  private again(entries: Entry[], alone: boolean): void {
    for (const entry of entries) entry.alone ||= alone;
    this.waiting = [...entries, ...this.waiting].sort((one, other) => one.number - other.number);
    this.pumpSoon();
  }

  private settle(entry: Entry, why?: Error): void {
    this.count -= 1;
    this.bytes -= entry.bytes;
    if (why === undefined) entry.done();
    else entry.refuse(why);
    if (this.count === 0) for (const each of this.idle.splice(0)) each();
  }

  // The hub is busy. All that was on its way is refused together: one wait.
  private pause(atLeastMs: number): void {
    const now = this.clock.now();
    const ms = now < this.pausedUntil ? atLeastMs : Math.max(atLeastMs, this.backoff.next());
    if (now + ms <= this.pausedUntil) return;
    this.pausedUntil = now + ms;
    this.cancelPause();
    this.cancelPause = this.clock.later(ms, () => {
      this.pausedUntil = 0;
      this.pump();
    });
  }

  private makeRoom(entry: Entry): boolean {
    const fits = (): boolean =>
      this.count < this.limits.readings && this.bytes + entry.bytes <= this.limits.bytes;
    while (!fits() && this.limits.whenFull === "drop-oldest") {
      const oldest = this.waiting.shift();
      if (oldest === undefined) return false;
      this.settle(oldest, new BufferFullError("newer readings took its place"));
    }
    return fits();
  }

  private fullness(): string {
    return `${this.count} readings wait, as many as may (${this.bytes} bytes)`;
  }

  // No two have the same time: of two readings of a series with one time, the hub keeps the second.
  // The hub counts in microseconds.
  private now(): number {
    const now = this.clock.now();
    this.lastTime = now > this.lastTime ? now : Math.round((this.lastTime + 0.001) * 1000) / 1000;
    return this.lastTime;
  }

  // What is given in one turn leaves in one message.
  private pumpSoon(): void {
    if (this.pumping) return;
    this.pumping = true;
    queueMicrotask(() => {
      this.pumping = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.waiting.length > 0 && this.mayLeave()) {
      const entries = this.nextMessage();
      const id = this.send(entries);
      if (id !== 0) this.flights.push({ id, entries, refused: false });
      else if (!this.tooLong(entries)) return void this.waiting.unshift(...entries);
    }
  }

  private tooLong(entries: Entry[]): boolean {
    const [only] = entries;
    const most = this.connection.messageBytes;
    if (only === undefined || only.bytes + envelopeBytes <= most) return false;
    this.settle(only, new TandemError(`the hub takes messages of ${most} bytes at most`));
    return true;
  }

  private mayLeave(): boolean {
    const paused = this.clock.now() < this.pausedUntil;
    return this.connection.isOpen && this.flights.length < flightsMax && !paused;
  }

  private nextMessage(): Entry[] {
    const room = this.connection.messageBytes * messageShare - envelopeBytes;
    let bytes = 0;
    let count = 0;
    for (const entry of this.waiting) {
      bytes += entry.bytes;
      const full = count >= entriesMax || bytes > room || entry.alone;
      if (count > 0 && full) break;
      count += 1;
      if (entry.alone) break;
    }
    return this.waiting.splice(0, count);
  }

  private send(entries: Entry[]): number {
    const body = entries.map(({ t, v }) => ({ t, v }));
    return this.connection.tell({
      op: "telemetry.write",
      path: { device: "me" },
      ack: "batch",
      body,
    });
  }
}
