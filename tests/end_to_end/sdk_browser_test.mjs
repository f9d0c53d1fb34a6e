// The TypeScript client in Chromium: for the session of somebody who has logged in, and with a key
// from another origin.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";

import { loginCode, startBrowser } from "./browser.mjs";
import { startHub } from "./hub.mjs";
import { startNetwork } from "./network.mjs";

const dist = new URL("../../sdk/js/dist/", import.meta.url);
if (!existsSync(new URL("index.js", dist))) {
  console.log("skipped: sdk/js is not built: tools/sdk");
  process.exit(77);
}

const kShownMs = 15_000;

/** A page that has the client, as it is built, at `/sdk/index.js`. */
async function openPage(t, browser, address) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(kShownMs);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  // The page itself is a real one: what is put in its place may not open sockets to this machine.
  await page.route("**/sdk/*.js", (route) => {
    const name = new URL(route.request().url()).pathname.replace("/sdk/", "");
    const body = readFileSync(new URL(name, dist), "utf8");
    return route.fulfill({ contentType: "text/javascript", body });
  });
  await page.goto(address);
  return { page, errors };
}

test("for a session: a code, a ticket for each socket, until the session ends", async (t) => {
  const browser = await startBrowser(t);
  const hub = await startHub(t);
  const network = await startNetwork(t, hub);
  const lamp = await hub.device("lamp-1");
  const { page, errors } = await openPage(t, browser, `${network.url}/healthz`);
  await page.evaluate(
    async (code) => {
      const { Tandem } = await import("/sdk/index.js");
      window.hub = new Tandem();
      await window.hub.session.begin({ code });
      window.values = [];
      const subscription = window.hub.stream({
        devices: ["lamp-1"],
        kinds: ["reading", "command"],
      });
      window.ended = subscription
        .each((item) => void window.values.push(item.value))
        .catch((error) => error.type);
      await subscription.ready;
    },
    await loginCode(hub),
  );

  const values = (count) => page.waitForFunction((wanted) => window.values.length >= wanted, count);
  const is = (kind) => page.waitForFunction((it) => window.hub.connectionState.kind === it, kind);
  const write = (n) => hub.client(lamp.key).must("POST", "/v1/me/telemetry", { n });
  await write(1);
  await values(1);
  network.down();
  await is("waiting");
  await write(2);
  network.up();
  // The browser says so when it has its network again; then nobody waits.
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await values(2);
  assert.deepEqual(await page.evaluate(() => window.values), [1, 2]);

  const sent = await page.evaluate(() =>
    window.hub.commands.send("lamp-1", { name: "blink" }, { door: "socket" }),
  );
  assert.equal(sent.status, "queued");
  await values(3);

  await page.evaluate(() => window.hub.session.end());
  await is("closed");
  assert.equal(await page.evaluate(() => window.ended), "/problems/unauthenticated");
  assert.deepEqual(errors, []);
});

test("with a key, from another origin that the hub allows", async (t) => {
  const browser = await startBrowser(t);
  const server = createServer((request, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end("<!doctype html><title>A page</title>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${server.address().port}`;
  const hub = await startHub(t, { words: ["--origin", origin] });
  const lamp = await hub.device("lamp-1");
  const { page, errors } = await openPage(t, browser, origin);
  const got = await page.evaluate(
    async ([url, key]) => {
      const { Tandem } = await import("/sdk/index.js");
      const device = new Tandem({ url, token: key }).device();
      device.onCommand("blink", ({ times }) => ({ blinked: times }));
      const hello = await device.connect();
      await device.send({ temperature: 21.5 });
      const { series } = await device.hub.telemetry.latest("me");
      await device.report({ firmware: "1.4.2" });
      const { headers } = await device.hub.replies.state.get("me");
      return [hello.principal, series.temperature.v, headers.etag];
    },
    [hub.url, lamp.key],
  );
  assert.deepEqual(got, [{ kind: "device", id: "lamp-1" }, 21.5, '"1"']);
  const path = "/v1/devices/lamp-1/commands";
  const command = { name: "blink", params: { times: 2 } };
  const answer = await hub.rest.ask("POST", path, command, { prefer: "wait=20" });
  assert.deepEqual(answer.body.result, { blinked: 2 });
  assert.deepEqual(errors, []);
});
