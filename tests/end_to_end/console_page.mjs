// What the tests of the console share: a page that notes what must not happen, a lamp, and pictures
// of what a person would see.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { loginCode } from "./browser.mjs";

export const kShownMs = 15_000;
export const kSizes = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

/** Where pictures go, for people to look at; nowhere when it is not said. */
const kPictures = process.env.TANDEM_PICTURES ?? "";
const axeSource = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** A page that notes what must not happen: errors, refused content, requests to somewhere else. */
export async function openPage(t, browser, hub, size = kSizes.desktop) {
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
  return { page, trouble, context };
}

/** Resolves when the page is live. By the line that says so: curves have a button of that name. */
export const isLive = (page) => page.locator(".status").getByText("Live", { exact: true }).waitFor();

/** Opens the console as the administrator, at `place`. */
export async function logIn(page, hub, place = "#/devices") {
  await page.goto(`${hub.url}/#code=${await loginCode(hub)}`);
  await isLive(page);
  await goTo(page, place);
}

export async function goTo(page, place) {
  await page.evaluate((hash) => (location.hash = hash), place);
}

/** Resolves when `probe` is true in the page. */
export const shows = (page, probe, argument) =>
  page.waitForFunction(probe, argument, { timeout: kShownMs });

export async function picture(page, name) {
  if (kPictures === "") return;
  mkdirSync(kPictures, { recursive: true });
  await page.screenshot({ path: join(kPictures, `${name}.png`) });
}

/** The places that can be scrolled beyond the last thing in them, each with how far. */
function blanksBelow() {
  const root = document.scrollingElement;
  const scrolls = (box) => ["auto", "scroll"].includes(getComputedStyle(box).overflowY);
  const boxes = [...document.body.querySelectorAll("*")].filter(
    (box) => box.children.length > 0 && box.scrollHeight > box.clientHeight && scrolls(box),
  );
  const blanks = [root, ...boxes].map((box) => {
    const top = box === root ? -box.scrollTop : box.getBoundingClientRect().top - box.scrollTop;
    const things = box === root ? document.querySelectorAll("#app > *") : box.children;
    const bottoms = [...things].map((each) => each.getBoundingClientRect().bottom - top);
    const { paddingBottom, borderTopWidth } = getComputedStyle(box);
    const end = Math.max(...bottoms) - parseFloat(borderTopWidth) + parseFloat(paddingBottom);
    const blank = Math.round(box.scrollHeight - Math.max(end, box.clientHeight));
    return [box.id || box.className || box.tagName, blank];
  });
  return blanks.filter(([, blank]) => blank > 1);
}

const cutNames = () =>
  [...document.querySelectorAll(".places span")]
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0)
    .map((each) => each.textContent);

/** Nothing is wider than the screen or scrolls into nothing; axe-core finds nothing serious. */
export async function looksRight(page, name) {
  await picture(page, name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name}: the page is ${wide} pixels wider than the screen`);
  assert.deepEqual(await page.evaluate(blanksBelow), [], `${name}: blank space below the content`);
  assert.deepEqual(await page.evaluate(cutNames), [], `${name}: names of pages that are cut`);
  // By the debugger's way, not as a script of the page: its policy allows none.
  await page.evaluate(readFileSync(axeSource, "utf8"));
  const found = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
  const grave = found.violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(grave, [], `${name}: axe-core`);
}

/** A lamp on a WebSocket that does what it is told and says so. */
export async function lamp(hub, device) {
  const socket = await hub.socket(device.key);
  const told = [];
  await socket.must("telemetry.write", { path: { device: "me" }, body: { on: false } });
  const serve = async () => {
    for (let at = 0; ; ++at) {
      await socket.commands.count(at + 1, 600_000, "a command for the lamp");
      const command = socket.commands.items[at];
      told.push([command.name, command.params]);
      const path = { device: "me", command: command.id };
      await socket.must("commands.ack", { path });
      const { on } = command.params;
      await socket.must("telemetry.write", { path: { device: "me" }, body: { on } });
      await socket.must("commands.finish", { path, body: { status: "done", result: { on } } });
    }
  };
  serve().catch(() => {}); // It ends with its socket.
  return { told, socket };
}
