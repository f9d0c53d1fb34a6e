// What files, SenML packs and bodies of many devices may look like, and what is refused in them: by
// item, with its line, while the rest is stored.
import assert from "node:assert/strict";
import { test } from "node:test";

import { encode } from "./cbor.mjs";
import {
  codings,
  csvRecords,
  ndjson,
  senmlLabelled,
  senmlNamed,
  senmlResolved,
  types,
} from "./formats.mjs";
import { startHub } from "./hub.mjs";
import { senmlToXml, toXml } from "./markup.mjs";

const kMiB = 1024 * 1024;
const kNoon = Date.parse("2024-01-15T12:00:00Z");

/** A hub with a device for each row, so that no row sees what another one wrote. */
async function prepare(t) {
  const hub = await startHub(t);
  let made = 0;
  const fresh = async () => (await hub.device(`device-${made++}`)).id;
  return { hub, fresh };
}

const asBytes = (body) => (typeof body === "string" ? Buffer.from(body) : body);
const where = (device) => `/v1/devices/${device}/telemetry`;

async function write(hub, device, type, body, query = "", headers = {}) {
  const path = where(device) + query;
  return hub.rest.ask("POST", path, asBytes(body), { "content-type": type, ...headers });
}

/** What the device has, by series: `{temperature: [[t, v]]}`. */
async function kept(hub, device) {
  const { body } = await hub.rest.get(where(device));
  const bySeries =
    typeof body.series === "string" ? { [body.series]: body.readings } : (body.series ?? {});
  const pairs = ([name, readings]) => [name, readings.map(({ t, v }) => [t, v])];
  return Object.fromEntries(Object.entries(bySeries).map(pairs));
}

const said = (answer) => `${answer.status} ${JSON.stringify(answer.body)}`;

function checkProblem(answer, status, type) {
  assert.equal(answer.status, status, said(answer));
  assert.equal(answer.body.type, `/problems/${type}`, said(answer));
}

// ---------------------------------------------------------------- what is taken

const one = { temperature: [[kNoon, 21.5]] };
const two = { temperature: [[kNoon, 21.5]], humidity: [[kNoon, 40]] };
const time = "2024-01-15T12:00:00Z";

