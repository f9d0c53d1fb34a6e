// What one hub exports, another imports: the same devices, documents, series and readings, to the
// last digit; and what is no such file does no harm.
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";

import { types } from "./formats.mjs";
import { freshFolder, initialise, runBeside, start, startHub, tandem } from "./hub.mjs";
import { costOf, memoryKib } from "./measure.mjs";
import { eventually, within } from "./wait.mjs";

const kMs = 120_000;

function done(result, code = 0) {
  assert.equal(result.code, code, `${result.out}${result.err}`);
  return result;
}
const fresh = (name) => join(freshFolder(), name);
const run = (hub, words, options = {}) =>
  runBeside(tandem, [...words, "--data", hub.data], { ms: kMs, ...options });
const report = (result) => JSON.parse(result.out.trim().split("\n").at(-1));

/** Exports with `words`: the lines but for the header, which says when. */
async function exported(hub, ...words) {
  const file = fresh("hub.ndjson");
  done(await run(hub, ["export", ...words, file]));
  const text = readFileSync(file, "utf8");
  assert.ok(text.endsWith("\n"));
  return text.split("\n").slice(1, -1);
}
async function imported(hub, text, words = [], code = 0) {
  const file = fresh("in");
  writeFileSync(file, text);
  const result = done(await run(hub, ["import", file, ...words]), code);
  return { ...result, report: report(result) };
}
const whole = (lines) => ['{"kind":"export","version":1}', ...lines, ""].join("\n");

// As they are written, for JavaScript has no such numbers, and the hub's way with a carriage return.
const kOdd = [
  ["big", "9007199254740993"],
  ["largest", "18446744073709551615"],
  ["smallest", "-9223372036854775808"],
  ["minus_zero", "-0.0"],
  ["zero", "0.0"],
  ["one", "1"],
  ["one_point", "1.0"],
  ["tiny", "5e-324"],
  ["yes", "true"],
  ["text", JSON.stringify('a,b;"c"\r\nd\u0000\u2028=1+1 \u{1F4A1}').replace("\\r", "\\u000d")],
  ["formula", '"=1+1"'],
  ["number_text", '"21.5"'],
  ["empty_text", '""'],
  ["tree", '{"a":[1,1.0,{"b":null}],"":"x"}'],
  ["list", "[]"],
  ["deep", "[".repeat(29) + "]".repeat(29)],
];
const kTimes = [
  "1732387200000.001",
  "1732387200000.999",
  '"1650-07-01T00:00:00.000001Z"',
  '"0001-01-01T00:00:00Z"',
  "0",
  "-1.5",
];

async function fill(hub) {
  const odd = await hub.device("odd", {
    name: 'Lämpchen "A"',
    type: "lamp",
    labels: { room: "küche", a: "1,2=3" },
    schema: { config: { type: "object" }, commands: { blink: { params: { type: "object" } } } },
  });
  const body = (text) => Buffer.from(text);
  const own = hub.client(odd.key);
  for (const time of kTimes) {
    const values = kOdd.map(([name, value]) => `"${name}":${value}`).join(",");
    await own.must("POST", "/v1/me/telemetry", body(`{"t":${time},"v":{${values}}}`));
  }
  const deepest = "[".repeat(31) + "]".repeat(31);
  await own.must("POST", "/v1/me/telemetry", body(`{"deepest":${deepest}}`));
  // As deep as the hub takes it, the object around it included.
  const state = `{"on":true,"n":9007199254740993,"deep":${deepest}}`;
  await own.must("PUT", "/v1/devices/odd/state", body(state));
  const config = (id, value) =>
    hub.rest.must("PUT", `/v1/devices/${id}/config`, body(value), { "if-match": '"0"' });
  await config("odd", '{"level":1.0,"nested":{"null":null,"list":[1,2]}}');

  const pump = await hub.device("pump", { type: "pump", labels: { site: "hall" } });
  const pumping = hub.client(pump.key);
  // Before it was declared to be a number.
  await pumping.must("POST", "/v1/me/telemetry", { t: 1_000, v: { power: "off" } });
  const series = "/v1/devices/pump/series/power";
  const declared = { type: "number", unit: "W", interval: 1000, stale_after: 90_000 };
  await hub.rest.must("PUT", series, declared);
  for (let at = 0; at < 5; ++at) {
    const list = Array.from({ length: 1_000 }, (_, each) => ({
      t: 1_700_000_000_000 + at * 1_000 + each,
      v: { power: each / 8, on: each % 2 === 0 },
    }));
    await pumping.must("POST", "/v1/me/telemetry", list);
  }
  await config("pump", "{}");
  await hub.device("kind");
  const kind = { kind: [{ t: 5, v: { kind: "device", t: 1 } }] };
  await hub.rest.must("POST", "/v1/telemetry", kind);
  // 31 levels, and the body around it.
  let deepSchema = { type: "object", properties: {} };
  for (let level = 0; level < 14; ++level) {
    deepSchema = { type: "object", properties: { a: deepSchema } };
  }
  await hub.device("silent", { name: "says nothing", schema: { config: deepSchema } });
  return { odd, pump };
}

