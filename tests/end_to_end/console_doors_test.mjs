// The console's page of the doors: the race, what is kept of it, and reports of `tandem bench`.
import assert from "node:assert/strict";

import { startBrowser } from "./browser.mjs";
import { goTo, isLive, kSizes, logIn, looksRight, openPage, shows } from "./console_page.mjs";
import { startHub } from "./hub.mjs";
import { atOnce } from "./together.mjs";
import { eventually } from "./wait.mjs";

// Races wait most of the time.
const test = atOnce(3);
const kRaceMs = 180_000;
const kGoneMs = 60_000;
// So few that no machine is too slow for them.
// A race takes 20 seconds in which nothing else may run: ./test --long has all of them.
const kSkipped = process.env.TANDEM_LONG === undefined && "for ./test --long";
const kLoad = { "Messages a second": 5, "Readings in a message": 2, "Seconds for each way": 2 };
const kWays = ["REST", "WebSocket", "Long poll", "Server-sent events", "WebSocket"];

const idsOf = async (hub) =>
  (await hub.rest.must("GET", "/v1/devices")).body.items.map(({ id }) => id);
const nothingIsLeft = (hub) =>
  eventually(kGoneMs, "the test devices to go", async () => (await idsOf(hub)).length === 0);

async function fillIn(page, load = kLoad) {
  for (const [label, value] of Object.entries(load)) {
    await page.getByLabel(label, { exact: true }).fill(String(value));
  }
}

const start = (page) => page.getByRole("button", { name: /^(Start the race|Race again)$/ }).click();
const status = (page, text) => page.locator(".race-status", { hasText: text }).waitFor({ timeout: kRaceMs });

/** What a lane shows, by the names of its figures. */
const lanes = (page) =>
  page.locator(".race-lane").evaluateAll((all) =>
    all.map((lane) => ({
      way: lane.ariaLabel,
      picture: lane.querySelector("svg").ariaLabel,
      ...Object.fromEntries(
        [...lane.querySelectorAll("dl > div")].map((each) => [
          each.querySelector("dt").textContent,
          each.querySelector("dd").textContent,
        ]),
      ),
    })),
  );

const kTime = /^[\d.]+ (µs|ms|s)$/;

function assertRaced(all, messages) {
  assert.deepEqual(
    all.map(({ way }) => way),
    kWays,
  );
  for (const lane of all) {
    assert.equal(lane.Messages, `${messages} of ${messages}`, lane.way);
    assert.equal(lane.Lost, "0", lane.way);
    for (const name of ["p50", "p90", "p99"]) assert.match(lane[name], kTime, lane.way);
    assert.match(lane["Bytes each"], /^[\d.]+ (B|KiB)$/, lane.way);
    assert.match(lane.picture, /the middle latency is/, lane.way);
  }
}

test("a race runs through every way, tells what it measured, and leaves nothing", async (t) => {
  const browser = await startBrowser(t);
  for (const [name, size] of Object.entries(kSizes)) {
    await t.test(`on a ${name}`, { skip: name === "desktop" && kSkipped }, async (each) => {
      const hub = await startHub(each);
      const { page, trouble } = await openPage(each, browser, hub, size);
      await logIn(page, hub, "#/doors");
      await fillIn(page);
      await looksRight(page, `race_before_${name}`);
      await start(page);
      await status(page, "Turn 2 of 5: Readings up, WebSocket");
      assert.equal((await idsOf(hub)).length, 3);
      await looksRight(page, `race_running_${name}`);
      await status(page, "Finished");
      assertRaced(await lanes(page), 10);
      assert.deepEqual(await idsOf(hub), []);

      const [up] = await lanes(page);
      assert.ok(parseFloat(up["Bytes each"]) >= 300, "transferSize has at least 300 bytes");
      for (const lane of await lanes(page)) assert.match(lane["Hub CPU each"], kTime, lane.way);
      await page.getByText(/of a core before the race/).waitFor();
      await page.locator(".race-status").scrollIntoViewIfNeeded();
      await looksRight(page, `race_done_${name}`);
      await page.locator(".race-lane").last().scrollIntoViewIfNeeded();
      await page.getByText("What is counted, and what is not").click();
      await looksRight(page, `race_lanes_${name}`);

      await page.getByRole("button", { name: "Keep this result" }).click();
      await page.getByText("Kept in this browser.").waitFor();
      await page.getByRole("link", { name: "Compare it" }).click();
      await page.getByText("With two results they can be compared.").waitFor();
      await page.getByRole("cell", { name: /5\/s, 2 readings each, 2 s, in turns/ }).waitFor();
      assert.deepEqual(trouble, []);
    });
  }
});

