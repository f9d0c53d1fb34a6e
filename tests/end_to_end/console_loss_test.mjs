// The console when something goes wrong: the network, the hub, the session, another writer.
import assert from "node:assert/strict";
import { test } from "node:test";

import { loginCode, startBrowser } from "./browser.mjs";
import { goTo, isLive, kShownMs, lamp, looksRight, openPage, shows } from "./console_page.mjs";
import { startHub } from "./hub.mjs";
import { startNetwork } from "./network.mjs";
import { eventually } from "./wait.mjs";

/** A page that reaches its hub over a wire that can be cut, logged in. */
async function openOverWire(t) {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const wire = await startNetwork(t, hub);
  const opened = await openPage(t, browser, wire);
  await opened.page.goto(`${wire.url}/#code=${await loginCode(hub)}`);
  await isLive(opened.page);
  return { hub, wire, ...opened };
}

test("what was missed while the network was away is filled from history", async (t) => {
  const { hub, wire, page } = await openOverWire(t);
  const meter = await hub.device("meter-1", { name: "Meter" });
  const device = hub.client(meter.key);
  const send = (power) => device.must("POST", "/v1/me/telemetry", { power });
  await send(1);
  await goTo(page, "#/devices/meter-1");
  await page.locator("table").getByText("1", { exact: true }).waitFor();
  await shows(page, () => /: 1 points/.test(document.querySelector(".chart")?.ariaLabel ?? ""));

  wire.down();
  await page.getByText("Offline", { exact: true }).waitFor();
  await page.getByText(/The hub cannot be reached. What you see is from/).waitFor();
  await looksRight(page, "offline");
  for (const power of [2, 3, 4]) await send(power);
  // While the wire is still down: else the page may come back by itself, and the button goes.
  const tries = wire.refused();
  await page.getByRole("button", { name: "Try now" }).click();
  await eventually(kShownMs, "a try at the wire", () => wire.refused() > tries);
  wire.up();
  await isLive(page);
  await page.locator("table").getByText("4", { exact: true }).waitFor();
  await shows(page, () => /: 4 points/.test(document.querySelector(".chart")?.ariaLabel ?? ""));
  assert.equal(await page.getByText(/cannot be reached/).count(), 0);
});

async function endSession(page) {
  await page.evaluate(() => fetch("/v1/session", { method: "DELETE" }));
  await page.getByText(/The session has ended/).waitFor();
}

async function logInAs(page, user, password) {
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await isLive(page);
}

test("a session that was ended asks to log in, and a draft is still there afterwards", async (t) => {
  const { hub, page } = await openOverWire(t);
  await hub.device("lamp-1", { name: "Desk lamp", type: "lamp" });
  const path = "/v1/devices/lamp-1/config";
  await hub.rest.must("PUT", path, { brightness: 10 }, { "if-match": '"0"' });
  await goTo(page, "#/devices/lamp-1/config");
  await page.getByLabel("brightness", { exact: true }).fill("70");
  await page.getByText("not saved").waitFor();

  await endSession(page);
  await logInAs(page, hub.admin.admin_user, hub.admin.admin_password);
  assert.equal(await page.getByLabel("brightness", { exact: true }).inputValue(), "70");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved as version 2.").waitFor();
  assert.deepEqual((await hub.rest.must("GET", path)).body, { brightness: 70 });
});

const kReason = { type: "object", properties: { reason: { type: "string" } } };
const kOpen = (name) => (page) => page.getByRole("button", { name }).click();
async function openTile(page) {
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("button", { name: /^Settings/ }).click();
}
/** Where something can be typed, what opens the form, and what is typed into which fields. */
const kForms = [
  ["#/devices/lamp-1/commands", undefined, { reason: "drift" }],
  ["#/devices/meter-1/commands", undefined, { Command: "reset", "Parameters (JSON": '{"to":1}' }],
  ["#/devices/lamp-1/config", undefined, { "New key": "night" }],
  ["#/devices/lamp-1/about", kOpen("Edit"), { Name: "Reading lamp", Labels: "site=home" }],
  ["#/start", undefined, { Id: "cellar-1", Name: "Cellar" }],
  ["#/dashboards", kOpen("New dashboard"), { Title: "Office" }],
  ["#/admin/users", kOpen("New user"), { User: "anna", Name: "Anna" }],
  ["#/admin/apps", kOpen("New app"), { App: "wall-1" }],
  ["#/admin/grants", kOpen("New grant"), { "Which one": "wall-1", Series: "power" }],
];
/** Where the fields of a form are: a dialog lies over the page. */
const formOf = (page, open) =>
  open === undefined ? page.locator("main") : page.getByRole("dialog");
const fieldOf = (form, label) => form.getByLabel(label).first();

