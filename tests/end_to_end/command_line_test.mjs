// The command line as scripts use it: what it prints, what its exit code says.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, initialise, runBeside, start, startHub, tandem } from "./hub.mjs";
import { within } from "./wait.mjs";

const kWaitMs = 20_000;
const kDoors = ["rest", "ws"];
const lines = (text) => text.trim().split("\n");

function done(result, code = 0) {
  assert.equal(result.code, code, `${result.out}${result.err}`);
  return result.out;
}

test("init prints the administrator once, as one line of JSON", async () => {
  const { data, admin } = initialise();
  assert.deepEqual(Object.keys(admin), ["tenant", "admin_user", "admin_password", "admin_key"]);
  const again = await runBeside(tandem, ["init", "--data", data]);
  assert.notEqual(again.code, 0);
  assert.equal(again.out, "");
});

const modeOf = (file) => (statSync(file).mode & 0o777).toString(8);

test("a key goes to a file that its owner alone can read, and is not printed then", async () => {
  const folder = freshFolder();
  const data = join(folder, "data");
  const file = join(folder, "admin.key");
  const words = ["init", "--data", data, "--save-key", file];
  const said = JSON.parse(done(await runBeside(tandem, words)));
  assert.deepEqual(Object.keys(said),
    ["tenant", "admin_user", "admin_password", "admin_key_file"]);
  assert.equal(said.admin_key_file, file);
  assert.match(readFileSync(file, "utf8"), /^tak_\S+\n$/);
  assert.equal(modeOf(file), "600");
  assert.deepEqual(readdirSync(folder).sort(), ["admin.key", "data"]);
});

test("a key never replaces a file, and one that cannot be kept is not made", async (t) => {
  const hub = await startHub(t);
  const folder = freshFolder();
  const add = (to) => hub.cli("device", "add", "lamp-1", "--save-key", join(folder, to));
  const refused = await add("none/lamp-1.key");
  assert.equal(refused.code, 1);
  assert.ok(refused.err.includes(join(folder, "none/lamp-1.key")), refused.err);
  assert.equal(done(await hub.cli("device", "list")), "");

  done(await add("lamp-1.key"));
  const first = readFileSync(join(folder, "lamp-1.key"), "utf8");
  assert.equal((await hub.client(first.trim()).get("/v1/me")).body.id, "lamp-1");
  const again = await add("lamp-1.key");
  assert.equal(again.code, 1);
  assert.match(again.err, /is there, and may hold the only copy of another key/);
  assert.equal(readFileSync(join(folder, "lamp-1.key"), "utf8"), first);
  assert.equal(lines(done(await hub.cli("device", "key", "lamp-1", "--list"))).length, 1);

  const second = ["device", "key", "lamp-1", "--save-key", join(folder, "second.key")];
  const said = JSON.parse(done(await hub.cli(...second)));
  assert.equal(said.key_file, join(folder, "second.key"));
  const key = readFileSync(said.key_file, "utf8").trim();
  assert.equal(key.split("_")[1], said.id);
  assert.equal((await hub.client(key).get("/v1/me")).body.id, "lamp-1");

  // A device has two: nothing is left of the file for a third.
  assert.equal((await add("third.key")).code, 1);
  assert.deepEqual(readdirSync(folder).sort(), ["lamp-1.key", "second.key"]);
});

