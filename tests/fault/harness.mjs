// What every round of faults has in common: a hub with open limits, and a line that says how many
// acknowledged readings were compared, and how many of them were lost or wrong.
import { join } from "node:path";

import { Hub, initialise } from "../end_to_end/hub.mjs";
import { seeded } from "../end_to_end/wait.mjs";
import { addCounts, compareAll, noCounts } from "./ledger.mjs";

/** A hub that takes whatever it is sent, on a fresh directory below `under`, if that is said. */
export function makeHub({ under, words = [], by = [], tls } = {}) {
  const made = under === undefined ? initialise() : initialise(join(under, "data"));
  const limits = { ...new Hub({}).limits, "commands.queue": 1e6, "telemetry.reads_at_once": 64 };
  return new Hub({ ...made, limits, words, under: by, tls });
}

/** The counts of one row, and what else it has to tell. */
export class Row {
  counts = { acknowledged: 0, ...noCounts() };
  control = { compared: 0, lost: 0, wrong: 0 };
  figures = {};
  broken = [];

  constructor(id, { long, rounds }) {
    this.id = id;
    this.long = long;
    this.rounds = rounds;
    this.seed = Number(process.env.TANDEM_SEED ?? Math.floor(Math.random() * 2 ** 32));
    this.random = seeded(this.seed);
  }

  /** As many rounds as `--rounds` says, or so many. */
  count(short, long) {
    return this.rounds ?? (this.long ? long : short);
  }

  add(name, more = 1) {
    this.figures[name] = (this.figures[name] ?? 0) + more;
  }
  expect(good, what) {
    if (!good && this.broken.length < 20) this.broken.push(what);
    return good;
  }

  /** Compares all of a load with what the hub has. `again`: it has been counted already. */
  async compare(hub, load, { again = false } = {}) {
    const counts = await compareAll(hub, load.ledgers);
    addCounts(this.counts, again ? { ...counts, compared: 0 } : counts);
    if (again) return;
    this.counts.acknowledged += load.acknowledged;
    const control = await load.compareControl();
    for (const name of Object.keys(this.control)) this.control[name] += control[name];
    for (const [name, times] of Object.entries(load.refusals)) this.add(`refused ${name}`, times);
  }

  line(seconds) {
    const { acknowledged, compared, lost, wrong, unreadable, examples } = this.counts;
    const bad = lost + wrong + this.control.lost + this.control.wrong;
    const ok = bad === 0 && this.broken.length === 0;
    const line = { id: this.id, ok, acknowledged, compared, lost, wrong, unreadable };
    Object.assign(line, { twins_and_commands: this.control, ...this.figures, seed: this.seed });
    if (examples.length > 0) line.examples = examples;
    if (this.broken.length > 0) line.broken = this.broken;
    return { ...line, took_s: Math.round(seconds) };
  }
}