test("what was typed into forms and dialogs outlives the session", async (t) => {
  const { hub, page } = await openOverWire(t);
  await hub.device("lamp-1", { schema: { commands: { calibrate: { params: kReason } } } });
  await hub.device("meter-1");
  const tile = { kind: "text", options: { text: "Lamps" }, x: 0, y: 0, w: 4, h: 2 };
  const board = { title: "Hall", shared: "tenant", tiles: [tile] };
  const { body } = await hub.rest.must("POST", "/v1/dashboards", board);
  const forms = [[`#/dashboards/${body.id}`, openTile, { Title: "Remember" }], ...kForms];
  for (const [place, open, fields] of forms) {
    await goTo(page, place);
    await open?.(page);
    const form = formOf(page, open);
    for (const [label, text] of Object.entries(fields)) await fieldOf(form, label).fill(text);
  }
  await page.getByRole("dialog").getByLabel("telemetry:read").check();

  await endSession(page);
  await logInAs(page, hub.admin.admin_user, hub.admin.admin_password);
  assert.equal(await page.getByRole("dialog").getByLabel("telemetry:read").isChecked(), true);
  for (const [place, open, fields] of forms) {
    await goTo(page, place);
    const form = formOf(page, open);
    for (const [label, text] of Object.entries(fields)) {
      assert.equal(await fieldOf(form, label).inputValue(), text, `${place}: ${label}`);
    }
  }
  // What is closed is thrown away.
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New grant" }).click();
  assert.equal(await page.getByRole("dialog").getByLabel("Which one").inputValue(), "");
});

test("what somebody typed and did not save, the next who logs in does not see", async (t) => {
  const { hub, page } = await openOverWire(t);
  await hub.device("lamp-1", { name: "Desk lamp", type: "lamp" });
  await hub.rest.must("PUT", "/v1/devices/lamp-1/config", { brightness: 10 }, { "if-match": '"0"' });
  // Who makes users is a person: the page's own session.
  const role = "operator";
  const made = await page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    return (await fetch("/v1/users", { method: "POST", headers, body })).status;
  }, JSON.stringify({ id: "anna", role, password: "a word of theirs" }));
  assert.equal(made, 201);
  await goTo(page, "#/devices/lamp-1/config");
  await page.getByLabel("brightness", { exact: true }).fill("70");
  await page.getByText("not saved").waitFor();

  await page.getByLabel("New key").fill("night");

  // Not by logging out: the page stays where it was.
  await endSession(page);
  await logInAs(page, "anna", "a word of theirs");
  assert.equal(await page.getByLabel("brightness", { exact: true }).inputValue(), "10");
  assert.equal(await page.getByLabel("New key").inputValue(), "");
  assert.equal(await page.getByText("not saved").count(), 0);
});

test("two writers of a config: what both changed is shown, and nothing is lost", async (t) => {
  const { hub, page } = await openOverWire(t);
  await hub.device("lamp-1", { name: "Desk lamp", type: "lamp" });
  const path = "/v1/devices/lamp-1/config";
  await hub.rest.must("PUT", path, { brightness: 10, night: false }, { "if-match": '"0"' });
  await goTo(page, "#/devices/lamp-1/config");
  await page.getByLabel("brightness", { exact: true }).fill("70");

  await t.test("another key of theirs stays, and ours goes on top", async () => {
    await hub.rest.must("PATCH", path, { night: true });
    await page.getByText(/Your changes go on top of theirs/).waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved as version 3.").waitFor();
    assert.deepEqual((await hub.rest.must("GET", path)).body, { brightness: 70, night: true });
  });

  await t.test("the same key is shown as a conflict before it is saved", async () => {
    await page.getByLabel("brightness", { exact: true }).fill("80");
    await hub.rest.must("PATCH", path, { brightness: 20 });
    await page.getByText("changed by both").waitFor();
    await page.getByText("Meanwhile somebody else has set 20.").waitFor();
    await looksRight(page, "conflict");
    await page.getByRole("button", { name: "Save mine over theirs" }).click();
    await page.getByText("Saved as version 5.").waitFor();
    assert.deepEqual((await hub.rest.must("GET", path)).body, { brightness: 80, night: true });
  });

  await t.test("a lamp that takes it over is in sync", async () => {
    const { key } = await hub.key("lamp-1");
    await hub.client(key).must("PUT", "/v1/me/state", { brightness: 80, night: true });
    await shows(page, () => document.querySelectorAll(".twin .badge[data-mood=good]").length === 2);
  });
});

test("a command that waits for its device is sent, seen to wait, and carried out later", async (t) => {
  const { hub, page } = await openOverWire(t);
  const device = await hub.device("lamp-1", { name: "Desk lamp", type: "lamp" });
  await goTo(page, "#/devices/lamp-1/commands");
  await page.getByText(/The device is offline: the command waits/).waitFor();
  await page.getByRole("switch", { name: "on" }).click();
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator(".life .badge").getByText("queued").waitFor();
  await lamp(hub, device);
  await page.locator(".life .badge").getByText("done").waitFor();
  assert.deepEqual(await page.locator(".life .steps li > span").allInnerTexts(), [
    "queued",
    "delivered",
    "acknowledged",
    "done",
  ]);
});