test("a key that no disk takes any more is printed, for it is there", async (t) => {
  const hub = await startHub(t);
  await hub.device("lamp-1");
  const folder = freshFolder();
  const words = [tandem, "device", "key", "lamp-1", "--save-key", join(folder, "lamp-1.key"),
    "--url", hub.url, "--key", hub.admin.admin_key];
  const full = await runBeside("sh",
    ["-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "full", ...words]);
  assert.equal(full.code, 1, full.err);
  const { key } = JSON.parse(full.out);
  assert.equal((await hub.client(key).get("/v1/me")).body.id, "lamp-1");
  assert.deepEqual(readdirSync(folder), []);
});

test("what went wrong says which option helps", async (t) => {
  const hub = await startHub(t);
  await hub.device("lamp-1");
  const fails = async (code, ...words) => {
    const failed = await runBeside(tandem, words);
    assert.equal(failed.code, code, failed.err);
    return failed.err.trim();
  };
  const ask = ["device", "list", "--url", hub.url];
  assert.match(await fails(1, ...ask), /\(the key: --key-file FILE; the hub: --url\)$/);
  const nobody = ["device", "list", "--key", hub.admin.admin_key, "--url", "http://127.0.0.1:1"];
  assert.match(await fails(3, ...nobody),
    /no connection to http:\/\/127\.0\.0\.1:1 \(the hub: --url, or here --data\)$/);
  const { data } = initialise();
  const second = ["serve", "--data", data, "--listen", new URL(hub.url).host];
  assert.match(await fails(3, ...second),
    /Address already in use.* \(another: --listen ADDRESS:PORT\)$/);
  assert.equal((await runBeside(tandem, second)).out, `data in ${data}\n`);
  const folder = freshFolder();
  const withKeyOf = (file) => ["watch", "--key-file", join(folder, file)];
  assert.match(await fails(2, ...withKeyOf("none.key")), /none\.key: No such file or directory/);
  writeFileSync(join(folder, "empty.key"), "\n");
  assert.match(await fails(2, ...withKeyOf("empty.key")), /empty\.key holds no key/);
  const lamp = await hub.key("lamp-1");
  assert.match(await fails(2, "simulate", "home", "--url", hub.url, "--key", lamp.key),
    /an application's key is expected, this one is a device's/);
});

test("who has waited in vain for a command is told that it goes on", async (t) => {
  const hub = await startHub(t);
  await hub.device("lamp-1");
  const words = ["lamp-1", "blink", "--url", hub.url, "--key", hub.admin.admin_key];
  const late = await runBeside(tandem, ["command", ...words, "--wait", "1s"]);
  assert.equal(late.code, 4, late.err);
  assert.match(late.out, /queued\n$/);
  assert.equal(late.err, "tandem: not done after 1s: the command goes on without us\n");
  const unheard = await runBeside(tandem, ["command", ...words, "--wait", "0"]);
  assert.deepEqual([unheard.code, unheard.err], [0, ""]);
});

test("device add, list, show, key and rm work on the data of a hub, running or not", async (t) => {
  const hub = await startHub(t);
  for (const runs of [true, false]) {
    await t.test(runs ? "the hub runs" : "no hub runs", async () => {
      const id = runs ? "lamp-1" : "lamp-2";
      if (!runs) await hub.stop();
      const words = [id, "--name", "Desk lamp", "--type", "lamp", "--label", "room=study"];
      const made = JSON.parse(done(await hub.cli("device", "add", ...words)));
      assert.equal(made.device, id);
      assert.match(made.key, /^tdk_/);

      const listed = lines(done(await hub.cli("device", "list", "--json"))).map(JSON.parse);
      const device = listed.find((each) => each.id === id);
      assert.deepEqual(
        [device.name, device.type, device.labels],
        ["Desk lamp", "lamp", { room: "study" }],
      );
      assert.match(
        done(await hub.cli("device", "list", "--type", "lamp")),
        new RegExp(`${id} .*offline`),
      );

      const shown = JSON.parse(done(await hub.cli("device", "show", id)));
      assert.deepEqual(Object.keys(shown), ["device", "latest", "twin"]);

      const second = JSON.parse(done(await hub.cli("device", "key", id)));
      const keys = lines(done(await hub.cli("device", "key", id, "--list"))).map(JSON.parse);
      assert.equal(keys.length, 2);
      assert.ok(
        keys.every((each) => each.key === undefined),
        "secrets are not listed",
      );
      done(await hub.cli("device", "key", id, "--revoke", second.id));
      assert.equal(lines(done(await hub.cli("device", "key", id, "--list"))).length, 1);

      done(await hub.cli("device", "rm", id));
      assert.doesNotMatch(done(await hub.cli("device", "list")), new RegExp(id));
      const gone = await hub.cli("device", "show", id);
      done(gone, 1);
      assert.match(gone.err, /^tandem: .*no such device/);
    });
  }
});

test("a device that was added is one that the hub serves, and --url does the same", async (t) => {
  const hub = await startHub(t);
  const made = JSON.parse(done(await hub.cli("device", "add", "lamp-1")));
  assert.equal((await hub.client(made.key).get("/v1/me")).body.id, "lamp-1");
  const words = ["device", "add", "lamp-2", "--url", hub.url, "--key", hub.admin.admin_key];
  const remote = JSON.parse(done(await runBeside(tandem, words)));
  assert.equal((await hub.client(remote.key).get("/v1/me")).body.id, "lamp-2");
  await t.test("adding it again gives another key", async () => {
    const again = JSON.parse(done(await hub.cli("device", "add", "lamp-1")));
    assert.notEqual(again.key, made.key);
    done(await hub.cli("device", "add", "lamp-1"), 1); // A third live key is refused.
  });
});

test("post stores readings through either door", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  for (const door of kDoors) {
    for (const format of ["json", "cbor"]) {
      await t.test(`${door}, ${format}`, async () => {
        const value = `${door}-${format}`;
        const words = ["post", "me", "power=8.25", "on=true", `note=${value}`];
        const options = ["--door", door, "--format", format];
        assert.match(
          done(await hub.remote(device.key, ...words, ...options)),
          /^3 accepted, durable/,
        );
        const { series } = (await hub.rest.get("/v1/devices/lamp-1/latest")).body;
        assert.deepEqual([series.power.v, series.on.v, series.note.v], [8.25, true, value]);
      });
    }
    await t.test(`${door}: with a time, and JSON for scripts`, async () => {
      const words = ["post", "lamp-1", "old=1", "--time", "2024-01-01T00:00:00Z", "--json"];
      const written = JSON.parse(done(await hub.remote(device.key, ...words, "--door", door)));
      assert.equal(written.accepted, 1);
      const { series } = (await hub.rest.get("/v1/devices/lamp-1/latest")).body;
      assert.equal(series.old.t, Date.UTC(2024, 0, 1));
    });
    await t.test(`${door}: the exit code says what went wrong`, async () => {
      const at = ["--door", door];
      done(await hub.remote(device.key, "post", "me", "bad series=1", ...at), 1);
      done(await hub.remote(device.key, "post", "other", "a=1", ...at), 1);
      done(await hub.remote("tdk_no_such_key", "post", "me", "a=1", ...at), 1);
      done(await hub.remote(device.key, "post", "me", "power", ...at), 2);
      const away = ["--url", "http://127.0.0.1:9"];
      done(await hub.remote(device.key, "post", "me", "a=1", ...at, ...away), 3);
    });
  }
});

test("watch prints each event as it happens", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  const client = hub.client(device.key);
  const watch = (...words) =>
    start(tandem, ["watch", ...words], { TANDEM_URL: hub.url, TANDEM_KEY: hub.admin.admin_key });
  await client.must("POST", "/v1/me/telemetry", { t: 1_000, v: { power: 1 } });

  await t.test("from the newest reading on, and ends after --count", async () => {
    const words = ["--device", "lamp-1", "--start", "latest", "--json", "--count", "3"];
    const child = watch(...words);
    await child.lines.count(1, kWaitMs, "the newest reading");
    await client.must("POST", "/v1/me/telemetry", [
      { t: 2_000, v: { power: 2 } },
      { t: 3_000, v: { power: 3 } },
    ]);
    const { code } = await within(kWaitMs, "the end of watch", child.ended);
    assert.equal(code, 0);
    const got = child.lines.items
      .map((line) => JSON.parse(line))
      .map(({ d, s, t: time, v }) => [d, s, time, v]);
    assert.deepEqual(
      got,
      [1, 2, 3].map((n) => ["lamp-1", "power", n * 1_000, n]),
    );
  });
  await t.test("until it is interrupted, which is no failure", async () => {
    const child = watch("--start", "latest");
    await child.lines.find((line) => /lamp-1 .*power .*3/.test(line), kWaitMs, "the reading");
    child.process.kill("SIGINT");
    assert.equal((await within(kWaitMs, "the end of watch", child.ended)).code, 0);
  });
  await t.test("a key that may not is refused", async () => {
    const child = start(tandem, ["watch"], { TANDEM_URL: hub.url, TANDEM_KEY: "tak_none" });
    assert.equal((await within(kWaitMs, "the end of watch", child.ended)).code, 1);
  });
});

