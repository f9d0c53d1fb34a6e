import { beforeEach, describe, expect, test } from "vitest";

import { Problem } from "./api";
import { afterClose, delayMs, Stream, type SocketListener, type StreamStatus, type World } from "./stream";

interface Timer {
  ms: number;
  what: () => void;
}

// Stands in for the network and the clock: a test says what the hub sends and which timer rings.
class FakeWorld implements World {
  sockets: { protocols: string[]; listener: SocketListener; sent: string[]; closed: boolean }[] = [];
  timers: Timer[] = [];
  tickets: (string | Problem)[] = [];
  time = 0;

  async ticket(): Promise<string> {
    const next = this.tickets.shift() ?? "t";
    if (next instanceof Problem) throw next;
    return next;
  }
  open(protocols: string[], listener: SocketListener) {
    const socket = { protocols, listener, sent: [] as string[], closed: false };
    this.sockets.push(socket);
    return { send: (text: string) => void socket.sent.push(text), close: () => void (socket.closed = true) };
  }
  now() {
    return this.time;
  }
  random() {
    return 1;
  }
  later(ms: number, what: () => void) {
    const timer = { ms, what };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }
  /** Rings the one timer that is set. */
  async ring(): Promise<number> {
    expect(this.timers.length).toBe(1);
    const timer = this.timers.shift() as Timer;
    timer.what();
    await settle();
    return timer.ms;
  }
  get last() {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket");
    return socket;
  }
  receive(message: object): void {
    this.last.listener.frame(JSON.stringify(message));
  }
  requests(): { id: number; op: string; body?: { start?: string; sub?: number } }[] {
    return this.last.sent.map((text) => JSON.parse(text));
  }
}

// Lets what has been promised happen.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; ++turn) await Promise.resolve();
}

let world: FakeWorld;
let stream: Stream;
let statuses: StreamStatus[];
let received: unknown[];

beforeEach(() => {
  world = new FakeWorld();
  statuses = [];
  received = [];
  stream = new Stream(world, ["reading"], {
    status: (status) => void statuses.push(status),
    events: (events) => void received.push(...events),
    gap: (gap) => void received.push(gap),
  });
});

async function goLive(sub = 4): Promise<void> {
  stream.start();
  await settle();
  greet(sub);
}

function greet(sub: number): void {
  world.receive({ hello: {} });
  world.receive({ id: 1, status: 200, body: { sub, cursor: "c0" } });
}

const kindsOf = () => statuses.map((status) => status.kind);

