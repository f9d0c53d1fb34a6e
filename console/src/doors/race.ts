// A race: devices are made, the ways take their turns, and whatever happens the devices go again.
// What touches the hub comes in as ports.

import type { Json } from "tandem-client";

import type { Timing } from "../live";
import type { Ear, Link, TestDevice } from "./links";
import { pace } from "./pace";
import { bodyOf, bounded, countOf, partOf, quietMs, turnsOf, ways, type Way, type Workload } from "./plan";
import { Tally } from "./tally";
import { Meter } from "./wire";

export interface Ports {
  make(name: string): Promise<TestDevice>;
  remove(id: string): Promise<unknown>;
  open(device: TestDevice, group: Way[], ear: Ear): Link;
  /** Processor time of the hub since it started, in seconds; undefined where nobody may know. */
  cpu(): Promise<number | undefined>;
  /** Milliseconds of a clock that never goes back. */
  timing: Timing;
}

export interface Lane {
  way: Way;
  tally: Tally;
  meter: Meter;
  /** When its first message was due, by the ports' clock; undefined before. */
  begin: number | undefined;
  done: boolean;
  /** Events that receipts told of. */
  receipted: number;
  /** Of the hub for a message, in microseconds. */
  cpuUs: number | undefined;
}

export type Phase = "ready" | "making" | "quiet" | "running" | "cleaning" | "done" | "stopped" | "failed";

/** A message that never counts: it opens connections, and shows that the way is open. */
const warmEveryMs = 100;
const warmMostMs = 15_000;
/** How long what is on its way is waited for. */
export const drainMs = 5_000;
const lookMs = 50;

const isTimely = (signal: AbortSignal): void => signal.throwIfAborted();

export class Race {
  phase: Phase = "ready";
  /** The ways whose turn it is. */
  running: Way[] = [];
  turn = 0;
  readonly turns: Way[][];
  readonly workload: Workload;
  readonly lanes: Record<Way, Lane>;
  /** Why it failed. */
  problem: unknown;
  /** Devices that could not be deleted. */
  left: string[] = [];
  /** All that it has made and takes care of itself, also those that have gone. */
  readonly own = new Set<string>();
  /** The page was not in front for some of the time: its timers were held back. */
  hidden = false;
  /** Of the hub, part of a core: without the race, and during it. */
  quietCpu: number | undefined;
  busyCpu: number | undefined;

  private readonly stopper = new AbortController();
  private readonly devices: TestDevice[] = [];
  private open: Link[] = [];

  constructor(
    workload: Workload,
    private readonly ports: Ports,
  ) {
    this.workload = bounded(workload);
    this.turns = turnsOf(this.workload);
    const lane = (way: Way): Lane => ({
      way,
      tally: new Tally(),
      meter: new Meter(),
      begin: undefined,
      done: false,
      receipted: 0,
      cpuUs: undefined,
    });
    this.lanes = Object.fromEntries(ways.map((way) => [way, lane(way)])) as Record<Way, Lane>;
  }

  get over(): boolean {
    return this.phase === "done" || this.phase === "stopped" || this.phase === "failed";
  }

  /** The ids of the devices that there are now. */
  get made(): string[] {
    return this.devices.map(({ id }) => id);
  }

  /** At once: when the devices go, nothing of theirs is on its way any more. */
  stop(): void {
    this.stopper.abort(new Error("stopped"));
    this.close();
  }

  private close(): void {
    for (const link of this.open.splice(0)) link.close();
  }

  /** Resolves when it is over and its devices are deleted. Never rejects. */
  async run(): Promise<void> {
    let end: Phase = "done";
    try {
      await this.race(this.stopper.signal);
    } catch (problem) {
      end = this.stopper.signal.aborted ? "stopped" : "failed";
      if (end === "failed") this.problem = problem;
    }
    this.running = [];
    this.phase = "cleaning";
    await this.clean();
    this.phase = end;
  }

  private async race(signal: AbortSignal): Promise<void> {
    this.phase = "making";
    const devices = new Map<string, TestDevice>();
    for (const name of ["rest", "ws", "down"]) {
      isTimely(signal);
      const device = await this.ports.make(name);
      this.devices.push(device);
      this.own.add(device.id);
      devices.set(name, device);
    }
    this.phase = "quiet";
    this.quietCpu = await this.cpuWhile(() => this.wait(quietMs(this.workload), signal));
    this.phase = "running";
    for (const [at, turn] of this.turns.entries()) {
      isTimely(signal);
      this.turn = at;
      this.running = turn;
      await this.take(turn, devices, signal);
    }
  }

  /** What part of a core the hub took meanwhile. */
  private async cpuWhile(what: () => Promise<void>): Promise<number | undefined> {
    const before = await this.ports.cpu();
    const began = this.ports.timing.now();
    await what();
    const seconds = (this.ports.timing.now() - began) / 1_000;
    const after = await this.ports.cpu();
    if (before === undefined || after === undefined || seconds <= 0) return undefined;
    return (after - before) / seconds;
  }

