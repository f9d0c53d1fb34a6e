// Specmatic drives the hub from openapi.json: each operation with its example, and with requests that
// Specmatic makes of it, good ones and bad ones. It looks at statuses, headers and bodies.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { openapi, restExample, restOperations } from "../end_to_end/contract.mjs";
import { freshFolder, runBeside, startHub } from "../end_to_end/hub.mjs";

const jar = fileURLToPath(new URL("node_modules/specmatic/specmatic.jar", import.meta.url));
const kNeverNeeded = ["Idempotency-Key", "If-None-Match"];
// What only the hub gives, or goes with another parameter, or not with it.
const kNotAlone = ["cursor", "lease", "points", "tz", "aggregate"];
// Who may what: no key manages people, and what one example makes the next one ends. tests/parity has
// them in their order.
const kAdministration = ["users.", "apps.", "grants.", "tenants."];
const operations = restOperations.filter(
  (each) => !each.open && !kAdministration.some((noun) => each.name.startsWith(noun)),
);

/**
 * The document with bodies in JSON alone: Specmatic knows no CBOR and no formats of readings. Its
 * examples come as files: of those in the document it pairs requests and answers by their names.
 */
function jsonOnly() {
  const document = structuredClone(openapi);
  const keep = ["application/json", "application/problem+json"];
  const bodies = [
    ...Object.values(document.paths).flatMap((item) => Object.values(item)),
    ...Object.values(document.components.responses),
  ].flatMap((each) => [each, each.requestBody ?? {}, ...Object.values(each.responses ?? {})]);
  for (const each of bodies) {
    if (each.content === undefined) continue;
    const kept = keep.filter((type) => each.content[type] !== undefined);
    each.content = Object.fromEntries(
      kept.map((type) => [type, { schema: each.content[type].schema }]),
    );
  }
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, { operationId }] of Object.entries(item)) {
      if (!operations.some(({ name }) => name === operationId)) delete item[method];
      else item[method].security = [{ bearer: [] }];
    }
    if (Object.keys(item).length === 0) delete document.paths[path];
  }
  // It knows no lists with commas between, so a list is its one item; a quote in a pattern it reads in
  // a way of its own.
  for (const parameter of bodies.flatMap(({ parameters = [] }) => parameters)) {
    if (parameter.schema.type === "array") parameter.schema = parameter.schema.items;
    if (parameter.schema.pattern?.includes('"')) delete parameter.schema.pattern;
  }
  // Nor does it know cookies; the examples carry a key.
  delete document.components.securitySchemes.session;
  return document;
}

/**
 * The same for requests that Specmatic makes. It tries every combination of what may be left out, with
 * each value of an enumeration, so what it cannot know is: cursors and versions that the hub gave, names
 * of time zones, what goes together, as `Prefer` with a status. A device's schema has more forms than
 * there is time for.
 */
function smaller(document) {
  for (const operation of Object.values(document.paths).flatMap((item) => Object.values(item))) {
    // Header fields that the example needs are always sent, others never.
    const sent = ({ name, example }) => example !== undefined && !kNeverNeeded.includes(name);
    operation.parameters = operation.parameters
      ?.filter((each) => each.in !== "header" || sent(each))
      .filter(({ name }) => !kNotAlone.includes(name))
      .map((each) => ({ ...each, required: each.required || each.in === "header" }));
  }
  for (const { properties } of Object.values(document.components.schemas))
    delete properties?.schema;
  return document;
}

/** A device of the operation's own, with what an example may need: none is in another's way. */
async function prepare(hub, operation, at) {
  const id = `judged-${at}`;
  if (operation.name === "devices.create") return { device: "new" };
  const { keyId } = await hub.device(id);
  const base = `/v1/devices/${id}`;
  const command = (await hub.rest.must("POST", `${base}/commands`, { name: "blink" })).body.id;
  await hub.rest.must("PUT", `${base}/series/power`, { type: "number" });
  const leased = ["commands.renew", "commands.ack", "commands.progress", "commands.finish"];
  if (leased.includes(operation.name)) {
    await hub.rest.get(`${base}/commands?status=queued`, { prefer: "wait=1" });
  }
  if (operation.name === "commands.progress") {
    await hub.rest.must("POST", `${base}/commands/${command}/ack`);
  }
  if (operation.name === "commands.send_many") await hub.device("lamp-1");
  return { device: id, command, key: keyId, series: "power" };
}