test("command sends, waits and tells by its exit code what became of it", async (t) => {
  const hub = await startHub(t);
  const device = await hub.device("lamp-1");
  const socket = await hub.socket(device.key);
  const serve = async () => {
    for (let at = 0; ; ++at) {
      await socket.commands.count(at + 1, 600_000, "a command");
      const { id, name, params } = socket.commands.items[at];
      if (name === "ignore") continue;
      const body = { status: name === "break" ? "failed" : "done", result: params ?? "nothing" };
      await socket.must("commands.finish", { path: { device: "me", command: id }, body });
    }
  };
  serve().catch(() => {}); // It ends with its socket.
  const send = (...words) => hub.remote(hub.admin.admin_key, "command", "lamp-1", ...words);
  for (const door of kDoors) {
    await t.test(door, async () => {
      const at = ["--door", door];
      assert.match(done(await send("set", '{"on":true}', ...at)), / done {"on":true}\n$/);
      assert.match(done(await send("break", ...at), 1), / failed "nothing"/);
      assert.match(done(await send("ignore", "--wait", "1s", ...at), 4), / delivered/);
      assert.match(done(await send("ignore", "--wait", "0", ...at)), / delivered|queued/);
      const expired = await send("ignore", "--wait", "10s", "--ttl", "500ms", "--json", ...at);
      assert.equal(JSON.parse(done(expired, 4)).status, "expired");
    });
  }
  socket.close();
});

