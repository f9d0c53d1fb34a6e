// What the tests put in the place of the world: a clock that moves when it is told to, sockets on
// which the test is the hub, and a `fetch` that answers what the test says.

import type { Clock } from "../src/clock.js";
import { Tandem, type TandemOptions } from "../src/index.js";

interface Timer {
  at: number;
  what: () => void;
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; ++i) await Promise.resolve();
}

export class FakeClock implements Clock {
  time = 1_700_000_000_000;
  /** What `random` gives. */
  chance = 0;
  private timers = new Set<Timer>();

  now(): number {
    return this.time;
  }
  random(): number {
    return this.chance;
  }
  later(ms: number, what: () => void): () => void {
    const timer = { at: this.time + ms, what };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Lets so much time pass, and everything happen that happens in it. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const next = [...this.timers].sort((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > end) break;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.what();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

type Message = Record<string, any>;

/** A socket whose other end is the test. */
export class FakeSocket {
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  /** What the client has sent. */
  readonly sent: Message[] = [];
  /** Whether the client has ended it. */
  ended = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.ended = true;
  }

  /** The newest request of this name. */
  last(op: string): Message {
    const found = this.sent.filter((each) => each.op === op).pop();
    if (found === undefined) throw new Error(`there was no ${op}: ${JSON.stringify(this.sent)}`);
    return found;
  }
  count(op: string): number {
    return this.sent.filter((each) => each.op === op).length;
  }

  async hear(...messages: Message[]): Promise<void> {
    const data = JSON.stringify(messages.length === 1 ? messages[0] : messages);
    this.onmessage?.({ data });
    await settle();
  }
  /** Answers the newest request of this name. */
  async reply(op: string, status: number, more: Message = {}): Promise<void> {
    await this.hear({ id: this.last(op).id, status, ...more });
  }
  async greet(kind = "app", id = "tests"): Promise<void> {
    this.onopen?.({});
    await settle();
    const auth = this.sent.find((each) => each.op === "auth");
    const hello = {
      hello: {
        protocol: "tandem.v1",
        principal: { kind, id },
        ping_ms: 20_000,
        message_bytes: 131_072,
      },
    };
    if (auth === undefined) await this.hear(hello);
    else await this.hear({ id: auth.id, status: 200, body: {} }, hello);
  }
  async shut(code: number, reason = ""): Promise<void> {
    this.onclose?.({ code, reason });
    await settle();
  }
}

export interface Asked {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: any;
}
type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | Error;

export class World {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly asked: Asked[] = [];
  /** What REST answers, one after the other; the last one for good. */
  answers: Answer[] = [{ status: 200, body: {} }];

  hub(options: TandemOptions = {}): Tandem {
    const { sockets, clock } = this;
    return new Tandem({
      url: "http://hub.test",
      ...(options.tokenProvider ? {} : { token: "tak_1" }),
      clock,
      fetch: (url, init) => this.fetch(String(url), init),
      WebSocket: class extends FakeSocket {
        constructor(url: string, protocols: string[]) {
          super(url, protocols);
          sockets.push(this);
        }
      },
      ...options,
    });
  }

  /** A client that speaks for the session of a browser. */
  session(): Tandem {
    return this.hub({ token: "" });
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const found = this.sockets[this.sockets.length - 1];
    if (found === undefined) throw new Error("there was no socket");
    return found;
  }

  private async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = Object.fromEntries(new Headers(init.headers));
    const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    this.asked.push({ method: init.method ?? "GET", url, headers, body });
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer === undefined || answer instanceof Error) throw answer;
    const text = answer.body === undefined ? null : JSON.stringify(answer.body);
    const status = answer.status ?? 200;
    return new Response(status === 204 || status === 304 ? null : text, {
      status,
      headers: answer.headers ?? {},
    });
  }
}

/** How a promise stands, without waiting for it. */
export function outcome<T>(promise: Promise<T>): { value?: T; error?: any; settled: boolean } {
  const out: { value?: T; error?: any; settled: boolean } = { settled: false };
  promise.then(
    (value) => Object.assign(out, { value, settled: true }),
    (error) => Object.assign(out, { error, settled: true }),
  );
  return out;
}