test("what is exported and imported is the same hub", async (t) => {
  const hub = await startHub(t);
  const { odd } = await fill(hub);
  const lines = await exported(hub);

  await t.test("every value stands in it as it was written", () => {
    const first = lines.find((line) => line.includes("1732387200000.001"));
    for (const [name, value] of kOdd) assert.ok(first.includes(`"${name}":${value}`), name);
    const end = JSON.parse(lines.at(-1));
    const readings = kTimes.length * kOdd.length + 1 + 1 + 10_000 + 2;
    assert.deepEqual(end, { kind: "end", devices: 4, twins: 2, series: 1, readings });
  });

  await t.test("no secret is in it", () => {
    const text = lines.join("\n");
    for (const secret of [odd.key, odd.keyId, hub.admin.admin_key, hub.admin.admin_password]) {
      assert.ok(!text.includes(secret));
    }
    assert.doesNotMatch(text, /pepper|argon2|digest|password/);
  });

  await t.test("another hub that imports it exports the same", async (t) => {
    const other = await startHub(t);
    const first = await imported(other, whole(lines));
    const end = JSON.parse(lines.at(-1));
    delete end.kind;
    assert.deepEqual(first.report, { ...end, skipped: 0, refused: 0, whole: true });
    assert.deepEqual(await exported(other), lines);

    const key = await other.key("odd");
    assert.equal((await other.client(key.key).get("/v1/me")).body.id, "odd", "a new key works");

    // The text that is older than the declaration is refused now, and is there already.
    const again = await imported(other, whole(lines), [], 1);
    assert.equal(again.report.refused, 1);
    assert.match(again.err, /line \d+, \/power: the series is declared as number/);
    assert.deepEqual(await exported(other), lines, "twice is as once");
  });

  await t.test("two imports at once are as good as one", async (t) => {
    const other = await startHub(t);
    const file = fresh("hub.ndjson");
    // Without the text that is older than its series' declaration.
    const some = lines.filter((line) => !line.startsWith('{"pump":{"t":1000,'));
    const end = JSON.parse(some.pop());
    some.push(JSON.stringify({ ...end, readings: end.readings - 1 }));
    writeFileSync(file, whole(some));
    const both = await Promise.all([1, 2].map(() => run(other, ["import", file])));
    for (const each of both) {
      const { readings, refused, skipped } = report(done(each));
      assert.deepEqual([readings, refused, skipped], [end.readings - 1, 0, 0]);
    }
    assert.deepEqual(await exported(other), some);
  });

  await t.test("two imports of CSV at once are as good as one", async (t) => {
    const other = await startHub(t);
    const file = fresh("wide.csv");
    const rows = Array.from({ length: 200 }, (_, at) => `${at},d-${at},${at},${at / 2}`);
    writeFileSync(file, ["time,device,p,q", ...rows, ""].join("\n"));
    const both = await Promise.all([1, 2].map(() => run(other, ["import", file])));
    for (const each of both) {
      assert.deepEqual([report(done(each)).readings, report(each).refused], [400, 0]);
    }
    assert.equal(JSON.parse((await exported(other)).at(-1)).readings, 400);
  });

  await t.test("a power user can post the lines of readings as they are", async (t) => {
    const other = await startHub(t);
    for (const id of ["odd", "pump", "kind"]) await other.device(id);
    const readings = lines.filter((line) => !/^\{"kind":"/.test(line));
    const headers = { "content-type": types.ndjson };
    const text = Buffer.from(readings.join("\n"));
    const answer = await other.rest.must("POST", "/v1/telemetry", text, headers);
    assert.equal(answer.status, 200);
    const after = (await exported(other)).filter((line) => !/^\{"kind":"/.test(line));
    assert.deepEqual(after, readings);
  });

  await t.test("CSV has the same readings, and makes devices that are missing", async (t) => {
    const file = fresh("hub.csv");
    done(await run(hub, ["export", file, "--format", "csv"]));
    const other = await startHub(t);
    const taken = await imported(other, readFileSync(file));
    const end = JSON.parse(lines.at(-1));
    assert.equal(taken.report.readings, end.readings);
    assert.equal(taken.report.devices, 3, "the silent one has no rows");
    const readings = (all) => all.filter((line) => !/^\{"kind":"/.test(line));
    assert.deepEqual(readings(await exported(other)), readings(lines));
    const back = fresh("back.csv");
    done(await run(other, ["export", back, "--format", "csv"]));
    assert.equal(readFileSync(back, "utf8"), readFileSync(file, "utf8"));
    done(await run(hub, ["export", "-", "--format", "csv", "--no-readings"]), 2);
  });

  await t.test("gzip, standard output and standard input are the same file", async (t) => {
    const file = fresh("hub.ndjson.gz");
    done(await run(hub, ["export", file, "--gzip"]));
    const text = gunzipSync(readFileSync(file)).toString();
    assert.deepEqual(text.split("\n").slice(1, -1), lines);
    const out = done(await run(hub, ["export"])).out;
    assert.deepEqual(out.split("\n").slice(1, -1), lines);
    const other = await startHub(t);
    const taken = done(await run(other, ["import", file]));
    assert.equal(report(taken).whole, true);
    const again = await run(other, ["import", "-", "--dry-run"], { input: out });
    assert.equal(report(done(again)).dry_run, true);
    const torn = fresh("torn.gz");
    writeFileSync(torn, gzipSync(text).subarray(0, 5_000));
    assert.match(done(await run(other, ["import", torn]), 1).err, /the stream ends early/);
  });

  await t.test("one device, a type, a label, a span of time or no readings at all", async () => {
    const ids = (all) => all.filter((l) => l.startsWith('{"kind":"device"')).map((l) => JSON.parse(l).id);
    assert.deepEqual(ids(await exported(hub, "--device", "pump", "--device", "odd")), ["odd", "pump"]);
    assert.deepEqual(ids(await exported(hub, "--type", "pump")), ["pump"]);
    assert.deepEqual(ids(await exported(hub, "--label", "room=küche")), ["odd"]);
    const none = await exported(hub, "--no-readings");
    assert.deepEqual(none.slice(0, -1), lines.slice(0, -1).filter((l) => /^\{"kind":"/.test(l)));
    const words = ["--device", "pump", "--from", "1700000000000", "--to", "2023-11-14T22:13:20.010Z"];
    const span = (await exported(hub, ...words)).filter((line) => line.startsWith('{"pump"'));
    assert.equal(span.length, 10);
    const missing = await run(hub, ["export", fresh("x"), "--device", "nobody"]);
    assert.match(done(missing, 1).err, /not-found/);
    const wrong = await run(hub, ["export", "-", "--from", "yesterday"]);
    assert.match(done(wrong, 2).err, /a time is expected.*\(\/from\)/);
  });

  await t.test("a key of an application will do, and a device's own for itself", async () => {
    const file = fresh("hub.ndjson");
    done(await hub.remote(hub.admin.admin_key, "export", file));
    assert.deepEqual(readFileSync(file, "utf8").split("\n").slice(1, -1), lines);
    const own = done(await hub.remote(odd.key, "export", "--device", "me")).out;
    assert.ok(own.includes('{"odd":{"t":'));
    done(await hub.remote(odd.key, "export"), 1);
  });

  await t.test("a file that exists is kept, and a part is not left", async () => {
    const file = fresh("hub.ndjson");
    writeFileSync(file, "mine");
    assert.match(done(await run(hub, ["export", file]), 1).err, /exists: --force/);
    assert.equal(readFileSync(file, "utf8"), "mine");
    done(await run(hub, ["export", file, "--force"]));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!existsSync(`${file}.part`));
  });
});

test("what the hub has otherwise stays, is replaced, or ends the import", async (t) => {
  const hub = await startHub(t);
  await hub.device("lamp", { name: "here" });
  const put = (value) =>
    hub.rest.must("PUT", "/v1/devices/lamp/config", value, { "if-match": '"0"' });
  await put({ level: 1 });
  const text = whole([
    '{"kind":"device","id":"lamp","name":"there","type":"","labels":{}}',
    '{"kind":"twin","device":"lamp","config":{"level":2},"state":{"on":true}}',
    '{"lamp":{"t":1,"v":{"n":1}}}',
    '{"kind":"end","devices":1,"twins":1,"series":0,"readings":1}',
  ]);
  const now = async () => ({
    name: (await hub.rest.get("/v1/devices/lamp")).body.name,
    level: (await hub.rest.get("/v1/devices/lamp/config")).body.level,
    on: (await hub.rest.get("/v1/devices/lamp/state")).body.on,
  });
  const failing = await imported(hub, text, ["--on-conflict", "fail"], 1);
  assert.match(failing.err, /line 2: the hub has it otherwise/);
  assert.deepEqual(await now(), { name: "here", level: 1, on: undefined });
  const dry = await imported(hub, text, ["--on-conflict", "replace", "--dry-run"]);
  assert.deepEqual([dry.report.devices, dry.report.twins, dry.report.readings], [1, 1, 1]);
  assert.deepEqual(await now(), { name: "here", level: 1, on: undefined });
  const skipping = await imported(hub, text);
  assert.equal(skipping.report.skipped, 2);
  assert.deepEqual(await now(), { name: "here", level: 1, on: true });
  const replacing = await imported(hub, text, ["--on-conflict", "replace"]);
  assert.equal(replacing.report.skipped, 0);
  assert.deepEqual(await now(), { name: "there", level: 2, on: true });
});

test("what a series keeps is said before its readings: a hub that keeps less by itself takes them", async (t) => {
  const kDay = 86_400_000;
  const hub = await startHub(t);
  const lab = await hub.device("lab");
  const declared = { type: "number", retention: 400 * kDay };
  await hub.rest.must("PUT", "/v1/devices/lab/series/long", declared);
  await hub.rest.must("PUT", "/v1/devices/lab/series/short", { type: "number" });
  const now = Date.now();
  const readings = [
    { t: now - 300 * kDay, v: { long: 1 } },
    { t: now - 1_000, v: { long: 2, short: 3 } },
  ];
  await hub.client(lab.key).must("POST", "/v1/me/telemetry", readings);
  const lines = await exported(hub);

  const words = ["--retention", "2d"];
  const other = await startHub(t, { words });
  assert.equal((await imported(other, whole(lines))).report.readings, 3);
  assert.deepEqual(await exported(other), lines);

  // The order is what does it.
  const isLong = (line) => line.startsWith('{"kind":"series"') && line.includes('"long"');
  const late = [...lines.filter((l) => !isLong(l)), ...lines.filter(isLong)];
  late.push(late.splice(-2, 1)[0]);
  const third = await startHub(t, { words });
  assert.equal((await imported(third, whole(late), [], 1)).report.refused, 1);
});

test("what is interrupted ends with 4, leaves no part of a file, and is simply begun again", async (t) => {
  // So many at once, and then a budget that is empty for hours.
  const limits = { readings_per_second: 1, readings_burst: 10_000 };
  const hub = await startHub(t, { limits });
  const lines = ['{"kind":"device","id":"a","name":"","type":"","labels":{}}'];
  for (let at = 0; at < 20_000; ++at) lines.push(`{"a":{"t":${at},"v":{"n":${at}}}}`);
  lines.push('{"kind":"end","devices":1,"twins":0,"series":0,"readings":20000}');
  const file = fresh("hub.ndjson");
  writeFileSync(file, whole(lines));
  const env = { TANDEM_URL: hub.url, TANDEM_KEY: hub.admin.admin_key };

  await t.test("an import says what it has taken", async () => {
    const importing = start(tandem, ["import", file], env);
    const some = async () => (await exported(hub)).some((line) => line.startsWith('{"a":{"t":'));
    await eventually(kMs, "the first readings", some, 100);
    importing.process.kill("SIGINT");
    const { code } = await within(kMs, "the end of the import", importing.ended);
    assert.equal(code, 4, importing.err);
    assert.match(importing.err, /interrupted: what it has taken stays, and it may be begun again/);
    const said = JSON.parse(importing.out);
    assert.equal(said.whole, false);
    assert.ok(said.readings <= 10_000);
    assert.equal((await imported(hub, whole(lines))).report.readings, 20_000);
    assert.deepEqual(await exported(hub), lines);
  });

  for (const signal of ["SIGINT", "SIGTERM"]) {
    await t.test(`an export keeps nothing after ${signal}`, async () => {
      const to = fresh("hub.ndjson");
      hub.signal("SIGSTOP");
      try {
        const exporting = start(tandem, ["export", to], env);
        await eventually(kMs, "the export to begin", () => existsSync(`${to}.part`));
        exporting.process.kill(signal);
        const { code } = await within(kMs, "the end of the export", exporting.ended);
        assert.equal(code, 4, exporting.err);
        assert.match(exporting.err, /interrupted: nothing is kept/);
        assert.ok(!existsSync(to) && !existsSync(`${to}.part`));
      } finally {
        hub.signal("SIGCONT");
      }
    });
  }
});

test("a file that was cut is taken as far as it goes, and told of", async (t) => {
  const hub = await startHub(t);
  const lines = ['{"kind":"device","id":"lamp"}'];
  for (let at = 0; at < 10; ++at) lines.push(`{"lamp":{"t":${at},"v":{"n":${at}}}}`);
  const text = whole([...lines, '{"kind":"end","devices":1,"twins":0,"series":0,"readings":10}']);
  const cut = text.slice(0, text.indexOf('{"t":9') + 9);
  const torn = await imported(hub, cut, [], 1);
  assert.match(torn.err, /line 12: .*\n.*the file is not whole/);
  assert.deepEqual([torn.report.readings, torn.report.whole], [9, false]);
  const endless = await imported(hub, whole(lines), [], 1);
  assert.deepEqual([endless.report.readings, endless.report.whole], [10, false]);
  const short = text.split("\n").toSpliced(5, 1).join("\n");
  assert.equal((await imported(hub, short, [], 1)).report.whole, false);
  assert.equal((await imported(hub, text)).report.whole, true);
});

test("whatever a file holds, each bad line is told with what is accepted, and good ones count", async (t) => {
  const hub = await startHub(t);
  const text = whole([
    '{"kind":"device","id":"a"}',
    '{"kind":"device","id":"../b"}',
    '{"kind":"device","id":"c","labels":{"x":1}}',
    '{"kind":"device","id":"me"}',
    '{"kind":"key","device":"a","key":"tdk_x"}',
    '{"kind":"twin","device":"nobody","config":{}}',
    '{"kind":"twin","device":"a","state":[]}',
    '{"kind":"series","device":"a","name":"n","type":"complex"}',
    '{"a":{"t":1,"v":{"n":1,"bad name":2,"none":null}}}',
    '{"a":{"t":"yesterday","v":{"n":1}}}',
    '{"a":{"n":1}}',
    '{"nobody":{"t":1,"v":{"n":1}}}',
    "",
    "not json",
    `{"a":{"t":2,"v":{"s":"${"x".repeat(5_000)}"}}}`,
    '{"a":{"t":4102444800000,"v":{"n":1}}}',
    '{"a":{"t":3,"v":{"n":3}}}',
    '{"kind":"export","version":1}',
    '{"kind":"end","devices":4,"twins":1,"series":1,"readings":7}',
    '{"a":{"t":4,"v":{"n":4}}}',
  ]);
  const taken = await imported(hub, text, [], 1);
  for (const told of [
    /line 3, \/id: 1 to 64 of/,
    /line 4, \/labels\/x: /,
    /line 5: `me` stands for a device/,
    /line 6, \/kind: export, device, twin, series and end/,
    /line 7, \/device: there is no such device/,
    /line 8, \/state: an object is expected/,
    /line 9, \/type: /,
    /line 10, \/bad name: a series is named/,
    /line 10, \/none: a number, boolean/,
    /line 11, \/a\/t: /,
    /line 12, \/a: \{"t":TIME/,
    /line 13: there is no such device/,
    /line 15: /,
    /line 16, \/s: a value may take 4096 bytes/,
    /line 17, \/n: the time is more than 300 s ahead/,
    /line 19, \/kind: an export has one header/,
    /line 21: nothing is expected after the end/,
  ]) {
    assert.match(taken.err, told);
  }
  assert.equal(taken.report.refused, 17);
  assert.equal(taken.report.readings, 2);
  assert.deepEqual((await exported(hub)).slice(1, -1), [
    '{"a":{"t":1,"v":{"n":1}}}',
    '{"a":{"t":3,"v":{"n":3}}}',
  ]);

  for (const none of ["", "\n\n", "hello", "PK\u0003\u0004", '{"a":{"t":1,"v":{"n":1}}}\n', "\u0000".repeat(9)]) {
    await imported(hub, none, [], 1);
  }
  const long = await imported(hub, `{"kind":"export","version":1}\n{"a":"${"x".repeat(17e6)}`, [], 1);
  assert.match(long.err, /line 2: a line may have 16777216 bytes/);
  const many = await imported(hub, whole(Array(1_000).fill("{}}")), [], 1);
  assert.match(many.err, /900 more were not taken/);
  assert.equal(many.report.refused, 1_000);
  const csv = "time,device,series,value\n1,a,n,1\n2,a,n,NaN\nx,a,n,1\n3,a,n,\n4,a,n,\"open\n5,a,n,1\n";
  const rows = await imported(hub, csv, [], 1);
  assert.match(rows.err, /line 3, \/n: NaN/);
  assert.match(rows.err, /line 4, \/time: a time is expected/);
  assert.match(rows.err, /line 6: .*never closed/);
  assert.equal(rows.report.readings, 1);
});

test("an import with a key keeps to the budgets of the hub", async (t) => {
  const limits = { readings_per_second: 2_000, readings_burst: 700 };
  const hub = await startHub(t, { limits });
  const lines = ['{"kind":"device","id":"a"}'];
  for (let at = 0; at < 3_000; ++at) lines.push(`{"a":{"t":${at},"v":{"n":${at}}}}`);
  lines.push('{"kind":"end","devices":1,"twins":0,"series":0,"readings":3000}');
  const file = fresh("hub.ndjson");
  writeFileSync(file, whole(lines));
  const begun = performance.now();
  const taken = done(await hub.remote(hub.admin.admin_key, "import", file));
  assert.equal(report(taken).readings, 3_000);
  assert.ok(performance.now() - begun >= 1_000, "it has waited");
  assert.deepEqual(await exported(hub), lines.with(0, '{"kind":"device","id":"a","name":"","type":"","labels":{}}'));
});

// Long names, so that what would be kept shows: 30 MB of lines.
const kMany = 400_000;
const kSeries = "temperature_of_the_machine_hall";
const kGrowthKib = 24 * 1024;
const kTransferMs = 120_000 * Number(process.env.TANDEM_PATIENCE ?? 1);

/** Runs the program: how long it takes, and the most memory that it and the hub hold. */
async function cost(hub, words) {
  const { peakKib, cpu, seconds, result } = await costOf(hub.pid, async () => {
    const child = start(tandem, [...words, "--data", hub.data]);
    let own = 0;
    const look = setInterval(() => {
      try {
        own = Math.max(own, memoryKib(child.process.pid, "VmHWM"));
      } catch {
        // It has ended.
      }
    }, 20);
    const { code } = await within(kTransferMs, words[0], child.ended);
    clearInterval(look);
    assert.equal(code, 0, child.err);
    return own;
  });
  return { hubKib: peakKib, ownKib: result, cpu, seconds };
}

test("neither side needs memory of the size of what is moved", async (t) => {
  const hub = await startHub(t);
  const file = fresh("many.ndjson");
  const lines = Array.from(
    { length: kMany },
    (_, at) => `{"hall":{"t":${1_700_000_000_000 + at * 1_000},"v":{"${kSeries}":${at / 8}}}}`,
  );
  const end = `{"kind":"end","devices":1,"twins":0,"series":0,"readings":${kMany}}`;
  writeFileSync(file, whole(['{"kind":"device","id":"hall"}', ...lines, end]));
  const little = fresh("little.ndjson");
  writeFileSync(little, whole(['{"kind":"device","id":"hall"}', ...lines.slice(0, 40_000)]));
  // What is kept for reuse after the first time is there already.
  await run(hub, ["import", little]);
  const idle = await cost(hub, ["export", fresh("idle.ndjson"), "--no-readings"]);

  const back = fresh("back.ndjson");
  for (const words of [
    ["import", file],
    ["export", back],
  ]) {
    const { hubKib, ownKib, cpu, seconds } = await cost(hub, words);
    const own = ownKib - idle.ownKib;
    t.diagnostic(
      `${words[0]}: ${Math.round(kMany / seconds)} readings a second, hub ${cpu.toFixed(2)} s and ` +
        `${hubKib} KiB more, program ${own} KiB more than idle`,
    );
    assert.ok(own < kGrowthKib, `${own} KiB`);
    // The hub keeps what is in no chunk yet: docs: limits.
    if (words[0] === "export") assert.ok(hubKib < kGrowthKib, `${hubKib} KiB`);
  }
  const size = statSync(back).size / 1024;
  assert.ok(size > kGrowthKib, `${size} KiB`);
  const readings = (text) => text.split("\n").filter((line) => line.startsWith('{"hall"'));
  assert.equal(readings(readFileSync(back, "utf8")).join("\n"), lines.join("\n"));
});

test("where no hub runs, it is said how to start one", async () => {
  const { data } = initialise();
  for (const words of [["export"], ["import", fresh("none")]]) {
    if (words[1]) writeFileSync(words[1], whole([]));
    const result = await runBeside(tandem, [...words, "--data", data]);
    assert.match(done(result, 3).err, /no hub is running on .*: tandem serve --data/);
  }
  const nobody = await runBeside(tandem, ["export", "--url", "http://127.0.0.1:9"]);
  assert.match(done(nobody, 3).err, /no connection to/);
});
