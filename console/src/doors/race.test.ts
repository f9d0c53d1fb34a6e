import { beforeEach, describe, expect, test } from "vitest";

import { FakeClock, settle } from "../../../sdk/js/test/world";
import type { Ear, Link, TestDevice } from "./links";
import { numberSeries, partOf, usual, type Way, type Workload } from "./plan";
import { drainMs, Race, type Ports } from "./race";
import { troubles } from "./report";

/** A hub that answers after so long by each way, and knows what is left on it. */
class FakeHub {
  readonly clock = new FakeClock();
  readonly devices = new Set<string>();
  readonly open = new Set<string>();
  readonly opened: Way[][] = [];
  delays: Partial<Record<Way, number>> = {};
  ackMs = 2;
  loses = (_way: Way, _n: number): boolean => false;
  refuses = (_n: number): boolean => false;
  makes = (_name: string): void => {};
  removes = (_id: string): void => {};
  /** Seconds of its processor. */
  cpu: number | undefined = 0;
  private readonly costs: Partial<Record<Way, number>> = { up_rest: 600e-6, up_ws: 300e-6 };

  readonly ports: Ports = {
    make: async (name) => {
      this.makes(name);
      this.devices.add(name);
      return { id: name, key: `tdk_${name}` };
    },
    remove: async (id) => {
      this.removes(id);
      this.devices.delete(id);
    },
    open: (device, group, ear) => this.link(device, group, ear),
    cpu: async () => this.cpu,
    timing: this.clock,
  };

  private link(device: TestDevice, group: Way[], ear: Ear): Link {
    this.opened.push(group);
    this.open.add(device.id);
    return {
      send: (body) => {
        const n = body[numberSeries] as number;
        for (const way of group) {
          if (n >= 0 && this.cpu !== undefined) this.cpu += this.costs[way] ?? 100e-6;
          if (partOf(way) === "up" || this.loses(way, n)) continue;
          this.clock.later(this.delays[way] ?? 4, () => ear.hears(way, n));
        }
        return new Promise((done, refuse) => {
          this.clock.later(this.ackMs, () => (n >= 0 && this.refuses(n) ? refuse(new Error("429")) : done(1)));
        });
      },
      close: () => this.open.delete(device.id),
    };
  }
}

let hub: FakeHub;
beforeEach(() => {
  hub = new FakeHub();
});

async function runs(load: Partial<Workload> = {}, meanwhile: (race: Race) => Promise<void> = async () => {}) {
  const race = new Race({ ...usual, seconds: 2, ...load }, hub.ports);
  const over = race.run();
  await meanwhile(race);
  await hub.clock.pass(120_000);
  await settle();
  await over;
  return race;
}