test("command --label goes to every device that has the label, each with a line", async (t) => {
  const hub = await startHub(t);
  const names = ["lamp-1", "lamp-2", "fan-1"];
  const devices = {};
  for (const id of names) {
    devices[id] = await hub.device(id);
    const labels = { room: id === "fan-1" ? "hall" : "kitchen", floor: "1" };
    await hub.rest.must("PATCH", `/v1/devices/${id}`, { labels });
  }
  const serve = async (id, answers) => {
    const socket = await hub.socket(devices[id].key);
    for (let at = 0; ; ++at) {
      await socket.commands.count(at + 1, 600_000, "a command");
      const { id: command, name, params } = socket.commands.items[at];
      const body = answers(name, params);
      if (body === null) continue;
      await socket.must("commands.finish", { path: { device: "me", command }, body });
    }
  };
  const done1 = (name, params) => (name === "ignore" ? null : { status: "done", result: params });
  serve("lamp-1", done1).catch(() => {}); // They end with their sockets.
  serve("lamp-2", (name, params) =>
    name === "break" ? { status: "failed", result: "no" } : done1(name, params),
  ).catch(() => {});
  const send = (...words) => hub.remote(hub.admin.admin_key, "command", ...words);
  const kitchen = ["--label", "room=kitchen"];
  for (const door of kDoors) {
    await t.test(door, async () => {
      const at = ["--door", door];
      const told = lines(done(await send(...kitchen, "set", '{"on":true}', ...at)));
      assert.equal(told.length, 2);
      told.forEach((line, n) =>
        assert.match(line, new RegExp(`^${names[n]} \\S+ done {"on":true}$`)),
      );
      const failed = lines(done(await send(...kitchen, "break", ...at), 1));
      assert.deepEqual(
        failed.map((line) => line.split(" ")[2]),
        ["done", "failed"],
      );
      const late = await send("--label", "floor=1", "ignore", "--wait", "1s", "--json", ...at);
      const items = lines(done(late, 4)).map(JSON.parse);
      assert.deepEqual(
        items.map(({ device, command }) => [device, command.status]),
        [
          ["fan-1", "queued"],
          ["lamp-1", "delivered"],
          ["lamp-2", "delivered"],
        ],
      );
      const hall = ["--label", "room=hall", "--label", "floor=1"];
      assert.match(done(await send(...hall, "ignore", "--wait", "0", ...at)), /^fan-1 \S+ queued$/m);
    });
  }
  await t.test("what cannot be sent says so", async () => {
    assert.match((await send("--label", "room=cellar", "set")).err, /no device/);
    done(await send("--label", "room=cellar", "set"), 1);
    done(await send("--label", "room", "set"), 2);
    done(await send(...kitchen, "lamp-1", "set", "{}"), 2);
    done(await send("lamp-1"), 2);
  });
});