/** The status that answers the example, and the body: of several the one that shows a body. */
function answerOf({ responses }) {
  const good = Object.entries(responses).filter(([status]) => Number(status) < 300);
  const shown = (each) => each[1].content?.["application/json"]?.example;
  const found = good.find((each) => shown(each) !== undefined) ?? good[0];
  return { status: Number(found[0]), answer: shown(found) };
}

function exampleFile(operation, names, key) {
  const { method, path, headers, body } = restExample(operation, names);
  const url = new URL(path, "http://hub");
  const { status, answer } = answerOf(operation);
  const nameOf = (name) =>
    operation.parameters.find((each) => each.name.toLowerCase() === name).name;
  const asWritten = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [nameOf(name), value]),
  );
  const request = {
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...asWritten, Authorization: `Bearer ${key}` },
  };
  if (body !== undefined) {
    request.headers["Content-Type"] = "application/json";
    request.body = body;
  }
  const response = { status };
  if (answer !== undefined) response.body = answer;
  return { name: operation.name, "http-request": request, "http-response": response };
}

async function judge(t, document, env = {}) {
  const hub = await startHub(t);
  const folder = freshFolder("specmatic");
  const examples = join(folder, "openapi_examples");
  mkdirSync(examples);
  writeFileSync(join(folder, "openapi.json"), JSON.stringify(document));
  await hub.device("lamp-1"); // Of examples that name devices in their bodies.
  for (const [at, operation] of operations.entries()) {
    const names = await prepare(hub, operation, at);
    const file = exampleFile(operation, names, hub.admin.admin_key);
    writeFileSync(join(examples, `${operation.name}.json`), JSON.stringify(file));
  }
  const words = ["-jar", jar, "test", join(folder, "openapi.json"), `--testBaseURL=${hub.url}`];
  return await runBeside("java", [...words, "--strict"], { env, ms: 1_200_000, cwd: folder });
}

test("Specmatic finds nothing when it sends the examples", async (t) => {
  const { code, out, err } = await judge(t, jsonOnly());
  assert.equal(code, 0, out + err);
});

/** What Specmatic reports of each scenario that has failed: its title and the lines below it. */
function failures(out) {
  const told = out.slice(out.indexOf("Unsuccessful Scenarios:"));
  const parts = told.split(/^ {2}"(?=.*FAILED"$)/m).slice(1);
  return parts.map((part) => ({ title: part.slice(0, part.indexOf("\n")), text: part }));
}

// A request that Specmatic makes may be well formed and still not what the hub can do: a cursor that
// it never gave, a version that there never was, an id that is taken. Then a refusal that the
// document tells of is right. And what it makes against a pattern may fit it all the same, where the
// character that it adds is one of those that are allowed. Anything else is a finding: a status that
// is not documented, a body or a header that is not as documented, a bad request that is taken.
function isFinding({ title, text }) {
  const [, method, path] = title.match(/Scenario: (\w+) (\S+)/) ?? [];
  const template = path?.replace(/\((\w+):\w+\)/g, "{$1}");
  const documented = Object.keys(openapi.paths[template]?.[method.toLowerCase()]?.responses ?? {});
  const got = text.match(/but response contained status (\d+)/)?.[1];
  const blamed = [...text.matchAll(/^\s*>> (\S+)/gm)].map(([, where]) => where);
  const status = blamed.every((where) => where === "RESPONSE.STATUS");
  if (status && /invalid regex '\^\[A-Za-z0-9\._:-\]\{1,64\}_\$'/.test(title)) return false;
  return !(title.startsWith("+ve") && status && /^4\d\d$/.test(got) && documented.includes(got));
}

test("of the requests that Specmatic makes, good and bad ones, none finds anything", async (t) => {
  const { out } = await judge(t, smaller(jsonOnly()), {
    SPECMATIC_GENERATIVE_TESTS: "true",
    MAX_TEST_REQUEST_COMBINATIONS: "10",
  });
  const ran = Number(out.match(/Tests run: (\d+)/)?.[1]);
  const successes = Number(out.match(/Successes: (\d+)/)?.[1]);
  const failed = failures(out);
  assert.ok(ran > 500 && successes > ran / 2, `${successes} of ${ran}`);
  assert.equal(failed.length, ran - successes);
  assert.deepEqual(
    failed.filter(isFinding).map(({ text }) => text),
    [],
  );
});
