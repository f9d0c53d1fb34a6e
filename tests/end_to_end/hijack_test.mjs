// Somebody is logged in at the hub's console and visits another page in the same browser, which tries
// to do what they may: open their socket, ask with their cookie, make them send forms, show the
// console in a frame. T-20.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { loginCode, startBrowser } from "./browser.mjs";
import { startHub } from "./hub.mjs";
import { eventually } from "./wait.mjs";

const kPatience = 15_000 * Number(process.env.TANDEM_PATIENCE ?? 1);

/** A page of somebody else on this machine. Its address is of the hub's site and not: cookies differ. */
async function strangePage(t, context, host) {
  const server = createServer((request, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end("<!doctype html><title>A page</title><body></body>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const page = await context.newPage();
  page.setDefaultTimeout(kPatience);
  await page.goto(`http://${host}:${server.address().port}`);
  return page;
}

/** Opens a socket as a page does: "open", or "refused". */
const socketFrom = (page, url, protocols) =>
  page.evaluate(
    ([address, names]) =>
      new Promise((done) => {
        const socket = new WebSocket(address, names);
        socket.onopen = () => done("open");
        socket.onerror = () => done("refused");
      }),
    [url, protocols],
  );

/** Asks as a page does: the status, or "blocked" where the browser keeps the answer from it. */
const askFrom = (page, url, options) =>
  page.evaluate(
    ([address, how]) =>
      fetch(address, how).then(
        (answer) => (answer.type === "opaque" ? "opaque" : answer.status),
        () => "blocked",
      ),
    [url, options],
  );

for (const host of ["127.0.0.1", "localhost"]) {
  test(`a page of ${host}, another origin, gets nothing of who is logged in`, async (t) => {
    const browser = await startBrowser(t);
    const hub = await startHub(t);
    const context = await browser.newContext();
    t.after(() => context.close());
    const own = await context.newPage();
    own.setDefaultTimeout(kPatience);
    await own.goto(hub.url);
    const code = await loginCode(hub);
    const json = { "content-type": "application/json" };
    const begin = { method: "POST", headers: json, body: JSON.stringify({ code }) };
    assert.equal(await askFrom(own, `${hub.url}/v1/session`, begin), 201);
    assert.equal(await askFrom(own, `${hub.url}/v1/me`, {}), 200, "whoever is logged in may ask");

    const page = await strangePage(t, context, host);
    assert.equal(await socketFrom(page, hub.wsUrl, []), "refused");
    assert.equal(await socketFrom(page, hub.wsUrl, ["tandem.v1.json"]), "refused");
    const credentials = "include";
    for (const path of ["/v1/me", "/v1/devices", "/v1/audit", "/metrics", "/v1/stream"]) {
      assert.equal(await askFrom(page, hub.url + path, { credentials }), "blocked", path);
    }
    const device = JSON.stringify({ id: "planted" });
    const tries = [
      // A preflight is asked for, and refused.
      ["/v1/devices", { method: "POST", headers: json, body: device }, "blocked"],
      ["/v1/devices/lamp-1", { method: "DELETE" }, "blocked"],
      // None is: the browser sends it, with the cookie where the site is the same.
      ["/v1/devices", { method: "POST", mode: "no-cors", body: device }, "opaque"],
      ["/v1/ws-tickets", { method: "POST", mode: "no-cors", body: "{}" }, "opaque"],
      ["/v1/session", { method: "POST", mode: "no-cors", body: JSON.stringify({ code }) }, "opaque"],
    ];
    await hub.device("lamp-1");
    for (const [path, how, told] of tries) {
      assert.equal(await askFrom(page, hub.url + path, { credentials, ...how }), told, path);
    }
    await page.evaluate(
      ([url, text]) => {
        navigator.sendBeacon(`${url}/v1/devices`, text);
        const form = Object.assign(document.createElement("form"), {
          method: "post",
          enctype: "text/plain",
          action: `${url}/v1/devices`,
          target: "elsewhere",
        });
        form.append(Object.assign(document.createElement("input"), { name: text, value: "" }));
        document.body.append(form);
        document.body.append(Object.assign(document.createElement("iframe"), { name: "elsewhere" }));
        form.submit();
      },
      [hub.url, device],
    );
    // The console in a frame of the page: what is shown is the browser's own refusal.
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    await page.evaluate(
      (url) =>
        new Promise((done) => {
          const frame = document.createElement("iframe");
          frame.onload = done;
          frame.src = url;
          document.body.append(frame);
        }),
      hub.url,
    );
    await eventually(kPatience, "the browser's refusal", () =>
      said.some((text) => text.includes(`${hub.url}/`) && /frame-ancestors|X-Frame-Options/.test(text)),
    );
    const framed = page.frames().slice(1).map((frame) => frame.url());
    assert.ok(framed.every((url) => !url.startsWith(hub.url)), `shown are ${framed}`);

    const { body } = await hub.rest.must("GET", "/v1/devices");
    assert.deepEqual(body.items.map(({ id }) => id), ["lamp-1"], "nothing was made, nothing deleted");
    const audit = (await hub.rest.must("GET", "/v1/audit?kind=malicious_cors&limit=100")).body.items;
    const actions = new Set(audit.map(({ action }) => action));
    assert.deepEqual(actions, new Set(["stream.open", "page.call"]));
    // And the page that may goes on.
    const ticket = await own.evaluate(() =>
      fetch("/v1/ws-tickets", { method: "POST" }).then((answer) => answer.json()),
    );
    const protocols = ["tandem.v1.json", `tandem.ticket.${ticket.ticket}`];
    assert.equal(await socketFrom(page, hub.wsUrl, protocols), "refused", "not with a stolen ticket");
    const again = await own.evaluate(() =>
      fetch("/v1/ws-tickets", { method: "POST" }).then((answer) => answer.json()),
    );
    assert.equal(
      await socketFrom(own, hub.wsUrl, ["tandem.v1.json", `tandem.ticket.${again.ticket}`]),
      "open",
    );
  });
}
