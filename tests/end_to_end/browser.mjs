// Debian's Chromium, driven by playwright-core. Without it the tests that need it are skipped.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after } from "node:test";

import { chromium } from "playwright-core";

const kBrowser = process.env.TANDEM_CHROMIUM ?? "/usr/bin/chromium";
const kArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

if (!existsSync(kBrowser)) {
  console.log(`skipped: no browser at ${kBrowser}`);
  process.exit(77);
}

let launched;
const launch = () =>
  chromium.launch({ executablePath: kBrowser, headless: true, args: kArguments, timeout: 60_000 });
after(async () => (await launched)?.close());

/** One for all tests of a file: contexts share nothing. Those of a test end with it. */
export async function startBrowser(t) {
  launched ??= launch();
  const browser = await launched;
  const contexts = [];
  t.after(() => Promise.all(contexts.map((each) => each.close())));
  const newContext = async (options) => {
    const made = await browser.newContext(options);
    contexts.push(made);
    return made;
  };
  return { newContext, newPage: async () => (await newContext()).newPage() };
}

/** A code that signs the administrator in. */
export async function loginCode(hub) {
  const made = await hub.cli("login-code");
  assert.equal(made.code, 0, made.err);
  return JSON.parse(made.out).code;
}
