// What was sent, what of it was acknowledged, and whether the hub has it.
import { isSame, members } from "./values.mjs";

/**
 * The readings of one device, each by series and time with all values that were sent for it, in
 * order. Once one is acknowledged, it or one sent later has to be there: an answer may have been on
 * its way. One that was refused must not be there.
 */
export class Ledger {
  #entries = new Map();
  #free = [];
  acknowledged = 0;
  refused = 0;

  constructor(device) {
    this.device = device;
  }

  /** A time whose readings are all answered, to be written once more; undefined: there is none. */
  takeAgain(random) {
    if (this.#free.length === 0) return undefined;
    const at = Math.floor(random() * this.#free.length);
    const [time] = this.#free.splice(at, 1);
    return time;
  }

  /** Notes a message that is about to be sent; gives what to call when its answer is there. */
  send(time, values) {
    const marks = [...values].map(([series, value]) => {
      const name = `${series}@${time}`;
      const entry = this.#entries.get(name) ?? { series, time, sent: [], last: -1, not: new Set() };
      this.#entries.set(name, entry);
      return { entry, at: entry.sent.push(value) - 1 };
    });
    return {
      acknowledge: () => {
        for (const { entry, at } of marks) entry.last = Math.max(entry.last, at);
        this.acknowledged += marks.length;
        this.#free.push(time);
      },
      /** `kept`: nobody knows whether it is there. */
      refuse: ({ kept }) => {
        this.refused += marks.length;
        if (!kept) for (const { entry, at } of marks) entry.not.add(at);
      },
    };
  }

  /** How many different readings have been acknowledged. */
  get readings() {
    return [...this.#entries.values()].filter(({ last }) => last >= 0).length;
  }

  /**
   * Compares with what the hub has, series and time to text. `unreadable` are times of which the
   * hub has said that it cannot read them, or that it has lost what was written: then an earlier
   * value of the same reading may be there.
   */
  compare(found, unreadable = () => false) {
    const counts = { compared: 0, lost: 0, wrong: 0, unreadable: 0, examples: [] };
    const note = (kind, name, entry, has) => {
      counts[kind] += 1;
      const what = { device: this.device, reading: name, kind, has, sent: entry?.sent.slice(-3) };
      if (counts.examples.length < 3) counts.examples.push(what);
    };
    for (const [name, entry] of this.#entries) {
      const has = found.get(name);
      const isSent = (value, at) => !entry.not.has(at) && isSame(entry.series, value, has);
      const good = entry.sent.some((value, at) => at >= entry.last && isSent(value, at));
      const earlier = has === undefined ? entry.last >= 0 : entry.sent.some(isSent);
      if (entry.last >= 0) counts.compared += 1;
      if (good || (has === undefined && entry.last < 0)) continue;
      if (!earlier) note("wrong", name, entry, has);
      else if (unreadable(entry.time)) counts.unreadable += 1;
      else note("lost", name, entry, has);
    }
    for (const [name, has] of found) {
      if (!this.#entries.has(name)) note("wrong", name, undefined, has);
    }
    return counts;
  }
}

/** Adds what one comparison counted to what others have. */
export function addCounts(all, counts) {
  for (const name of ["compared", "lost", "wrong", "unreadable"]) all[name] += counts[name];
  all.examples.push(...counts.examples.slice(0, 3 - all.examples.length));
  return all;
}
export const noCounts = () => ({ compared: 0, lost: 0, wrong: 0, unreadable: 0, examples: [] });

function rowsOf(text, found) {
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const row = members(line);
    const time = row.get("t");
    for (const [series, value] of members(row.get("v"))) found.set(`${series}@${time}`, value);
  }
}

/** What the hub has of a device in a span: a map, or null when it says that it cannot read it. */
async function readSpan(client, device, from, to) {
  const path = `/v1/devices/${device}/telemetry?from=${from}&to=${to}`;
  const accept = { accept: "application/x-ndjson" };
  const answer = await client.ask("GET", path, undefined, accept).catch(() => ({ status: 503 }));
  if (answer.status === 503) return null;
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.raw}`);
  const found = new Map();
  rowsOf(answer.raw.toString(), found);
  return found;
}

const kEnd = 2 ** 32;

/** The first or the last place where `holds` is still true, which it is at `good`, not at `bad`. */
async function edge(good, bad, holds) {
  while (Math.abs(good - bad) > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

/**
 * All readings of a device. What the hub cannot read it says with 503 or by breaking off: then
 * `gaps` has the span around it, and `found` what is before and behind.
 */
export async function readAll(hub, device) {
  const client = hub.client(hub.admin.admin_key);
  const read = (from, to) => readSpan(client, device, from, to);
  try {
    const found = await read(0, kEnd);
    if (found !== null) return { found, gaps: [] };
    const from = await edge(0, kEnd, async (to) => (await read(0, to)) !== null);
    const to = await edge(kEnd, from, async (at) => (await read(at, kEnd)) !== null);
    const before = from > 0 ? await read(0, from) : new Map();
    const behind = to < kEnd ? await read(to, kEnd) : new Map();
    return { found: new Map([...before, ...behind]), gaps: [[from, to]] };
  } finally {
    client.close();
  }
}

/** Compares what the hub has of each ledger. */
export async function compareAll(hub, ledgers) {
  const all = noCounts();
  for (const ledger of ledgers) {
    const { found, gaps } = await readAll(hub, ledger.device);
    const unreadable = (time) => gaps.some(([from, to]) => time >= from && time < to);
    addCounts(all, ledger.compare(found, unreadable));
  }
  return all;
}
