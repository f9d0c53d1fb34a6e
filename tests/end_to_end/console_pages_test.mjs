// The console's other pages: the first device, the demo, tiles, the inspector, the administration;
// and that what others have written is text everywhere.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startBrowser } from "./browser.mjs";
import {
  goTo,
  isLive,
  kShownMs,
  kSizes,
  lamp,
  logIn,
  looksRight,
  openPage,
  shows,
} from "./console_page.mjs";
import { runBeside, startHub } from "./hub.mjs";
import { eventually } from "./wait.mjs";

test("from an empty hub to a device whose reading is on the screen", async (t) => {
  const browser = await startBrowser(t);
  for (const [name, size] of Object.entries(kSizes)) {
    await t.test(`on a ${name}`, async (each) => {
      const hub = await startHub(each);
      const { page, trouble } = await openPage(each, browser, hub, size);
      await logIn(page, hub);
      await page.getByText("This hub has no devices yet.").waitFor();
      await looksRight(page, `empty_${name}`);
      await page.getByRole("link", { name: "Make the first one, or start a demo" }).click();
      await page.getByLabel("Id", { exact: true }).fill("cellar-1");
      await page.getByLabel("Name").fill("Cellar");
      await page.getByRole("button", { name: "Make it with a key" }).click();
      await page.getByText("Waiting for the first reading…").waitFor();
      await looksRight(page, `start_${name}`);

      // The line that the page shows, as somebody pastes it.
      const line = await page.locator("pre[aria-label='Paste this to send a reading']").innerText();
      const pasted = await runBeside("sh", ["-c", line]);
      assert.match(pasted.out, /"accepted":1/);
      await page.getByText("It is here: temperature is 21.5.").waitFor();
      await page.getByRole("link", { name: "Look at the device" }).click();
      await page.getByRole("heading", { name: "Cellar" }).waitFor();
      await page.locator("table").getByText("21.5").waitFor();
      assert.deepEqual(trouble, []);
    });
  }
});

test("a small home runs in the page, and its tiles do what they say", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/start");
  await page.getByRole("button", { name: "Start it" }).click();
  await page.getByText(/6 devices are running/).waitFor();

  await goTo(page, "#/control");
  const tile = (name) => page.locator(".tile", { hasText: name });
  // One over a WebSocket, one that polls over REST.
  for (const [name, door] of [
    ["Demo lamp", "WS"],
    ["Demo plug", "REST"],
  ]) {
    const light = page.getByRole("switch", { name: `${name}: on` });
    await tile(name).getByText(door, { exact: true }).waitFor();
    await shows(
      page,
      (label) => document.querySelector(`[aria-label="${label}"]`)?.ariaChecked === "true",
      `${name}: on`,
    );
    await light.click();
    await tile(name).getByText(new RegExp(`\\d m?s · ${door}$`)).waitFor();
    assert.equal(await light.getAttribute("aria-checked"), "false");
  }
  const target = page.getByRole("group", { name: "Demo thermostat: target" });
  await target.getByText("21", { exact: true }).waitFor();
  await target.getByRole("button", { name: /^More/ }).click();
  await target.getByRole("button", { name: /^More/ }).click();
  await tile("Demo thermostat").getByText(/m?s · WS$/).waitFor();
  await target.getByText("22", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Keep Demo thermostat in front" }).click();
  await shows(page, () => document.querySelector(".tile")?.ariaLabel === "Demo thermostat");
  await looksRight(page, "control");

  const config = await hub.rest.must("GET", "/v1/devices/demo-lamp/commands");
  assert.deepEqual(
    config.body.items.map(({ name, params, status }) => [name, params, status]),
    [["set", { on: false }, "done"]],
  );
  await goTo(page, "#/start");
  await page.getByRole("button", { name: "Stop it" }).click();
  await page.getByRole("button", { name: "Start it" }).waitFor();
  assert.deepEqual(trouble, []);
});

