// The console with a large fleet: 5,000 devices, 2,000 readings a second, and a long curve.
import assert from "node:assert/strict";
import { test } from "node:test";

import { kAtOnce, makeFleet, startReadings } from "./big_fleet.mjs";
import { startBrowser } from "./browser.mjs";
import { goTo, logIn, looksRight, openPage, shows } from "./console_page.mjs";
import { startHub } from "./hub.mjs";
import { eventually } from "./wait.mjs";

const kWatchMs = 6_000;
// What the page promises is 100 ms on a machine of its own; this is where something is wrong.
const kLongestMs = 250 * Number(process.env.TANDEM_PATIENCE ?? 1);

/** The longest tasks of the page while `what` is done, in milliseconds. */
async function longestTask(page, what) {
  await page.evaluate(() => {
    window.tasks = [];
    window.watcher = new PerformanceObserver((list) =>
      window.tasks.push(...list.getEntries().map((entry) => entry.duration)),
    );
    window.watcher.observe({ type: "longtask" });
  });
  await what();
  const tasks = await page.evaluate(() => {
    const last = window.watcher.takeRecords().map((entry) => entry.duration);
    window.watcher.disconnect();
    return [...window.tasks, ...last];
  });
  return Math.max(0, ...tasks);
}

test("a task of the page that is long is seen", async (t) => {
  const page = await (await startBrowser(t)).newPage();
  const longest = await longestTask(page, () =>
    page.evaluate(
      () =>
        new Promise((done) =>
          requestAnimationFrame(() => {
            const until = performance.now() + 100;
            while (performance.now() < until);
            done();
          }),
        ),
    ),
  );
  assert.ok(longest >= 100, `${longest} ms`);
});

test("5,000 devices with 2,000 readings a second: rows in sight alone, and no long task", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  await makeFleet(hub);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub);
  await page.getByText("5000 devices", { exact: true }).waitFor();
  const readings = startReadings(t, hub);
  await page.locator(".rows li", { hasText: "power" }).first().waitFor();

  const rows = page.locator(".rows li");
  const place = page.locator(".rows");
  const longest = await longestTask(page, async () => {
    const until = Date.now() + kWatchMs;
    for (let step = 1; Date.now() < until; ++step) {
      await place.evaluate((element, to) => (element.scrollTop = to), (step % 40) * 4_400);
      await page.waitForTimeout(100);
    }
    await page.getByRole("searchbox").fill("hall=h3 unit 4");
    await page.getByText(/^\d+ of 5000 devices$/).waitFor();
    await page.getByRole("searchbox").fill("");
    await page.getByText("5000 devices", { exact: true }).waitFor();
  });
  t.diagnostic(`longest task with the fleet: ${Math.round(longest)} ms, ${readings.taken} readings`);
  assert.deepEqual(readings.refused, []);
  assert.ok(readings.taken >= kAtOnce * 10, `${readings.taken} readings`);
  assert.ok(longest <= kLongestMs, `a task took ${longest} ms`);
  assert.ok((await rows.count()) < 60, "only what is in sight is in the document");
  await looksRight(page, "fleet_5000");

  await t.test("opened anew, it has all the newest readings without a gap", async () => {
    await page.reload();
    await page.locator(".rows li", { hasText: "power" }).first().waitFor();
    const later = readings.taken + 10 * kAtOnce;
    await eventually(30_000, "another second of readings", () => readings.taken >= later);
    assert.equal(await page.getByText(/not shown live/).count(), 0);
  });
  await t.test("the keyboard reaches the last row", async () => {
    await place.evaluate((element) => (element.scrollTop = 0));
    await page.locator(".rows a[tabindex='0']").focus();
    await page.keyboard.press("End");
    await shows(page, () => document.activeElement?.dataset.at === "4999");
    await page.keyboard.press("Home");
    await shows(page, () => document.activeElement?.dataset.at === "0");
    await page.keyboard.press("Enter");
    await page.locator(".device-head h1").waitFor();
  });
  assert.deepEqual(trouble, []);
});

test("a month of 100,000 points: a few thousand are asked for, gaps are gaps", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const device = await hub.device("meter-1", { name: "Meter" });
  const me = hub.client(device.key);
  const now = Date.now();
  const month = 30 * 86_400_000;
  const step = month / 100_000;
  const quiet = [now - 20 * 86_400_000, now - 15 * 86_400_000];
  let body = [];
  for (let time = now - month; time < now; time += step) {
    if (time > quiet[0] && time < quiet[1]) continue;
    body.push({ t: Math.round(time), v: { power: 100 + 50 * Math.sin(time / 3e7) } });
    if (body.length === 10_000) await me.must("POST", "/v1/me/telemetry", body.splice(0));
  }
  // One peak, which no average would show.
  body.push({ t: Math.round(now - 25 * 86_400_000 + 7), v: { power: 9_999 } });
  await me.must("POST", "/v1/me/telemetry", body);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/devices/meter-1");
  const said = () => page.locator(".chart").getAttribute("aria-label");
  const longest = await longestTask(page, async () => {
    await page.getByText("30 d", { exact: true }).click();
    await shows(page, () => /1 gaps/.test(document.querySelector(".chart")?.ariaLabel ?? ""));
    assert.match(await said(), /to 9,999/, "the peak is there");
    assert.ok(Number(/: (\d+) points/.exec(await said())[1]) <= 4_001);
    await looksRight(page, "month");

    // A part of the curve, by dragging.
    const box = await page.locator(".u-over").boundingBox();
    await page.mouse.move(box.x + box.width * 0.15, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.2, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await shows(page, () => /from=\d+&to=\d+/.test(location.hash));
    await shows(page, () => document.querySelector(".charts").ariaBusy === "false");
    const { from, to } = Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.split("?")[1]));
    assert.ok(Math.abs((to - from) / month - 0.05) < 0.01, "a twentieth of the month");
    await page.getByRole("button", { name: "Earlier" }).click();
    await page.getByRole("button", { name: "Live", exact: true }).click();
    await shows(page, () => !/from=/.test(location.hash));
  });
  t.diagnostic(`longest task with the curve: ${Math.round(longest)} ms`);
  assert.ok(longest <= kLongestMs, `a task took ${longest} ms`);
  assert.deepEqual(trouble, []);
  await goTo(page, "#/devices");
});
