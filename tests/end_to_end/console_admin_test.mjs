// The administration in the console: users, apps, grants, keys, the audit, weak spots, the session.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startBrowser } from "./browser.mjs";
import { goTo, isLive, kSizes, logIn, looksRight, openPage } from "./console_page.mjs";
import { startHub } from "./hub.mjs";

const cell = (page, text) => page.locator("main tr", { hasText: text });

test("users, apps and grants are made, changed and deleted", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const lamp = await hub.device("lamp-1", { name: "Desk lamp" });
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/admin/users");

  await t.test("a user gets a role, and loses it", async () => {
    await page.getByRole("button", { name: "New user" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("User").fill("anna");
    await dialog.getByLabel("Name").fill("Anna");
    await dialog.getByLabel("Password").fill("a long password");
    await looksRight(page, "user_new");
    await dialog.getByRole("button", { name: "Make the user" }).click();
    await page.getByLabel("Role of anna").selectOption("operator");
    await cell(page, "anna").waitFor();
    await looksRight(page, "users");
    await cell(page, "anna").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await cell(page, "anna").waitFor({ state: "detached" });
  });

  await t.test("an app gets a secret that works, once shown, and a grant", async () => {
    await goTo(page, "#/admin/apps");
    await page.getByRole("button", { name: "New app" }).click();
    await page.getByRole("dialog").getByLabel("App").fill("wall-1");
    await page.getByRole("dialog").getByRole("button", { name: "Make the app" }).click();
    const secret = await page.locator("pre[aria-label='Its secret (wall-1)']").innerText();
    await looksRight(page, "apps");
    const app = hub.client(secret);
    assert.equal((await app.get("/v1/me")).body.id, "wall-1");
    assert.equal((await app.ask("GET", "/v1/devices/lamp-1")).status, 404);

    await goTo(page, "#/admin/grants");
    await page.getByRole("button", { name: "New grant" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Which one").fill("wall-1");
    await dialog.getByLabel("devices:read").check();
    await dialog.getByLabel("Devices", { exact: true }).fill("lamp-1");
    await looksRight(page, "grant_new");
    await dialog.getByRole("button", { name: "Make the grant" }).click();
    await cell(page, "wall-1").waitFor();
    await looksRight(page, "grants");
    assert.equal((await app.ask("GET", "/v1/devices/lamp-1")).status, 200);
    await cell(page, "wall-1").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await cell(page, "wall-1").waitFor({ state: "detached" });
    assert.equal((await app.ask("GET", "/v1/devices/lamp-1")).status, 404);
  });

  await t.test("a device's key is rotated and revoked", async () => {
    await goTo(page, "#/devices/lamp-1/about");
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    const fresh = await page.locator("pre[aria-label='The key']").innerText();
    assert.equal((await hub.client(fresh).get("/v1/me")).body.id, "lamp-1");
    const old = cell(page, lamp.keyId);
    await old.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await old.waitFor({ state: "detached" });
    assert.equal((await hub.client(lamp.key).ask("GET", "/v1/me")).status, 401);
  });

  await t.test("the audit has all of that, and can be narrowed", async () => {
    await goTo(page, "#/admin/audit");
    await cell(page, "grants.create").first().waitFor();
    await page.getByLabel("Operation", { exact: true }).fill("keys.rotate");
    await page.getByRole("button", { name: "Show" }).click();
    await cell(page, "grants.create").first().waitFor({ state: "detached" });
    assert.equal(await cell(page, "keys.rotate").count(), 1);
    await looksRight(page, "audit");
  });
  assert.deepEqual(trouble, []);
});

test("weak spots are listed, and keys are looked at when asked to", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  await hub.device("lamp-1");
  await hub.rest.must("PUT", "/v1/devices/bare-1", {});
  await hub.client("tak_a_b_c").ask("GET", "/v1/devices");
  const { page } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/admin/security");
  await page.getByText(/is not encrypted. That is fine as long as only this machine/).waitFor();
  await page.getByText("app:admin may manage access: as much as everything but people.").waitFor();
  await page.getByText("There is one administrator.", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Look at the keys of all devices" }).click();
  await page.getByText("The keys of 2 devices were looked at.").waitFor();
  await page.getByText("Devices with keys that never run out: 1.").waitFor();
  await page.getByText("Devices without a key, which cannot come in: 1.").waitFor();
  await looksRight(page, "security");
});

test("status and session, on a desktop and on a phone", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  for (const [name, size] of Object.entries(kSizes)) {
    const { page, trouble } = await openPage(t, browser, hub, size);
    await logIn(page, hub, "#/admin/status");
    await page.getByText("All is well.").waitFor();
    await page.getByText("Log of readings and events").waitFor();
    await looksRight(page, `status_${name}`);
    await goTo(page, "#/admin/session");
    await page.locator("dd", { hasText: /^admin$/ }).waitFor();
    await looksRight(page, `session_${name}`);
    assert.deepEqual(trouble, []);
  }
});

/** What of the tables cannot be seen without moving them sideways, and what is too small to use. */
function hiddenOfTables() {
  const found = [];
  for (const table of document.querySelectorAll(".table-scroll")) {
    const wide = table.scrollWidth - table.clientWidth;
    if (wide > 0) found.push(`${table.ariaLabel}: ${wide} pixels`);
  }
  for (const field of document.querySelectorAll(":is(td, .audit-filter) :is(select, input)")) {
    const { width } = field.getBoundingClientRect();
    if (width > 0 && width < 90) found.push(`${field.ariaLabel ?? field.id}: ${width} pixels`);
  }
  // A word is broken where one letter stands alone, or two.
  for (const word of document.querySelectorAll("td code, td .breakable, th .breakable")) {
    const text = word.textContent;
    const { width } = word.getBoundingClientRect();
    if (text.length > 4 && width < 30) found.push(`${text}: ${width} pixels`);
  }
  return found;
}

test("tables are read without moving them sideways, on a desktop and on a phone", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  await hub.device("lamp-1", { name: "Desk lamp" });
  await hub.rest.must("PATCH", "/v1/devices/lamp-1/config", { brightness: 10, night: true });
  await hub.rest.must("POST", "/v1/apps", { id: "wall-1", name: "On the wall" });
  const scopes = ["devices:read", "telemetry:read", "commands:send"];
  await hub.rest.must("POST", "/v1/grants", { app: "wall-1", scopes, devices: ["*"] });
  await hub.client("tak_a_b_c").ask("GET", "/v1/devices");
  for (const [name, size] of Object.entries(kSizes)) {
    const { page } = await openPage(t, browser, hub, size);
    await logIn(page, hub);
    for (const [place, text] of [
      ["#/admin/users", "admin"],
      ["#/admin/apps", "wall-1"],
      ["#/admin/grants", "wall-1"],
      ["#/admin/audit", "grants.create"],
      ["#/devices/lamp-1/config", "brightness"],
      ["#/devices/lamp-1/about", "Revoke"],
    ]) {
      await goTo(page, place);
      await cell(page, text).first().waitFor();
      await looksRight(page, `table_${place.replace(/\W+/g, "_")}_${name}`);
      assert.deepEqual(await page.evaluate(hiddenOfTables), [], `${place} on a ${name}`);
    }
    await goTo(page, "#/devices/lamp-1/config");
    await page.getByRole("button", { name: "Remove brightness" }).click();
    await page.getByRole("button", { name: "Undo the change of brightness" }).click();
  }
});

test("a limit that was reached leads to whom it has refused", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t, { limits: { requests_per_second: 20, requests_burst: 60 } });
  const app = await hub.rest.must("POST", "/v1/apps", { id: "hasty-1" });
  const hasty = hub.client(app.body.secret);
  await Promise.all(Array.from({ length: 80 }, () => hasty.ask("GET", "/v1/me")));
  const { page } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/admin/status");
  await cell(page, "requests_burst").or(cell(page, "requests_per_second")).first().waitFor();
  await page.getByRole("link", { name: "See who was refused" }).click();
  await cell(page, "app:hasty-1").getByText("rate-limited").first().waitFor();
  assert.equal(await page.getByLabel("Result").inputValue(), "rate-limited");
  assert.equal(await cell(page, "apps.create").count(), 0);
});