test("the inspector shows what travels, without secrets, and the same for elsewhere", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const device = await hub.device("lamp-1", { name: "Desk lamp", type: "lamp" });
  await lamp(hub, device);
  const { page } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/devices/lamp-1/commands");
  await page.getByRole("switch", { name: "on" }).click();
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator(".life .badge").getByText("done").waitFor();
  await goTo(page, "#/devices/lamp-1/about");
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.locator("pre[aria-label='The key']").innerText();
  assert.match(key, /^tdk_/);

  await goTo(page, "#/inspector");
  const line = (text) => page.locator(".lines button", { hasText: text });
  await line("keys.create → 201").waitFor();
  await line("keys.create → 201").click();
  await page.locator("pre[aria-label=Message]").getByText('"key": "…"').waitFor();
  assert.equal(await page.getByText(key).count(), 0, "the key is in no line");

  await page.locator(".lines .what").filter({ hasText: /^commands\.send$/ }).click();
  await page.getByText("The same as commands.send").click();
  const pasted = (label) => page.locator(`pre[aria-label="${label}"]`).innerText();
  const { admin_key: admin } = hub.admin;
  const env = { TANDEM_KEY: admin };
  const curl = await runBeside("sh", ["-c", await pasted("curl")], { env });
  assert.equal(JSON.parse(curl.out).name, "set");
  assert.match(await pasted("wscat"), /^wscat -c ws:.* -x '\{"id":1,"op":"commands\.send"/);
  assert.match(await pasted("TypeScript"), /hub\.commands\.send\("lamp-1"/);
  assert.match(await pasted("C++"), /tandem::client::Call call\{\.operation = "commands\.send"/);
  await looksRight(page, "inspector");

  await goTo(page, "#/inspector?device=lamp-1");
  await page.reload();
  await isLive(page);
  // The page does not say from when on it follows the device.
  const me = hub.client(device.key);
  const event = page.locator(".event-list li", { hasText: '"power"' });
  await eventually(kShownMs, "an event of the device", async () => {
    await me.must("POST", "/v1/me/telemetry", { power: 7 });
    return (await event.count()) > 0;
  }, 250);
  await looksRight(page, "inspector_device");
});

const kHostile = `"><img src=x onerror="window.harmed=1"><script>window.harmed=1</script>`;

test("hostile names and values are text, everywhere", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const hostileFlag = { type: "boolean", title: kHostile };
  const schema = {
    series: { s: { type: "string" } },
    commands: { set: { params: { type: "object", properties: { [kHostile]: hostileFlag } } } },
  };
  const fields = { name: kHostile, type: "x", labels: { site: kHostile }, schema };
  const device = await hub.device("evil-1", fields);
  const me = hub.client(device.key);
  await me.must("POST", "/v1/me/telemetry", { s: kHostile });
  await me.must("PUT", "/v1/me/state", { [kHostile]: kHostile });
  await hub.rest.must("PATCH", "/v1/devices/evil-1/config", { [kHostile]: kHostile });
  const command = { name: "set", params: { [kHostile]: true } };
  await hub.rest.must("POST", "/v1/devices/evil-1/commands", command);
  await hub.rest.must("POST", "/v1/apps", { id: "evil", name: kHostile });
  const scopes = ["devices:read"];
  const labels = { site: kHostile };
  await hub.rest.must("POST", "/v1/grants", { app: "evil", scopes, labels, series: ["s*"] });
  const options = { text: kHostile };
  const text = { kind: "text", title: kHostile, options, x: 0, y: 0, w: 6, h: 4 };
  const value = { kind: "value", device: "evil-1", series: "s", x: 6, y: 0, w: 3, h: 2 };
  const board = { title: kHostile, shared: "tenant", tiles: [text, value] };
  const dashboard = (await hub.rest.must("POST", "/v1/dashboards", board)).body;
  // Nobody who may not come in, for something that cannot be: a line of the audit all the same.
  await hub.client("tak_a_b_c").ask("GET", `/v1/devices/${encodeURIComponent(kHostile)}`);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub);
  const made = await page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    return (await fetch("/v1/users", { method: "POST", headers, body })).status;
  }, JSON.stringify({ id: "mallory", name: kHostile, password: "a word of theirs" }));
  assert.equal(made, 201);
  for (const place of [
    "#/devices",
    "#/devices/evil-1",
    "#/devices/evil-1/config",
    "#/devices/evil-1/commands",
    "#/devices/evil-1/about",
    "#/control",
    "#/dashboards",
    `#/dashboards/${dashboard.id}`,
    "#/admin/apps",
    "#/admin/users",
    "#/admin/grants",
    "#/admin/audit",
    `#/devices/${encodeURIComponent(kHostile)}`,
  ]) {
    await goTo(page, place);
    await page.locator("main").getByText("onerror").first().waitFor({ state: "attached" });
    assert.equal(await page.locator("main img, main script").count(), 0, place);
    assert.equal(await page.evaluate(() => window.harmed), undefined, place);
  }
  await goTo(page, `#/dashboards/${dashboard.id}`);
  await page.getByRole("heading", { name: kHostile }).first().waitFor();
  // Of those it has nothing but ids, which are letters and digits.
  await goTo(page, "#/admin/security");
  await page.getByText(/Requests refused|Log-ins that have failed/).first().waitFor();
  assert.equal(await page.locator("main img, main script").count(), 0);
  await goTo(page, "#/devices/evil-1");
  await page.getByRole("heading", { name: kHostile }).waitFor();
  assert.deepEqual(trouble, []);
});