// [what, type, body, what is kept, query]
const taken = [
  ["commas", types.csv, `time,temperature,humidity\n${time},21.5,40\n`, two],
  ["semicolons", types.csv, `time;temperature;humidity\r\n${time};21.5;40\r\n`, two],
  ["decimal commas between semicolons", types.csv, `time;temperature\n${time};21,5\n`, one],
  ["tabs", types.csv, `time\ttemperature\thumidity\n${time}\t21.5\t40\n`, two],
  ["bars", types.csv, `time|temperature|humidity\n${time}|21.5|40\n`, two],
  [
    "a separator that is said",
    types.csv,
    `time;temperature\n${time};21.5\n`,
    one,
    "?separator=semicolon",
  ],
  ["a byte order mark", types.csv, `\ufefftime,temperature\n${time},21.5\n`, one],
  ["no line end at the end", types.csv, `time,temperature\n${time},21.5`, one],
  ["quoted cells", types.csv, `"time","temperature"\n"${time}","21.5"\n`, one],
  ["the time in another column", types.csv, `temperature,time\n21.5,${time}\n`, one],
  ...["t", "ts", "timestamp", "date", "datetime", "Time", "TIMESTAMP"].map((name) => [
    `a column of times named ${name}`,
    types.csv,
    `${name},temperature\n${time},21.5\n`,
    one,
  ]),
  ["milliseconds since 1970", types.csv, `time,temperature\n${kNoon},21.5\n`, one],
  ["a time without a zone is UTC", types.csv, "time,temperature\n2024-01-15 12:00:00,21.5\n", one],
  [
    "a time without a zone is of the zone that is said",
    types.csv,
    "time,temperature\n2024-01-15 13:00:00,21.5\n",
    one,
    "?tz=Europe/Berlin",
  ],
  [
    "summer has another offset",
    types.csv,
    "time,temperature\n2024-07-15T14:00:00,21.5\n",
    { temperature: [[Date.parse("2024-07-15T12:00:00Z"), 21.5]] },
    "?tz=Europe%2FBerlin",
  ],
  [
    "one reading a line",
    types.csv,
    `time,series,value\n${time},temperature,21.5\n${time},humidity,40\n`,
    two,
  ],
  [
    "one reading a line with its unit",
    types.csv,
    `time,series,value,unit\n${time},temperature,21.5,Cel\n`,
    one,
  ],
  [
    "an empty cell is no reading",
    types.csv,
    `time,temperature,humidity\n${time},21.5,40\n2024-01-15T12:00:01Z,22,\n`,
    { temperature: [...one.temperature, [kNoon + 1_000, 22]], humidity: two.humidity },
  ],
  [
    "a cell that is JSON is that value, another one is text",
    types.csv,
    `time,a,b,c,d\n${time},true,"[1,2]",007,"say ""hi"", please"\n`,
    {
      a: [[kNoon, true]],
      b: [[kNoon, [1, 2]]],
      c: [[kNoon, "007"]],
      d: [[kNoon, 'say "hi", please']],
    },
  ],
  [
    "a line is a body",
    types.ndjson,
    ndjson([
      { t: kNoon, v: { temperature: 21.5 } },
      { t: time, v: { humidity: 40 } },
    ]),
    two,
  ],
  [
    "empty lines and no line end at the end",
    types.ndjson,
    `\n{"t":${kNoon},"v":{"temperature":21.5}}\r\n\n{"t":${kNoon},"v":{"humidity":40}}`,
    two,
  ],
  [
    "a pack with base fields",
    types.senmlJson,
    JSON.stringify([
      { bn: "temp", bt: kNoon / 1000, bu: "Cel", bv: 20, n: "erature", v: 1.5 },
      { bn: "", n: "humidity", bv: 0, v: 40 },
    ]),
    two,
  ],
  [
    "a pack with text, booleans and a label nobody knows",
    types.senmlJson,
    JSON.stringify([
      { n: "a", t: kNoon / 1000, vs: "x", ours: 1 },
      { n: "b", t: kNoon / 1000, vb: true },
    ]),
    { a: [[kNoon, "x"]], b: [[kNoon, true]] },
  ],
  [
    "a pack in XML",
    types.senmlXml,
    senmlToXml([
      { bn: "", bt: kNoon / 1000, n: "temperature", v: 21.5 },
      { n: "humidity", v: 40 },
    ]),
    two,
  ],
  [
    "elements of no namespace",
    types.xml,
    `<map><number key="t">${kNoon}</number><map key="v"><number key="temperature"> 21.5
     </number></map></map>`,
    one,
  ],
  [
    "what XML cannot carry, in escapes",
    types.xml,
    toXml({ t: kNoon, v: { a: "\u0000\u001f\\\ufffe" } }),
    { a: [[kNoon, "\u0000\u001f\\\ufffe"]] },
  ],
];

test("what is taken", async (t) => {
  const { hub, fresh } = await prepare(t);
  for (const [what, type, body, expected, query] of taken) {
    await t.test(`${type}: ${what}`, async () => {
      const device = await fresh();
      const answer = await write(hub, device, type, body, query);
      assert.equal(answer.status, 200, said(answer));
      const count = Object.values(expected).flat().length;
      assert.equal(answer.body.accepted, count, said(answer));
      assert.deepEqual(answer.body.refused, []);
      assert.equal(answer.body.durability, "durable");
      assert.equal(typeof answer.body.cursor, "string");
      assert.deepEqual(await kept(hub, device), expected);
    });
  }
  await t.test("a unit of a file is that of its series", async () => {
    const device = await fresh();
    const body = `time,series,value,unit\n${time},temperature,21.5,Cel\n`;
    await write(hub, device, types.csv, body);
    const read = await hub.rest.get(`${where(device)}?series=temperature`);
    assert.equal(read.body.unit, "Cel");
  });
  await t.test("lines without a time are readings of now", async () => {
    const device = await fresh();
    const before = Date.now();
    const answer = await write(hub, device, types.ndjson, '{"temperature":21.5}\n');
    assert.equal(answer.status, 200, said(answer));
    const [[at, value]] = (await kept(hub, device)).temperature;
    assert.ok(at >= before - 1_000 && at <= Date.now() + 1_000, `${at}`);
    assert.equal(value, 21.5);
  });
});

