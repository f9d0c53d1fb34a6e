// The console in a real browser: Chromium, by playwright-core.
import assert from "node:assert/strict";
import { test } from "node:test";

import { loginCode, startBrowser } from "./browser.mjs";
import { startHub } from "./hub.mjs";

const kShownMs = 15_000;
const kSizes = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

/** A page that notes what must not happen: errors, refused content, requests to somewhere else. */
async function openPage(t, browser, hub, size) {
  const context = await browser.newContext(size);
  t.after(() => context.close());
  context.setDefaultTimeout(kShownMs);
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    const inside = url.host === hub.host || ["data:", "blob:"].includes(url.protocol);
    if (!inside) trouble.push(`request to ${url.host}`);
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== hub.host) trouble.push(`socket to ${socket.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`refused by policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, trouble };
}

/** Resolves when `probe` is true in the page. */
const shows = (page, probe, argument) =>
  page.waitForFunction(probe, argument, { timeout: kShownMs });

/** A lamp on a WebSocket that does what it is told and says so. */
async function lamp(hub, device) {
  const socket = await hub.socket(device.key);
  const told = [];
  await socket.must("telemetry.write", { path: { device: "me" }, body: { on: false } });
  const serve = async () => {
    for (let at = 0; ; ++at) {
      await socket.commands.count(at + 1, 600_000, "a command for the lamp");
      const command = socket.commands.items[at];
      told.push([command.name, command.params]);
      const path = { device: "me", command: command.id };
      await socket.must("telemetry.write", {
        path: { device: "me" },
        body: { on: command.params.on },
      });
      await socket.must("commands.finish", { path, body: { status: "done" } });
    }
  };
  serve().catch(() => {}); // It ends with its socket.
  return { told, socket };
}

async function walkThrough(t, browser, size) {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1", { name: "Desk lamp", type: "lamp" });
  const meter = await hub.device("meter-1", { name: "Meter", type: "meter" });
  const { told, socket } = await lamp(hub, device);
  const { page, trouble } = await openPage(t, browser, hub, size);

  await page.goto(`${hub.url}/#code=${await loginCode(hub)}`);
  await page.getByText("Live", { exact: true }).waitFor();
  assert.equal(new URL(page.url()).hash, "", "the code has gone from the address");

  const row = (name) => page.locator("ul.devices li", { hasText: name });
  await row("Desk lamp").waitFor();
  assert.match(await row("Desk lamp").innerText(), /online[\s\S]*WS/);
  assert.match(await row("Meter").innerText(), /offline/);

  await page.evaluate(() => (window.notReloaded = true));
  await hub.client(meter.key).must("POST", "/v1/me/telemetry", { power: 234.5 });
  await row("Meter").getByText("234.5").waitFor();
  assert.match(await row("Meter").innerText(), /online[\s\S]*REST/);

  await row("Meter").getByRole("button").click();
  await page.getByRole("heading", { name: "Meter" }).waitFor();
  await page.locator("table").getByText("234.5").waitFor();
  await hub.client(meter.key).must("POST", "/v1/me/telemetry", { power: 235.5 });
  await page.locator("table").getByText("235.5").waitFor();
  await page.locator(".chart canvas").first().waitFor();

  if (size === kSizes.phone) await page.getByRole("button", { name: "All devices" }).click();
  await row("Desk lamp").getByRole("button").click();
  const light = page.getByRole("switch", { name: "Light" });
  await light.waitFor();
  for (const on of [true, false]) {
    assert.equal(await light.getAttribute("aria-checked"), String(!on));
    await light.click();
    await shows(
      page,
      (wanted) => {
        const found = document.querySelector("[role=switch]");
        return found?.getAttribute("aria-checked") === wanted;
      },
      String(on),
    );
    await page.getByText(/^set: done after \d+ ms \(device on WS\)$/).waitFor();
    await shows(page, () => document.querySelector(".commands").ariaBusy !== "true");
  }
  assert.deepEqual(told, [
    ["set", { on: true }],
    ["set", { on: false }],
  ]);

  socket.close();
  if (size === kSizes.phone) await page.getByRole("button", { name: "All devices" }).click();
  await row("Desk lamp").getByText("offline").waitFor({ state: "attached" });

  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} pixels wider than the screen`);
  assert.equal(await page.evaluate(() => window.notReloaded), true, "the page was not reloaded");
  assert.deepEqual(trouble, []);
}

test("somebody logs in with a code, sees devices live and switches a lamp", async (t) => {
  const browser = await startBrowser(t);
  for (const [name, size] of Object.entries(kSizes)) {
    await t.test(`on a ${name}`, (each) => walkThrough(each, browser, size));
  }
});

test("logging in and out", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const { page } = await openPage(t, browser, hub, kSizes.desktop);

  await t.test("a code works once; then the form asks", async () => {
    const code = await loginCode(hub);
    await page.goto(`${hub.url}/#code=${code}`);
    await page.getByText("Live", { exact: true }).waitFor();
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
    await page.getByLabel("Password").fill(hub.admin.admin_password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("Live", { exact: true }).waitFor();
  });
  await t.test(
    "the session holds over a reload, and its cookie is out of scripts' reach",
    async () => {
      await page.reload();
      await page.getByText("Live", { exact: true }).waitFor();
      assert.equal(await page.evaluate(() => document.cookie), "");
    },
  );
  await t.test("when the hub is restarted the page asks to log in again", async () => {
    const port = new URL(hub.url).port;
    await hub.stop();
    hub.listen = `127.0.0.1:${port}`;
    await hub.start();
    await page.getByRole("heading", { name: "Log in" }).waitFor({ timeout: 30_000 });
  });
});
