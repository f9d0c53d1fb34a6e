// The first start without `tandem init`: a token is printed, and it makes the administrator, once
// and on this machine alone. Then the hub opens its doors.
import assert from "node:assert/strict";
import { request } from "node:http";
import { createConnection } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { startBrowser } from "./browser.mjs";
import { isLive, kSizes, looksRight, openPage } from "./console_page.mjs";
import { Hub, freshFolder, runNow, start, tandem } from "./hub.mjs";
import { RestClient } from "./rest.mjs";
import { freePort } from "./servers.mjs";

const kPatience = 20_000;
const kPassword = "correct horse battery";
const kPrinted = /^no administrator yet: .* (http:\/\/127\.0\.0\.1:\d+)\/#setup=([a-z2-9]{26})$/;

/** Whether something listens there. */
const listens = (host, port) =>
  new Promise((done) => {
    const socket = createConnection(port, host);
    socket.once("error", () => done(false));
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
  });

/** A hub on an empty directory, as far as its setup: what it has printed. */
async function startFresh(t, { host = "127.0.0.1", words = [] } = {}) {
  const data = freshFolder();
  const port = await freePort();
  const served = start(tandem, ["serve", "--data", data, "--listen", `${host}:${port}`, ...words]);
  t.after(() => served.process.kill("SIGKILL"));
  const line = await served.lines.find((each) => kPrinted.test(each), kPatience, "the token");
  const [, url, token] = kPrinted.exec(line);
  const client = new RestClient(url, null);
  t.after(() => client.close());
  const opens = () =>
    served.lines.find((each) => each.startsWith("listening on "), kPatience, "the doors");
  return { data, port, served, url, token, client, opens };
}

const setUp = (client, fields) => client.ask("POST", "/v1/setup", fields);
const login = (client, password) =>
  client.ask("POST", "/v1/session", { user: "admin", password });

test("the token makes the administrator once, and nothing is open before", async (t) => {
  const { data, served, url, token, client, opens } = await startFresh(t);
  assert.equal((await client.ask("GET", "/v1/devices")).status, 401);
  const early = await login(client, kPassword);
  assert.equal(early.status, 503);
  assert.match(early.body.detail, /no administrator yet/);

  const wrong = await setUp(client, { token: "a".repeat(26), password: kPassword });
  assert.equal(wrong.status, 401);
  assert.match(wrong.body.detail, /works once, for 10 minutes/);
  const short = await setUp(client, { token, password: "short" });
  assert.equal(short.status, 400);
  assert.deepEqual(
    short.body.errors.map(({ pointer }) => pointer),
    ["/password"],
  );
  // Neither has used it up, and of many who have it one is the administrator.
  const both = await Promise.all(
    [1, 2, 3].map(() => setUp(new RestClient(url, null), { token, password: kPassword })),
  );
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 401, 401]);
  const made = both.find(({ status }) => status === 201);
  assert.deepEqual(made.body, { user: "admin", tenant: "main", url });

  assert.equal(await opens(), `listening on ${url}`);
  assert.equal((await login(client, kPassword)).status, 201);
  assert.equal((await setUp(client, { token, password: kPassword })).status, 404);
  const verified = runNow(tandem, ["audit", "verify", "--data", data]);
  assert.equal(verified.code, 0, verified.out + verified.err);
  const exported = runNow(tandem, ["audit", "export", "--data", data]);
  const lines = exported.out.trim().split("\n").map(JSON.parse);
  const results = lines.filter(({ action }) => action === "setup.create");
  assert.ok(results.some(({ result, actor }) => result === "ok" && actor === "user:admin"));
  assert.ok(results.some(({ result }) => result === "unauthenticated"));
  assert.ok(!exported.out.includes(token), "the audit has no token");
  assert.ok(!served.err.includes(token), "the log has no token");

  served.process.kill("SIGTERM");
  assert.equal((await served.ended).code, 0);
  const again = new Hub({ data, admin: {}, listen: "127.0.0.1:0" });
  await again.start();
  assert.equal((await login(again.client(null), kPassword)).status, 201, "it stays");
  again.closeClients();
  await again.stop();
});

