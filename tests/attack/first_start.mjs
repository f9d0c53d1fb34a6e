// T-50: a hub that has just been made. There is nothing to know of it before its first start that
// opens it, and nothing of one hub opens another.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createConnection, createServer } from "node:net";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { restExample, restOperations } from "../end_to_end/contract.mjs";
import { Hub, freshFolder, initialise, runNow, start, tandem } from "../end_to_end/hub.mjs";
import { RestClient } from "../end_to_end/rest.mjs";
import { attacks } from "./harness.mjs";

const kInstalls = 6;
const kAtOnce = 8;
// ASVS 5.0, 11.5.1 for what is made at random; a password has argon2 and the brakes before it.
const kPasswordBits = 112;
const kKeyBits = 128;
// Bytes that two installs have in common by chance, once in 2^128 times.
const kWindow = 16;
const kDocuments = ["docs", "spec", "README.md", "sdk/js/README.md", "run"];
const kRoot = fileURLToPath(new URL("../../", import.meta.url));
const kFresh = 3;
const kGuesses = 200;
const kPatience = 20_000;

// What other hubs and brokers were shipped with, and what people try.
const kNames = ["admin", "root", "tandem", "user", "guest", "operator", "tenant@thingsboard.org"];
const kPasswords = ["admin", "public", "password", "tandem", "guest", "sysadmin", "123456", ""];

/** The folder's files with what is in them, without sockets. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path)]);
}

/** How many bits texts have that are made at random of the kinds of characters seen in them. */
function bitsOf(texts) {
  const kinds = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
  ];
  const all = texts.join("");
  const alphabet = kinds.reduce((sum, [kind, letters]) => sum + (kind.test(all) ? letters : 0), 0);
  return Math.floor(Math.min(...texts.map(({ length }) => length)) * Math.log2(alphabet));
}

/** What nobody may know of a key, which is `tak_<id>_<secret>_<sum>`, or of a password. */
const secretIn = (text) => /^tak_[^_]{16}_(.{43})_/.exec(text)?.[1] ?? text;

/** A listener somewhere, closed again: its port is free. */
const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const answers = (port, host) =>
  new Promise((done) => {
    const socket = createConnection(port, host);
    socket.once("connect", () => done(true)).once("error", () => done(false));
    socket.once("connect", () => socket.destroy());
  });

/** A hub without an administrator, for every address: who has no token gets nowhere. */
async function withoutAdministrator(arena) {
  const tokens = [];
  for (let at = 0; at < kFresh; at += 1) {
    const port = await freePort();
    const listen = ["--listen", `0.0.0.0:${port}`, "--insecure-listen"];
    const served = start(tandem, ["serve", "--data", freshFolder(), ...listen]);
    const printed = (line) => /#setup=/.test(line);
    const line = await served.lines.find(printed, kPatience, "the setup token");
    tokens.push(line.slice(line.indexOf("#setup=") + "#setup=".length));
    if (at === 0) await knock(arena, port);
    served.process.kill("SIGTERM");
    await served.ended;
  }
  arena.figure("setup_tokens_in_common", tokens.length - new Set(tokens).size, { is: 0 });
  // Five bits a letter: of 32 kinds.
  const bits = Math.min(...tokens.map(({ length }) => length)) * 5;
  arena.figure("setup_token_bits", bits, { least: kKeyBits });
}

async function knock(arena, port) {
  // Another address of this machine than 127.0.0.1.
  arena.figure("reached_from_elsewhere", await answers(port, "127.0.0.2"), { is: false });
  const client = new RestClient(`http://127.0.0.1:${port}`, null);
  const statuses = {};
  for (let guess = 0; guess < kGuesses; guess += 1) {
    const token = randomBytes(13).toString("hex");
    const { status } = await client.ask("POST", "/v1/setup", { token, password: "x".repeat(12) });
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  arena.figure("guesses_of_the_setup_token", statuses, { is: { 401: kGuesses } });
  await withoutToken(arena, { client: () => client }, "operations_before_setup");
  client.close();
}

/** Several who want to be the administrator of one directory: one is. */
async function manyWant(arena) {
  const data = join(freshFolder(), "data");
  const init = () =>
    new Promise((done) => {
      const stdio = ["ignore", "pipe", "ignore"];
      const child = spawn(tandem, ["init", "--data", data], { stdio });
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
      child.once("close", (code) => done({ code, out }));
    });
  const all = await Promise.all(Array.from({ length: kAtOnce }, init));
  const made = all.filter(({ code }) => code === 0);
  arena.figure("administrators_of_one_directory", made.length, { is: 1 });
  const told = all.filter(({ code, out }) => code !== 0 && out !== "").length;
  arena.figure("secrets_told_to_the_others", told, { is: 0 });
  return { data, admin: JSON.parse(made[0].out) };
}

/** What `installs` have in common that could be a secret. */
function shared(installs) {
  const secretsOf = ({ admin }) => [admin.admin_password, admin.admin_key];
  const texts = installs.flatMap(secretsOf);
  const values = texts.length - new Set(texts).size;
  // Each run of bytes of `secrets` is in nobody else's files; what was printed is in none.
  let windows = 0;
  const printed = [];
  for (const one of installs) {
    const own = readFileSync(join(one.data, "secrets"));
    const others = installs.filter((each) => each !== one).flatMap(({ data }) => filesOf(data));
    others.push([tandem, readFileSync(tandem)]);
    for (const at of randomRuns(own)) {
      const run = own.subarray(at, at + kWindow);
      windows += others.filter(([, bytes]) => bytes.includes(run)).length;
    }
    for (const text of secretsOf(one)) {
      const found = filesOf(one.data).filter(([, bytes]) => bytes.includes(secretIn(text)));
      printed.push(...found.map(([path]) => path));
    }
  }
  return { values, windows, printed };
}

/** Where in `bytes` runs begin that are no text of a format: of many different bytes. */
function randomRuns(bytes) {
  const found = [];
  for (let at = 0; at + kWindow <= bytes.length; ++at) {
    if (new Set(bytes.subarray(at, at + kWindow)).size > kWindow - 6) found.push(at);
  }
  return found;
}

/** Everything in what is published that looks like a credential. */
function publishedKeys() {
  const found = new Set();
  const add = (text) => {
    for (const [key] of text.matchAll(/\bt[a-z]{2}_[A-Za-z0-9_-]{8,}/g)) found.add(key);
  };
  const look = (path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path)) look(join(path, name));
      return;
    }
    add(readFileSync(path, "utf8"));
  };
  kDocuments.forEach((name) => look(join(kRoot, name)));
  add(readFileSync(tandem).toString("latin1"));
  return [...found];
}

