// The state of the page while somebody is logged in: the fleet, kept up to date by the stream, and
// what the views look at. What happens often is told at most ten times a second.

import { signal } from "@preact/signals";
import type { Gap, Principal, StreamEvent } from "tandem-client";

import {
  allDevices,
  atOnce,
  collect,
  hub,
  isUnauthorized,
  overRest,
  pageSize,
  statusOf,
} from "./hub";
import { Live, type StreamStatus, type Timing } from "./live";
import {
  applyEvents,
  emptyModel,
  takeDevice,
  takeDevices,
  takeMisplaced,
  takeStale,
  type Model,
} from "./model";

export const model: Model = emptyModel();
/** Rises when something of the fleet has changed. */
export const pulse = signal(0);
/** Rises when devices have come, gone or been renamed. */
export const listed = signal(0);
/** Milliseconds since 1970, every second. */
export const clock = signal(Date.now());
/** Readings a second, over the last one. */
export const rate = signal(0);
export const status = signal<StreamStatus>({ kind: "connecting" });
/** Rises when the connection is back: what was read before may be old. */
export const epoch = signal(0);
/** Whether the list of devices has been read. */
export const ready = signal(false);
const notAsked = { known: false, pages: 1 };
/** Whether it has been asked who is on the wrong door, in how many pages that came, and what went wrong the last time. */
export const adviceKnown = signal<{ known: boolean; pages: number; problem?: unknown }>(notAsked);
/** Since when what is shown is not live any more, in milliseconds since 1970. */
export const lostAt = signal<number | undefined>(undefined);
export const missed = signal<Pick<Gap, "count" | "why"> | undefined>(undefined);
export const me = signal<Principal | undefined>(undefined);

/** Why one has to log in; undefined while there is a session. */
export const loggedOut = signal<string | undefined>(undefined);

const pulseMs = 100;
const lookUpMs = 300;
// More unknown devices than this are cheaper to read as one list.
const lookUpMost = 10;
const askAgainMs = 1_000;
const everyMs = 500;
const gatherMs = 100;

export const timing: Timing = {
  later(ms, what) {
    const timer = window.setTimeout(what, ms);
    return () => window.clearTimeout(timer);
  },
  now: () => Date.now(),
};

let pulseTimer = 0;
let ticker = 0;
let lookUpTimer = 0;
let readingList = false;
let readAgain = false;
let readingsBefore = 0;
const unknown = new Set<string>();

function beat(): void {
  if (pulseTimer !== 0) return;
  pulseTimer = window.setTimeout(() => {
    pulseTimer = 0;
    // A page that nobody looks at draws nothing.
    if (!document.hidden) pulse.value += 1;
  }, pulseMs);
}

const live = new Live(
  hub(),
  {
    kinds: ["reading", "presence", "device", "state", "series", "advice"],
    // More than two values a second nobody reads; what is left out is counted by its receipts.
    flow: "every",
    every_ms: everyMs,
    gather_ms: gatherMs,
    // The newest readings of a large fleet come at once.
    buffer: 200_000,
  },
  {
    status(now) {
      if (now.kind === "logged-out") return leave("ended");
      if (now.kind === "live") lostAt.value = undefined;
      else if (status.value.kind === "live") lostAt.value = Date.now();
      status.value = now;
    },
    events: take,
    gap(gap) {
      const before = missed.value?.count ?? 0;
      missed.value = { count: before + gap.count, why: gap.why };
      epoch.value += 1;
      void readDevices();
    },
    conflated(count) {
      model.readings += count;
    },
    back() {
      epoch.value += 1;
      seriesKnown.clear();
      void readMe();
      void readDevices();
    },
  },
  timing,
);

function take(events: StreamEvent[]): void {
  adviceHeard?.push(...events.filter(({ kind }) => kind === "advice"));
  const changes = applyEvents(model, events);
  if (changes.list) listed.value += 1;
  for (const id of changes.unknown) unknown.add(id);
  if (unknown.size > 0 && lookUpTimer === 0) {
    lookUpTimer = window.setTimeout(() => void lookUp(), lookUpMs);
  }
  if (changes.list || changes.devices.size > 0) beat();
}

// Devices that the list did not have when it was read, or that have changed.
async function lookUp(): Promise<void> {
  const ids = [...unknown];
  unknown.clear();
  lookUpTimer = 0;
  if (ids.length > lookUpMost) return readDevices();
  for (const id of ids) {
    try {
      const device = await hub().devices.get(id, atOnce);
      if (loggedOut.value !== undefined) return;
      takeDevice(model, device);
    } catch {
      // It has gone again, or may not be seen.
    }
  }
  listed.value += 1;
  beat();
}

