// The console in a real browser: logging in, the fleet, one device. Chromium, by playwright-core.
import assert from "node:assert/strict";
import { test } from "node:test";

import { loginCode, startBrowser } from "./browser.mjs";
import { goTo, isLive, kSizes, lamp, logIn, looksRight, openPage, shows } from "./console_page.mjs";
import { startHub } from "./hub.mjs";

const row = (page, name) => page.locator(".rows li", { hasText: name });

async function walkThrough(t, browser, size, sizeName) {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1", { name: "Desk lamp", type: "lamp" });
  const meter = await hub.device("meter-1", { name: "Meter", labels: { site: "hall-3" } });
  const { told, socket } = await lamp(hub, device);
  const { page, trouble } = await openPage(t, browser, hub, size);

  await page.goto(`${hub.url}/#code=${await loginCode(hub)}`);
  await isLive(page);
  assert.equal(new URL(page.url()).hash, "", "the code has gone from the address");
  await page.evaluate(() => (window.notReloaded = true));

  // The fleet.
  await row(page, "Desk lamp").getByText("WS", { exact: true }).waitFor();
  await row(page, "Meter").getByText("offline").waitFor();
  await hub.client(meter.key).must("POST", "/v1/me/telemetry", { power: 234.5 });
  await row(page, "Meter").getByText("234.5").waitFor();
  await row(page, "Meter").getByText("REST", { exact: true }).waitFor();
  await looksRight(page, `fleet_${sizeName}`);
  await page.getByRole("searchbox").fill("site=hall");
  await page.getByText("1 of 2 devices").waitFor();
  assert.equal(await row(page, "Desk lamp").count(), 0);

  // A device: the newest readings and their curve.
  await row(page, "Meter").getByRole("link").click();
  await page.getByRole("heading", { name: "Meter" }).waitFor();
  await page.locator("table").getByText("234.5").waitFor();
  await hub.client(meter.key).must("POST", "/v1/me/telemetry", { power: 235.5 });
  await page.locator("table").getByText("235.5").waitFor();
  await shows(page, () => /: 2 points/.test(document.querySelector(".chart")?.ariaLabel ?? ""));
  await looksRight(page, `device_${sizeName}`);

  // Its commands, and the life of each.
  await goTo(page, "#/devices/lamp-1/commands");
  const light = page.getByRole("switch", { name: "on" });
  await light.waitFor();
  for (const on of [true, false]) {
    await shows(page, () => document.querySelector(".command button[type=submit]") !== null);
    await light.click();
    assert.equal(await light.getAttribute("aria-checked"), String(on));
    await page.getByRole("button", { name: "Send" }).click();
    const steps = page.locator(".life").first().locator(".steps li");
    await shows(
      page,
      (count) => document.querySelectorAll(".life .badge[data-mood=good]").length === count,
      on ? 1 : 2,
    );
    const names = await steps.locator("span").allInnerTexts();
    assert.deepEqual(names, ["queued", "delivered", "acknowledged", "done"]);
  }
  assert.deepEqual(told, [
    ["set", { on: true }],
    ["set", { on: false }],
  ]);
  await looksRight(page, `commands_${sizeName}`);

  socket.close();
  await page.locator(".device-head").getByText("offline").waitFor();
  await goTo(page, "#/devices/lamp-1/about");
  await page.locator(".presence-list").getByText("went offline").waitFor();
  await looksRight(page, `about_${sizeName}`);

  assert.equal(await page.evaluate(() => window.notReloaded), true, "the page was not reloaded");
  assert.deepEqual(trouble, []);
}

test("somebody logs in with a code, sees devices live and switches a lamp", async (t) => {
  const browser = await startBrowser(t);
  for (const [name, size] of Object.entries(kSizes)) {
    await t.test(`on a ${name}`, (each) => walkThrough(each, browser, size, name));
  }
});

test("a device that was heard hours ago is shown with what it said then", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const meter = await hub.device("meter-1", { name: "Meter" });
  const client = hub.client(meter.key);
  const hourMs = 3_600_000;
  const said = { t: Date.now() - 3 * hourMs, v: { power: 234.5 } };
  await client.must("POST", "/v1/me/telemetry", said);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub);
  await row(page, "Meter").getByText("234.5").waitFor();
  await goTo(page, "#/devices/meter-1");
  await shows(page, () => /: 1 points/.test(document.querySelector(".chart")?.ariaLabel ?? ""));
  await page.getByText("The last 1 d, live").waitFor();
  // What comes now changes nothing of the span, and another can be chosen.
  await client.must("POST", "/v1/me/telemetry", { power: 235.5 });
  await shows(page, () => /: 2 points/.test(document.querySelector(".chart")?.ariaLabel ?? ""));
  await page.getByText("The last 1 d, live").waitFor();
  await page.getByText("5 min", { exact: true }).click();
  await page.getByText("The last 5 min, live").waitFor();
  await shows(page, () => /: 1 points/.test(document.querySelector(".chart")?.ariaLabel ?? ""));
  assert.deepEqual(trouble, []);
});

test("logging in and out", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page, context } = await openPage(t, browser, hub);

  await t.test("a code works once; then the form asks", async () => {
    const code = await loginCode(hub);
    await page.goto(`${hub.url}/#code=${code}`);
    await isLive(page);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.goto("about:blank");
    await page.goto(`${hub.url}/#code=${code}`);
    await page.getByText(/code has been used or has run out/).waitFor();
  });
  await t.test("a wrong password is refused, the right one opens the page", async () => {
    await page.getByLabel("User").fill(hub.admin.admin_user);
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText(/That did not work/).waitFor();
    await looksRight(page, "login");
    await page.getByLabel("Password").fill(hub.admin.admin_password);
    await page.getByRole("button", { name: "Log in" }).click();
    await isLive(page);
  });
  await t.test("the session holds over a reload, out of scripts' reach", async () => {
    await page.reload();
    await isLive(page);
    assert.equal(await page.evaluate(() => document.cookie), "");
  });
  await t.test("a second page is logged in too, and both are logged out by one", async () => {
    const second = await context.newPage();
    await second.goto(`${hub.url}/`);
    await isLive(second);
    await page.getByRole("button", { name: "Log out" }).click();
    await second.getByText(/The session has ended/).waitFor();
    await second.close();
    await logIn(page, hub);
  });
  await t.test("when the hub is restarted the page asks to log in again", async () => {
    const port = new URL(hub.url).port;
    await hub.stop();
    hub.listen = `127.0.0.1:${port}`;
    await hub.start();
    await page.getByRole("heading", { name: "Log in" }).waitFor({ timeout: 30_000 });
  });
});
