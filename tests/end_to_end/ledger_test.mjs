// Commands to devices at both doors that crash at the worst moments, by a seed. Each device keeps
// a log of what it has carried out, by the command's id, that outlives its crashes. At the end its
// log and the hub's ledger tell the same story.
// TANDEM_COMMANDS=10000 TANDEM_SEED=7 node tests/end_to_end/ledger_test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";

import { Hub, startHub } from "./hub.mjs";
import { eventually, seeded } from "./wait.mjs";

const kCommands = Number(process.env.TANDEM_COMMANDS ?? 400);
const kSeed = Number(process.env.TANDEM_SEED ?? 1);
const kOfOneDevice = kCommands < 4_000 ? 40 : 100;
const kLeaseMs = 1_000; // The shortest that there is.
const kPatienceMs = 600_000;

/** The device has lost its power. */
class Crash extends Error {}

/** What a device does whichever its door. `live()` of each kind is one life, between crashes. */
class Device {
  log = new Map(); // Of id to number, in the order of carrying out.
  seen = new Map(); // How often a command was handed to it.
  acknowledged = new Set(); // What the hub has confirmed.
  unsure = new Set(); // Acknowledged with nobody left to hear the answer.
  wrong = [];
  crashes = 0;
  done = false;

  constructor(hub, { id, key }, random) {
    Object.assign(this, { hub, id, key, random });
  }

  async run() {
    while (!this.done) {
      try {
        await this.live();
      } catch (error) {
        if (!(error instanceof Crash) && !this.done) this.wrong.push(`${error.stack}`);
        this.crashes += 1;
      }
    }
  }

  crashHere(chance) {
    if (this.random() < chance) throw new Crash();
  }

  /** After a start: what it had acknowledged, and carried out perhaps, when it lost its power. */
  async recover(hub) {
    for (const command of await hub.list("acknowledged")) await this.finish(hub, command);
  }

  async receive(hub, command) {
    const { id } = command;
    this.seen.set(id, (this.seen.get(id) ?? 0) + 1);
    if (this.acknowledged.has(id)) this.wrong.push(`${id} came again after its acknowledgement`);
    this.crashHere(0.15);
    if (this.random() < 0.04) {
      this.unsure.add(id);
      await hub.acknowledgeAndDie(id);
      throw new Crash();
    }
    const status = await hub.acknowledge(id);
    if (status === 409) return; // It has expired on its way.
    if (status !== 200) this.wrong.push(`${id} was acknowledged with ${status}`);
    this.acknowledged.add(id);
    await this.finish(hub, command);
  }

  async finish(hub, { id, params }) {
    if (!this.log.has(id)) this.log.set(id, params.n);
    this.crashHere(0.06);
    const status = await hub.finish(id, params.n);
    if (status !== 200) this.wrong.push(`${id} was finished with ${status}`);
  }
}

class SocketDevice extends Device {
  #socket;

  async live() {
    const socket = await this.hub.socket(this.key);
    this.#socket = socket;
    const call = async (op, id, body) =>
      (await socket.call(op, { path: { device: "me", command: id }, body })).status;
    const hub = {
      list: async (status) => {
        const query = { status, limit: 1000 };
        return (await socket.must("commands.list", { path: { device: "me" }, query })).items;
      },
      acknowledge: (id) => call("commands.ack", id),
      acknowledgeAndDie: (id) => {
        socket.send({ op: "commands.ack", path: { device: "me", command: id } });
      },
      finish: (id, result) => call("commands.finish", id, { status: "done", result }),
    };
    try {
      await this.recover(hub);
      for (let at = 0; ; ++at) {
        await socket.commands.count(at + 1, kPatienceMs, "a command");
        await this.receive(hub, socket.commands.items[at]);
      }
    } catch (error) {
      // The socket is closed by reboot() below.
      throw socket.open ? error : new Crash();
    } finally {
      socket.close();
    }
  }

  reboot() {
    this.#socket?.close();
  }
}

class PollDevice extends Device {
  async live() {
    const client = this.hub.client(this.key);
    const post = async (id, what, body) =>
      (await client.ask("POST", `/v1/me/commands/${id}/${what}`, body)).status;
    const hub = {
      list: async (status) =>
        (await client.get(`/v1/me/commands?status=${status}&limit=1000`)).body.items,
      acknowledge: (id) => post(id, "ack"),
      acknowledgeAndDie: async (id) => {
        const answered = post(id, "ack").catch(() => {});
        // On its way, or answered with nobody left to hear it.
        await (this.random() < 0.5 ? nextTurn() : answered);
      },
      finish: (id, result) => post(id, "result", { status: "done", result }),
    };
    try {
      while (!this.done) {
        await this.recover(hub);
        const limit = 1 + Math.floor(this.random() * 5);
        const path = `/v1/me/commands?status=queued&lease=${kLeaseMs}&limit=${limit}`;
        const polled = client.get(path, { prefer: "wait=1" });
        if (this.random() < 0.05) {
          // While it waits, or with commands in the answer that nobody reads any more.
          const answered = polled.catch(() => {});
          await (this.random() < 0.5 ? nextTurn() : answered);
          throw new Crash();
        }
        for (const command of (await polled).body.items) {
          // Longer than its lease would be without this.
          if (this.random() < 0.05) await post(command.id, "lease", { lease: 2 * kLeaseMs });
          await this.receive(hub, command);
        }
      }
    } finally {
      client.close();
    }
  }

  reboot() {}
}

