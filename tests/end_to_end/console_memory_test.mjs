// Whether the console's memory stays flat while somebody watches a large fleet: 5,000 devices, 2,000
// readings a second. What is measured is what is left after a collection of garbage, each time after
// so many readings; so a slow machine takes longer, and sees the same.
//
//     TANDEM_MINUTES=30 node tests/end_to_end/console_memory_test.mjs
//
// watches for as long as that takes at 2,000 a second (2 minutes if missing) and prints each figure.
import assert from "node:assert/strict";
import { test } from "node:test";

import { kAtOnce, kDevices, makeFleet, startReadings } from "./big_fleet.mjs";
import { startBrowser } from "./browser.mjs";
import { isLive, logIn, openPage } from "./console_page.mjs";
import { startHub } from "./hub.mjs";
import { eventually } from "./wait.mjs";

const kMinutes = Number(process.env.TANDEM_MINUTES ?? 2);
const kLooks = Math.max(12, Math.round(kMinutes * 2));
const kReadings = Math.round((kMinutes * 60 * 2_000) / kLooks / kAtOnce) * kAtOnce;
const kLookMs = 300_000;
// Of what is there after the first looks. What grows with each reading, be it 20 bytes, is above it
// in two minutes; what varies from look to look is a tenth of that.
const kGrowth = 0.08;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** What the page has after its garbage is collected. */
async function look(session) {
  // What hangs on what was just freed goes the second time.
  for (let turn = 0; turn < 2; ++turn) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  return { bytes: usedSize, nodes, listeners: jsEventListeners };
}

/** What `later` has more than `earlier`, as a part of it. */
const growth = (looks, of) => {
  // The first quarter fills what has bounds: rings, caches, compiled code.
  const settled = looks.slice(Math.floor(looks.length / 4)).map(of);
  const third = Math.floor(settled.length / 3);
  const [earlier, later] = [median(settled.slice(0, third)), median(settled.slice(-third))];
  return { earlier, later, part: later / earlier - 1 };
};

const kMiB = 1024 * 1024;

test("what is kept for each look is noticed", () => {
  const flat = Array.from({ length: 12 }, (_, at) => 20e6 + (at % 3) * 1e5);
  const leaks = flat.map((bytes, at) => bytes + at * kReadings * 20);
  assert.ok(growth(flat, (each) => each).part <= kGrowth);
  assert.ok(growth(leaks, (each) => each).part > kGrowth);
});

test("the memory of the fleet page is flat", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  await makeFleet(hub);
  const { page, trouble, context } = await openPage(t, browser, hub);
  await logIn(page, hub);
  await page.getByText(`${kDevices} devices`, { exact: true }).waitFor();
  const readings = startReadings(t, hub);
  const session = await context.newCDPSession(page);
  const rows = page.locator(".rows");
  const looks = [];
  for (let at = 0; at < kLooks; ++at) {
    const until = readings.taken + kReadings;
    await eventually(kLookMs, `${kReadings} more readings`, () => readings.taken >= until, 250);
    // Somebody looks around meanwhile.
    await rows.evaluate((element, to) => (element.scrollTop = to), (at % 5) * 40_000);
    const now = await look(session);
    looks.push(now);
    // At once: of half an hour one wants to see how it goes.
    console.log(
      `${readings.taken} readings: ${(now.bytes / kMiB).toFixed(2)} MiB, ` +
        `${now.nodes} nodes, ${now.listeners} listeners`,
    );
  }
  assert.deepEqual(readings.refused, []);
  // It was not the page of a connection that was lost.
  await isLive(page);
  await page.locator(".rows li", { hasText: "power" }).first().waitFor();
  const heap = growth(looks, ({ bytes }) => bytes);
  t.diagnostic(
    `from ${(heap.earlier / kMiB).toFixed(2)} to ${(heap.later / kMiB).toFixed(2)} MiB, ` +
      `${(heap.part * 100).toFixed(1)} %`,
  );
  assert.ok(heap.part <= kGrowth, `the heap grew by ${(heap.part * 100).toFixed(1)} %`);
  for (const [what, of] of [
    ["nodes", ({ nodes }) => nodes],
    ["listeners", ({ listeners }) => listeners],
  ]) {
    const { earlier, later } = growth(looks, of);
    // Rows in sight differ from place to place.
    assert.ok(later <= earlier * 1.5 + 100, `${what}: from ${earlier} to ${later}`);
  }
  assert.deepEqual(trouble, []);
});
