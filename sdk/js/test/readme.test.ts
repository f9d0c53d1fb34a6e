import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

test("the examples of the README are those that run", () => {
  const folder = new URL("../../", import.meta.url);
  const readme = readFileSync(new URL("README.md", folder), "utf8");
  const names = readdirSync(new URL("examples/", folder));
  assert.ok(names.length >= 3);
  for (const name of names) {
    const text = readFileSync(new URL(`examples/${name}`, folder), "utf8");
    assert.ok(readme.includes(`\`\`\`js\n${text}\`\`\`\n`), name);
  }
});
