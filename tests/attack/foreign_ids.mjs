// T-54: how long "not found" takes tells nobody whether a device is there for somebody else. What
// may be read, done and heard is tests/parity/matrix_test.cc.
import { connect } from "node:net";

import { logIn, logInAdmin } from "../end_to_end/page.mjs";
import { seeded, within } from "../end_to_end/wait.mjs";
import { attacks } from "./harness.mjs";
import { message, request, upgrade } from "./wire.mjs";

const kIds = 32;
// So many at once: what the hub does weighs more then than what the way costs.
const kBatch = 16;
const kRounds = 100;
const kTries = 6;
const kShare = 0.1;
const kPatienceMs = 30_000;
const kPassword = "correct horse battery staple";
const kScopes = [
  ...["devices:read", "devices:write", "telemetry:read", "telemetry:write", "keys:manage"],
  ...["commands:read", "commands:send", "config:read", "config:write"],
];

// Names of one length. Those of the floor nobody has: how far they are apart is the machine's.
const floor = ["absent", "nobody", "lacked", "missed"];
const classes = ["hidden", "abroad", ...floor];
const idOf = (kind, number) => `${kind}-${String(number).padStart(3, "0")}`;

const command = { name: "on" };
/** [operation, method, path, body] */
const operations = [
  ["devices.get", "GET", ""],
  ["devices.delete", "DELETE", ""],
  ["telemetry.latest", "GET", "/latest"],
  ["telemetry.read", "GET", "/telemetry"],
  ["telemetry.write", "POST", "/telemetry", { power: 1 }],
  ["twin.get", "GET", "/twin"],
  ["config.patch", "PATCH", "/config", { on: true }],
  ["commands.send", "POST", "/commands", command],
  ["keys.list", "GET", "/keys"],
];

/** A connection on which batches are asked and timed. */
class Line {
  #text = "";
  #notice = () => {};

