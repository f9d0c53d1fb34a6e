// Logins to the console with an outside provider that we did not write: npm's oidc-provider.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";

import Provider from "oidc-provider";

import { startBrowser } from "./browser.mjs";
import { isLive, kSizes, openPage } from "./console_page.mjs";
import { freshFolder, startHub } from "./hub.mjs";

const kSecret = "a secret of the hub & its provider";

/** A provider on this machine whose people log in with their name and any password. */
async function startProvider(t, hubUrl, groups) {
  const server = createServer((request, response) => provider.callback()(request, response));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "tandem",
        client_secret: kSecret,
        redirect_uris: [`${hubUrl}/oauth/callback`],
      },
    ],
    claims: { openid: ["sub"], plant: ["name", "groups"] },
    scopes: ["openid", "plant"],
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} of the plant`, groups: groups[id] ?? [] }),
    }),
  });
  return { issuer, server };
}

const settings = (issuer, secretFile) => `
[[issuers]]
issuer = "${issuer}"
algorithms = ["RS256"]

[issuers.login]
name = "The plant"
client_id = "tandem"
secret_file = "${secretFile}"
scope = "openid plant"

[[issuers.login.people]]
claim = "groups"
word = "iot-operators"
role = "operator"
`;

/** A hub and the provider that it trusts: each has to know the other's address. */
async function hubWithProvider(t, groups) {
  const folder = freshFolder();
  const secret = join(folder, "secret");
  writeFileSync(secret, `${kSecret}\n`, { mode: 0o600 });
  const free = createServer();
  await new Promise((done) => free.listen(0, "127.0.0.1", done));
  const { port } = free.address();
  await new Promise((done) => free.close(done));
  const { issuer, server } = await startProvider(t, `http://127.0.0.1:${port}`, groups);
  const file = join(folder, "tandem.toml");
  writeFileSync(file, settings(issuer, secret), { mode: 0o600 });
  const hub = await startHub(t, { words: ["--config", file], listen: `127.0.0.1:${port}` });
  return { hub, issuer, server };
}

const logInAt = async (page, hub, name) => {
  await page.goto(hub.url);
  await page.getByRole("link", { name: "Log in with The plant" }).click();
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("whatever");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
};

test("people of an outside provider log in to the console in a browser", async (t) => {
  const browser = await startBrowser(t);
  const { hub } = await hubWithProvider(t, { ola: ["staff", "iot-operators"] });
  await hub.device("lamp-1", { name: "Desk lamp" });

  await t.test("who has the group is in, with a live socket", async (inner) => {
    const { page, context } = await openPage(inner, browser, hub, kSizes.desktop);
    await logInAt(page, hub, "ola");
    await isLive(page);
    const cookies = await context.cookies(hub.url);
    const session = cookies.find(({ name }) => name === "tandem-session");
    assert.deepEqual([session.httpOnly, session.sameSite], [true, "Strict"]);
    assert.ok(!cookies.some(({ name }) => name === "tandem-login"));
    const me = await page.evaluate(async () => await (await fetch("/v1/me")).json());
    assert.match(me.id, /^oidc-/);
    assert.equal(me.kind, "user");
    assert.ok(me.scopes.includes("commands:send"));
    assert.ok(!me.scopes.includes("users:manage"));
  });

  await t.test("who has not is told so, and is not in", async (inner) => {
    const { page, context } = await openPage(inner, browser, hub, kSizes.desktop);
    await logInAt(page, hub, "eve");
    await page.getByText("Your account has no role in this hub.").waitFor();
    const cookies = await context.cookies(hub.url);
    assert.ok(!cookies.some(({ name }) => name === "tandem-session"));
  });

  await t.test("who goes back from the provider is told so", async (inner) => {
    const { page } = await openPage(inner, browser, hub, kSizes.desktop);
    await page.goto(hub.url);
    await page.getByRole("link", { name: "Log in with The plant" }).click();
    await page.getByRole("link", { name: "[ Cancel ]" }).click();
    await page.getByText("access_denied").waitFor();
    await page.getByRole("link", { name: "To the console" }).click();
    await page.getByRole("link", { name: "Log in with The plant" }).waitFor();
  });

  await t.test("the way back works once, and in one browser", async (inner) => {
    const { page } = await openPage(inner, browser, hub, kSizes.desktop);
    let back;
    page.on("request", (request) => {
      if (request.url().startsWith(`${hub.url}/oauth/callback`)) back = request.url();
    });
    await logInAt(page, hub, "ola");
    await isLive(page);
    const again = await fetch(back, { redirect: "manual" });
    assert.equal(again.status, 401);
    assert.equal(again.headers.get("set-cookie"), null);
    assert.equal((await page.goto(back)).status(), 401);
  });
});

/** The steps of a browser up to the provider, without one. */
async function begin(hub) {
  const answer = await fetch(`${hub.url}/oauth/login?provider=The+plant`, { redirect: "manual" });
  return {
    status: answer.status,
    to: answer.headers.get("location"),
    cookie: answer.headers.get("set-cookie")?.split(";")[0],
  };
}
const comeBack = async (hub, query, cookie) =>
  await fetch(`${hub.url}/oauth/callback?${new URLSearchParams(query)}`, {
    headers: { cookie },
    redirect: "manual",
  });

test("codes that the provider has not given, and a provider that is down", async (t) => {
  const { hub, issuer, server } = await hubWithProvider(t, {});
  const first = await begin(hub);
  assert.equal(first.status, 303);
  const asked = new URL(first.to).searchParams;
  assert.equal(asked.get("code_challenge_method"), "S256");
  const state = asked.get("state");
  for (const [name, query, expected] of [
    ["another state", { code: "x", state: "other", iss: issuer }, 401],
    ["another issuer", { code: "x", state, iss: "https://evil.example" }, 401],
    ["a login that is over by that", { code: "x", state, iss: issuer }, 401],
  ]) {
    assert.equal((await comeBack(hub, query, first.cookie)).status, expected, name);
  }
  // oidc-provider names itself in its answers, and says that it does: RFC 9207.
  const second = await begin(hub);
  const other = new URL(second.to).searchParams.get("state");
  assert.equal((await comeBack(hub, { code: "x", state: other }, second.cookie)).status, 401);
  const third = await begin(hub);
  const forged = { code: "x", state: new URL(third.to).searchParams.get("state"), iss: issuer };
  assert.equal((await comeBack(hub, forged, third.cookie)).status, 401);

  const late = await begin(hub);
  server.closeAllConnections();
  server.close();
  const lost = { code: "x", state: new URL(late.to).searchParams.get("state"), iss: issuer };
  assert.equal((await comeBack(hub, lost, late.cookie)).status, 503);
  assert.ok((await fetch(`${hub.url}/readyz`)).ok);
});