describe("a race", () => {
  test("runs the ways one after the other, each with the same number of messages", async () => {
    const race = await runs();
    expect(race.phase).toBe("done");
    expect(hub.opened).toEqual([["up_rest"], ["up_ws"], ["down_poll"], ["down_sse"], ["down_ws"]]);
    for (const lane of Object.values(race.lanes)) {
      expect(lane.tally.figures()).toMatchObject({ sent: 40, heard: 40, lost: 0, late: 0 });
    }
    expect(troubles(race)).toEqual([]);
  });
  test("measures up to the acknowledgement, down to the arrival", async () => {
    hub.ackMs = 2;
    hub.delays = { down_poll: 30, down_sse: 7, down_ws: 5 };
    const { lanes } = await runs();
    const middle = (way: Way) => Math.round(lanes[way].tally.figures().p50 ?? -1);
    expect(middle("up_rest")).toBe(2);
    expect(middle("down_poll")).toBe(30);
    expect(middle("down_sse")).toBe(7);
    expect(middle("down_ws")).toBe(5);
  });
  test("all at once, the ways down follow the same device", async () => {
    const race = await runs({ together: true });
    expect(hub.opened).toEqual([["up_rest"], ["up_ws"], ["down_poll", "down_sse", "down_ws"]]);
    for (const lane of Object.values(race.lanes)) expect(lane.tally.figures().heard).toBe(40);
  });
  test("does not count what opens the ways", async () => {
    const race = await runs({ perSecond: 1, seconds: 2 });
    for (const lane of Object.values(race.lanes)) expect(lane.tally.figures().sent).toBe(2);
  });
  test("tells the hub's processor time for each message where a way had it for itself", async () => {
    const { lanes } = await runs();
    expect(lanes.up_rest.cpuUs).toBeCloseTo(600, 0);
    expect(lanes.up_ws.cpuUs).toBeCloseTo(300, 0);
  });
  test("takes off what the hub does without the race", async () => {
    const beat = (): void => {
      if (hub.cpu !== undefined) hub.cpu += 0.001;
      hub.clock.later(10, beat);
    };
    hub.clock.later(10, beat);
    const { lanes, quietCpu } = await runs({ seconds: 4 });
    expect(quietCpu).toBeCloseTo(0.1, 1);
    expect(lanes.up_rest.cpuUs).toBeGreaterThan(560);
    expect(lanes.up_rest.cpuUs).toBeLessThan(640);
  });
  test("of ways that run at once nobody says which took the processor", async () => {
    const { lanes, busyCpu } = await runs({ together: true });
    expect(Object.values(lanes).map(({ cpuUs }) => cpuUs)).toEqual(Array(5).fill(undefined));
    expect(busyCpu).toBeGreaterThan(0);
  });
  test("says nothing of the processor where the hub does not", async () => {
    hub.cpu = undefined;
    const race = await runs();
    expect(race.phase).toBe("done");
    expect(race.quietCpu).toBeUndefined();
    expect(race.lanes.up_rest.cpuUs).toBeUndefined();
  });
  test("waits for what is on its way, and then has it as lost", async () => {
    hub.delays = { down_poll: drainMs - 1_000 };
    hub.loses = (way, n) => way === "down_ws" && n % 4 === 0;
    const race = await runs();
    expect(race.lanes.down_poll.tally.figures()).toMatchObject({ heard: 40, lost: 0 });
    expect(race.lanes.down_ws.tally.figures()).toMatchObject({ heard: 30, lost: 10 });
    expect(troubles(race).map(({ kind }) => kind)).toContain("lost");
  });
  test("has refused messages as lost", async () => {
    hub.refuses = (n) => n < 3;
    const race = await runs();
    expect(race.lanes.up_rest.tally.figures()).toMatchObject({ sent: 40, heard: 37, lost: 3 });
  });
});

describe("whatever happens, the devices go and the links are closed", () => {
  const nothingIsLeft = (): void => {
    expect([...hub.devices]).toEqual([]);
    expect([...hub.open]).toEqual([]);
  };
  test("at the end", async () => {
    await runs();
    nothingIsLeft();
  });
  test.each([0, 1_000, 2_300, 3_500, 8_000])(
    "when it is stopped after %d ms",
    async (ms) => {
      const race = await runs({}, async (running) => {
        await hub.clock.pass(ms);
        running.stop();
        await settle();
        await hub.clock.pass(1_000);
        expect(running.phase).toBe("stopped");
      });
      expect(race.problem).toBeUndefined();
      nothingIsLeft();
    },
  );
  test("when a device cannot be made", async () => {
    hub.makes = (name) => {
      if (name === "down") throw new Error("quota");
    };
    const race = await runs();
    expect(race.phase).toBe("failed");
    expect(String(race.problem)).toMatch("quota");
    nothingIsLeft();
  });
  test("when nothing arrives by a way, which is then said", async () => {
    hub.loses = (way) => way === "down_sse";
    const race = await runs();
    expect(race.phase).toBe("failed");
    expect(String(race.problem)).toMatch("nothing arrived");
    expect(race.lanes.down_poll.done).toBe(true);
    nothingIsLeft();
  });
  test("and one that cannot be deleted is named, after the others were", async () => {
    hub.removes = (id) => {
      if (id === "rest") throw new Error("away");
    };
    const race = await runs();
    expect(race.phase).toBe("done");
    expect(race.left).toEqual(["rest"]);
    expect([...race.own]).toEqual(["ws", "down"]);
    expect([...hub.devices]).toEqual(["rest"]);
  });
});