test("somebody who may only look sees no way to change anything", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  await hub.device("lamp-1", { name: "Desk lamp", type: "lamp" });
  const { page, trouble } = await openPage(t, browser, hub);
  await logIn(page, hub, "#/admin/users");
  await page.getByRole("button", { name: "New user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User").fill("viewer-1");
  await dialog.getByLabel("Password").fill("a long password");
  await dialog.getByRole("button", { name: "Make the user" }).click();
  await cell(page, "viewer-1").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("User").fill("viewer-1");
  await page.getByLabel("Password").fill("a long password");
  await page.getByRole("button", { name: "Log in" }).click();
  await isLive(page);

  await goTo(page, "#/admin");
  assert.deepEqual(await page.locator(".tabs a").allInnerTexts(), ["Session"]);
  await goTo(page, "#/devices");
  await page.locator(".rows li", { hasText: "Desk lamp" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Add" }).count(), 0);
  await goTo(page, "#/devices/lamp-1/commands");
  await page.getByText("No commands yet.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Send" }).count(), 0);
  await goTo(page, "#/devices/lamp-1/about");
  await page.getByRole("heading", { name: "Identity" }).waitFor();
  assert.equal(await page.getByRole("heading", { name: "Keys" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Delete the device" }).count(), 0);
  assert.deepEqual(trouble, []);
});
