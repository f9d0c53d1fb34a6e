// T-55: whatever is asked, both doors decide alike. Two hubs are made alike; one is asked over REST
// and the other over WebSocket, the same at random, so that each has done what the other has.
//
// TANDEM_SEED: other choices. TANDEM_TRIPLES: how many.
import { restOperations, socketOperations } from "../end_to_end/contract.mjs";
import { Hub, initialise } from "../end_to_end/hub.mjs";
import { logIn, logInAdmin, socketOf } from "../end_to_end/page.mjs";
import { seeded } from "../end_to_end/wait.mjs";
import { attacks } from "./harness.mjs";

const kTriples = Number(process.env.TANDEM_TRIPLES ?? 20_000);
const kSeed = Number(process.env.TANDEM_SEED ?? 55);
const kShown = 10;
const kPassword = "correct horse battery staple";
const kLimits = {
  requests_per_second: 1e9,
  requests_burst: 1e9,
  readings_per_second: 1e9,
  readings_burst: 1e9,
  "requests.in_flight": 1e9,
  "ws.messages_per_second": 1e9,
  "ws.messages_burst": 1e9,
  "ws.device_connects": 1e9,
  "ws.connects": 1e9,
  "http.requests_per_connection": 1e9,
  "commands.queue": 1e6,
  "tenant.claim_codes": 1e6,
  "tenant.grants": 1e6,
  "tenant.dashboards": 1e6,
  "dashboards.owned": 1e6,
};

// What a resource of a path may be. `$grant` and the like stand for what has another name at each
// of the hubs.
const kDevices = ["lamp-1", "lamp-2", "lamp-3", "plant-lamp", "none", "me", "*", "lamp-+", "#"];
const kOthers = {
  user: ["anna", "spare", "viewer-1", "boss", "nobody"],
  app: ["spare", "narrow", "admin", "dashboard", "nobody"],
  tenant: ["spare", "plant", "main", "none"],
  grant: ["$grant", "$foreign_grant", "01JD9N4K2VQ8W3T5X7Z0ABCDEF"],
  dashboard: ["$dashboard", "$foreign_dashboard", "01JD9N4K2VQ8W3T5X7Z0ABCDEF"],
  key: ["$key", "kQ3vW8nZr1LpXa0c"],
  secret: ["$secret", "kQ3vW8nZr1LpXa0c"],
  command: ["$command", "$foreign_command", "01JD9N4K2VQ8W3T5X7Z0ABCDEF"],
};
// Who asks has to stay: these are not changed or ended.
const kKept = { user: ["viewer-1", "boss"], app: ["narrow", "admin"], tenant: ["plant", "main"] };
const kBodies = [undefined, "text", [], {}, { nonsense: 1 }, 7];
const kBodyShare = 0.15;

const methods = new Map(restOperations.map(({ name, method, path }) => [name, { method, path }]));
methods.set("commands.take", methods.get("commands.list"));
const operations = socketOperations.filter(
  ({ name }) => methods.has(name) && !name.startsWith("stream."),
);

/** One of the two hubs with all who ask it. */
class World {
  names = {};
  asking = {};

  constructor(hub) {
    this.hub = hub;
  }