test("a hub for every address is on loopback alone until it has an administrator", async (t) => {
  const words = ["--insecure-listen"];
  const { port, url, token, client, opens } = await startFresh(t, { host: "0.0.0.0", words });
  // Another address of this machine, which no loopback listener has.
  assert.equal(await listens("127.0.0.2", port), false);
  const { status, body } = await setUp(client, { token, user: "boss", password: kPassword });
  assert.equal(status, 201);
  assert.deepEqual(body, { user: "boss", tenant: "main", url });
  await opens();
  assert.equal(await listens("127.0.0.2", port), true);
});

test("a hub that is told to end before it has an administrator has made none", async (t) => {
  const { data, served } = await startFresh(t);
  served.process.kill("SIGTERM");
  assert.equal((await served.ended).code, 0);
  assert.doesNotMatch(served.out, /listening on/);
  const init = runNow(tandem, ["init", "--data", data]);
  assert.equal(init.code, 0, init.err);
});

test("somebody follows the link, chooses a password and is in", async (t) => {
  const browser = await startBrowser(t);
  for (const [name, size] of Object.entries(kSizes)) {
    await t.test(`on a ${name}`, async (each) => {
      const { url, token } = await startFresh(each);
      const { page, trouble } = await openPage(each, browser, { host: new URL(url).host }, size);
      await page.goto(`${url}/#setup=${token}`);
      await page.getByRole("heading", { name: "Make the administrator" }).waitFor();
      assert.equal(new URL(page.url()).hash, "", "the token has gone from the address");
      assert.equal(await page.getByLabel("Setup token").inputValue(), token);
      await page.getByLabel("Password", { exact: true }).fill(kPassword);
      await page.getByLabel("Password, once more").fill("something else");
      await page.getByRole("button", { name: "Make and log in" }).click();
      await page.getByText("The two passwords differ.").waitFor();
      await looksRight(page, `setup_${name}`);
      assert.deepEqual(trouble, []);
      await page.getByLabel("Password, once more").fill(kPassword);
      await page.getByRole("button", { name: "Make and log in" }).click();
      await isLive(page);
      await looksRight(page, `setup_done_${name}`);
      // While the hub opens its doors anew it refuses connections, which the browser tells of.
      const others = trouble.filter((said) => !/ERR_CONNECTION|ERR_EMPTY_RESPONSE|status of 503/.test(said));
      assert.deepEqual(others, []);
    });
  }
});

test("a fresh hub that is opened without its link says so, and asks for the token", async (t) => {
  const browser = await startBrowser(t);
  for (const [name, size] of Object.entries(kSizes)) {
    await t.test(`on a ${name}`, async (each) => {
      const { url, token } = await startFresh(each);
      const { page } = await openPage(each, browser, { host: new URL(url).host }, size);
      await page.goto(url);
      await page.getByRole("heading", { name: "Make the administrator" }).waitFor();
      await page.getByText(/no administrator yet/).waitFor();
      await looksRight(page, `setup_without_link_${name}`);
      await page.getByLabel("Password", { exact: true }).fill(kPassword);
      await page.getByLabel("Password, once more").fill(kPassword);
      await page.getByLabel("Setup token").fill(token);
      await page.getByRole("button", { name: "Make and log in" }).click();
      await isLive(page);
    });
  }
});

/** A request through the administrative socket: its status. */
const askLocally = (data, path, fields) =>
  new Promise((done, refuse) => {
    const headers = { "Content-Type": "application/json" };
    const asked = request(
      { socketPath: join(data, "admin.sock"), method: "POST", path, headers },
      (answer) => answer.resume().on("end", () => done(answer.statusCode)),
    );
    asked.on("error", refuse);
    asked.end(JSON.stringify(fields));
  });

test("an administrator who is made through the administrative socket ends the setup too", async (t) => {
  const { data, url, client, opens } = await startFresh(t);
  const fields = { id: "root", role: "admin", password: kPassword };
  assert.equal(await askLocally(data, "/v1/users", fields), 201);
  assert.equal(await opens(), `listening on ${url}`);
  const begun = await client.ask("POST", "/v1/session", { user: "root", password: kPassword });
  assert.equal(begun.status, 201);
});