describe("a stream", () => {
  test("offers its ticket, waits for the greeting, then subscribes from the latest readings", async () => {
    world.tickets = ["abc"];
    stream.start();
    await settle();
    expect(world.last.protocols).toEqual(["tandem.v1.json", "tandem.ticket.abc"]);
    expect(world.last.sent).toEqual([]);
    greet(4);
    expect(world.requests()[0]).toEqual({
      id: 1,
      op: "stream.subscribe",
      body: { kinds: ["reading"], start: "latest" },
    });
    expect(kindsOf()).toEqual(["connecting", "live"]);
  });

  test("gives its own subscription's events on and no other's", async () => {
    await goLive(4);
    world.receive({ sub: 4, cur: "c1", ev: [{ d: "a", s: "x", t: 1, v: 2 }] });
    world.receive({ sub: 5, cur: "c2", ev: [{ d: "b", s: "x", t: 1, v: 2 }] });
    expect(received).toMatchObject([{ device: "a" }]);
  });

  test("comes back with a new ticket, from the cursor that it reached", async () => {
    await goLive();
    world.receive({ sub: 4, cur: "c9", ev: [] });
    world.tickets = ["second"];
    world.last.listener.closed(1006, "");
    expect(statuses.at(-1)).toEqual({ kind: "waiting", until: 500 });
    expect(await world.ring()).toBe(500);
    expect(world.last.protocols[1]).toBe("tandem.ticket.second");
    greet(1);
    expect(world.requests()[0]?.body?.start).toBe("c9");
  });

  test("waits longer after each failure, and briefly again once it was live", async () => {
    world.tickets = [new Problem(0, {}), new Problem(503, {}), new Problem(0, {})];
    stream.start();
    await settle();
    expect([await world.ring(), await world.ring(), await world.ring()]).toEqual([500, 1000, 2000]);
    greet(4);
    world.last.listener.closed(1006, "");
    expect(await world.ring()).toBe(500);
  });

  test("tells of a gap, then asks for the latest readings before it lets the old subscription go", async () => {
    await goLive(4);
    world.receive({ sub: 4, gap: { from: "c1", to: "c2", n: 7, why: "slow" } });
    expect(received).toEqual([{ count: 7, why: "slow" }]);
    world.timers.find((timer) => timer.ms === 0)?.what();
    expect(world.requests().at(-1)).toMatchObject({ op: "stream.subscribe", body: { start: "latest" } });
    world.receive({ id: 1, status: 200, body: { sub: 5, cursor: "c3" } });
    expect(world.requests().at(-1)).toMatchObject({ op: "stream.unsubscribe", body: { sub: 4 } });
  });

  test("begins anew when the hub does not know its cursor", async () => {
    await goLive();
    world.last.listener.closed(1006, "");
    await world.ring();
    world.receive({ hello: {} });
    world.receive({ id: 1, status: 400, problem: { detail: "another log" } });
    expect(world.requests().at(-1)?.body?.start).toBe("latest");
  });

  test("takes a socket for dead that answers nothing, not even a question", async () => {
    await goLive();
    expect(await world.ring()).toBe(20_000);
    expect(world.requests().at(-1)?.op).toBe("me.get");
    expect(await world.ring()).toBe(10_000);
    expect(world.sockets[0]?.closed).toBe(true);
    expect(kindsOf().at(-1)).toBe("waiting");
  });

  test("keeps a quiet socket that answers", async () => {
    await goLive();
    await world.ring();
    world.receive({ id: 2, status: 200, body: {} });
    expect(world.timers.map((timer) => timer.ms)).toEqual([20_000]);
    expect(world.last.closed).toBe(false);
  });

  test("ends when the session has ended", async () => {
    world.tickets = [new Problem(401, {})];
    stream.start();
    await settle();
    expect(kindsOf()).toEqual(["connecting", "logged-out"]);
    expect(world.timers).toEqual([]);
  });

  test("does not come back from a close that says not to", async () => {
    await goLive();
    world.last.listener.closed(4403, "not any more");
    expect(statuses.at(-1)).toEqual({ kind: "refused", why: "not any more" });
    expect(world.timers).toEqual([]);
  });

  test("moves to a fresh socket when the hub is about to go", async () => {
    await goLive();
    world.receive({ goaway: { after_ms: 5000, spread_ms: 15000 } });
    world.timers.find((timer) => timer.ms === 15_000)?.what();
    await settle();
    expect(world.sockets.map((socket) => socket.closed)).toEqual([true, false]);
  });

  test("tries at once when it is told to hurry", async () => {
    world.tickets = [new Problem(0, {})];
    stream.start();
    await settle();
    stream.hurry();
    await settle();
    expect(world.sockets.length).toBe(1);
  });

  test("is silent once it has been stopped", async () => {
    await goLive();
    stream.stop();
    world.receive({ sub: 4, cur: "c1", ev: [{ d: "a", s: "x", t: 1, v: 2 }] });
    world.last.listener.closed(1006, "");
    expect(received).toEqual([]);
    expect(world.timers).toEqual([]);
  });
});

test("delays double up to half a minute, and differ between pages", () => {
  expect([0, 1, 2, 3].map((attempt) => delayMs(attempt, 1))).toEqual([500, 1000, 2000, 4000]);
  expect(delayMs(50, 1)).toBe(30_000);
  expect(delayMs(0, 0)).toBe(250);
});

test.each([
  [1006, "", { retry: true, afterMs: 0 }],
  [1013, '{"retry_ms":1000,"why":"too slow"}', { retry: true, afterMs: 1000 }],
  [1013, '{"retry_ms":9e9}', { retry: true, afterMs: 30_000 }],
  [4401, "the credential has ended", { retry: true, afterMs: 0 }],
  [4408, "null", { retry: true, afterMs: 0 }],
  [4403, "", { retry: false, afterMs: 0 }],
  [4409, "", { retry: false, afterMs: 0 }],
])("after a close with %i %s", (code, reason, expected) => {
  expect(afterClose(code, reason)).toEqual(expected);
});
