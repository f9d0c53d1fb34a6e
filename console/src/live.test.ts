import { beforeEach, describe, expect, test } from "vitest";

import { settle, World } from "../../sdk/js/test/world";
import { Live, type StreamStatus } from "./live";

let world: World;
let live: Live;
let statuses: StreamStatus[];
let received: unknown[];

beforeEach(() => {
  world = new World();
  world.answers = [{ status: 201, body: { ticket: "t" } }];
  statuses = [];
  received = [];
  live = new Live(
    world.session(),
    { kinds: ["reading"] },
    {
      status: (status) => void statuses.push(status),
      events: (events) => void received.push(...events.map((each) => each.value)),
      gap: ({ count, why }) => void received.push({ count, why }),
      conflated: (count) => void received.push(`conflated ${count}`),
      back: () => void received.push("back"),
    },
    { later: (ms, what) => world.clock.later(ms, what), now: () => world.clock.now() },
  );
});

async function goLive(sub = 4): Promise<void> {
  await world.socket.greet();
  await world.socket.reply("stream.subscribe", 200, { body: { sub, cursor: "c0" } });
}

async function start(): Promise<void> {
  live.start();
  await settle();
}

const kinds = () => statuses.map((status) => status.kind);
const reading = (v: number) => ({ d: "a", s: "x", t: 1, v });

describe("what happens on the hub", () => {
  test("is followed from the latest readings on", async () => {
    await start();
    await goLive();
    expect(world.socket.last("stream.subscribe").body).toEqual({ kinds: ["reading"], start: "latest" });
    expect(kinds()).toEqual(["connecting", "live"]);
    await world.socket.hear({ sub: 4, cur: "c1", ev: [reading(1), reading(2)] });
    expect(received).toEqual([1, 2]);
  });

  test("goes on after a loss, and says meanwhile when it tries again", async () => {
    await start();
    await goLive();
    await world.socket.hear({ sub: 4, cur: "c9", ev: [reading(1)] });
    await world.socket.shut(1006);
    expect(statuses.at(-1)).toEqual({ kind: "waiting", until: world.clock.now() + 250 });
    await world.clock.pass(250);
    await world.socket.greet();
    expect(world.socket.last("stream.subscribe").body.start).toBe("c9");
    expect(kinds().slice(-2)).toEqual(["connecting", "live"]);
  });

  test("is told when the connection is back", async () => {
    await start();
    await goLive();
    expect(received).toEqual([]);
    await world.socket.shut(1006);
    await world.clock.pass(250);
    await world.socket.greet();
    expect(received).toEqual(["back"]);
  });

  test("begins anew with the latest readings after a long absence", async () => {
    await start();
    await goLive();
    await world.socket.hear({ sub: 4, cur: "c9", ev: [reading(1)] });
    await world.socket.shut(1006);
    const until = world.clock.now() + 40_000;
    while (world.clock.now() < until || world.socket.ended) await world.clock.pass(500);
    await world.socket.greet();
    expect(world.socket.last("stream.subscribe").body.start).toBe("latest");
    expect(world.socket.count("stream.subscribe")).toBe(1);
    await world.socket.reply("stream.subscribe", 200, { body: { sub: 9, cursor: "d0" } });
    await world.socket.hear({ sub: 9, cur: "d1", ev: [reading(2)] });
    expect(received.at(-1)).toBe(2);
  });

  test("counts readings that were left out for newer ones, and asks for nothing", async () => {
    await start();
    await goLive(4);
    await world.socket.hear({ sub: 4, cur: "c2", gap: { from: "c1", to: "c2", n: 7, why: "conflated" } });
    expect(received).toEqual(["conflated 7"]);
    await world.clock.pass(15_000);
    expect(world.socket.count("stream.subscribe")).toBe(1);
  });

  test("is asked for anew after a gap, before the old subscription ends", async () => {
    await start();
    await goLive(4);
    await world.socket.hear({ sub: 4, cur: "c2", gap: { from: "c1", to: "c2", n: 7, why: "slow" } });
    expect(received).toEqual([{ count: 7, why: "slow" }]);
    await world.clock.pass(10_000);
    expect(world.socket.last("stream.subscribe").body.start).toBe("latest");
    expect(world.socket.count("stream.unsubscribe")).toBe(0);
    await world.socket.reply("stream.subscribe", 200, { body: { sub: 5, cursor: "c3" } });
    expect(world.socket.last("stream.unsubscribe").body).toEqual({ sub: 4 });
    await world.socket.hear({ sub: 5, cur: "c4", ev: [reading(8)] });
    expect(received.at(-1)).toBe(8);
    expect(kinds()).toEqual(["connecting", "live"]);
  });

  test("many gaps ask once", async () => {
    await start();
    await goLive(4);
    for (const cur of ["c2", "c3", "c4"]) {
      await world.socket.hear({ sub: 4, cur, gap: { from: "c1", to: cur, n: 1, why: "slow" } });
    }
    await world.clock.pass(15_000);
    expect(world.socket.count("stream.subscribe")).toBe(2);
  });

  test("ends when the session has ended", async () => {
    world.answers = [{ status: 401, body: { type: "/problems/unauthenticated" } }];
    await start();
    expect(kinds()).toEqual(["connecting", "logged-out"]);
  });

  test("ends when the hub does not want the page any more", async () => {
    await start();
    await goLive();
    await world.socket.shut(4403, "not any more");
    expect(kinds().at(-1)).toBe("refused");
    expect(world.sockets.length).toBe(1);
  });

  test("is not followed when the hub refuses what is asked for", async () => {
    await start();
    await world.socket.greet();
    const problem = { type: "/problems/forbidden", status: 403, detail: "not for you" };
    await world.socket.reply("stream.subscribe", 403, { problem });
    expect(statuses.at(-1)).toEqual({ kind: "refused", why: "not for you" });
  });

  test("is silent once it has been stopped, and begins again when it is started", async () => {
    await start();
    await goLive();
    live.stop();
    const told = statuses.length;
    expect(world.socket.ended).toBe(true);
    await world.clock.pass(60_000);
    expect([world.sockets.length, statuses.length]).toEqual([1, told]);
    await start();
    await goLive();
    expect(world.sockets.length).toBe(2);
    expect(kinds().at(-1)).toBe("live");
  });
});
