// A subscription that outlives the socket it is on: after each loss it goes on from where it was,
// so that nothing is lost or comes twice. A consumer that is slower than its events does not fill
// the memory: the subscription rests, and the hub keeps what comes meanwhile.

import { Backoff, type Clock } from "./clock.js";
import { resultOf, type Connection } from "./connection.js";
import type { StreamSubscribe } from "./schemas.js";
import { ClosedError, ConnectionError, HubError } from "./errors.js";
import { itemsOf, type Batch, type StreamItem } from "./events.js";
import type { Message, RawReply } from "./wire.js";

/** What to subscribe to: docs/reference/stream.md. */
export interface StreamOptions extends StreamSubscribe {
  /** How many events may wait here; 10,000 if missing. Beyond that, the hub keeps them. */
  buffer?: number;
  /** Ends the subscription. */
  signal?: AbortSignal;
}

const bufferItems = 10_000;
const firstDelayMs = 500;
const lastDelayMs = 30_000;

export class Subscription implements AsyncIterable<StreamItem> {
  /** Resolves when the hub has begun to send; rejects when it refuses. */
  readonly ready: Promise<void>;

  private readonly wish: StreamSubscribe;
  private readonly buffer: number;
  private readonly backoff: Backoff;
  private readonly stops: Array<() => void> = [];
  private readonly queue: Batch[] = [];
  private waiting = 0;
  private wake = (): void => {};
  private began = (): void => {};
  private refused: (error: Error) => void = () => {};