test("all ways at once", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/doors");
  await fillIn(page, { ...kLoad, "Text beside them, in bytes": 500 });
  await page.getByText("All at once").click();
  await start(page);
  await status(page, "Turn 1 of 1: all ways at once");
  assert.equal(await page.locator(".race-lane[data-state=running]").count(), 5);
  await status(page, "Finished");
  const all = await lanes(page);
  assertRaced(all, 10);
  for (const lane of all) {
    assert.equal(lane["Hub CPU each"], "–", "of several at once nobody can tell");
    const [, amount, unit] = /^([\d.]+) (B|KiB)$/.exec(lane["Bytes each"]);
    assert.ok(Number(amount) * (unit === "KiB" ? 1024 : 1) > 500, `${lane.way}: the text is in it`);
  }
  await looksRight(page, "race_together");
  assert.deepEqual(await idsOf(hub), []);
  assert.deepEqual(trouble, []);
});

test("whoever stops a race or leaves it leaves no device behind", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/doors");
  const begin = async () => {
    await fillIn(page, { ...kLoad, "Seconds for each way": 60 });
    await start(page);
    await status(page, /^Turn 1/);
    assert.equal((await idsOf(hub)).length, 3);
  };
  await t.test("by the button", async () => {
    await begin();
    await page.getByRole("button", { name: "Stop it" }).click();
    await status(page, "Stopped");
    assert.deepEqual(await idsOf(hub), []);
  });
  await t.test("for another part of the console", { skip: kSkipped }, async () => {
    await begin();
    // The other tabs of the page are still the page.
    await goTo(page, "#/doors/results");
    await page.getByRole("heading", { name: "Results" }).waitFor();
    await goTo(page, "#/doors");
    await status(page, /^Turn 1/);
    await goTo(page, "#/devices");
    await nothingIsLeft(hub);
  });
  await t.test("for another page altogether", async () => {
    await goTo(page, "#/doors");
    await begin();
    await page.goto("about:blank");
    await nothingIsLeft(hub);
  });
  assert.deepEqual(trouble, []);
});

test("devices that a race has left are offered for deletion, and no other", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page } = await openPage(t, browser, hub);
  await hub.device("race-1x-rest", { labels: { scene: "race" } });
  await hub.device("race-car", {});
  await hub.device("car", { labels: { scene: "race" } });
  await logIn(page, hub, "#/doors");
  await page.getByText("One test device of an earlier race is still there.").waitFor();
  await looksRight(page, "race_left");
  await page.getByRole("button", { name: "Delete them" }).click();
  await page.getByText(/still there/).waitFor({ state: "detached" });
  assert.deepEqual((await idsOf(hub)).sort(), ["car", "race-car"]);
});

test("who may not make devices is told so, and who may not read metrics sees no processor time", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const person = { user: "eve", password: "a long enough password" };
  const { page: admin } = await openPage(t, browser, hub);
  await logIn(admin, hub);
  const made = await admin.evaluate(
    async ({ user, password }) =>
      (
        await fetch("/v1/users", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ id: user, password, role: "viewer" }),
        })
      ).status,
    person,
  );
  assert.equal(made, 201);
  const { page } = await openPage(t, browser, hub);
  await page.goto(hub.url);
  await page.getByLabel("User").fill(person.user);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await isLive(page);
  await goTo(page, "#/doors");
  await page.getByText(/you may not make them \(devices:write, keys:manage\)/).waitFor();
  assert.equal(await page.getByRole("button", { name: "Start the race" }).count(), 0);

  const grant = { user: person.user, scopes: ["devices:write", "keys:manage"], devices: ["*"] };
  await hub.rest.must("POST", "/v1/grants", grant);
  await page.reload();
  await fillIn(page);
  await start(page);
  await status(page, "Finished");
  assertRaced(await lanes(page), 10);
  await page.getByText(/which you may not read \(metrics:read\)/).waitFor();
});

const kHostile = `"><img src=x onerror="window.harmed=1">`;

/** A report as `tandem bench --json` writes it, with p50 so long. */
function report(p50, way = "REST, kept alive") {
  const figure = (value) => ({ value, low: value, high: value, ratio: {}, real: true });
  const entry = {
    part: "up",
    way,
    door: "rest",
    answered: 100,
    lost: 0,
    latency_us: { p50, p90: 2 * p50, p99: 3 * p50 },
    figures: { bytes: figure(900), hub_cpu_us: figure(500), packets: figure(2) },
  };
  const value = {
    kind: "bench",
    sound: true,
    ways: [entry, { ...entry, part: "fan-out", way: "long poll", door: "poll" }],
    per_second: 150,
    network: kHostile,
    machine: { processor: "x", made: "2026-01-02T03:04:05Z" },
    workload: { name: "home", "readings.payload": "60" },
  };
  return Buffer.from(JSON.stringify(value));
}

