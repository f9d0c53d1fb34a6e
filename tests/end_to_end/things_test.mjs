// Thing Descriptions: valid by the W3C's schema, the same at both doors, and every form leads to what
// it says.
import assert from "node:assert/strict";
import { test } from "node:test";

import playground from "@thing-description-playground/core";
import Ajv from "ajv";

import { startHub } from "./hub.mjs";

const kSchema = {
  series: { power: { type: "number", unit: "W" }, on: { type: "boolean" } },
  commands: {
    blink: {
      params: {
        type: "object",
        properties: { times: { type: "integer", minimum: 1, maximum: 10 } },
        required: ["times"],
      },
    },
    off: {},
  },
  config: {
    type: "object",
    properties: { brightness: { type: "integer", enum: [0, 50, 100, 100] } },
  },
};
const kInputs = {
  blink: { name: "blink", params: { times: 3 } },
  off: { name: "off" },
  command: { name: "any" },
};

/** What the playground of the W3C's group says of a description, failures alone. */
async function faults(thing) {
  const lines = [];
  // Expanding JSON-LD would fetch the context from the W3C; defaults need not be written out.
  const options = { checkDefaults: false, checkJsonLd: false, checkTmConformance: false };
  const { report, detailComments } = await playground.tdValidator(
    JSON.stringify(thing),
    (line) => lines.push(line),
    options,
  );
  const bad = Object.entries(report).filter(([, verdict]) =>
    ["failed", "warning"].includes(verdict),
  );
  return bad.map(
    ([name, verdict]) => `${name} ${verdict}: ${lines.join(" ")} ${JSON.stringify(detailComments)}`,
  );
}

async function describedAtBothDoors(hub, socket, id) {
  const rest = (await hub.rest.get(`/v1/devices/${id}/td`)).body;
  const bySocket = await socket.must("td.get", { path: { device: id } });
  assert.deepEqual(bySocket, rest);
  return rest;
}

async function prepare(t) {
  const hub = await startHub(t);
  await hub.device("plain");
  await hub.device("schooled", { name: "Desk lamp", type: "lamp", schema: kSchema });
  for (const id of ["plain", "schooled"]) {
    await hub.rest.must("POST", `/v1/devices/${id}/telemetry`, {
      t: 1732387200000,
      v: { power: 8.1, on: true },
    });
  }
  return { hub, socket: await hub.socket(hub.admin.admin_key) };
}

/** Every form of every affordance. */
function* formsOf(thing) {
  for (const kind of ["properties", "actions", "events"]) {
    for (const [name, affordance] of Object.entries(thing[kind])) {
      for (const form of affordance.forms) yield { kind, name, affordance, form };
    }
  }
}

test("descriptions are valid by the W3C's schema, with a schema of the device and without", async (t) => {
  const { hub, socket } = await prepare(t);
  for (const id of ["plain", "schooled"]) {
    const thing = await describedAtBothDoors(hub, socket, id);
    assert.deepEqual(await faults(thing), [], id);
  }
  const broken = await describedAtBothDoors(hub, socket, "plain");
  delete broken.properties.power.forms[0].href;
  assert.notDeepEqual(await faults(broken), []);
});

test("properties, actions and events are those of the device", async (t) => {
  const { hub, socket } = await prepare(t);
  const plain = await describedAtBothDoors(hub, socket, "plain");
  assert.deepEqual(Object.keys(plain.properties).sort(), ["config", "on", "power", "state"]);
  assert.deepEqual(Object.keys(plain.actions), ["command"]);
  const schooled = await describedAtBothDoors(hub, socket, "schooled");
  assert.equal(schooled.id, "urn:tandem:device:schooled");
  assert.equal(schooled.title, "Desk lamp");
  assert.deepEqual(Object.keys(schooled.actions), ["blink", "off"]);
  assert.deepEqual(Object.keys(schooled.events), ["presence"]);
});

test("every form at the REST door answers, and a property is as its schema says", async (t) => {
  const { hub, socket } = await prepare(t);
  const ajv = new Ajv({ strict: false });
  const inputs = { ...kInputs, config: { brightness: 50 } };
  for (const id of ["plain", "schooled"]) {
    const thing = await describedAtBothDoors(hub, socket, id);
    for (const { kind, name, affordance, form } of formsOf(thing)) {
      const url = new URL(form.href);
      if (url.protocol !== "http:") continue;
      assert.equal(url.host, hub.host);
      const input = form.op === "readproperty" ? undefined : inputs[name];
      if (kind === "actions") assert.ok(ajv.validate(affordance.input, input), name);
      const headers = input === undefined ? {} : { "content-type": form.contentType };
      const answer = await hub.rest.must(
        form["htv:methodName"],
        url.pathname + url.search,
        input,
        headers,
      );
      const schema = kind === "actions" ? affordance.output : affordance;
      const fits = ajv.validate(schema, answer.body);
      assert.ok(fits, `${id} ${name}: ${JSON.stringify(answer.body)} ${ajv.errorsText()}`);
    }
  }
});

test("every message of a form at the WebSocket door is taken", async (t) => {
  const { hub, socket } = await prepare(t);
  let observed = 0;
  for (const id of ["plain", "schooled"]) {
    const thing = await describedAtBothDoors(hub, socket, id);
    for (const { name, form } of formsOf(thing)) {
      if (form.href !== hub.wsUrl) continue;
      assert.equal(form.subprotocol, socket.protocol);
      const { op, body, ...more } = form["tandem:message"];
      const inputs = { ...kInputs, config: { brightness: 50 } };
      const given = body ?? (form.op === "readproperty" ? undefined : inputs[name]);
      const reply = await socket.call(op, { ...more, body: given });
      assert.ok(reply.status < 300, `${id} ${name} ${op}: ${JSON.stringify(reply)}`);
      if (op === "stream.subscribe") ++observed;
    }
  }
  assert.equal(observed, 10); // Four properties and an event each.
});
