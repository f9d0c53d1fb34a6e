// A history that is longer than memory should be: it comes as a stream, whoever reads it however
// slowly, and the hub serves others meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";

import { codings, types } from "./formats.mjs";
import { startHub } from "./hub.mjs";
import { costOf, memoryKib, openFiles } from "./measure.mjs";
import { eventually, within } from "./wait.mjs";

const kReadings = 500_000;
const kOfBody = 50_000;
const kFirst = 1_700_000_000_000;
const kStep = 1_000;
// Long, so that what would be kept shows: 60 bytes a line of NDJSON, 30 MB in all.
const kSeries = "temperature_of_the_machine_hall";
// Of what the hub may hold more than before; docs: limits. A whole export is larger.
const kGrowthKib = 12 * 1024;
// TANDEM_PATIENCE: so many times longer, for programs that are not optimised.
const kStreamMs = 60_000 * Number(process.env.TANDEM_PATIENCE ?? 1);
const kDeparted = 40;

const timeOf = (at) => kFirst + at * kStep;
const valueOf = (at) => (at % 4_096) / 8;

async function fill(hub, device) {
  const client = hub.client(device.key);
  for (let from = 0; from < kReadings; from += kOfBody) {
    let body = "";
    for (let at = from; at < from + kOfBody; ++at) {
      body += `{"t":${timeOf(at)},"v":{"${kSeries}":${valueOf(at)}}}\n`;
    }
    const headers = { "content-type": types.ndjson };
    const answer = await client.must("POST", "/v1/me/telemetry", Buffer.from(body), headers);
    assert.equal(answer.body.accepted, kOfBody);
  }
}

/** Checks what comes line by line, so that this process keeps no more of it than the hub may. */
class Lines {
  #rest = "";
  readings = 0;
  bytes = 0;

  constructor(type) {
    this.header = type === types.csv;
  }

  take(chunk) {
    this.bytes += chunk.length;
    const lines = (this.#rest + chunk.toString()).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) this.#check(line.trimEnd());
  }
  end() {
    assert.equal(this.#rest, "", "the last line ends");
    assert.equal(this.readings, kReadings, "every reading came");
  }

  #check(line) {
    if (this.header && line === `time,${kSeries}`) {
      this.header = false;
      return;
    }
    assert.equal(this.header, false, `the header is ${line}`);
    const at = this.readings++;
    const [t, v] = line.startsWith("{") ? ndjson(line) : csv(line);
    if (t !== timeOf(at) || v !== valueOf(at)) assert.fail(`${line} is reading ${at}`);
  }
}

function ndjson(line) {
  const { t, v } = JSON.parse(line);
  return [t, v[kSeries]];
}
function csv(line) {
  const [time, value] = line.split(",");
  return [Date.parse(time), Number(value)];
}

const path = (device, more = "") => `/v1/devices/${device.id}/telemetry?series=${kSeries}${more}`;

/** Reads an export to its end; `between` runs after each piece. */
async function read(hub, device, type, between = async () => {}) {
  const client = hub.client(hub.admin.admin_key);
  const answer = await client.open(path(device), { accept: type });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-length"], undefined, "it is not put together first");
  const lines = new Lines(type);
  for await (const chunk of answer.body) {
    lines.take(chunk);
    await between();
  }
  lines.end();
  client.close();
  return lines;
}

/** A hub with a device that has half a million readings, and a part of them read once. */
async function prepare(t) {
  const hub = await startHub(t);
  const device = await hub.device("hall");
  await fill(hub, device);
  // What is kept for reuse after the first time is there already.
  const warm = `&to=${timeOf(kReadings / 10)}`;
  for (const type of [types.csv, types.ndjson]) {
    await hub.rest.get(path(device, warm), { accept: type });
  }
  return { hub, device };
}

test("an export of half a million readings needs no memory of its size", async (t) => {
  const { hub, device } = await prepare(t);
  const asked = async () => assert.equal((await hub.rest.ask("GET", "/v1/me")).status, 200);

  async function constant(each, type, between) {
    const reading = () => within(kStreamMs, `all of ${type}`, read(hub, device, type, between));
    const { peakKib, cpu, seconds, result } = await costOf(hub.pid, reading);
    const size = `${(result.bytes / 1e6).toFixed(1)} MB`;
    const cost = `${peakKib} KiB more memory, ${cpu.toFixed(2)} s of processor time`;
    each.diagnostic(`${type}: ${size} in ${seconds.toFixed(2)} s, ${cost}`);
    assert.ok(result.bytes / 1024 > kGrowthKib, "the export is larger than what is allowed");
    assert.ok(peakKib < kGrowthKib, `${size} of ${type} took ${peakKib} KiB`);
  }

  for (const type of [types.csv, types.ndjson]) {
    await t.test(`${type}, read as fast as it comes`, (each) => constant(each, type));
    await t.test(`${type}, read slowly, while others are answered`, (each) =>
      constant(each, type, asked),
    );
  }

  await t.test("a reader that stops for a while holds up nobody and costs nothing", async () => {
    const client = hub.client(hub.admin.admin_key);
    const answer = await client.open(path(device), { accept: types.ndjson });
    const chunks = answer.body[Symbol.asyncIterator]();
    const lines = new Lines(types.ndjson);
    lines.take((await chunks.next()).value);
    const { peakKib } = await costOf(hub.pid, async () => {
      for (let at = 0; at < 500; ++at) await asked();
    });
    assert.ok(peakKib < kGrowthKib, `${peakKib} KiB`);
    const written = await hub.rest.ask("POST", path(device).split("?")[0], { other: 1 });
    assert.equal(written.status, 200, "the device can be written to meanwhile");
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) break;
      lines.take(value);
    }
    lines.end();
    client.close();
  });

