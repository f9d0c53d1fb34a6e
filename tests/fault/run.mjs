// Faults of disk, power and clock, and what the hub has afterwards of what it has acknowledged.
//   TANDEM=build/release/tandem node tests/fault/run.mjs [--long] [--rounds N] [NAME...]
// Prints a line of JSON for each, and what it comes to. Exit code 1 when something was lost or
// wrong or a promise is broken, 77 when all was skipped. TANDEM_SEED: the random moments again.
import { Skip } from "./disks.mjs";
import { clock } from "./clock.mjs";
import { failing } from "./failing.mjs";
import { flips } from "./flips.mjs";
import { full } from "./full.mjs";
import { Row } from "./harness.mjs";
import { kill } from "./kill.mjs";
import { power } from "./power.mjs";
import { tickets } from "./tickets.mjs";

const kRows = [kill, power, failing, full, flips, clock, tickets];
const kSkipped = 77;

const words = process.argv.slice(2);
const long = words.includes("--long");
const roundsAt = words.indexOf("--rounds");
const rounds = roundsAt < 0 ? undefined : Number(words.splice(roundsAt, 2)[1]);
const names = words.filter((word) => !word.startsWith("-"));
for (const name of names) {
  if (!kRows.some(({ id }) => id === name)) {
    console.error(`${name} is none of ${kRows.map(({ id }) => id).join(", ")}`);
    process.exit(2);
  }
}

async function tried({ id, what, run }) {
  const row = new Row(id, { long, rounds });
  const began = performance.now();
  try {
    await run(row);
  } catch (error) {
    if (error instanceof Skip) {
      console.log(`skipped ${id}: ${error.message}`);
      return "skipped";
    }
    row.expect(false, process.env.TANDEM_FAULT_STACK ? error.stack : error.message);
  }
  const line = row.line((performance.now() - began) / 1000);
  console.log(JSON.stringify(line));
  const { compared, lost, wrong } = line;
  console.log(`${id} (${what}): ${compared} compared, lost ${lost}, wrong ${wrong}`);
  return line.ok ? "ok" : "broken";
}

const how = [];
for (const row of kRows) {
  if (names.length === 0 || names.includes(row.id)) how.push(await tried(row));
}
if (how.includes("broken")) process.exit(1);
process.exit(how.includes("ok") ? 0 : kSkipped);