// ---------------------------------------------------------------- what is refused in it

const timed = (v, at = 0) => ({ t: kNoon + at, v });

// [what, type, body, status, lines or indices of the refused, how many are accepted]
const partly = [
  [
    "a line that is no JSON",
    types.ndjson,
    `{"t":${kNoon},"v":{"a":1}}\nnonsense\n{"t":${kNoon + 1},"v":{"a":2}}\n`,
    207,
    [2],
    2,
  ],
  ["nothing but lines that are no JSON", types.ndjson, "nonsense\n\n{]\n", 400, [1, 3], 0],
  ["a line of a value that is no reading", types.ndjson, ndjson([timed({ a: 1 }), 5]), 207, [2], 1],
  [
    "a time that is none",
    types.csv,
    `time,a\n${time},1\nyesterday,2\n2024-01-15T12:00:01Z,3\n`,
    207,
    [3],
    2,
  ],
  ["no time that is one", types.csv, "time,a\nyesterday,2\n", 400, [2], 0],
  ["a number that does not fit", types.csv, `time,a,b\n${time},1,1e999\n`, 207, [2], 1],
  ["a line with too many cells", types.csv, `time,a\n${time},1\n${time},2,3\n`, 207, [3], 1],
  ["text after a quote", types.csv, `time,a\n${time},"1"x\n${time},2\n`, 207, [2], 1],
];

