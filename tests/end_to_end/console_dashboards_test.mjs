// Dashboards in the console: composed with pointer and keys, saved, shared, changed by two at once.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startBrowser } from "./browser.mjs";
import { goTo, isLive, kShownMs, kSizes, lamp, logIn, looksRight, openPage, shows } from "./console_page.mjs";
import { startHub } from "./hub.mjs";
import { eventually } from "./wait.mjs";

const kLampSchema = {
  series: { on: { type: "boolean" }, power: { type: "number", unit: "W" } },
  commands: { set: { params: { properties: { on: { type: "boolean" } } } } },
  config: { properties: { level: { type: "integer", minimum: 0, maximum: 100 } } },
};

async function home(t) {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1", {
    name: "Desk lamp",
    type: "lamp",
    schema: kLampSchema,
  });
  const light = await lamp(hub, device);
  const now = Date.now();
  const body = Array.from({ length: 60 }, (_, at) => ({
    t: now - (60 - at) * 30_000,
    v: { power: 8 + Math.sin(at / 5) },
  }));
  await light.socket.must("telemetry.write", { path: { device: "me" }, body });
  return { hub, light };
}

async function begin(page, title) {
  await page.getByRole("button", { name: "New dashboard" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill(title);
  await page.getByRole("dialog").getByRole("button", { name: "Make it" }).click();
  await page.getByText("No tiles yet: add the first one.").waitFor();
}

async function addTiles(page, parts) {
  await page.getByRole("button", { name: "Add a tile" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Desk lamp/ }).click();
  for (const [part, added] of parts) {
    await dialog.getByRole("button", { name: part }).click();
    await dialog.getByText(`Added: ${added}`).waitFor();
  }
  return dialog;
}

const kParts = [
  [/^Value power/, "Value power"],
  [/^Curve power/, "Curve power"],
  [/^Switch on/, "Switch on"],
  [/^Slider level/, "Slider level"],
];
const cell = (page, name) => page.getByRole("region", { name, exact: true });
const stored = async (hub) => {
  const { items } = (await hub.rest.must("GET", "/v1/dashboards")).body;
  const found = items.at(-1);
  return (await hub.rest.must("GET", `/v1/dashboards/${found.id}`)).body;
};
const place = ({ x, y, w, h }) => `${x},${y} ${w}x${h}`;

test("a dashboard is composed, saved, and does what its tiles say", async (t) => {
  const browser = await startBrowser(t);
  for (const [name, size] of Object.entries(kSizes)) {
    await t.test(`on a ${name}`, async (each) => {
      const { hub, light } = await home(each);
      const { page, trouble } = await openPage(each, browser, hub, size);
      await logIn(page, hub, "#/dashboards");
      await page.getByText("There is no dashboard yet.").waitFor();
      await looksRight(page, `dashboards_empty_${name}`);
      await begin(page, "Office");
      const dialog = await addTiles(page, kParts);
      await looksRight(page, `dashboard_add_${name}`);
      await dialog.getByRole("button", { name: "A text" }).click();
      await dialog.getByRole("button", { name: "Done" }).click();
      await looksRight(page, `dashboard_edit_${name}`);
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByText("Saved as version 2.").waitFor();
      const saved = await stored(hub);
      assert.deepEqual(
        saved.tiles.map(({ kind }) => kind),
        ["value", "chart", "switch", "slider", "text"],
      );

      await cell(page, "Desk lamp · power").first().getByText(/\d W$/).waitFor();
      await page.locator(".cell .chart[aria-label*='60 points']").waitFor();
      const knob = page.getByRole("switch", { name: "Desk lamp · on" });
      await knob.click();
      await cell(page, "Desk lamp · on").getByText(/m?s · WS$/).waitFor();
      assert.equal(await knob.getAttribute("aria-checked"), "true");
      assert.deepEqual(light.told, [["set", { on: true }]]);
      await page.getByRole("slider", { name: "Desk lamp · level" }).fill("40");
      await cell(page, "Desk lamp · level").getByText(/^wanted · /).waitFor();
      const { body: config } = await hub.rest.must("GET", "/v1/devices/lamp-1/config");
      assert.deepEqual(config, { level: 40 });
      await looksRight(page, `dashboard_${name}`);
      await page.getByRole("link", { name: "All dashboards" }).click();
      await page.getByRole("link", { name: "Office" }).waitFor();
      await looksRight(page, `dashboards_${name}`);
      assert.deepEqual(trouble, []);
    });
  }
});

test("tiles move and change their size with keys and pointer, and each step is taken back", async (t) => {
  const browser = await startBrowser(t);
  const { hub } = await home(t);
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/dashboards");
  await begin(page, "Office");
  const dialog = await addTiles(page, kParts.slice(0, 3));
  await dialog.getByRole("button", { name: "Done" }).click();
  const save = async (version) => {
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText(`Saved as version ${version}.`).waitFor();
    const { tiles } = await stored(hub);
    await page.getByRole("button", { name: "Edit" }).click();
    return tiles.map(place);
  };
  assert.deepEqual(await save(2), ["0,0 3x2", "3,0 6x3", "9,0 3x2"]);

  const move = page.getByRole("button", { name: "Move Desk lamp · on: arrow keys" });
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft"]) await move.press(key);
  assert.equal(await move.evaluate((element) => document.activeElement === element), true);
  await page.getByRole("button", { name: "Size Desk lamp · on: arrow keys" }).press("ArrowRight");
  assert.deepEqual(await save(3), ["0,0 3x2", "3,0 6x3", "8,3 4x2"]);

  // The first tile is dragged to the right by three columns: the curve moves out of its way.
  const handle = page.getByRole("button", { name: "Move Desk lamp · power: arrow keys" }).first();
  const from = await handle.boundingBox();
  const board = await page.locator(".board").boundingBox();
  const middle = { x: from.x + from.width / 2, y: from.y + from.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  await page.mouse.move(middle.x + board.width / 12, middle.y, { steps: 4 });
  await page.mouse.move(middle.x + (board.width / 12) * 3, middle.y, { steps: 4 });
  await page.mouse.up();
  assert.deepEqual(await save(4), ["3,0 3x2", "3,2 6x3", "8,5 4x2"]);

  // One drag is one step.
  await page.getByLabel("Title").fill("Study");
  await page.getByRole("button", { name: "Undo" }).click();
  await shows(page, () => document.querySelector(".board-title").value === "Office");
  await page.getByRole("button", { name: "Remove Desk lamp · on" }).click();
  await page.getByRole("button", { name: "Redo" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Discard changes" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Settings of Desk lamp · on" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Light");
  await page.getByRole("button", { name: "Apply" }).click();
  await cell(page, "Light").waitFor();
  await page.getByText("Everybody", { exact: true }).click();
  assert.deepEqual(await save(5), ["3,0 3x2", "3,2 6x3", "8,5 4x2"]);
  const { shared, tiles } = await stored(hub);
  assert.equal(shared, "tenant");
  assert.equal(tiles[2].title, "Light");

  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("There is no dashboard yet.").waitFor();
  assert.deepEqual(trouble, []);
});

test("two who change one dashboard lose nothing, and who may only look changes nothing", async (t) => {
  const browser = await startBrowser(t);
  const { hub } = await home(t);
  const made = await hub.rest.must("POST", "/v1/dashboards", {
    title: "Hall",
    shared: "tenant",
    tiles: [{ kind: "value", device: "lamp-1", series: "power", x: 0, y: 0, w: 4, h: 2 }],
  });
  const { id } = made.body;
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, `#/dashboards/${id}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Title").fill("Mine");
  const other = { title: "Theirs", shared: "tenant", tiles: [] };
  const put = (version) =>
    hub.rest.must("PUT", `/v1/dashboards/${id}`, other, { "if-match": `"${version}"` });
  await put(1);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Somebody else has saved version 2 meanwhile.", { exact: false }).waitFor();
  await looksRight(page, "dashboard_conflict");
  assert.equal((await hub.rest.must("GET", `/v1/dashboards/${id}`)).body.title, "Theirs");
  await page.getByRole("button", { name: "Save mine over theirs" }).click();
  await page.getByText("Saved as version 3.").waitFor();
  assert.equal((await hub.rest.must("GET", `/v1/dashboards/${id}`)).body.title, "Mine");

  // What is not saved outlives the page of the dashboard.
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Title").fill("Mine again");
  await page.getByRole("link", { name: "All dashboards" }).click();
  await page.getByText("not saved").waitFor();
  await put(3);
  await page.getByRole("link", { name: "Theirs" }).or(page.getByRole("link", { name: "Mine" })).click();
  await page.getByText("Somebody else has saved version 4 meanwhile.", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Save mine as a copy" }).click();
  await page.getByRole("heading", { name: "Mine again (copy)" }).waitFor();
  await eventually(kShownMs, "the copy", async () => (await stored(hub)).title === "Mine again (copy)");

  const user = { id: "viewer-1", role: "viewer", password: "a long password" };
  await page.evaluate(async (body) => {
    await fetch("/v1/users", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }, user);
  // Another user sees no trace of what this one has not saved.
  await goTo(page, `#/dashboards/${id}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Title").fill("A secret plan");
  await goTo(page, "#/dashboards");
  await page.getByText("not saved").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("User").fill("viewer-1");
  await page.getByLabel("Password").fill("a long password");
  await page.getByRole("button", { name: "Log in" }).click();
  await isLive(page);
  await page.getByRole("link", { name: "Theirs" }).click();
  await page.getByRole("heading", { name: "Theirs" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Edit" }).count(), 0);
  assert.equal(await page.getByLabel("Title").count(), 0);
  await goTo(page, "#/dashboards");
  assert.equal(await page.getByText("Mine again (copy)").count(), 0);
  assert.deepEqual(trouble.filter((each) => !each.includes("412")), []);
});
