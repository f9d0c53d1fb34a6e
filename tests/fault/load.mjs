// Devices that write readings of every type over both doors, a configuration that changes, and
// commands that are sent, until they are told to stop or the hub is gone.
import { setTimeout as pass } from "node:timers/promises";

import { Ledger } from "./ledger.mjs";
import { someValues } from "./values.mjs";

const kAtOnce = 4;
const kShareAgain = 0.15;
const kFirstTime = 1_000_000;
// So long a writer waits after a refusal: a disk that is full stays so for a while.
const kAfterRefusalMs = 20;

export class Load {
  ledgers = [];
  config = { sent: -1, acknowledged: -1 };
  commands = new Map();
  /** Refusals by status and problem. */
  refusals = {};
  /** The first refusal of the store's own. */
  #failing = withResolvers();
  #stopped = false;
  #work = [];

  /** Devices named after `name`, two that write at each door. `values`: see someValues. */
  static async begin(hub, name, random, { values, each = 1, control = true } = {}) {
    const load = new Load();
    Object.assign(load, { hub, random, values, name });
    const doors = Array.from({ length: 2 * each }, (_, at) => (at % 2 === 0 ? "rest" : "ws"));
    const devices = [];
    for (const [at, door] of doors.entries()) {
      devices.push({ door, ...(await hub.device(`${name}-${door}-${at}`)) });
    }
    if (control) await hub.device(`${name}-control`);
    load.#work = devices.map((device) => load.#write(device));
    if (control) load.#work.push(load.#patch(), load.#command());
    return load;
  }

  /** Resolves with the status of the first refusal that says that the store has failed. */
  get failing() {
    return this.#failing.promise;
  }
  get acknowledged() {
    return this.ledgers.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  }

  /** Sends nothing more; resolves when all is answered or the hub is gone. */
  async stop() {
    this.#stopped = true;
    await Promise.all(this.#work);
  }

  async #write(device) {
    const ledger = new Ledger(device.id);
    this.ledgers.push(ledger);
    const send = await this.#sender(device);
    let next = kFirstTime;
    await this.#untilGone(kAtOnce, async () => {
      const again = this.random() < kShareAgain ? ledger.takeAgain(this.random) : undefined;
      const time = again ?? next++;
      const values = someValues(this.random, this.values);
      const sent = ledger.send(time, values);
      const members = [...values].map(([series, value]) => `"${series}":${value}`);
      const answer = await send(`{"t":${time},"v":{${members}}}`);
      if (answer.status === 200) sent.acknowledge();
      else {
        // 507 says that nothing was kept; after another failure nobody knows.
        sent.refuse({ kept: answer.status !== 507 });
        await this.#refused(answer);
      }
    });
  }

  async #sender(device) {
    if (device.door === "rest") {
      const client = this.hub.client(device.key, { pipelining: kAtOnce });
      return (body) => client.ask("POST", "/v1/me/telemetry", Buffer.from(body));
    }
    const socket = await this.hub.socket(device.key);
    return async (body) => {
      const id = socket.fresh();
      const op = `"op":"telemetry.write","path":{"device":"me"}`;
      const send = () => socket.sendRaw(`{"id":${id},${op},"body":${body}}`);
      const reply = await socket.await(id, send);
      return { status: reply.status, body: reply.problem ?? reply.body };
    };
  }

  async #patch() {
    const client = this.hub.client(this.hub.admin.admin_key);
    await this.#untilGone(1, async () => {
      const n = ++this.config.sent;
      const path = `/v1/devices/${this.name}-control/config`;
      const answer = await client.ask("PATCH", path, { n });
      if (answer.status === 200) this.config.acknowledged = n;
      else await this.#refused(answer);
    });
  }

  async #command() {
    const client = this.hub.client(this.hub.admin.admin_key);
    let n = 0;
    await this.#untilGone(1, async () => {
      const path = `/v1/devices/${this.name}-control/commands`;
      const params = { n: n++ };
      const answer = await client.ask("POST", path, { name: "x", params });
      if (answer.status === 202) this.commands.set(answer.body.id, params.n);
      else await this.#refused(answer);
    });
  }

  async #refused({ status, body }) {
    const type = body?.type ?? "";
    const name = `${status} ${type.replace("/problems/", "")}`;
    this.refusals[name] = (this.refusals[name] ?? 0) + 1;
    if (status === 503 || status === 507) this.#failing.resolve(status);
    await pass(kAfterRefusalMs);
  }

  /** Runs `step` again and again, `atOnce` at a time, until told to stop or the hub is gone. */
  async #untilGone(atOnce, step) {
    const work = async () => {
      while (!this.#stopped) await step();
    };
    const gone = (error) => {
      if (!this.hub.ending) throw error;
    };
    await Promise.all(Array.from({ length: atOnce }, () => work().catch(gone)));
  }

  /** Compares the configuration and the commands: what is missing or other than it was told. */
  async compareControl() {
    const client = this.hub.client(this.hub.admin.admin_key);
    const path = `/v1/devices/${this.name}-control`;
    const counts = { compared: 0, lost: 0, wrong: 0 };
    const { n = -1 } = (await client.get(`${path}/config`)).body;
    if (this.config.acknowledged >= 0) counts.compared += 1;
    if (n < this.config.acknowledged) counts.lost += 1;
    if (n > this.config.sent) counts.wrong += 1;
    const found = new Map();
    for (let cursor = ""; cursor !== undefined; ) {
      const { body } = await client.get(`${path}/commands?limit=1000${cursor}`);
      for (const command of body.items) found.set(command.id, command.params.n);
      cursor = body.next === undefined ? undefined : `&cursor=${encodeURIComponent(body.next)}`;
    }
    client.close();
    for (const [id, number] of this.commands) {
      counts.compared += 1;
      if (!found.has(id)) counts.lost += 1;
      else if (found.get(id) !== number) counts.wrong += 1;
    }
    return counts;
  }
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