/** Sends its share to a device; a full queue is waited for. Gives the commands by id. */
async function sendTo(hub, device, count, random) {
  const client = hub.client(hub.admin.admin_key);
  const sent = new Map();
  for (let n = 0; n < count; ++n) {
    const body = { name: "count", params: { n } };
    if (random() < 0.15) body.ttl = 200 + Math.floor(random() * 6_000);
    const answer = await eventually(kPatienceMs, "room in the queue", async () => {
      const tried = await client.ask("POST", `/v1/devices/${device.id}/commands`, body);
      return tried.status !== 429 && tried;
    });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    sent.set(answer.body.id, { n, expires: answer.body.expires, brief: body.ttl !== undefined });
  }
  client.close();
  return sent;
}

async function ledgerOf(hub, device, status = "") {
  const path = `/v1/devices/${device.id}/commands?limit=1000${status && `&status=${status}`}`;
  return (await hub.rest.get(path)).body.items;
}

/** What is wrong with one device's log beside the hub's ledger and the events. */
function check(device, sent, ledger, deliveries) {
  const wrong = [...device.wrong];
  const tell = (id, what) => wrong.push(`${device.id} ${id}: ${what}`);
  if (ledger.length !== sent.size) tell("", `${sent.size} sent, ${ledger.length} in the ledger`);
  for (const { id, status, attempt, expires, result } of ledger) {
    const times = deliveries.get(id) ?? [];
    const executed = device.log.has(id);
    if (!sent.has(id)) tell(id, "never sent");
    if (status === "done" && !executed) tell(id, "done, and not in the device's log");
    if (status === "done" && result !== sent.get(id).n) tell(id, `result ${result}`);
    if (status === "expired" && executed) tell(id, "expired, and carried out");
    if (status === "expired" && !sent.get(id).brief) tell(id, "lost: it had an hour");
    if (!["done", "expired"].includes(status)) tell(id, `ended as ${status}`);
    if (times.some((time) => time >= expires)) tell(id, "handed out after its time");
    if (times.length !== attempt) tell(id, `attempt ${attempt}, ${times.length} deliveries told`);
    if ((device.seen.get(id) ?? 0) > attempt) tell(id, "came more often than it was handed out");
    if (status === "done" && attempt < 1) tell(id, "done without a delivery");
  }
  const numbers = [...device.log].filter(([id]) => !device.unsure.has(id)).map(([, n]) => n);
  const inOrder = numbers.every((n, at) => at === 0 || numbers[at - 1] < n);
  if (!inOrder) tell("", `carried out in the order ${numbers}`);
  return wrong;
}

test(`${kCommands} commands to devices that crash are each carried out once`, async (t) => {
  const limits = { ...new Hub({}).limits, "ws.queue_bytes": 64 * 2 ** 20, "commands.queue": 20 };
  const hub = await startHub(t, { limits });
  const random = seeded(kSeed);
  const follower = await hub.follow({ kinds: ["command"] });
  const devices = [];
  for (let at = 0; at < Math.ceil(kCommands / kOfOneDevice); ++at) {
    const Kind = at % 2 === 0 ? SocketDevice : PollDevice;
    devices.push(new Kind(hub, await hub.device(`device-${at}`), seeded(kSeed * 1_000 + at)));
  }
  const began = Date.now();
  const lives = devices.map((device) => device.run());
  const sent = await Promise.all(
    devices.map((device) => sendTo(hub, device, kOfOneDevice, seeded(random() * 2 ** 32))),
  );
  const kOpen = "queued,delivered,acknowledged";
  for (const device of devices) {
    await eventually(
      kPatienceMs,
      `the end of all commands of ${device.id}`,
      async () => {
        const open = await ledgerOf(hub, device, kOpen);
        // An acknowledgement that the hub has and the device does not know of waits for this.
        if (open.some(({ status }) => status === "acknowledged")) device.reboot();
        return open.length === 0;
      },
      200,
    );
  }
  const seconds = (Date.now() - began) / 1_000;
  for (const device of devices) {
    device.done = true;
    device.reboot();
  }
  await Promise.all(lives);

  const ledgers = await Promise.all(devices.map((device) => ledgerOf(hub, device)));
  const steps = ledgers.flat().length;
  assert.equal(steps, devices.length * kOfOneDevice);
  const isEnd = ({ v }) => ["done", "expired"].includes(v.status);
  const allEnds = () => follower.events.items.filter(isEnd).length >= steps;
  await eventually(30_000, "the last events", allEnds);
  const told = follower.notices.items.filter((each) => each.gap !== undefined);
  assert.deepEqual(told, [], "the follower has got every event");
  const deliveries = new Map();
  for (const { t: time, v } of follower.events.items) {
    if (v.status !== "delivered") continue;
    deliveries.set(v.id, [...(deliveries.get(v.id) ?? []), time]);
  }
  const wrong = devices.flatMap((device, at) => check(device, sent[at], ledgers[at], deliveries));
  assert.deepEqual(wrong, []);

  const count = (status) => ledgers.flat().filter((each) => each.status === status).length;
  const crashes = devices.reduce((sum, device) => sum + device.crashes, 0);
  const again = ledgers.flat().filter(({ attempt }) => attempt > 1).length;
  t.diagnostic(
    `${steps} commands, ${devices.length} devices, ${crashes} crashes, ${again} handed out more ` +
      `than once, ${count("done")} done, ${count("expired")} expired, ${seconds.toFixed(1)} s`,
  );
  assert.ok(again > steps / 20, "crashes have come between delivery and acknowledgement");
  assert.ok(count("expired") > 0, "some have expired");
  assert.ok(count("done") > steps / 2, "most have not");
  follower.close();
});