async function readDevices(): Promise<void> {
  // What is being read may be from before the reason to read it.
  readAgain = readingList;
  if (readingList) return;
  readingList = true;
  try {
    const devices = await allDevices();
    if (loggedOut.value !== undefined) return;
    takeDevices(model, devices);
    ready.value = true;
    listed.value += 1;
    beat();
  } catch (problem) {
    if (isUnauthorized(problem)) leave("ended");
    // The stream says that the hub is away, and when it is back the list is read again.
  } finally {
    readingList = false;
  }
  if (readAgain && loggedOut.value === undefined) await readDevices();
}

async function readMe(): Promise<void> {
  try {
    const who = await hub().me.get(overRest);
    if (loggedOut.value === undefined) me.value = who;
  } catch (problem) {
    // Where the hub is away, it is asked again when the connection is back.
    if (statusOf(problem) === undefined || me.value !== undefined) return;
    window.setTimeout(() => {
      if (loggedOut.value === undefined && me.value === undefined) void readMe();
    }, askAgainMs);
  }
}

const seriesPauseMs = 50;
const seriesKnown = new Set<string>();
let seriesTurn = 0;

/**
 * Asks which series are stale, of devices that it has not been asked of: those in sight, one after
 * the other, until others come into sight. What happens later the stream tells.
 */
export async function learnStale(ids: string[]): Promise<void> {
  const mine = ++seriesTurn;
  for (const id of ids.filter((each) => !seriesKnown.has(each))) {
    await new Promise((next) => window.setTimeout(next, seriesPauseMs));
    if (mine !== seriesTurn) return;
    try {
      const { items } = await hub().series.list(id, atOnce);
      seriesKnown.add(id);
      takeStale(model, id, items);
      beat();
    } catch {
      // It is asked again when it is next in sight.
    }
  }
}

// What the stream tells while the list is on its way may be newer than the list.
let adviceHeard: StreamEvent[] | undefined;

/** Asks who is on the wrong door; what changes then the stream tells. */
export async function learnAdvice(): Promise<void> {
  if (adviceHeard !== undefined) return;
  adviceHeard = [];
  try {
    let pages = 0;
    const briefs = await collect((cursor) => {
      ++pages;
      return hub().advice.list({ worth_changing: true, limit: pageSize, cursor, ...atOnce });
    });
    if (loggedOut.value !== undefined) return;
    takeMisplaced(model, briefs, adviceHeard);
    adviceKnown.value = { known: true, pages };
    beat();
  } catch (problem) {
    if (isUnauthorized(problem)) leave("ended");
    adviceKnown.value = { ...adviceKnown.value, problem };
  } finally {
    adviceHeard = undefined;
  }
}

const learning = new Set<string>();

/** Asks what the devices report of themselves, of those that the stream has not told it of yet. */
export async function learnStates(ids: string[]): Promise<void> {
  const wanted = ids.filter((id) => model.devices.get(id)?.state === null && !learning.has(id));
  for (const id of wanted) learning.add(id);
  for (const id of wanted) {
    try {
      const state = await hub().state.get(id, atOnce);
      const device = model.devices.get(id);
      if (device !== undefined && device.state === null) device.state = state;
      beat();
    } catch {
      // It reports nothing, or may not be asked.
    } finally {
      learning.delete(id);
    }
  }
}

function tick(): void {
  clock.value = Date.now();
  rate.value = model.readings - readingsBefore;
  readingsBefore = model.readings;
}

/** Somebody has logged in. */
export async function enter(): Promise<void> {
  loggedOut.value = undefined;
  status.value = { kind: "connecting" };
  window.clearInterval(ticker);
  ticker = window.setInterval(tick, 1_000);
  void readMe();
  // The list first: the events of `latest` are about devices that the page then knows.
  await readDevices();
  if (loggedOut.value === undefined) live.start();
}

/** The session is over, or somebody logs out. */
export function leave(why: "ended" | ""): void {
  if (loggedOut.value !== undefined) return;
  window.clearInterval(ticker);
  live.stop();
  loggedOut.value = why;
  lostAt.value = undefined;
  me.value = undefined;
}

/** Forgets everything: another user sees no trace of the one before. */
export function forget(): void {
  takeDevices(model, []);
  seriesKnown.clear();
  model.misplaced.clear();
  adviceKnown.value = notAsked;
  ready.value = false;
  missed.value = undefined;
}

let whose: string | undefined;
const otherwise: (() => void)[] = [];
me.subscribe((who) => {
  if (who === undefined) return;
  const name = `${who.tenant} ${who.kind} ${who.id}`;
  if (whose !== undefined && whose !== name) for (const work of otherwise) work();
  whose = name;
});

/** Whether somebody has come back of whom it is not known yet that they are who was here before. */
export function isUnsure(): boolean {
  return whose !== undefined && me.value === undefined;
}

/** Does `work` when somebody logs in who is not who was here before. */
export function whenOther(work: () => void): void {
  otherwise.push(work);
}

export async function logOut(): Promise<void> {
  leave("");
  forget();
  await hub().session.end(overRest).catch(() => undefined);
}

/** Whether the caller may do what has this scope. */
export function may(scope: string): boolean {
  return me.value?.scopes.includes(scope) ?? false;
}
