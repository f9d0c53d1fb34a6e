// What a fault in the program would meet: how it was compiled and linked, read from the program itself.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { tandem } from "./hub.mjs";

const readelf = (...words) =>
  execFileSync("readelf", ["--wide", ...words, tandem], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    maxBuffer: 64 * 1024 * 1024,
  });
const segments = () =>
  [...readelf("--segments").matchAll(/^ +([A-Z_]+) +(?:0x\w+ +){5}([RWE ]{3}) +\w+$/gm)].map(
    ([, type, flags]) => ({ type, flags: flags.replaceAll(" ", "") }),
  );

test("it lies elsewhere at each start: a position-independent executable", () => {
  assert.match(readelf("--file-header"), /Type: +DYN/);
  assert.match(readelf("--dynamic"), /FLAGS_1.*\bPIE\b/);
});

test("nothing that can be written can be run, the stack neither", () => {
  const found = segments();
  assert.ok(found.filter(({ type }) => type === "LOAD").length >= 3, "segments are read");
  for (const { type, flags } of found)
    assert.ok(!(flags.includes("W") && flags.includes("E")), `${type} is ${flags}`);
  assert.deepEqual(
    found.filter(({ type }) => type === "GNU_STACK").map(({ flags }) => flags),
    ["RW"],
  );
});

test("where functions of libraries are is settled at the start and read-only from then on", () => {
  assert.ok(segments().some(({ type }) => type === "GNU_RELRO"));
  assert.match(readelf("--dynamic"), /\(FLAGS\).*BIND_NOW/);
  assert.match(readelf("--dynamic"), /FLAGS_1.*\bNOW\b/);
});

test("an overrun of the stack or of a buffer of known size ends it", () => {
  const symbols = readelf("--dyn-syms");
  assert.match(symbols, /UND __stack_chk_fail@/);
  assert.match(symbols, /UND __mem(cpy|move|set)_chk@/);
});

test("it takes libraries from the system's own places", () => {
  assert.doesNotMatch(readelf("--dynamic"), /\((RPATH|RUNPATH)\)/);
});