/** Tries names and passwords that everybody knows; how often one of them opens a session. */
async function wellKnown(hub) {
  const client = hub.client(null);
  const statuses = {};
  for (const user of [hub.admin.admin_user, ...kNames]) {
    for (const password of kPasswords) {
      const { status } = await client.ask("POST", "/v1/session", { user, password });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  }
  return statuses;
}

async function withoutToken(arena, hub, name = "operations_without_credentials") {
  const guarded = restOperations.filter(({ open }) => !open);
  const client = hub.client(null);
  const statuses = {};
  for (const operation of guarded) {
    const { method, path, headers, body } = restExample(operation);
    const { status } = await client.ask(method, path, body, headers);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  arena.figure(name, statuses, { is: { 401: guarded.length } });
}

async function published(arena, hub, keys) {
  const client = hub.client(null);
  let opened = 0;
  for (const key of keys) {
    const headers = { authorization: `Bearer ${key}` };
    const { status } = await client.ask("GET", "/v1/me", undefined, headers);
    const socket = await hub.socket(key).then(
      (made) => (made.close(), true),
      ({ status: refused }) => refused !== 401,
    );
    if (status !== 401 || socket) opened += 1;
  }
  arena.figure("published_keys", keys.length, { least: 1 });
  arena.figure("published_keys_that_open", opened, { is: 0 });
}

/** What one hub was given opens none of the others. */
async function elsewhere(arena, hub, others) {
  const client = hub.client(null);
  let opened = 0;
  for (const { admin } of others) {
    const who = { user: admin.admin_user, password: admin.admin_password };
    const headers = { authorization: `Bearer ${admin.admin_key}` };
    opened += (await client.ask("POST", "/v1/session", who)).status === 201 ? 1 : 0;
    opened += (await client.ask("GET", "/v1/me", undefined, headers)).status === 200 ? 1 : 0;
  }
  arena.figure("secrets_of_others_that_open", opened, { is: 0 });
}

async function firstStart(arena) {
  await withoutAdministrator(arena);
  const raced = await manyWant(arena);
  const installs = [raced, ...Array.from({ length: kInstalls - 1 }, () => initialise())];
  const { values, windows, printed } = shared(installs);
  arena.figure("installs", installs.length);
  arena.figure("secrets_in_common", values, { is: 0 });
  arena.figure("bytes_of_secrets_found_elsewhere", windows, { is: 0 });
  arena.figure("printed_secrets_in_files", printed, { is: [] });
  const passwords = installs.map(({ admin }) => admin.admin_password);
  arena.figure("password_bits", bitsOf(passwords), { least: kPasswordBits });
  const secrets = installs.map(({ admin }) => secretIn(admin.admin_key));
  arena.figure("key_bits", bitsOf(secrets), { least: kKeyBits });
  const [fresh, ...others] = installs;
  const hub = new Hub({ ...fresh, limits: {}, listen: "127.0.0.1:0" });
  await hub.start();
  try {
    await withoutToken(arena, hub);
    const statuses = await wellKnown(hub);
    arena.figure("well_known_passwords", statuses);
    const let_in = (statuses[200] ?? 0) + (statuses[201] ?? 0);
    arena.figure("well_known_passwords_that_open", let_in, { is: 0 });
    await published(arena, hub, publishedKeys());
    await elsewhere(arena, hub, others);
    const again = runNow(tandem, ["init", "--data", fresh.data]);
    arena.figure("a_second_administrator", again.code === 0, { is: false });
    arena.figure("own_key_opens", (await hub.rest.ask("GET", "/v1/me")).status, { is: 200 });
  } finally {
    hub.closeClients();
    await hub.stop();
  }
}

await attacks([
  {
    id: "T-50",
    what: "nothing opens a hub that has just been made but what it has printed once",
    alone: true,
    run: firstStart,
  },
]);