test("describe writes the contract and tells when a file says something else", async () => {
  const out = join(freshFolder(), "spec");
  done(await runBeside(tandem, ["describe", "--out", out]));
  assert.deepEqual(readdirSync(out).sort(), ["asyncapi.json", "errors.json", "openapi.json"]);
  done(await runBeside(tandem, ["describe", "--check", "--out", out]));
  const { paths } = JSON.parse(readFileSync(join(out, "openapi.json"), "utf8"));
  assert.ok(paths["/v1/devices/{device}/telemetry"]);
  writeFileSync(join(out, "errors.json"), "{}\n");
  const changed = await runBeside(tandem, ["describe", "--check", "--out", out]);
  done(changed, 1);
  assert.match(changed.err, /errors\.json/);
});

test("simulate replays a recording through each door", async (t) => {
  const hub = await startHub(t);
  const file = join(freshFolder(), "recording.csv");
  const rows = Array.from({ length: 500 }, (_, n) => ({ t: Date.UTC(2024, 0, 1, 0, n), v: n / 4 }));
  const text = rows.map(({ t: time, v }) => `${new Date(time).toISOString()},${v}`);
  writeFileSync(file, ["timestamp,value", ...text, ""].join("\n"));
  for (const door of kDoors) {
    await t.test(door, async () => {
      const words = ["simulate", "--replay", file, "--speed", "max", "--door", door];
      const before = new Set((await hub.rest.get("/v1/devices")).body.items.map(({ id }) => id));
      done(await hub.remote(hub.admin.admin_key, ...words));
      const { items } = (await hub.rest.get("/v1/devices")).body;
      const ids = items.map(({ id }) => id);
      const [id] = ids.filter((each) => !before.has(each)).concat(ids);
      const { series } = (await hub.rest.get(`/v1/devices/${id}/telemetry?limit=1000`)).body;
      assert.deepEqual(Object.values(series), [rows]);
      await hub.rest.must("DELETE", `/v1/devices/${id}`);
    });
  }
});

test("limits tells each limit, what it is set to, and what it would be otherwise", async () => {
  const file = join(freshFolder(), "tandem.toml");
  writeFileSync(file, "[limits]\nhttp.head_bytes = 8192\n");
  const words = ["--config", file, "--limit", "ws.ping_interval=30"];
  const rows = lines(done(await runBeside(tandem, ["limits", ...words]))).map((line) =>
    line.split(/ {2,}/),
  );
  const row = (name) => rows.find(([first]) => first === name)?.slice(1, 3);
  assert.deepEqual(row("http.head_bytes"), ["8192", "16384"]);
  assert.deepEqual(row("ws.ping_interval"), ["30 s", "20 s"]);
  assert.deepEqual(row("requests_burst"), ["200", "200"]);
  assert.ok(rows.every((each) => each.length === 4 && each[3] !== ""), "each says what happens");
  const documented = readFileSync(new URL("../../docs/reference/limits.md", import.meta.url), "utf8");
  for (const [name] of rows.slice(1)) assert.ok(documented.includes(`\`${name}\``), name);
  done(await runBeside(tandem, ["limits", "--limit", "http.hed_bytes=1"]), 2);
});

test("a wrong word is answered with what there is", async () => {
  const wrong = await runBeside(tandem, ["dance"]);
  done(wrong, 2);
  const help = done(await runBeside(tandem, ["--help"]));
  for (const name of [
    "serve",
    "init",
    "device",
    "post",
    "watch",
    "command",
    "simulate",
    "describe",
    "limits",
  ]) {
    assert.match(help, new RegExp(`^ +${name} `, "m"));
  }
  assert.match(help, /Exit codes:/);
});