test("reports of tandem bench are opened, kept and compared, way by way", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/doors/results");
  await page.getByText("Nothing is kept yet.").waitFor();
  const file = (name, buffer) => ({ name, mimeType: "application/json", buffer });
  const input = page.getByLabel("Open reports of tandem bench");
  await input.setInputFiles([file("before.json", report(2_000)), file("after.json", report(1_000))]);
  await page.getByText("2 reports were opened.").waitFor();
  const rows = () =>
    page
      .getByRole("group", { name: "Readings up" })
      .locator("tbody tr")
      .evaluateAll((all) => all.map((row) => [...row.cells].map(({ textContent }) => textContent)));
  assert.deepEqual(await rows(), [
    ["REST, kept alive", "A", "2.0 ms", "4.0 ms", "6.0 ms", "900 B", "500 µs", "2", "0"],
    ["B", "1.0 ms", "2.0 ms", "3.0 ms", "900 B", "500 µs", "2", "0"],
    ["B / A", "× 0.50", "× 0.50", "× 0.50", "× 1.00", "× 1.00", "× 1.00", "–"],
  ]);
  await page.getByLabel("B", { exact: true }).selectOption({ label: "before.json" });
  await page.getByLabel("A", { exact: true }).selectOption({ label: "after.json" });
  await shows(page, () => /× 2\.00/.test(document.querySelector(".compared").textContent));

  await t.test("what is none is refused in words, and hostile text is text", async () => {
    await input.setInputFiles([
      file("notes.json", Buffer.from("{}")),
      file(kHostile, report(1_000, kHostile)),
      file("large.json", Buffer.alloc(1024 * 1024 + 1, 32)),
    ]);
    await page.getByText("One report was opened.").waitFor();
    await page.getByText(/notes\.json is no report .* large\.json is too large\./).waitFor();
    assert.equal(await page.locator("main img").count(), 0);
    assert.equal(await page.evaluate(() => window.harmed), undefined);
  });
  await t.test("they are there after a reload, at any width, and can be deleted", async () => {
    await page.reload();
    await page.getByRole("button", { name: "Delete before.json" }).waitFor();
    await page.getByRole("button", { name: `Delete ${kHostile}` }).click();
    await looksRight(page, "results_desktop");
    await page.setViewportSize(kSizes.phone.viewport);
    await looksRight(page, "results_phone");
    await page.locator(".compared").last().scrollIntoViewIfNeeded();
    await looksRight(page, "compared_phone");
    await page.getByRole("button", { name: "Delete before.json" }).click();
    await page.getByText("With two results they can be compared.").waitFor();
  });
  assert.deepEqual(trouble, []);
});

test("the fleet by door, with a way to those of each", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page, trouble } = await openPage(t, browser, hub);
  const [lamp, meter] = [await hub.device("lamp-1"), await hub.device("meter-1")];
  await hub.device("away-1");
  await hub.socket(lamp.key);
  await hub.client(meter.key).must("POST", "/v1/me/telemetry", { power: 1 });
  await logIn(page, hub, "#/doors/fleet");
  const rows = () =>
    page
      .locator(".figures tbody tr")
      .evaluateAll((all) => all.map((row) => [...row.cells].map(({ textContent }) => textContent)).sort());
  const wanted = [
    ["Offline", "1", "–"],
    ["REST", "1", "50 %"],
    ["WS", "1", "50 %"],
  ];
  await eventually(30_000, "the fleet by door", async () => JSON.stringify(await rows()) === JSON.stringify(wanted));
  await looksRight(page, "doors_fleet");
  await page.getByRole("link", { name: "Show the devices of WS" }).click();
  await page.getByText("1 of 3 devices", { exact: true }).waitFor();
  assert.deepEqual(trouble, []);
});

test("the race by keyboard alone", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/doors");
  await page.getByLabel("Messages a second").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("5");
  // Past readings and text to the seconds, then to the mode and the button.
  for (let at = 0; at < 3; ++at) await page.keyboard.press("Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("2");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.getByLabel("All at once").isChecked());
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await status(page, "Finished");
  assertRaced(await lanes(page), 10);
  assert.deepEqual(trouble, []);
});
