// The device in shell of docs/guides, as it is printed there.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { freshFolder, start, startHub } from "./hub.mjs";
import { eventually } from "./wait.mjs";

const kScript = fileURLToPath(new URL("../../docs/guides/shell-device.sh", import.meta.url));
const kMs = 20_000;

/** A device with its key in a file and a directory of its own. */
async function prepare(hub, id) {
  const device = await hub.device(id);
  const folder = freshFolder();
  const state = join(folder, "state");
  mkdirSync(state);
  writeFileSync(join(folder, "key"), `${device.key}\n`);
  const env = {
    TANDEM_URL: hub.url,
    TANDEM_KEY_FILE: join(folder, "key"),
    TANDEM_STATE: state,
  };
  const send = (body, headers) => hub.rest.ask("POST", `/v1/devices/${id}/commands`, body, headers);
  return { ...device, state, send, run: () => start("sh", [kScript], env) };
}

test("a shell script is a device", async (t) => {
  const hub = await startHub(t);
  const device = await prepare(hub, "shell");
  const { state, send } = device;
  const client = hub.client(device.key);
  const commands = `/v1/devices/${device.id}/commands`;

  // Acknowledged before the power went: one was carried out by then, the other was not.
  const begun = (await send({ name: "echo", params: { n: 1 } })).body.id;
  const done = (await send({ name: "echo", params: { n: 2 } })).body.id;
  for (const id of [begun, done]) await client.must("POST", `/v1/me/commands/${id}/ack`);
  writeFileSync(join(state, `${done}.json`), '{"status":"done","result":"by the one before"}');
  const follower = await hub.follow({ devices: [device.id], kinds: ["command"] });
  const script = device.run();
  t.after(() => script.process.kill("SIGKILL"));

  const ended = async (id) => {
    const command = await eventually(kMs, `the end of ${id}`, async () => {
      const { body } = await hub.rest.get(`${commands}/${id}`);
      return body.status !== "acknowledged" && body;
    });
    return [command.status, command.result];
  };
  assert.deepEqual(await ended(begun), ["done", { n: 1 }]);
  assert.deepEqual(await ended(done), ["done", "by the one before"]);

  await t.test("it answers who waits", async () => {
    const params = { text: 'it\'s "quoted" \\ $HOME `ls`\n%s', list: [1, 2.5, null] };
    const answer = await send({ name: "echo", params }, { prefer: "wait=20" });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual([answer.body.status, answer.body.result], ["done", params]);
    assert.equal(answer.body.attempt, 1);
    const free = await send({ name: "free" }, { prefer: "wait=20" });
    assert.ok(free.body.result.free_kib >= 0, JSON.stringify(free.body));
  });

  await t.test("it fails what it does not know", async () => {
    const { body } = await send({ name: "fly" }, { prefer: "wait=20" });
    assert.deepEqual([body.status, body.result], ["failed", "there is no such command"]);
  });

  await t.test("it tells how far it is", async () => {
    const { body } = await send({ name: "count", params: { to: 3 } }, { prefer: "wait=20" });
    assert.deepEqual([body.status, body.progress], ["done", 3]);
    const told = await eventually(kMs, "the events", () => {
      const mine = follower.events.items.map(({ v }) => v).filter(({ id }) => id === body.id);
      return mine.at(-1)?.status === "done" && mine;
    });
    const worked = told.filter(({ status }) => status === "acknowledged");
    assert.deepEqual(
      worked.map(({ progress }) => progress),
      [undefined, 1, 2, 3],
    );
  });

  await t.test("it carries out in order what was sent at once, and keeps no file", async () => {
    const ids = [];
    for (let n = 0; n < 5; ++n) ids.push((await send({ name: "echo", params: n })).body.id);
    for (const [n, id] of ids.entries()) {
      await eventually(kMs, `the end of ${id}`, async () => {
        const { body } = await hub.rest.get(`${commands}/${id}`);
        return body.status === "done" && body.result === n && body.attempt === 1;
      });
    }
    // The events may come after what a request already sees.
    const ends = () =>
      follower.events.items.map(({ v }) => v)
        .filter(({ id, status }) => status === "done" && ids.includes(id));
    await eventually(kMs, "the events of all ends", () => ends().length >= ids.length);
    assert.deepEqual(ends().map(({ id }) => id), ids);
    const isGone = (id) => !existsSync(join(state, `${id}.json`));
    await eventually(kMs, "its files to go", () => ids.every(isGone));
  });
  assert.equal(script.err, "");
  follower.close();
});