test("the page can be installed, and is small", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page } = await openPage(t, browser, hub);
  const requests = [];
  page.on("requestfinished", (request) => requests.push(request));
  await logIn(page, hub);
  await page.waitForLoadState("networkidle");
  const sizes = await Promise.all(requests.map((request) => request.sizes()));
  const all = sizes.reduce((sum, each) => sum + each.responseBodySize + each.responseHeadersSize, 0);
  t.diagnostic(`the first page: ${all} bytes in ${sizes.length} answers`);
  assert.ok(sizes.length > 5, `${sizes.length} answers`);
  assert.ok(all < 120 * 1024, `${all} bytes`);

  const manifest = await (await fetch(`${hub.url}/manifest.webmanifest`)).json();
  assert.equal(manifest.display, "standalone");
  for (const { src } of manifest.icons) {
    const icon = await fetch(hub.url + src);
    assert.equal(icon.headers.get("content-type"), "image/svg+xml");
  }
});

const kPairs = 5;
// On a machine of its own the page is painted within a second; how many times as long as a page
// without anything it takes holds on a busy one as well.
const kTimesFloor = 30;

/** When the first content was painted, in milliseconds after the navigation began. */
async function firstPaint(browser, url, storageState) {
  const context = await browser.newContext({ ...kSizes.desktop, storageState });
  try {
    const page = await context.newPage();
    await page.goto(url);
    const painted = await page.waitForFunction(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
      undefined,
      { timeout: kShownMs },
    );
    const text = await page.evaluate(() => document.body.innerText);
    return { ms: await painted.jsonValue(), text };
  } finally {
    await context.close();
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

test("the fleet is painted soon after a page without anything would be", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  for (let at = 0; at < 40; ++at) await hub.device(`unit-${at}`, { name: `Unit ${at}` });
  const { page, context } = await openPage(t, browser, hub);
  await logIn(page, hub);
  const state = await context.storageState();
  const times = { floor: [], fleet: [] };
  // In turns, with nothing in the cache; the first pair warms both.
  for (let pair = 0; pair <= kPairs; ++pair) {
    const floor = await firstPaint(browser, `${hub.url}/healthz`);
    const fleet = await firstPaint(browser, `${hub.url}/`, state);
    assert.match(floor.text, /"status":"ok"/);
    assert.match(fleet.text, /Devices/, "it is the console, with its session");
    if (pair === 0) continue;
    times.floor.push(floor.ms);
    times.fleet.push(fleet.ms);
  }
  const [floor, fleet] = [median(times.floor), median(times.fleet)];
  t.diagnostic(
    `first paint: ${Math.round(fleet)} ms, of a page without anything ${Math.round(floor)} ms, ` +
      `× ${(fleet / floor).toFixed(1)}`,
  );
  assert.ok(fleet <= kTimesFloor * floor, `${fleet} ms beside ${floor} ms`);
});