  async make(door) {
    this.door = door;
    this.admin = await logInAdmin(this.hub);
    const boss = { user: "boss", password: kPassword };
    await this.admin.must("POST", "/v1/tenants", { id: "plant", ...boss });
    this.boss = await logIn(this.hub, { tenant: "plant", ...boss });
    const scopes = ["devices:read", "devices:write", "telemetry:read", "telemetry:write"];
    await this.repair();
    const labelled = await this.#app("labelled", {
      scopes: ["telemetry:read", "commands:send", "commands:read", "config:read", "config:write"],
      labels: { site: "hall-3" },
    });
    const narrow = await this.#app("narrow", {
      scopes: [...scopes, "keys:manage", "commands:send", "state:read", "events:read"],
      devices: ["lamp-2"],
    });
    const empty = await this.#app("empty");
    for (const role of ["viewer", "operator", "admin", "member"]) {
      const id = `${role}-1`;
      await this.admin.must("POST", "/v1/users", { id, role, password: kPassword });
    }
    const member = { user: "member-1", scopes: [...scopes, "keys:manage"], devices: ["lamp-1"] };
    await this.admin.must("POST", "/v1/grants", member);
    await this.#let("admin key", { key: this.hub.admin.admin_key });
    for (const [who, key] of Object.entries({ labelled, narrow, empty })) {
      await this.#let(who, { key });
    }
    for (const user of ["viewer-1", "operator-1", "admin-1", "member-1"]) {
      await this.#let(user, { page: await logIn(this.hub, { user, password: kPassword }) });
    }
    await this.#let("boss", { page: this.boss });
  }

  async #app(id, grant) {
    const { secret } = (await this.admin.must("POST", "/v1/apps", { id })).body;
    if (grant) await this.admin.must("POST", "/v1/grants", { app: id, ...grant });
    return secret;
  }
  /** From now on `who` may be asked as. */
  async #let(who, { key, page }) {
    this.asking[who]?.close();
    if (this.door === "rest") this.asking[who] = page ?? this.hub.client(key);
    else if (page !== undefined) this.asking[who] = await socketOf(this.hub, page);
    else this.asking[who] = await this.hub.socket(key);
  }

  /** Makes what has been deleted anew, or is not there yet: what operations of `groups` end. */
  async repair(groups = Object.keys(this.#repairs)) {
    for (const group of groups) await this.#repairs[group]?.();
  }
  #repairs = {
    devices: () => this.#devices(),
    keys: () => this.#devices(),
    commands: () => this.#commands(),
    users: () => this.#made(this.admin, "/v1/users", { id: "spare", password: kPassword }),
    tenants: () =>
      this.#made(this.admin, "/v1/tenants", { id: "spare", user: "boss", password: kPassword }),
    apps: () => this.#apps(),
    grants: () => this.#grants(),
    dashboards: () => this.#dashboards(),
  };
  async #devices() {
    for (const [id, labels] of [
      ["lamp-1", { site: "hall-3" }],
      ["lamp-2", {}],
      ["lamp-3", { site: "hall-3" }],
    ]) {
      if (!(await this.#made(this.admin, "/v1/devices", { id, labels }))) continue;
      const { key, id: keyId } = (await this.admin.must("POST", `/v1/devices/${id}/keys`, {})).body;
      if (id === "lamp-3") this.names.$key = keyId;
      else await this.#let(id, { key });
    }
    if (await this.#made(this.boss, "/v1/devices", { id: "plant-lamp" })) {
      this.names.$foreign_command = await this.#command(this.boss, "plant-lamp");
    }
    await this.#commands();
  }
  async #command(as, device) {
    const path = `/v1/devices/${device}/commands`;
    return (await as.must("POST", path, { name: "on" })).body.id;
  }
  async #commands() {
    this.names.$command = await this.#command(this.admin, "lamp-2");
  }
  async #apps() {
    const app = await this.#made(this.admin, "/v1/apps", { id: "spare" });
    if (app === null) return;
    this.names.$secret = app.secret.split("_")[1];
    await this.#grants();
  }
  async #grants() {
    const grant = { scopes: ["telemetry:read"], devices: ["*"] };
    const made = await this.admin.must("POST", "/v1/grants", { app: "spare", ...grant });
    this.names.$grant = made.body.id;
    if (this.names.$foreign_grant !== undefined) return;
    await this.boss.must("POST", "/v1/apps", { id: "theirs" });
    const theirs = await this.boss.must("POST", "/v1/grants", { app: "theirs", ...grant });
    this.names.$foreign_grant = theirs.body.id;
  }
  async #dashboards() {
    const hall = { title: "Hall", shared: "tenant" };
    this.names.$dashboard = (await this.admin.must("POST", "/v1/dashboards", hall)).body.id;
    if (this.names.$foreign_dashboard !== undefined) return;
    const theirs = await this.boss.must("POST", "/v1/dashboards", hall);
    this.names.$foreign_dashboard = theirs.body.id;
  }
  /** What was made; null where it was there. */
  async #made(as, path, body) {
    const { status, body: made } = await as.ask("POST", path, body);
    if (status === 409) return null;
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(made)}`);
    return made;
  }

  /** What becomes of it: `{status, type}`. */
  async decide(who, { op, path = {}, query = {}, headers = {}, body }) {
    const named = Object.entries(path).map(([name, value]) => [name, this.names[value] ?? value]);
    if (this.door === "ws") {
      const call = { path: Object.fromEntries(named), query, headers, body };
      return await this.#overSocket(who, op, call);
    }
    const { method, path: template } = methods.get(op);
    let target = template;
    for (const [name, value] of named) {
      target = target.replace(`{${name}}`, encodeURIComponent(value));
    }
    const asked = new URLSearchParams(query);
    const answer = await this.asking[who].ask(method, `${target}?${asked}`, body, headers);
    return { status: answer.status, type: answer.body?.type };
  }
  async #overSocket(who, op, call) {
    try {
      const reply = await this.asking[who].call(op, call);
      return { status: reply.status, type: reply.problem?.type };
    } catch (error) {
      return { status: error.message, type: undefined };
    }
  }
}

const choose = (random, all) => all[Math.floor(random() * all.length)];

/** At random: an operation's example, with another resource and sometimes another body. */
function requestAt(random) {
  const { name: op, message } = choose(random, operations);
  const { query, headers } = message;
  const path = {};
  for (const name of Object.keys(message.path ?? {})) {
    const names = name === "device" ? kDevices : (kOthers[name] ?? [message.path[name]]);
    const reads = /\.(get|list)$/.test(op);
    path[name] = choose(
      random,
      names.filter((each) => reads || !kKept[name]?.includes(each)),
    );
  }
  let { body } = message;
  if (body !== undefined && random() < kBodyShare) body = choose(random, kBodies);
  return { op, path, query, headers, body };
}

const same = (one, other) =>
  one.status === other.status && (one.status < 400 || one.type === other.type);

async function compare(arena, worlds) {
  const random = seeded(kSeed);
  const everybody = Object.keys(worlds[0].asking);
  const found = { mismatches: 0, shown: [], statuses: {}, operations: new Set(), kinds: new Set() };
  for (let at = 0; at < kTriples; ++at) {
    const who = choose(random, everybody);
    const request = requestAt(random);
    const [rest, ws] = await Promise.all(worlds.map((world) => world.decide(who, request)));
    found.statuses[rest.status] = (found.statuses[rest.status] ?? 0) + 1;
    found.operations.add(request.op);
    found.kinds.add(`${rest.status} ${rest.type}`);
    if (!same(rest, ws)) {
      found.mismatches += 1;
      if (found.shown.length < kShown) found.shown.push({ who, ...request, rest, ws });
    }
    const ended = /\.(delete|revoke|rotate|cancel|finish)$/.test(request.op);
    if (!ended || rest.status >= 300) continue;
    await Promise.all(worlds.map((world) => world.repair([request.op.split(".")[0]])));
  }
  return { ...found, everybody };
}

async function twoDoors(arena) {
  const other = new Hub({ ...initialise(), limits: kLimits, words: ["--log-level", "error"] });
  await other.start();
  try {
    const worlds = [new World(arena.hub), new World(other)];
    await Promise.all([worlds[0].make("rest"), worlds[1].make("ws")]);
    const found = await compare(arena, worlds);
    arena.figure("seed", kSeed);
    arena.figure("triples", kTriples);
    arena.figure("principals", found.everybody.length);
    arena.figure("operations", found.operations.size, { is: operations.length });
    arena.figure("statuses", found.statuses);
    arena.figure("kinds_of_answers", found.kinds.size);
    const count = (...some) => some.reduce((sum, each) => sum + (found.statuses[each] ?? 0), 0);
    const least = kTriples / 50;
    arena.figure("allowed", count(200, 201, 202, 204), { least });
    arena.figure("forbidden", count(403), { least });
    arena.figure("not_there", count(404), { least });
    if (found.shown.length > 0) arena.figure("shown", found.shown);
    arena.figure("mismatches", found.mismatches, { is: 0 });
  } finally {
    other.closeClients();
    await other.stop();
  }
}

await attacks([
  {
    id: "T-55",
    what: "both doors decide alike, whoever asks for whatever",
    alone: true,
    hub: { limits: kLimits },
    run: twoDoors,
  },
]);
