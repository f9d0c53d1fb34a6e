// Where `tandem advise` says that the answer changes, `tandem bench` measures that the two doors cost
// the same: within 25 %, for workloads of advice_test.cc whose door follows from arithmetic. Each day
// that of a rate, with --long those of a size too.
import assert from "node:assert/strict";
import { test } from "node:test";

import { selfSigned } from "./certificates.mjs";
import { agrees, startCounted } from "./counted.mjs";
import { runBeside, runNow, startHub, tandem } from "./hub.mjs";

const kMs = 150_000;
const kDay = 86_400;
const kGibibyte = 2 ** 30;
const kShare = 0.25;
// The simpler door is advised where it costs at most so much more: docs/advise.md.
const kTie = 1.1;

/** The row of a constant: `price.gb   0.05 $   assumed   …`. */
const constants = Object.fromEntries(runNow(tandem, ["advise", "--print-constants"]).out
  .split("\n").map((line) => line.split(/\s+/)).map(([name, value]) => [name, Number(value)]));

function advised(field, words) {
  const done = runNow(tandem, ["advise", "--json", ...words]);
  assert.equal(done.code, 0, done.err);
  const found = JSON.parse(done.out).break_even.filter((each) => each.field === field);
  assert.equal(found.length, 1, JSON.stringify(found));
  assert.deepEqual([found[0].below, found[0].above], ["ws", "rest"]);
  return found[0].at;
}

/** What a message costs, by way, in dollars. */
async function measured(words) {
  const done = await runBeside(tandem, ["bench", "--quick", "--json", ...words], { ms: kMs });
  assert.ok(done.code === 0 || done.code === 1, `${done.code} ${done.err}`);
  const { ways } = JSON.parse(done.out);
  return (way) => {
    const { bytes, hub_cpu_us: cpu } = ways.find((each) => each.way === way).figures;
    return bytes.value / 1e9 * constants["price.gb"] +
      cpu.value / 1e6 / 3_600 * constants["price.cpu_hour"];
  };
}

/** What one ping costs, with TLS, on a real socket. */
async function pingCost(t) {
  const tls = selfSigned();
  const hub = await startHub(t, { tls });
  const { key } = await hub.device("holds");
  const pings = 2;
  const { bytes } = await startCounted(t, hub, key, tls).send("hold", pings);
  return bytes / pings / 1e9 * constants["price.gb"];
}

/** The value between two at which what rises with it passes zero. */
function zero(low, high, of) {
  for (let step = 0; step < 60; ++step) {
    const middle = Math.sqrt(low * high);
    if (of(middle) < 0) low = middle;
    else high = middle;
  }
  return low;
}

function isNear(t, said, found, what) {
  t.diagnostic(`${what}: advised ${said.toFixed(0)}, measured ${found.toFixed(0)}`);
  agrees(said, found, kShare, what);
}

test("a reading a minute: the interval from which a socket's pings cost more than connections",
  async (t) => {
    const words = ["--every", "1m"];
    const said = advised("readings.every", words);
    const [costs, ping] = await Promise.all([measured(words), pingCost(t)]);
    const held = constants["memory.ws"] + constants["memory.tls"] + constants["memory.kernel"];
    const holding = held / kGibibyte * 24 * constants["price.gib_hour"];
    const rest = costs("REST, a connection per request");
    const socket = costs("WebSocket, batched acks");
    // Of a day: the socket is pinged when it was silent for as long as this path allows.
    const found = zero(1, kDay, (every) => {
      const pings = Math.floor(every / constants["hub.ping_most"]);
      return kTie * (holding + kDay / every * (socket + pings * ping)) - kDay / every * rest;
    });
    isNear(t, said, found, "seconds");
  });

for (const [what, words] of [
  ["20 readings a second", ["--every", "50ms"]],
  ["large readings each second", ["--every", "1s"]],
]) {
  test(`${what}: the size from which the heads of requests are a trifle`,
    { skip: process.env.TANDEM_LONG ? false : "with --long" }, async (t) => {
      const said = advised("readings.payload", words);
      // On both sides of it, as far away as it may be.
      const sizes = [said / (1 + kShare), said * (1 + kShare)].map(Math.round);
      const ratios = [];
      for (const size of sizes) {
        const costs = await measured([...words, "--payload", `${size}`]);
        ratios.push(costs("REST, kept alive") / costs("WebSocket, batched acks"));
      }
      // What is above one is a sum that stays over a size that grows.
      const [small, large] = ratios.map((ratio) => 1 / (ratio - 1));
      const slope = (large - small) / (sizes[1] - sizes[0]);
      isNear(t, said, sizes[0] + (1 / (kTie - 1) - small) / slope, "bytes");
    });
}
