// `tandem bench` on a hub that it starts itself: every way has figures, a set-up that was broken on
// purpose is named, and nothing is left behind. How large the figures are is no test's business.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { freshFolder, runBeside, runNow, startHub, tandem } from "./hub.mjs";
import { atOnce } from "./together.mjs";
import { eventually } from "./wait.mjs";

const test = atOnce(4);
const kMs = 150_000;

async function bench(words, env = {}) {
  const done = await runBeside(tandem, ["bench", "--quick", "--json", ...words], { ms: kMs, env });
  // 1: something was in the way of sound figures, as on a machine that does other things.
  assert.ok(done.code === 0 || done.code === 1, `${done.code} ${done.err}`);
  assert.notEqual(done.out, "", done.err);
  return JSON.parse(done.out);
}
const check = (result, name) => result.checks.find((each) => each.name === name);
const way = (result, part, name) =>
  result.ways.find((each) => each.part === part && each.way === name);

// The longest first.
test("a hub that runs is measured within its limits, and keeps no device of it", async (t) => {
  // With the limits that every hub has.
  const hub = await startHub(t, { limits: {} });
  const words = ["bench", "--quick", "--json", "--url", hub.url, "--key", hub.admin.admin_key];
  // Twice: what the first left behind would be in the way of the second.
  for (const round of ["first", "second"]) {
    const done = await runBeside(tandem, words, { ms: kMs });
    assert.ok(done.code === 0 || done.code === 1, `${round}: ${done.code} ${done.err}`);
    const result = JSON.parse(done.out);
    // One that was started without --deflate is not asked for it.
    assert.equal(result.ways.length, 15);
    assert.ok(check(result, "deflate").says.includes("does not agree"));
    for (const each of result.ways) {
      assert.ok(each.answered > each.lost, `${round} ${each.part} ${each.way}: ${each.lost} lost`);
      assert.equal(each.figures.hub_cpu_us, undefined, "of a hub that is elsewhere");
      assert.equal(each.figures.flat_out_per_second, undefined, "others use that hub");
      assert.ok(each.figures.bytes.value > 0, each.way);
    }
    assert.deepEqual(result.memory_bytes, {});
    assert.deepEqual(result.constants, null);
    assert.deepEqual((await hub.rest.get("/v1/devices")).body.items, []);
  }
});

test("every way is measured, and its bytes are those of four layers", async () => {
  const folder = freshFolder();
  const scratch = freshFolder();
  const files = ["result.json", "page.html", "constants.json"].map((name) => join(folder, name));
  const measured = bench(
    ["--preset", "home", "--out", files[0], "--report", files[1], "--calibration", files[2]],
    { TMPDIR: scratch });
  await eventually(20_000, "its folder", () => readdirSync(scratch).length > 0);
  const result = await measured;
  assert.equal(result.ways.length, 16);
  for (const each of result.ways) {
    const { figures, latency_us: latency } = each;
    // A machine that is busy loses some; a way that does not work loses all.
    assert.ok(each.answered > each.lost, `${each.part} ${each.way}: ${each.lost} lost`);
    // Who listens has 5 s for each, and nobody else takes it.
    if (each.part !== "up") assert.equal(each.lost, 0, `${each.part} ${each.way}`);
    assert.ok(latency.count > 0 && latency.p50 > 0, each.way);
    assert.ok(latency.p50 <= latency.p99 && latency.p99 <= latency.most, each.way);
    assert.ok(figures.hub_cpu_us.value > 0, each.way);
    const layers = ["payload_bytes", "framing_bytes", "tls_bytes", "tcp_ip_bytes"];
    const sum = layers.reduce((total, name) => total + figures[name].value, 0);
    assert.ok(Math.abs(sum / figures.bytes.value - 1) < 0.1, `${each.way} ${sum}`);
    assert.ok(figures.tls_bytes.value > 0, each.way);
  }
  assert.ok(check(result, "nagle").good);
  assert.ok(check(result, "keep_alive").good, check(result, "keep_alive").says);
  // Devices of this workload keep their tickets.
  assert.ok(check(result, "tls").good, check(result, "tls").says);
  const fresh = way(result, "up", "REST, a connection per request").figures;
  const kept = way(result, "up", "REST, kept alive").figures;
  const socket = way(result, "up", "WebSocket, JSON").figures;
  assert.ok(fresh.bytes.value > 2 * kept.bytes.value);
  assert.ok(socket.bytes.value < kept.bytes.value);
  assert.ok(fresh.packets.value > kept.packets.value);

  assert.deepEqual(JSON.parse(readFileSync(files[0], "utf8")).ways.length, 16);
  const page = readFileSync(files[1], "utf8");
  assert.ok(page.includes("<svg") && !page.includes("http://"));
  const advised = runNow(tandem, ["advise", "--preset", "home", "--constants", files[2], "--json"]);
  assert.equal(advised.code, 0, advised.err);
  assert.ok(JSON.parse(advised.out).constants["cpu.rest"] > 0);
  assert.deepEqual(readdirSync(scratch), []);
});

