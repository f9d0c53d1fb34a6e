// `tandem advise` as scripts and people use it: one object, the same each time, and errors that name
// the field.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { freshFolder, runNow, tandem } from "./hub.mjs";

const kPurposes = ["readings", "commands", "configuration", "dashboards"];
const kDoors = ["rest", "poll", "sse", "ws"];

function advise(...words) {
  const done = runNow(tandem, ["advise", ...words]);
  assert.equal(done.code, 0, done.err);
  return done.out;
}
const object = (...words) => JSON.parse(advise(...words, "--json"));

test("flags make a workload, and the answer has a door for each purpose", () => {
  const words = ["--every", "5s", "--payload", "120", "--commands-per-day", "20"];
  words.push("--latency", "200ms", "--rtt", "80ms", "--battery");
  const answer = object(...words);
  assert.equal(answer.door, "ws");
  assert.deepEqual(Object.keys(answer.doors), kPurposes);
  for (const purpose of kPurposes) assert.ok(kDoors.includes(answer.doors[purpose]), purpose);
  assert.equal(answer.workload.power, "battery");
  assert.equal(answer.workload["readings.every"], "5s");
  assert.equal(answer.ways.length, 9);
  assert.equal(advise(...words, "--json"), advise(...words, "--json"));
});

test("one reading an hour on a battery is for REST, twenty a second are for a WebSocket", () => {
  assert.equal(object("--every", "1h", "--battery").door, "rest");
  assert.equal(object("--every", "50ms").door, "ws");
});

test("the layers of the bytes are the whole, and TLS can be left out", () => {
  const { bytes } = object("--every", "10s").device.day;
  const sum = bytes.payload + bytes.framing + bytes.tls + bytes.tcp_ip;
  assert.ok(Math.abs(sum / bytes.total - 1) < 1e-6);
  assert.equal(object("--every", "10s", "--no-tls").device.day.bytes.tls, 0);
});

test("a preset printed as a file gives the same advice, and flags count before the file", () => {
  const file = join(freshFolder(), "fleet.toml");
  writeFileSync(file, advise("--preset", "metering", "--print-workload"));
  assert.equal(advise("--workload", file, "--json"), advise("--preset", "metering", "--json"));
  assert.equal(object("--workload", file, "--devices", "7").fleet.devices, 7);
});

test("a calibration changes what it names", () => {
  const file = join(freshFolder(), "constants.json");
  writeFileSync(file, JSON.stringify({ constants: { "cpu.ws": 1e6 } }));
  const words = ["--preset", "factory"];
  const usual = object(...words);
  const slow = object(...words, "--constants", file);
  assert.deepEqual(slow.constants, { "cpu.ws": 1e6 });
  assert.ok(slow.ways[5].day.hub_cpu_s > 100 * usual.ways[5].day.hub_cpu_s);
});

test("what is no workload is refused, naming the field", () => {
  const folder = freshFolder();
  const file = join(folder, "wrong.toml");
  const refusals = [
    [["--every", "soon"], "readings.every"],
    [["--devices", "0"], "devices"],
    [["--preset", "office"], "home, factory, environment"],
    [["--workload", join(folder, "none.toml")], "none.toml"],
    [["--workload", file], "wrong.toml: reading: there is no such section"],
    [["--constants", file], "wrong.toml"],
  ];
  writeFileSync(file, "[reading]\nevery = 3\n");
  for (const [words, says] of refusals) {
    const done = runNow(tandem, ["advise", ...words]);
    assert.equal(done.code, 2, words.join(" "));
    assert.equal(done.out, "");
    assert.ok(done.err.includes(says), `${words.join(" ")}: ${done.err}`);
  }
});

test("the text says the door, what it costs and where the answer changes", () => {
  const text = advise("--every", "1m");
  for (const part of ["Door: ws", "TCP/IP", "Where the answer changes", "How sure"]) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(advise("--print-constants").includes("RFC 8446"));
});
