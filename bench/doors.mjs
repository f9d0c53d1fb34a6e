// What the doors cost: the engine against the floor and against other servers, over WebSocket and
// HTTP. All servers of a row take turns, so that every ratio is of neighbours in time.
//
//   node bench/doors.mjs [--rounds 5] [--seconds 1] [--out bench/results/doors.json]
//                        [--only TEXT] [--servers floor,tandem]
//
// --only takes the rows with that in their name, --servers those servers of them.
// Takes the programs in build/release/bench, or where TANDEM_BENCH says, and the engine that
// ECHO_SERVER says if it is another one. A server that is not there is left out, and the table says
// so.
import { execFile } from "node:child_process";
import { loadavg } from "node:os";

import { kRows } from "./doors_rows.mjs";
import { print } from "./doors_report.mjs";
import { option, save } from "./figures.mjs";
import { machine, stayOn } from "./hub.mjs";
import { load, Server } from "./peers/servers.mjs";

const kRounds = option("rounds", 5);
const kSeconds = option("seconds", 1);
const kOnly = option("only", "");
const kServers = option("servers", "");
const kOut = option("out", "bench/results/doors.json");
const kServerCore = 0;
const kLoadCore = 1;
const kLoadMs = 120_000;

/** Runs the load generator once: what it prints. Fails when an answer was wrong or missing. */
function run(words) {
  return new Promise((done, refuse) => {
    const limits = { encoding: "utf8", timeout: kLoadMs };
    const child = execFile(load, words, limits, (error, stdout, stderr) => {
      process.off("exit", end);
      if (error === null) done(JSON.parse(stdout));
      else refuse(new Error(`${stdout}${stderr}`.trim() || error.message));
    });
    const end = () => child.kill();
    process.on("exit", end);
  });
}

async function measure(row, cell, server, seconds) {
  const words = [...row.load, ...(cell.load ?? []), "--seconds", String(seconds)];
  words.push("--pid", String(server.pid), "--port", String(server.port));
  return await run(words);
}

/** Starts the servers of a row; notes those that cannot be. */
async function begin(cells, failures) {
  const servers = {};
  for (const [name, cell] of Object.entries(cells)) {
    try {
      servers[name] = await Server.start(cell.server ?? name, kServerCore);
    } catch (error) {
      failures[name] = error.message;
    }
  }
  return servers;
}

/** All rounds of a row. A failed measurement is null, and so in every ratio of its round. */
async function measureRow(row) {
  const failures = {};
  const wanted = ([name]) => kServers === "" || kServers.split(",").includes(name);
  const cells = Object.fromEntries(Object.entries(row.cells).filter(wanted));
  const results = Object.fromEntries(Object.keys(cells).map((name) => [name, []]));
  let servers = await begin(cells, failures);
  for (let round = 0; round <= kRounds; round += 1) {
    // The first one warms up. Who is first changes from round to round.
    const names = Object.keys(servers);
    for (const name of round % 2 === 0 ? names : names.reverse()) {
      const cell = cells[name];
      const result = await measure(row, cell, servers[name], round === 0 ? 0.2 : kSeconds).catch(
        (error) => {
          failures[name] = error.message.slice(0, 500);
          return null;
        },
      );
      if (round > 0) results[name].push(result);
    }
    if (row.fresh && round < kRounds) {
      await Promise.all(Object.values(servers).map((server) => server.stop()));
      servers = await begin(cells, failures);
    }
  }
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  return { name: row.name, compare: row.compare, results, failures };
}

const started = performance.now();
const about = machine();
stayOn(kLoadCore);
const rows = [];
for (const row of kRows.filter(({ name }) => name.includes(kOnly))) {
  console.error(`${row.name}; load average ${loadavg()[0].toFixed(2)}`);
  rows.push(await measureRow(row));
}
const seconds = (performance.now() - started) / 1000;
const measured = {
  machine: { ...about, load_average_after: loadavg(), seconds },
  settings: { rounds: kRounds, seconds: kSeconds },
  rows,
};
print(measured);
save(kOut, measured);
process.exit(0);
