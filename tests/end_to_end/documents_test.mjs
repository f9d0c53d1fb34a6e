// The documents of the contract, judged by tools that are not ours, and a client made from them that
// runs a session with the hub.
import assert from "node:assert/strict";
import { copyFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

import asyncapiParser from "@asyncapi/parser";
import { createConfig, lint } from "@redocly/openapi-core";
import spectralCore from "@stoplight/spectral-core";
import openapiTS, { astToString } from "openapi-typescript";

import { openapi, specPath, specText } from "./contract.mjs";
import { freshFolder, runBeside, startHub } from "./hub.mjs";
import { spectralRules } from "./spectral_rules.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const kWarning = 1; // Spectral's severities: 0 is an error, 2 and 3 are remarks.

test("Redocly finds nothing in openapi.json", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const found = await lint({ ref: specPath("openapi.json"), config });
  const told = found.map(
    ({ ruleId, message, location }) => `${ruleId} ${message} ${location[0]?.pointer}`,
  );
  assert.deepEqual(told, []);
});

for (const name of ["openapi.json", "asyncapi.json"]) {
  test(`Spectral finds nothing in ${name}`, async () => {
    const spectral = new spectralCore.Spectral();
    spectral.setRuleset(spectralRules);
    const found = await spectral.run(specText(name));
    const told = found
      .filter(({ severity }) => severity <= kWarning)
      .map(({ code, message, path }) => `${code} ${message} ${path.join("/")}`);
    assert.deepEqual(told, []);
  });
}

test("the AsyncAPI parser accepts asyncapi.json and finds its operations", async () => {
  const { document, diagnostics } = await new asyncapiParser.Parser().parse(
    specText("asyncapi.json"),
  );
  const told = diagnostics.filter(({ severity }) => severity <= kWarning);
  assert.deepEqual(told, []);
  assert.equal(document.version(), "3.0.0");
  const requests = document
    .operations()
    .all()
    .filter((each) => each.action() === "receive");
  assert.ok(requests.length > 30);
  for (const each of requests) assert.equal(each.reply().messages().all().length, 1, each.id());
});

test("the hub serves the documents that are committed", async (t) => {
  const hub = await startHub(t);
  for (const name of ["openapi.json", "asyncapi.json"]) {
    const served = await hub.rest.get(`/${name}`);
    assert.deepEqual(served.body, JSON.parse(specText(name)), name);
  }
});

// Each of these lines is forbidden by the types.
const kForbidden = `
void hub.GET("/v1/no-such-thing");
void hub.POST("/v1/devices", { body: { id: 7 } });
void hub.GET("/v1/devices/{device}", {});
`;

test("a client made from openapi.json compiles, but for what its types forbid, and runs a session", async (t) => {
  const hub = await startHub(t);
  const folder = freshFolder("typed");
  symlinkSync(here("../node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "contract.ts"), astToString(await openapiTS(openapi)));
  copyFileSync(here("typed/session.ts"), join(folder, "session.ts"));
  copyFileSync(here("typed/tsconfig.json"), join(folder, "tsconfig.json"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const wrong = [
    'import createClient from "openapi-fetch";',
    'import type { paths } from "./contract.js";',
    "const hub = createClient<paths>();",
  ];
  writeFileSync(join(folder, "wrong.ts"), wrong.join("\n") + kForbidden);
  const tsc = here("../node_modules/typescript/bin/tsc");
  const compiled = await runBeside(process.execPath, [tsc, "-p", folder], { ms: 120_000 });
  assert.notEqual(compiled.code, 0);
  const errors = compiled.out.matchAll(/(\w+\.ts)\((\d+),\d+\): error/g);
  const places = new Set(Array.from(errors, ([, file, line]) => `${file} ${line}`));
  assert.deepEqual([...places], ["wrong.ts 4", "wrong.ts 5", "wrong.ts 6"], compiled.out);
  const ran = await runBeside(process.execPath, [join(folder, "out", "session.js")], {
    env: { TANDEM_URL: hub.url, TANDEM_KEY: hub.admin.admin_key },
  });
  assert.equal(ran.code, 0, ran.out + ran.err);
  assert.deepEqual(JSON.parse(ran.out), {
    device: "typed-1",
    accepted: 2,
    newest: 8.4,
    config: { brightness: 80 },
    command: "done",
    refused: "/problems/not-found",
    deleted: 204,
  });
});