  static async open(port) {
    const line = new Line();
    line.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    line.socket.setEncoding("latin1").on("data", (text) => {
      line.#text += text;
      line.#notice();
    });
    line.socket.on("close", () => line.#notice());
    const opened = new Promise((done) => line.socket.once("connect", done));
    await within(kPatienceMs, "a connection", opened);
    return line;
  }
  /** Sends and waits until `marker` has come `count` times; what came, and how long it took. */
  async ask(bytes, marker, count) {
    this.#text = "";
    const began = performance.now();
    const there = new Promise((done, refuse) => {
      this.#notice = () => {
        if (this.#text.split(marker).length > count) done(performance.now() - began);
        else if (this.socket.destroyed) refuse(new Error(`closed after ${this.#text}`));
      };
    });
    this.socket.write(bytes);
    const ms = await within(kPatienceMs, `${count} times ${marker}`, there);
    return { ms, text: this.#text };
  }
  close() {
    this.socket.destroy();
  }
}

/** How one operation is asked at a door: `batch(ids)` gives bytes; `marker` ends each answer. */
const doors = {
  rest: {
    marker: '"status":404',
    async open(arena, key) {
      const line = await Line.open(arena.port);
      return { line, key };
    },
    batch({ key }, [, method, path, body], ids) {
      const text = body === undefined ? "" : JSON.stringify(body);
      const length = `Content-Length: ${text.length}`;
      const headers = text === "" ? [] : ["Content-Type: application/json", length];
      const options = { key, headers, body: text };
      const one = (id) => request(method, `/v1/devices/${id}${path}`, options);
      return Buffer.from(ids.map(one).join(""));
    },
  },
  ws: {
    marker: '"status":404,"problem"',
    async open(arena, key) {
      const line = await Line.open(arena.port);
      await line.ask(Buffer.from(upgrade(key)), '"hello"', 1);
      return { line };
    },
    batch(_, [op, , , body], ids) {
      return Buffer.concat(ids.map((device) => message({ id: 1, op, path: { device }, body })));
    },
  },
};

// What is work of the hub takes so long each time; what others on the machine take comes on top.
const quickest = (all) => all.toSorted((one, other) => one - other)[Math.floor(all.length / 20)];

/** What the hub says to one id of each class, without the id: all have to be told the same. */
async function words(door, at, operation) {
  const said = new Set();
  for (const kind of classes) {
    const id = idOf(kind, 1);
    const { text } = await at.line.ask(door.batch(at, operation, [id]), door.marker, 1);
    said.add(text.replaceAll(id, "ID").replaceAll(/^(date|ratelimit): .*$/gim, ""));
  }
  return said;
}

/** How much longer each class takes than one that nobody has, in the quickest batches of `took`. */
async function compare(door, at, operation, random, took) {
  for (let round = 0; round < kRounds; ++round) {
    const order = classes.toSorted(() => random() - 0.5);
    for (const kind of order) {
      const ids = Array.from({ length: kBatch }, () => idOf(kind, Math.floor(random() * kIds)));
      const { ms } = await at.line.ask(door.batch(at, operation, ids), door.marker, kBatch);
      took[kind].push(ms);
    }
  }
  const of = Object.fromEntries(classes.map((kind) => [kind, quickest(took[kind])]));
  const floors = floor.map((kind) => of[kind]).toSorted((one, other) => one - other);
  const base = floors[Math.floor(floors.length / 2)];
  const noise = Math.max(base / floors[0] - 1, floors.at(-1) / base - 1);
  const shares = Object.fromEntries(
    classes.filter((kind) => !floor.includes(kind)).map((kind) => [kind, of[kind] / base - 1]),
  );
  const worst = Math.max(...Object.values(shares).map(Math.abs));
  const timed = classes.length * took[floor[0]].length * kBatch;
  return { worst, noise, shares, us: (base * 1000) / kBatch, timed };
}

async function prepare(arena) {
  const { hub } = arena;
  const admin = await logInAdmin(hub);
  const boss = { user: "boss", password: kPassword };
  await admin.must("POST", "/v1/tenants", { id: "plant", ...boss });
  const abroad = await logIn(hub, { tenant: "plant", ...boss });
  for (let number = 0; number < kIds; ++number) {
    for (const [kind, owner] of [["hidden", admin], ["abroad", abroad]]) {
      const id = idOf(kind, number);
      await owner.must("POST", "/v1/devices", { id, name: "Somebody else's" });
      await owner.must("POST", `/v1/devices/${id}/telemetry`, { power: number, note: "secret" });
      await owner.must("PATCH", `/v1/devices/${id}/config`, { on: true });
      await owner.must("POST", `/v1/devices/${id}/commands`, command);
    }
  }
  arena.key = (await admin.must("POST", "/v1/apps", { id: "narrow" })).body.secret;
  await hub.device("own-000");
  const grant = { app: "narrow", scopes: kScopes, devices: ["own-000"] };
  await admin.must("POST", "/v1/grants", grant);
}

async function foreignIds(arena) {
  const random = seeded(54);
  const found = [];
  let different = 0;
  for (const [name, door] of Object.entries(doors)) {
    const at = await door.open(arena, arena.key);
    for (const operation of operations) {
      if ((await words(door, at, operation)).size !== 1) different += 1;
      const took = Object.fromEntries(classes.map((kind) => [kind, []]));
      let one;
      // A difference that is there stays, the more is measured: what a neighbour has made does not.
      for (let tries = 0; tries < kTries; ++tries) {
        one = await compare(door, at, operation, random, took);
        if (one.worst <= kShare) break;
      }
      found.push({ what: `${name} ${operation[0]}`, ...one });
    }
    at.line.close();
  }
  const worst = found.toSorted((one, other) => other.worst - one.worst)[0];
  arena.figure("compared", found.length, { is: 2 * operations.length });
  arena.figure("answers_timed", found.reduce((sum, { timed }) => sum + timed, 0));
  arena.figure("told_apart_by_words", different, { is: 0 });
  arena.figure("us_each", Math.max(...found.map(({ us }) => us)));
  arena.figure("worst", worst.what);
  arena.figure("floor_percent", worst.noise * 100);
  const { hidden, abroad } = worst.shares;
  arena.figure("hidden_longer_percent", hidden * 100);
  arena.figure("abroad_longer_percent", abroad * 100);
  arena.figure("worst_percent", worst.worst * 100, { most: (kShare + worst.noise) * 100 });
}

await attacks([
  {
    id: "T-54",
    what: "a device of somebody else is refused as fast as one that is not there",
    alone: true,
    hub: {
      limits: {
        "ws.messages_per_second": 1e9,
        "ws.messages_burst": 1e9,
        "http.requests_per_connection": 1e9,
        "readings_per_second": 1e9,
        "readings_burst": 1e9,
      },
    },
    prepare,
    run: foreignIds,
  },
]);
