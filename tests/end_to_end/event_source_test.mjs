// The stream in a real browser: Chromium's own EventSource and WebSocket, from a page of the hub.
import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";

import { loginCode, startBrowser } from "./browser.mjs";
import { startHub } from "./hub.mjs";

const kHeardMs = 20_000;

/** A way to the hub that can be cut. */
async function cable(t, hub) {
  const open = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(new URL(hub.url).port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      open.add(from);
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.on("error", () => {});
      from.pipe(to);
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const cut = () => open.forEach((socket) => socket.destroy());
  t.after(() => {
    server.close();
    cut();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, cut };
}

/** A page of the hub, signed in, at the end of a cable. */
async function signedIn(t) {
  const hub = await startHub(t);
  const pump = await hub.device("pump");
  const way = await cable(t, hub);
  const browser = await startBrowser(t);
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${way.url}/#code=${await loginCode(hub)}`);
  await page.getByText("Live", { exact: true }).waitFor();
  const { cur } = (await hub.rest.must("GET", "/v1/stream")).body;
  const write = (n) => hub.client(pump.key).must("POST", "/v1/me/telemetry", { n });
  const heard = async (count) => {
    await page.waitForFunction((least) => window.heard.length >= least, count, { timeout: kHeardMs });
    return page.evaluate(() => window.heard);
  };
  return { page, way, cur, write, heard };
}

test("Chromium's EventSource connects again by itself and misses and repeats nothing", async (t) => {
  const { page, way, cur, write, heard } = await signedIn(t);
  await write(1);
  await page.evaluate((start) => {
    window.heard = [];
    window.opened = 0;
    const source = new EventSource(`/v1/stream?devices=pump&start=${start}`);
    source.onopen = () => ++window.opened;
    source.onmessage = ({ data }) => {
      for (const { v } of JSON.parse(data).ev ?? []) window.heard.push(v);
    };
  }, cur);
  await write(2);
  assert.deepEqual(await heard(2), [1, 2]);
  for (let round = 0; round < 2; ++round) {
    way.cut();
    await write(3 + round * 2);
    await write(4 + round * 2);
    const all = await heard(4 + round * 2);
    assert.deepEqual(all, Array.from({ length: 4 + round * 2 }, (_, at) => at + 1));
  }
  assert.ok((await page.evaluate(() => window.opened)) >= 3, "it was cut and came back");
});

test("Chromium's WebSocket goes on where its EventSource stopped", async (t) => {
  const { page, cur, write, heard } = await signedIn(t);
  await page.evaluate((start) => {
    window.heard = [];
    window.source = new EventSource(`/v1/stream?devices=pump&start=${start}`);
    window.source.onmessage = ({ data, lastEventId }) => {
      for (const { v } of JSON.parse(data).ev ?? []) window.heard.push(v);
      window.cursor = lastEventId;
    };
  }, cur);
  await write(1);
  await heard(1);
  await page.evaluate(() => window.source.close());
  await write(2);
  await page.evaluate(async () => {
    const made = await fetch("/v1/ws-tickets", { method: "POST" });
    const { ticket } = await made.json();
    const url = `ws://${location.host}/v1/stream`;
    const socket = new WebSocket(url, ["tandem.v1.json", `tandem.ticket.${ticket}`]);
    socket.onopen = () => {
      const body = { devices: ["pump"], start: window.cursor };
      socket.send(JSON.stringify({ id: 1, op: "stream.subscribe", body }));
    };
    socket.onmessage = ({ data }) => {
      for (const { v } of JSON.parse(data).ev ?? []) window.heard.push(v);
    };
  });
  await write(3);
  assert.deepEqual(await heard(3), [1, 2, 3]);
});