test("a bad line is refused by itself", async (t) => {
  const { hub, fresh } = await prepare(t);
  for (const [what, type, body, status, lines, accepted] of partly) {
    await t.test(`${type}: ${what}`, async () => {
      const device = await fresh();
      const answer = await write(hub, device, type, body);
      assert.equal(answer.status, status, said(answer));
      if (accepted === 0) {
        // Nothing was stored: a problem, which names the lines.
        const at = answer.body.errors.map(({ pointer }) => /^#line\/(\d+)/.exec(pointer)?.[1]);
        assert.deepEqual(at.map(Number), lines, said(answer));
      } else {
        const { accepted: count, refused } = answer.body;
        assert.equal(count, accepted, said(answer));
        const at = refused.map(({ line }) => line);
        assert.deepEqual(at, lines, said(answer));
        for (const { index, problem } of refused) {
          assert.ok(Number.isInteger(index), said(answer));
          assert.match(problem.type, /^\/problems\//);
        }
      }
      const values = Object.values(await kept(hub, device)).flat();
      assert.equal(values.length, accepted);
    });
  }
  await t.test("a file without a column of times", async () => {
    const answer = await write(hub, await fresh(), types.csv, "a,b\n1,2\n");
    checkProblem(answer, 400, "invalid-field");
    assert.equal(answer.body.errors[0].pointer, "#line/1");
  });
  await t.test("a separator that there is not", async () => {
    const device = await fresh();
    const answer = await write(hub, device, types.csv, "time a\n", "?separator=blank");
    checkProblem(answer, 400, "invalid-field");
    assert.equal(answer.body.errors[0].pointer, "#query/separator");
  });
  await t.test("a time zone that there is not", async () => {
    const device = await fresh();
    const body = "time,a\n2024-01-15 12:00:00,1\n";
    const answer = await write(hub, device, types.csv, body, "?tz=Europe/Atlantis");
    checkProblem(answer, 400, "invalid-field");
    assert.equal(answer.body.errors[0].pointer, "#query/tz");
  });
});

test("data values of SenML are refused, whatever the syntax", async (t) => {
  const { hub, fresh } = await prepare(t);
  const records = [{ n: "a", t: kNoon / 1000, vd: "aGk" }];
  for (const [type, body] of [
    [types.senmlJson, Buffer.from(JSON.stringify(records))],
    [types.senmlCbor, encode(senmlLabelled(records))],
    [types.senmlXml, senmlToXml(records)],
  ]) {
    await t.test(type, async () => {
      const device = await fresh();
      const answer = await write(hub, device, type, body);
      // As an item of the pack it is told with the item, where it is all of the pack as well.
      const problem = answer.body.refused?.[0].problem ?? answer.body;
      assert.equal(problem.type, "/problems/unprocessable", said(answer));
      assert.equal(problem.status, 422, said(answer));
      assert.ok([400, 422].includes(answer.status), said(answer));
      assert.deepEqual(await kept(hub, device), {});
    });
  }
});

// ---------------------------------------------------------------- many devices

test("a body of many devices stores for each of them and refuses by item", async (t) => {
  const { hub } = await prepare(t);
  await hub.device("lamp-1");
  await hub.device("lamp-2");
  const many = (type, body, query = "") =>
    hub.rest.ask("POST", `/v1/telemetry${query}`, asBytes(body), { "content-type": type });

  let at = kNoon;
  const bodies = {
    json: (t1) => ({
      type: types.json,
      body: JSON.stringify({
        "lamp-1": { t: t1, v: { power: 8.5 } },
        ghost: { t: t1, v: { power: 1 } },
        "lamp-2": [{ t: t1, v: { power: 9 } }],
      }),
    }),
    cbor: (t1) => ({
      type: types.cbor,
      body: encode({
        "lamp-1": { t: t1, v: { power: 8.5 } },
        ghost: { t: t1, v: { power: 1 } },
        "lamp-2": [{ t: t1, v: { power: 9 } }],
      }),
    }),
    xml: (t1) => ({
      type: types.xml,
      body: toXml({
        "lamp-1": { t: t1, v: { power: 8.5 } },
        ghost: { t: t1, v: { power: 1 } },
        "lamp-2": [{ t: t1, v: { power: 9 } }],
      }),
    }),
    ndjson: (t1) => ({
      type: types.ndjson,
      body: ndjson([
        { "lamp-1": { t: t1, v: { power: 8.5 } } },
        { ghost: { t: t1, v: { power: 1 } } },
        { "lamp-2": [{ t: t1, v: { power: 9 } }] },
      ]),
      line: 2,
    }),
    csv: (t1) => ({
      type: types.csv,
      body: `time,device,power\n${t1},lamp-1,8.5\n${t1},ghost,1\n${t1},lamp-2,9\n`,
      line: 3,
    }),
    senmlJson: (t1) => ({ type: types.senmlJson, body: JSON.stringify(pack(t1)) }),
    senmlCbor: (t1) => ({ type: types.senmlCbor, body: encode(senmlLabelled(pack(t1))) }),
    senmlXml: (t1) => ({ type: types.senmlXml, body: senmlToXml(pack(t1)) }),
  };
  const pack = (t1) => [
    { bt: t1 / 1000, n: "lamp-1/power", v: 8.5 },
    { n: "ghost/power", v: 1 },
    { bn: "lamp-2/", n: "power", v: 9 },
  ];
  for (const [format, make] of Object.entries(bodies)) {
    await t.test(format, async () => {
      const t1 = (at += 60_000);
      const { type, body, line } = make(t1);
      const answer = await many(type, body);
      assert.equal(answer.status, 207, said(answer));
      assert.equal(answer.body.accepted, 2, said(answer));
      assert.equal(answer.body.refused.length, 1, said(answer));
      const [refused] = answer.body.refused;
      assert.equal(refused.device, "ghost", said(answer));
      assert.equal(refused.problem.type, "/problems/not-found", said(answer));
      if (line !== undefined) assert.equal(refused.line, line, said(answer));
      for (const [device, v] of [
        ["lamp-1", 8.5],
        ["lamp-2", 9],
      ]) {
        const latest = await hub.rest.get(`/v1/devices/${device}/latest`);
        assert.equal(latest.body.series.power.t, t1);
        assert.equal(latest.body.series.power.v, v);
      }
    });
  }
  await t.test("only devices that there are not: nothing could be taken", async () => {
    const answer = await many(types.json, '{"ghost":{"power":1}}');
    assert.ok(answer.status === 400 || answer.status === 404, said(answer));
  });
  await t.test("over WebSocket", async () => {
    const socket = await hub.socket(hub.admin.admin_key);
    const t1 = (at += 60_000);
    const body = { "lamp-1": { t: t1, v: { power: 1 } }, "lamp-2": { t: t1, v: { power: 2 } } };
    const reply = await socket.call("telemetry.write_many", { body });
    assert.equal(reply.status, 200, JSON.stringify(reply));
    assert.equal(reply.body.accepted, 2);
    const headers = { "content-type": types.senmlJson };
    const packed = await socket.call("telemetry.write_many", { headers, body: pack(t1 + 1) });
    assert.equal(packed.status, 207, JSON.stringify(packed));
    assert.equal(packed.body.refused[0].device, "ghost");
  });
  await t.test("a device writes for itself alone", async () => {
    const { key } = await hub.device("lamp-3");
    const body = { "lamp-3": { power: 1 }, "lamp-1": { power: 2 } };
    const answer = await hub.client(key).ask("POST", "/v1/telemetry", body);
    if (answer.status === 403) return checkProblem(answer, 403, "forbidden");
    assert.equal(answer.status, 207, said(answer));
    assert.equal(answer.body.accepted, 1, said(answer));
    assert.equal(answer.body.refused[0].device, "lamp-1", said(answer));
  });
});

// ---------------------------------------------------------------- ways out

test("several series come out side by side", async (t) => {
  const { hub, fresh } = await prepare(t);
  const device = await fresh();
  await hub.rest.must("POST", where(device), [
    timed({ a: 1, b: 'say "hi", twice' }),
    timed({ a: 2.5 }, 1_000),
    timed({ b: "x" }, 2_000),
  ]);
  const path = `${where(device)}?series=a,b`;

  await t.test("as columns, one row a time", async () => {
    const { raw } = await hub.rest.get(path, { accept: types.csv });
    const [header, ...rows] = csvRecords(raw.toString());
    assert.deepEqual(header, ["time", "a", "b"]);
    const times = rows.map(([at]) => Date.parse(at) - kNoon);
    assert.deepEqual(times, [0, 1_000, 2_000]);
    assert.deepEqual(
      rows.map(([, ...cells]) => cells),
      [
        ["1", 'say "hi", twice'],
        ["2.5", ""],
        ["", "x"],
      ],
    );
  });
  await t.test("as a line a time", async () => {
    const { raw } = await hub.rest.get(path, { accept: types.ndjson });
    const lines = raw.toString().trimEnd().split("\n").map(JSON.parse);
    assert.deepEqual(lines, [
      timed({ a: 1, b: 'say "hi", twice' }),
      timed({ a: 2.5 }, 1_000),
      timed({ b: "x" }, 2_000),
    ]);
  });
  await t.test("as records with their device in the name", async () => {
    const answer = await hub.rest.get(path, { accept: types.senmlCbor });
    const resolved = senmlResolved(senmlNamed(answer.body));
    const names = new Set(resolved.map(({ name }) => name));
    assert.deepEqual([...names].sort(), [`${device}/a`, `${device}/b`]);
    const ours = resolved.filter(({ name }) => name.endsWith("/a"));
    assert.deepEqual(
      ours.map(({ t: at, v }) => [at, v]),
      [
        [kNoon, 1],
        [kNoon + 1_000, 2.5],
      ],
    );
  });
});

// ---------------------------------------------------------------- negotiation and codings

test("what there is not is refused with a list of what there is", async (t) => {
  const { hub, fresh } = await prepare(t);
  const device = await fresh();
  const listed = (answer, wanted) => {
    for (const each of wanted) assert.ok(answer.body.detail.includes(each), said(answer));
  };
  const general = [types.json, types.cbor, types.xml];

  await t.test("415 of readings", async () => {
    const answer = await write(hub, device, "text/html", "<p>1</p>");
    checkProblem(answer, 415, "unsupported-media-type");
    listed(answer, Object.values(types));
  });
  await t.test("415 of other bodies", async () => {
    const headers = { "content-type": types.csv };
    const answer = await hub.rest.ask("POST", "/v1/devices", Buffer.from("id\nx\n"), headers);
    checkProblem(answer, 415, "unsupported-media-type");
    listed(answer, general);
    assert.ok(!answer.body.detail.includes("csv"), said(answer));
  });
  await t.test("406 of readings", async () => {
    const headers = { accept: "image/png" };
    const answer = await hub.rest.ask("GET", `${where(device)}?series=a`, undefined, headers);
    checkProblem(answer, 406, "not-acceptable");
    listed(answer, Object.values(types));
  });
  await t.test("406 of other answers", async () => {
    const headers = { accept: types.csv };
    const answer = await hub.rest.ask("GET", "/v1/devices", undefined, headers);
    checkProblem(answer, 406, "not-acceptable");
    listed(answer, general);
  });
  await t.test("415 of a coding", async () => {
    const headers = { "content-encoding": "br" };
    const answer = await write(hub, device, types.json, "{}", "", headers);
    checkProblem(answer, 415, "unsupported-encoding");
    listed(answer, ["gzip", "zstd"]);
  });
});

test("a body may be compressed, up to its size when it is not", async (t) => {
  const { hub, fresh } = await prepare(t);
  const device = await fresh();
  const config = (text) => ({ name: "x", params: { a: text } });
  for (const [coding, both] of Object.entries(codings)) {
    const skip = both === null ? `nothing here has ${coding}` : false;
    const headers = { "content-encoding": coding };
    const commands = `/v1/devices/${device}/commands`;
    const send = (body) => hub.rest.ask("POST", commands, both.pack(body), headers);

    await t.test(`${coding}: any operation`, { skip }, async () => {
      const answer = await send(Buffer.from(JSON.stringify(config("x".repeat(1_000)))));
      assert.equal(answer.status, 202, said(answer));
    });
    await t.test(`${coding}: more than 1 MiB once it is inflated`, { skip }, async () => {
      const answer = await send(Buffer.from(JSON.stringify(config("x".repeat(kMiB)))));
      checkProblem(answer, 413, "body-too-large");
    });
    await t.test(`${coding}: more than 16 MiB of readings`, { skip }, async () => {
      const line = `{"t":${kNoon},"v":{"a":1}}\n`;
      const body = both.pack(Buffer.from(line.repeat(Math.ceil((16.5 * kMiB) / line.length))));
      const answer = await write(hub, device, types.ndjson, body, "", headers);
      checkProblem(answer, 413, "body-too-large");
    });
    await t.test(`${coding}: bytes that are not of that coding`, { skip }, async () => {
      const answer = await write(hub, device, types.json, '{"a":1}', "", headers);
      checkProblem(answer, 400, "malformed-body");
    });
    await t.test(`${coding}: a body that ends in the middle`, { skip }, async () => {
      const whole = both.pack(Buffer.from(JSON.stringify(config("y".repeat(5_000)))));
      const cut = whole.subarray(0, whole.length - 6);
      const answer = await hub.rest.ask("POST", commands, cut, headers);
      checkProblem(answer, 400, "malformed-body");
    });
    await t.test(`${coding}: what is after its end`, { skip }, async () => {
      const body = Buffer.concat([both.pack(Buffer.from('{"a":1}')), Buffer.from("more")]);
      const answer = await write(hub, device, types.json, body, "", headers);
      checkProblem(answer, 400, "malformed-body");
    });
  }

  await t.test("answers are compressed from 1 KiB on, for who accepts it", async () => {
    for (let at = 0; at < 40; ++at) await fresh();
    const list = (accept) => hub.rest.get("/v1/devices?limit=1000", { "accept-encoding": accept });
    const plain = await list(null);
    assert.equal(plain.headers["content-encoding"], undefined);
    for (const [accept, coding] of [
      ["gzip", "gzip"],
      ["gzip;q=0.5, zstd", "zstd"],
      ["identity", undefined],
      ["gzip;q=0", undefined],
      ["br", undefined],
    ]) {
      if (coding !== undefined && codings[coding] === null) continue;
      const answer = await list(accept);
      assert.equal(answer.headers["content-encoding"], coding, accept);
      assert.match(answer.headers.vary ?? "", /accept-encoding/i, accept);
      assert.deepEqual(answer.body, plain.body, accept);
    }
    const small = await hub.rest.get("/v1/me", { "accept-encoding": "gzip" });
    assert.equal(small.headers["content-encoding"], undefined);
  });
});