  private async take(turn: Way[], devices: Map<string, TestDevice>, signal: AbortSignal): Promise<void> {
    const groups = turn.filter((way) => partOf(way) === "up").map((way) => [way]);
    const down = turn.filter((way) => partOf(way) === "down");
    if (down.length > 0) groups.push(down);
    const links: { link: Link; group: Way[] }[] = [];
    try {
      for (const group of groups) {
        const device = devices.get(deviceOf(group));
        if (device === undefined) continue;
        const link = this.ports.open(device, group, this.ear);
        this.open.push(link);
        links.push({ link, group });
      }
      await Promise.all(links.map(({ link, group }) => this.warm(link, group, signal)));
      const began = this.ports.timing.now();
      const busy = await this.cpuWhile(async () => {
        await Promise.all(links.map(({ link, group }) => this.send(link, group, signal)));
        await this.drain(turn, signal);
      });
      this.count(turn, busy, (this.ports.timing.now() - began) / 1_000);
    } finally {
      this.close();
      for (const way of turn) {
        this.lanes[way].tally.end();
        this.lanes[way].done = true;
      }
    }
  }

  private count(turn: Way[], busy: number | undefined, seconds: number): void {
    this.busyCpu = busy;
    const [only] = turn;
    if (busy === undefined || this.quietCpu === undefined) return;
    // Of several at once nobody can say which had how much of it.
    if (turn.length !== 1 || only === undefined) return;
    const lane = this.lanes[only];
    const { heard } = lane.tally.figures();
    if (heard > 0) lane.cpuUs = (Math.max(0, busy - this.quietCpu) * seconds * 1e6) / heard;
  }

  private readonly warmed = new Set<Way>();
  private readonly ear: Ear = {
    hears: (way, n) => {
      if (n < 0) this.warmed.add(way);
      else this.lanes[way].tally.hears(n, this.ports.timing.now());
    },
    receipted: (way, count) => void (this.lanes[way].receipted += count),
    meter: (way) => this.lanes[way].meter,
  };

  /** Sends what does not count until each way of the group has heard one. */
  private async warm(link: Link, group: Way[], signal: AbortSignal): Promise<void> {
    const until = this.ports.timing.now() + warmMostMs;
    for (const way of group) this.warmed.delete(way);
    for (let n = -1; group.some((way) => !this.warmed.has(way)); --n) {
      isTimely(signal);
      let problem: unknown = new Error("nothing arrived");
      try {
        await link.send(this.body(n));
        for (const way of group) if (partOf(way) === "up") this.warmed.add(way);
      } catch (refused) {
        problem = refused;
      }
      if (this.ports.timing.now() > until) throw problem;
      await this.wait(warmEveryMs, signal);
    }
  }

  private body(n: number): Record<string, Json> {
    return bodyOf(this.workload, n);
  }

  private async send(link: Link, group: Way[], signal: AbortSignal): Promise<void> {
    const begin = this.ports.timing.now();
    const lanes = group.map((way) => this.lanes[way]);
    for (const lane of lanes) {
      lane.begin = begin;
      lane.meter.begin(begin);
    }
    const leaves = (n: number, due: number): void => {
      const now = this.ports.timing.now();
      for (const { tally } of lanes) tally.leaves(n, due, now);
      link.send(this.body(n)).then(
        () => {
          for (const { way, tally } of lanes) {
            if (partOf(way) === "up") tally.hears(n, this.ports.timing.now());
          }
        },
        () => {
          for (const { tally } of lanes) tally.fails(n);
        },
      );
    };
    const { perSecond } = this.workload;
    await pace({ perSecond, count: countOf(this.workload), begin }, this.ports.timing, leaves, signal);
  }

  private async drain(turn: Way[], signal: AbortSignal): Promise<void> {
    const until = this.ports.timing.now() + drainMs;
    const waiting = (): boolean => turn.some((way) => this.lanes[way].tally.waiting > 0);
    // Once at least: what the browser tells of an answer it tells a little later.
    do await this.wait(lookMs, signal);
    while (waiting() && this.ports.timing.now() < until);
  }

  private wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((done, refuse) => {
      const stop = (): void => {
        cancel();
        refuse(signal.reason as Error);
      };
      const cancel = this.ports.timing.later(ms, () => {
        signal.removeEventListener("abort", stop);
        done();
      });
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }

  private async clean(): Promise<void> {
    for (const { id } of this.devices.splice(0)) {
      await this.ports.remove(id).catch(() => {
        this.left.push(id);
        this.own.delete(id);
      });
    }
  }
}

function deviceOf(group: Way[]): string {
  if (group[0] === "up_rest") return "rest";
  return group[0] === "up_ws" ? "ws" : "down";
}
