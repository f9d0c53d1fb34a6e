// What goes with the program: the unit for systemd, and the list of what the program is made of.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

import { runNow, tandem } from "./hub.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const unit = `${root}packaging/tandem.service`;

test("systemd-analyze finds little that the unit leaves open", () => {
  const words = ["security", "--offline=yes", "--no-pager", "--threshold=15", unit];
  const { code, out, err } = runNow("systemd-analyze", words);
  const [, level] = /Overall exposure level for tandem\.service: ([0-9.]+)/.exec(out) ?? [];
  console.log(JSON.stringify({ id: "T-85", ok: code === 0, exposure: Number(level) }));
  assert.equal(code, 0, out + err);
});

test("systemd understands every line of the unit", () => {
  const { err } = runNow("systemd-analyze", ["verify", "--recursive-errors=no", unit]);
  // Where the program is not installed, that alone is wrong.
  const wrong = err.split("\n").filter((line) => line && !line.includes("/usr/bin/tandem is not executable"));
  assert.deepEqual(wrong.filter((line) => line.includes("tandem.service")), []);
});

test("what the unit starts is a command line that there is", () => {
  const [, words] = /^ExecStart=\/usr\/bin\/tandem (.*)$/m.exec(readFileSync(unit, "utf8"));
  const [subcommand, ...options] = words.split(" ");
  const help = runNow(tandem, [subcommand, "--help"]).out;
  const named = options.filter((word) => word.startsWith("--"));
  assert.ok(named.length >= 2);
  for (const option of named) assert.ok(help.includes(`${option} `), option);
});

test("the list of components has every library that the program loads, with version and hash", () => {
  const made = runNow(`${root}tools/sbom`, [tandem]);
  assert.equal(made.code, 0, made.err);
  const bill = JSON.parse(made.out);
  assert.equal(bill.bomFormat, "CycloneDX");
  assert.equal(bill.specVersion, "1.5");
  const hash = createHash("sha256").update(readFileSync(tandem)).digest("hex");
  assert.equal(bill.metadata.component.hashes[0].content, hash);
  const files = bill.components.flatMap(({ components = [] }) => components);
  const loaded = runNow("ldd", [tandem]).out.match(/=> \S+/g) ?? [];
  assert.ok(loaded.length >= 8);
  assert.ok(files.length >= loaded.length, `${files.length} files, ${loaded.length} loaded`);
  for (const { name, hashes } of files) assert.match(hashes[0].content, /^[0-9a-f]{64}$/, name);
  const names = bill.components.map(({ name }) => name);
  for (const name of ["libssl3", "libsqlite3-0", "libc6", "uplot"]) assert.ok(names.includes(name), name);
  for (const { name, version, licenses } of bill.components) {
    assert.ok(version && licenses.length > 0, name);
  }
  // The same program has the same list, byte for byte.
  assert.equal(runNow(`${root}tools/sbom`, [tandem]).out, made.out);
});
