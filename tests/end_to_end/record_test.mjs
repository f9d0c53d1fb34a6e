// `tandem record` makes a workload of what happens on a running hub: as many devices, as often, as
// large and in batches as the test has sent it, and `advise` takes it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, runBeside, runNow, startHub, tandem } from "./hub.mjs";

const kMs = 60_000;
const kDevices = 3;
const kBatch = 2;
const kEveryMs = 100;

/** Sends batches of two series from each device until it is stopped; counts them. */
function traffic(hub, devices) {
  const made = { messages: 0, first: 0, last: 0 };
  const round = async () => {
    await Promise.all(devices.map(async ({ rest }) => {
      const now = Date.now();
      const items = Array.from({ length: kBatch }, (_, at) => ({
        t: now - (kBatch - 1 - at) * (kEveryMs / kBatch),
        v: { temperature: 21.5, humidity: 40 },
      }));
      await rest.must("POST", "/v1/devices/me/telemetry", items);
      ++made.messages;
    }));
    await devices[0].rest.get("/v1/devices/me/config");
    made.first ||= Date.now();
    made.last = Date.now();
  };
  let under = null; // The round that is under way: the next is due after its end.
  let wrong = null;
  const beat = setInterval(() => {
    under ??= round()
      .catch((problem) => (wrong ??= problem))
      .finally(() => (under = null));
  }, kEveryMs);
  made.stop = async () => {
    clearInterval(beat);
    await under;
    if (wrong !== null) throw wrong;
  };
  return made;
}

test("what was sent is what was recorded, and advise takes it", async (t) => {
  const hub = await startHub(t);
  const devices = [];
  for (let at = 0; at < kDevices; ++at) {
    const { key } = await hub.device(`probe-${at}`);
    devices.push({ rest: hub.client(key) });
  }
  await hub.rest.must("PUT", "/v1/devices/probe-0/config", { on: true },
    { "if-match": '"0"' });
  const sending = traffic(hub, devices);
  const file = join(freshFolder(), "here.toml");
  const done = await runBeside(tandem, ["record", file, "--for", "5s", "--power", "battery",
    "--rtt", "80ms"], { env: { TANDEM_URL: hub.url, TANDEM_KEY: hub.admin.admin_key }, ms: kMs });
  await sending.stop();
  assert.equal(done.code, 0, done.err);

  const text = readFileSync(file, "utf8");
  const value = (name) => text.match(new RegExp(`^${name} = "?([^"\n]*)"?$`, "m"))?.[1];
  assert.equal(value("devices"), String(kDevices), text);
  assert.equal(value("series"), "2");
  assert.equal(value("payload"),
    String(JSON.stringify({ temperature: 21.5, humidity: 40 }).length));
  assert.equal(value("batch"), String(kBatch));
  assert.equal(value("tls"), "false");
  assert.equal(value("power"), "battery");
  assert.equal(value("rtt"), "80ms");
  assert.ok(Number(value("reads_per_day")) > 0);
  assert.equal(value("changes_per_day"), "0");
  assert.ok(text.startsWith("# ") && text.includes("over REST and 0 over WebSockets"), text);

  // How often: as the test has sent it itself, however busy the machine was.
  const advised = runNow(tandem, ["advise", "--workload", file, "--json"]);
  assert.equal(advised.code, 0, advised.err);
  const every = value("every");
  const seconds = every.endsWith("ms") ? parseFloat(every) / 1_000 : parseFloat(every);
  const sent = (sending.last - sending.first) / 1_000 /
    (sending.messages / kDevices - 1) / kBatch;
  assert.ok(Math.abs(seconds / sent - 1) < 0.25, `${every}, sent every ${sent} s`);
});

test("what cannot be recorded is said", async (t) => {
  const hub = await startHub(t);
  const env = { TANDEM_URL: hub.url, TANDEM_KEY: hub.admin.admin_key };
  const silent = await runBeside(tandem, ["record", "--for", "1s"], { env, ms: kMs });
  assert.equal(silent.code, 1);
  assert.ok(silent.err.includes("no device has sent a reading"), silent.err);
  assert.equal(silent.out, "");
  const { key } = await hub.device("probe");
  const device = await runBeside(tandem, ["record", "--for", "1s"],
    { env: { ...env, TANDEM_KEY: key }, ms: kMs });
  assert.equal(device.code, 1, device.err); // Metrics are not a device's to see.
  assert.equal(runNow(tandem, ["record", "--for", "soon"]).code, 2);
  assert.equal(runNow(tandem, ["record", "--url", "http://127.0.0.1:1", "--for", "1s"]).code, 3);
});