const kBatched = ["--every", "1s", "--payload", "120", "--no-tls"];
const batched = () => (batched.result ??= bench(kBatched));

test("a batch that is compressed is the same message in fewer bytes", async () => {
  // Ten readings: far more than what a hub compresses from on, ws.deflate_bytes.
  const result = await batched();
  const plain = way(result, "up", "WebSocket, batched");
  const small = way(result, "up", "WebSocket, batched, deflate");
  assert.equal(Math.round(small.figures.payload_bytes.value / 100),
    Math.round(plain.figures.payload_bytes.value / 100));
  assert.ok(small.figures.bytes.value < 0.7 * plain.figures.bytes.value,
    `${small.figures.bytes.value} ${plain.figures.bytes.value}`);
  assert.ok(check(result, "deflate").says.includes("% of what they were"));
  // What a connection takes is measured before anything else can hide it.
  assert.ok(result.memory_bytes.rest > 500, JSON.stringify(result.memory_bytes));
  // What the model supposes of deflate, it can be told.
  assert.ok(result.constants["ratio.deflate"] > 0 && result.constants["ratio.deflate"] < 0.7);
});

for (const [rig, name, ...words] of [
  ["nagle", "nagle", "--no-tls"],
  ["no-keep-alive", "keep_alive", "--no-tls"],
  ["cold-tls", "tls"],
]) {
  test(`a set-up that was broken on purpose is named, and its figures are refused: ${rig}`,
    async () => {
      const result = await bench([...words, "--rig", rig]);
      assert.equal(check(result, name).good, false, rig);
      assert.equal(result.sound, false);
    });
}

async function calibrate() {
  const file = join(freshFolder(), "here.json");
  const words = ["calibrate", file, "--quick", "--no-tls"];
  const done = await runBeside(tandem, words, { ms: kMs });
  assert.ok(done.code === 0 || done.code === 1, done.err);
  return { file, constants: JSON.parse(readFileSync(file, "utf8")).constants };
}

test("a calibration is what advise takes", async () => {
  let { file, constants } = await calibrate();
  // A difference, which on a busy machine may be lost in rounds as short as these: not twice.
  if (!(constants["cpu.connect"] > 0)) ({ file, constants } = await calibrate());
  for (const name of ["cpu.rest", "cpu.ws", "cpu.connect"]) assert.ok(constants[name] > 0, name);
  const advised = runNow(tandem, ["advise", "--constants", file, "--json"]);
  assert.deepEqual(JSON.parse(advised.out).constants, constants);
});

test("the model's bytes are those that are measured", async () => {
  const result = await batched();
  const advised = JSON.parse(runNow(tandem, ["advise", ...kBatched, "--json"]).out);
  for (const name of ["REST, kept alive", "WebSocket, JSON"]) {
    const { figures } = way(result, "up", name);
    const model = advised.ways.find((each) => each.way.startsWith(name));
    const one = 86_400;
    const { payload, framing } = model.day.bytes;
    // The ids of messages and devices have other lengths, and connections are opened at times.
    const modelled = (payload + framing) / one;
    const measured = figures.payload_bytes.value + figures.framing_bytes.value;
    assert.ok(Math.abs(measured / modelled - 1) < 0.05, `${name}: ${measured} ${modelled}`);
  }
});

test("what cannot be measured is said", () => {
  const wrong = runNow(tandem, ["bench", "--every", "soon"]);
  assert.equal(wrong.code, 2);
  assert.ok(wrong.err.includes("readings.every"));
  const nobody = runNow(tandem, ["bench", "--url", "http://127.0.0.1:1", "--quick"]);
  assert.equal(nobody.code, 3, nobody.err);
});

test("through the workload's network each exchange takes its round trip, and the report says so", async () => {
  const words = ["--every", "1s", "--payload", "120", "--no-tls", "--kbit", "10000"];
  const result = await bench([...words, "--rtt", "60ms", "--through-network"]);
  assert.match(result.network, /round trip 60 ms, 10000 kbit/);
  const p50 = (name) => way(result, "up", name).figures.p50_us.value;
  assert.ok(p50("REST, kept alive") >= 60_000, `${p50("REST, kept alive")}`);
  assert.ok(p50("WebSocket, JSON") >= 60_000, `${p50("WebSocket, JSON")}`);
  // The connection is one more.
  assert.ok(p50("REST, a connection per request") >= 120_000);
  const down = (name) => way(result, "down", name).figures.p50_us.value;
  assert.ok(down("WebSocket") >= 30_000);
  assert.ok(down("WebSocket") < down("long poll"), "a poll may be on its way");
  assert.ok(check(result, "loss").good, check(result, "loss").says);
});
