// The power goes while the hub is busy: whatever it has acknowledged is there afterwards.
// TANDEM_KILL_ROUNDS (20) says how often, TANDEM_SEED which random moments.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Hub, initialise } from "./hub.mjs";
import { seeded } from "./wait.mjs";

const kRounds = Number(process.env.TANDEM_KILL_ROUNDS ?? 20);
const kSeed = Number(process.env.TANDEM_SEED ?? Math.floor(Math.random() * 2 ** 32));
const kLoadMs = { least: 300, most: 900 };
const kInFlight = 8;

/**
 * What was sent under a name, in order, and what of it was acknowledged. Once something is
 * acknowledged, it or something sent later has to be there: an answer may have been on its way.
 */
class Ledger {
  #entries = new Map();
  acknowledged = 0;

  send(name, value) {
    const entry = this.#entries.get(name) ?? { sent: [], acknowledged: -1 };
    this.#entries.set(name, entry);
    entry.sent.push(value);
    const at = entry.sent.length - 1;
    return () => {
      entry.acknowledged = Math.max(entry.acknowledged, at);
      this.acknowledged += 1;
    };
  }

  /** `found`: name to what the hub has. `strangers`: there may be names that nobody noted. */
  check(found, what, strangers = false) {
    for (const [name, { sent, acknowledged }] of this.#entries) {
      const has = found.get(name);
      const allowed = acknowledged < 0 ? [undefined, ...sent] : sent.slice(acknowledged);
      const good = allowed.some((each) => JSON.stringify(each) === JSON.stringify(has));
      const told = `${what} ${name} is ${JSON.stringify(has)}`;
      assert.ok(good, `${told}; acknowledged: ${JSON.stringify(sent[acknowledged])}`);
    }
    for (const name of strangers ? [] : found.keys()) {
      assert.ok(this.#entries.has(name), `${what} ${name} was never sent`);
    }
  }
}

/** Runs `step` again and again, `kInFlight` at a time, until the hub is gone. */
async function untilGone(hub, step, atOnce = kInFlight) {
  const work = async () => {
    for (;;) await step();
  };
  const gone = (error) => {
    if (!hub.ending || error instanceof assert.AssertionError) throw error;
  };
  await Promise.all(Array.from({ length: atOnce }, () => work().catch(gone)));
}

/** Readings: mostly new ones, now and then another value for one of a moment ago. */
function readings(ledger) {
  let next = 0;
  return () => {
    const number = next++;
    const t = 1_000 + (number % 5 === 4 ? number - 3 : number);
    const v = number / 8;
    return { t, v, acknowledge: ledger.send(t, v) };
  };
}

async function writeOverRest(hub, device, ledger) {
  const client = hub.client(device.key, { pipelining: kInFlight });
  const next = readings(ledger);
  await untilGone(hub, async () => {
    const { t, v, acknowledge } = next();
    const answer = await client.ask("POST", "/v1/me/telemetry", { t, v: { n: v } });
    assert.equal(answer.status, 200);
    acknowledge();
  });
}

async function writeOverSocket(hub, device, ledger) {
  const socket = await hub.socket(device.key, { encoding: "cbor" });
  const next = readings(ledger);
  await untilGone(hub, async () => {
    const { t, v, acknowledge } = next();
    const body = { t, v: { n: v } };
    const reply = await socket.call("telemetry.write", { path: { device: "me" }, body });
    assert.equal(reply.status, 200);
    acknowledge();
  });
}

async function sendCommands(hub, device, ledger) {
  const client = hub.client(hub.admin.admin_key);
  let next = 0;
  await untilGone(
    hub,
    async () => {
      const params = { n: next++ };
      const answer = await client.ask("POST", `/v1/devices/${device.id}/commands`, {
        name: "x",
        params,
      });
      assert.equal(answer.status, 202);
      ledger.send(answer.body.id, params)();
    },
    2,
  );
}

/** A device that finishes what it gets, each with a result of its own. */
async function finishCommands(hub, device, ledger) {
  const socket = await hub.socket(device.key);
  let next = 0;
  await untilGone(
    hub,
    async () => {
      const at = next++;
      await socket.commands.count(at + 1, 600_000, "a command");
      const { id } = socket.commands.items[at];
      const path = { device: "me", command: id };
      const acknowledge = ledger.send(id, { n: at });
      const body = { status: "done", result: { n: at } };
      assert.equal((await socket.call("commands.finish", { path, body })).status, 200);
      acknowledge();
    },
    1,
  );
}

async function patchConfig(hub, device, ledger) {
  const client = hub.client(hub.admin.admin_key);
  let next = 0;
  await untilGone(
    hub,
    async () => {
      const n = next++;
      const acknowledge = ledger.send("config", n);
      const answer = await client.ask("PATCH", `/v1/devices/${device.id}/config`, { n });
      assert.equal(answer.status, 200);
      acknowledge();
    },
    1,
  );
}

async function putState(hub, device, ledger) {
  const socket = await hub.socket(device.key);
  let next = 0;
  await untilGone(
    hub,
    async () => {
      const n = next++;
      const acknowledge = ledger.send("state", n);
      const call = { path: { device: "me" }, body: { n } };
      assert.equal((await socket.call("state.put", call)).status, 200);
      acknowledge();
    },
    1,
  );
}

async function makeDevices(hub, round, ledger) {
  const client = hub.client(hub.admin.admin_key);
  let next = 0;
  await untilGone(
    hub,
    async () => {
      const id = `made-${round}-${next++}`;
      const acknowledge = ledger.send(id, id);
      assert.equal((await client.ask("POST", "/v1/devices", { id, name: id })).status, 201);
      acknowledge();
    },
    1,
  );
}

async function pages(hub, path) {
  const items = [];
  let cursor = "";
  do {
    const { body } = await hub.rest.get(`${path}limit=1000${cursor}`);
    items.push(...(body.items ?? body.readings));
    cursor = body.next === undefined ? undefined : `&cursor=${encodeURIComponent(body.next)}`;
  } while (cursor !== undefined);
  return items;
}

const kLoads = [
  {
    what: "the reading (REST) at",
    run: writeOverRest,
    read: (hub, id) => historyOf(hub, id),
  },
  {
    what: "the reading (WebSocket) at",
    run: writeOverSocket,
    read: (hub, id) => historyOf(hub, id),
  },
  {
    what: "the command",
    run: sendCommands,
    read: async (hub, id) => {
      const commands = await pages(hub, `/v1/devices/${id}/commands?`);
      return new Map(commands.map((command) => [command.id, command.params]));
    },
    // One that was stored and not acknowledged has no name in the ledger.
    strangers: true,
  },
  {
    what: "the result of the command",
    run: async (hub, device, ledger) => {
      await Promise.all([
        finishCommands(hub, device, ledger),
        sendCommands(hub, device, new Ledger()),
      ]);
    },
    read: async (hub, id) => {
      const done = await pages(hub, `/v1/devices/${id}/commands?status=done&`);
      return new Map(done.map((command) => [command.id, command.result]));
    },
  },
  {
    what: "the",
    run: patchConfig,
    read: async (hub, id) => {
      const { body } = await hub.rest.get(`/v1/devices/${id}/config`);
      return new Map(body.n === undefined ? [] : [["config", body.n]]);
    },
  },
  {
    what: "the",
    run: putState,
    read: async (hub, id) => {
      const { body } = await hub.rest.get(`/v1/devices/${id}/state`);
      return new Map(body.n === undefined ? [] : [["state", body.n]]);
    },
  },
];

async function historyOf(hub, id) {
  const rows = await pages(hub, `/v1/devices/${id}/telemetry?series=n&`);
  return new Map(rows.map(({ t, v }) => [t, v]));
}

async function checkAll(hub, ledgers) {
  for (const { id, load, ledger } of ledgers) {
    const found = await load.read(hub, id);
    ledger.check(found, `${id}: ${load.what}`, load.strangers);
  }
}

test(`nothing that was acknowledged is lost in ${kRounds} kills, seed ${kSeed}`, async (t) => {
  const random = seeded(kSeed);
  // So small that rows go into chunks all the while.
  const small = { "store.head_bytes": 65_536, "store.head_age": 0.3 };
  const limits = { ...new Hub({}).limits, "commands.queue": 1e6, ...small };
  const hub = new Hub({ ...initialise(), limits });
  t.after(() => hub.kill());
  await hub.start();
  const all = [];
  for (let round = 0; round < kRounds; ++round) {
    const ledgers = [];
    for (const [at, load] of kLoads.entries()) {
      const id = `load-${round}-${at}`;
      ledgers.push({ id, load, ledger: new Ledger(), device: await hub.device(id) });
    }
    const made = new Ledger();
    const running = Promise.all([
      ...ledgers.map(({ load, device, ledger }) => load.run(hub, device, ledger)),
      makeDevices(hub, round, made),
    ]);
    const moment = kLoadMs.least + random() * (kLoadMs.most - kLoadMs.least);
    const killing = new Promise((done) => setTimeout(done, moment)).then(() => hub.kill());
    await Promise.all([running, killing]);
    await hub.start();

    await checkAll(hub, ledgers);
    const found = (await pages(hub, "/v1/devices?")).map(({ id }) => id);
    const ofRound = found.filter((id) => id.startsWith(`made-${round}-`));
    made.check(new Map(ofRound.map((id) => [id, id])), "the device");
    all.push(...ledgers);
    const counts = ledgers.map(({ ledger }) => ledger.acknowledged);
    t.diagnostic(`round ${round}: killed after ${Math.round(moment)} ms; acknowledged ${counts}`);
    assert.ok(counts.reduce((sum, count) => sum + count) > 0, "the round has done something");
  }
  // What earlier rounds left is still there after all the kills of the later ones.
  await checkAll(hub, all);
  for (const load of kLoads) {
    const acknowledged = all
      .filter((each) => each.load === load)
      .map((each) => each.ledger.acknowledged);
    assert.ok(
      acknowledged.some((count) => count > 0),
      `${load.run.name} was acknowledged something`,
    );
  }
});