  // The number on the present socket; 0: none.
  private sub = 0;
  private asking = false;
  private resting = false;
  private ended = false;
  private failure: Error | undefined;
  // Where the hub has come to, and where the consumer is.
  private received: string | undefined;
  private taken: string | undefined;
  // Where a subscription that begins with `latest` stood before anything came.
  private before: string | undefined;
  private credit: number;
  private cancelRetry = (): void => {};

  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
    options: StreamOptions,
  ) {
    const { buffer, signal, ...wish } = options;
    this.wish = wish;
    this.buffer = buffer ?? bufferItems;
    this.credit = wish.credit ?? 0;
    this.backoff = new Backoff(clock, firstDelayMs, lastDelayMs);
    this.ready = new Promise((done, refuse) => {
      this.began = done;
      this.refused = refuse;
    });
    // Who iterates is told there.
    this.ready.catch(() => {});
    this.stops.push(
      connection.on("hello", () => this.begin()),
      connection.on("lost", () => this.lost()),
      connection.on("message", (message) => this.take(message)),
      connection.on("state", (state) => {
        if (state.kind === "closed") this.finish(state.why);
      }),
    );
    if (signal?.aborted || connection.over !== undefined) {
      this.finish(connection.over);
      return;
    }
    const aborted = (): void => this.close();
    signal?.addEventListener("abort", aborted, { once: true });
    this.stops.push(() => signal?.removeEventListener("abort", aborted));
    connection.open();
    if (connection.isOpen) this.begin();
  }

  /**
   * Where the consumer is: what it has been given up to here, it has come back from. Given as
   * `start` to another subscription, that goes on from here.
   */
  get cursor(): string | undefined {
    return this.taken;
  }

  /** Whether the hub is sending now. */
  get live(): boolean {
    return this.sub !== 0;
  }

  /** Grants more events, with the flow `credit`. */
  grant(more: number): void {
    this.credit += more;
    if (this.sub === 0) return;
    this.connection.tell({ op: "stream.credit", body: { sub: this.sub, more } });
  }

  /** Ends it. What has come may still be taken. */
  close(): void {
    this.leave();
    this.finish();
  }

  /** Events and receipts one by one. Whoever leaves the loop ends the subscription. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamItem, void, undefined> {
    for await (const batch of this.batches()) yield* itemsOf(batch);
  }

  /**
   * What came in one message at a time, with the cursor after it, which belongs into one
   * transaction with what comes of the events. Empty ones only say where one stands.
   */
  async *batches(): AsyncGenerator<Batch, void, undefined> {
    try {
      for (;;) {
        const batch = this.queue.shift();
        if (batch !== undefined) {
          yield batch;
          this.done(batch);
        } else if (this.failure !== undefined) {
          throw this.failure;
        } else if (this.ended) {
          return;
        } else {
          await new Promise<void>((done) => (this.wake = done));
        }
      }
    } finally {
      this.close();
    }
  }

  /** Calls `handler` for each item, one after the other. Settles when it ends. */
  async each(handler: (item: StreamItem) => void | Promise<void>): Promise<void> {
    for await (const item of this) await handler(item);
  }

  private begin(): void {
    if (this.ended || this.resting || this.asking || this.sub !== 0) return;
    this.cancelRetry();
    this.asking = true;
    const start = this.received ?? this.wish.start ?? "now";
    const body: StreamSubscribe = { ...this.wish, start };
    if (this.wish.flow === "credit") body.credit = Math.max(0, this.credit);
    this.connection.ask(
      { op: "stream.subscribe", body },
      (reply) => this.answered(reply, start),
      (error) => {
        this.asking = false;
        // It did not go out and there is a connection: too long for the next one as well.
        const hopeless = this.connection.isOpen && !(error instanceof ConnectionError);
        if (hopeless) this.finish(error);
      },
    );
  }

  // In the turn in which the reply has come: events may follow in the same frame.
  private answered(reply: RawReply, start: string): void {
    this.asking = false;
    let body: { sub: number; cursor: string };
    try {
      body = resultOf(reply).body as typeof body;
    } catch (error) {
      return this.turnedAway(error as HubError);
    }
    this.sub = body.sub;
    // It was closed while it was asked for.
    if (this.ended) return this.leave();
    this.backoff.reset();
    if (start === "latest") this.beginLatest(body.cursor);
    else this.received ??= body.cursor;
    this.taken ??= this.received;
    this.began();
  }

  // The newest readings come in one message, and until then there is no cursor to go on from. What
  // happened between two such beginnings cannot be counted, but is not passed over either.
  private beginLatest(cursor: string): void {
    const from = this.before;
    this.before = cursor;
    if (from === undefined || from === cursor) return;
    const gap = { kind: "gap", from, to: cursor, count: 0, why: "unknown" } as const;
    this.put({ cursor: from, gap, events: [] });
  }

  private turnedAway(error: HubError): void {
    if (!error.retryable) return this.finish(error);
    const ms = Math.max(error.retryAfterMs ?? 0, this.backoff.next());
    this.cancelRetry = this.clock.later(ms, () => this.begin());
  }

  private take(message: Message): void {
    if (message.kind !== "batch" || message.sub !== this.sub || this.sub === 0) return;
    this.received = message.batch.cursor;
    this.credit -= message.batch.events.length;
    this.put(message.batch);
    if (this.waiting > this.buffer) this.rest();
  }

  private put(batch: Batch): void {
    this.waiting += batch.events.length;
    this.queue.push(batch);
    this.wake();
  }

  private done(batch: Batch): void {
    this.taken = batch.cursor;
    this.waiting -= batch.events.length;
    if (!this.resting || this.waiting > this.buffer / 2) return;
    this.resting = false;
    if (this.connection.isOpen) this.begin();
  }

  // The consumer does not keep up: the rest stays in the hub's log until there is room.
  private rest(): void {
    this.resting = true;
    this.leave();
  }

  private leave(): void {
    const sub = this.sub;
    this.sub = 0;
    if (sub !== 0) this.connection.tell({ op: "stream.unsubscribe", body: { sub } });
  }

  private lost(): void {
    this.sub = 0;
    this.asking = false;
    this.cancelRetry();
  }

  private finish(why?: Error | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = why;
    this.cancelRetry();
    for (const stop of this.stops.splice(0)) stop();
    this.refused(why ?? new ClosedError("the subscription was closed", 1000));
    this.wake();
  }
}
