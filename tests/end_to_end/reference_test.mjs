// The page of operations in a real browser: Chromium, by playwright-core.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startBrowser } from "./browser.mjs";
import { restOperations, socketOperations } from "./contract.mjs";
import { startHub } from "./hub.mjs";

const kShownMs = 15_000;
const kSizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

async function prepare(t) {
  const hub = await startHub(t);
  return { hub, browser: await startBrowser(t) };
}

/** The page at `hash`, and what must not happen on it: errors, refused content, other hosts. */
async function open(browser, hub, viewport, hash = "") {
  const context = await browser.newContext({ viewport });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  context.setDefaultTimeout(kShownMs);
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => trouble.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (new URL(request.url()).host !== hub.host) trouble.push(`request to ${request.url()}`);
  });
  await page.goto(`${hub.url}/docs${hash}`);
  await page.waitForSelector("details.operation");
  return { page, trouble };
}

// A pointer takes its time to be sure of what it is on: ./test --long opens all with it.
const byPointer = (at) => process.env.TANDEM_LONG !== undefined || at % 8 === 0;

/** In the page: opens an operation, and resolves when its examples are there to be seen. */
async function opens(name) {
  const box = document.getElementById(name);
  box.querySelector(":scope > summary").click();
  const shown = () => (box.querySelector(".side pre")?.getClientRects().length ?? 0) > 0;
  const deadline = performance.now() + 15_000;
  while (!shown()) {
    if (performance.now() > deadline) throw new Error(`${name} does not open`);
    await new Promise((done) => requestAnimationFrame(done));
  }
}

for (const [size, viewport] of Object.entries(kSizes)) {
  test(`every operation is on the page and opens, on a ${size}`, async (t) => {
    const { hub, browser } = await prepare(t);
    const { page, trouble } = await open(browser, hub, viewport);
    const names = new Set([...restOperations, ...socketOperations].map(({ name }) => name));
    for (const [at, name] of [...names].entries()) {
      if (!byPointer(at)) {
        await page.evaluate(opens, name);
        continue;
      }
      const box = page.locator(`details[id="${name}"]`);
      await box.locator("> summary").click();
      await box.locator(".side pre").first().waitFor();
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.ok(!wide, "the page is wider than its window");
    assert.deepEqual(trouble, []);
  });
}

test("an address with a name opens that operation; its command line can be copied and works", async (t) => {
  const { hub, browser } = await prepare(t);
  const { page, trouble } = await open(browser, hub, kSizes.desktop, "#devices.create");
  const box = page.locator('details[id="devices.create"]');
  await box.getByRole("button", { name: "Copy curl" }).click();
  await box.getByText("Copied").first().waitFor();
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(line, /^curl -X POST 'http:\/\/127\.0\.0\.1:\d+\/v1\/devices'/);
  assert.match(line, /-d '\{"id":"pump-7"/);
  assert.deepEqual(trouble, []);
});

test("the search is reached by key, finds by path and problem, and says when nothing is there", async (t) => {
  const { hub, browser } = await prepare(t);
  const { page, trouble } = await open(browser, hub, kSizes.desktop);
  await page.keyboard.press("/");
  await page.keyboard.type("queue-full");
  await page.getByText(/^1 of \d+ operations$/).waitFor();
  assert.ok(await page.locator('details[id="commands.send"]').isVisible());
  assert.ok(!(await page.locator('details[id="devices.get"]').isVisible()));
  await page.keyboard.type(" and nonsense");
  await page.getByText("No operation matches.").waitFor();
  assert.deepEqual(trouble, []);
});

test("by keyboard alone an operation can be found and opened", async (t) => {
  const { hub, browser } = await prepare(t);
  const { page } = await open(browser, hub, kSizes.desktop);
  await page.keyboard.press("/");
  await page.keyboard.type("td.get");
  await page.getByText(/^1 of \d+ operations$/).waitFor();
  const isOpen = () => page.locator('details[id="td.get"]').evaluate((box) => box.open);
  for (let presses = 0; presses < 20 && !(await isOpen()); ++presses) {
    await page.keyboard.press("Tab");
    const summary = await page.evaluate(() => document.activeElement?.tagName === "SUMMARY");
    if (summary) await page.keyboard.press("Enter");
  }
  assert.ok(await isOpen());
});