  for (const coding of Object.keys(codings)) {
    const skip = codings[coding] === null ? `nothing here has ${coding}` : false;
    await t.test(`in ${coding} it is the same, and smaller`, { skip }, async () => {
      const headers = { accept: types.csv, "accept-encoding": coding };
      const { result, peakKib } = await costOf(hub.pid, async () => {
        const answer = await hub.rest.open(path(device), headers);
        assert.equal(answer.headers["content-encoding"], coding);
        return Buffer.from(await answer.body.arrayBuffer());
      });
      assert.ok(peakKib < kGrowthKib, `${peakKib} KiB`);
      const lines = new Lines(types.csv);
      const whole = codings[coding].unpack(result);
      lines.take(whole);
      lines.end();
      assert.ok(result.length * 3 < whole.length, `${result.length} of ${whole.length} bytes`);
    });
  }

  await t.test("readers that go away in the middle leave nothing behind", async () => {
    await hub.rest.get("/v1/me");
    const files = openFiles(hub.pid);
    const memory = memoryKib(hub.pid);
    const { cpu: whole } = await costOf(hub.pid, () => read(hub, device, types.ndjson));
    const { cpu } = await costOf(hub.pid, async () => {
      for (let at = 0; at < kDeparted; ++at) {
        const client = hub.client(hub.admin.admin_key);
        const type = at % 2 === 0 ? types.csv : types.ndjson;
        const answer = await client.open(path(device), { accept: type });
        await answer.body[Symbol.asyncIterator]().next();
        answer.body.on("error", () => {}).destroy();
        client.close();
      }
      const closed = () => openFiles(hub.pid) <= files;
      await eventually(20_000, "the connections of readers that left to be closed", closed);
    });
    // Less than all that nobody read any more; some of it was on its way already.
    assert.ok(
      cpu < kDeparted * whole * 0.7,
      `${cpu} s of processor time, ${whole} s a whole export`,
    );
    const grown = memoryKib(hub.pid) - memory;
    assert.ok(grown < kGrowthKib, `${kDeparted} readers left ${grown} KiB behind`);

    await within(kStreamMs, "an export afterwards", read(hub, device, types.csv));
  });
});
