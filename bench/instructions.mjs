// How many instructions one durable write of a reading takes, by callgrind: for programs that were
// built in different ways, since it does not depend on what else the machine does.
//
//   node bench/instructions.mjs PROGRAM...      of each door the difference of two runs, a message
//
// Wants valgrind. It reads none of clang's debug information: a stripped copy is measured.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { jsonBody, jsonMessage, Thermometer } from "./bodies.mjs";
import { RestConnection, SocketConnection } from "./clients.mjs";
import { freshFolder } from "./hub.mjs";

const kFew = 500;
const kMany = 2_500;
const kOpenLimits = ["requests", "readings", "ws.messages"].flatMap((name) => [
  ...["--limit", `${name}_per_second=1e9`],
  ...["--limit", `${name}_burst=1e9`],
]);

/** How many a hub takes in all, from its start to its end, for so many writes through one door. */
async function count(program, door, messages) {
  const data = join(freshFolder(), "data");
  execFileSync(program, ["init", "--data", data], { stdio: "ignore" });
  const made = execFileSync(program, ["device", "add", "lamp", "--data", data], { encoding: "utf8" });
  const { key } = JSON.parse(made);
  const out = `${data}.callgrind`;
  const judge = ["--tool=callgrind", `--callgrind-out-file=${out}`];
  const words = ["serve", "--data", data, "--listen", "127.0.0.1:0", "--backend", "epoll"];
  const hub = spawn("valgrind", [...judge, program, ...words, ...kOpenLimits], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const port = await new Promise((done) => {
    let text = "";
    hub.stdout.on("data", (piece) => {
      text += piece;
      const found = /^listening on \S+:(\d+)$/m.exec(text);
      if (found) done(Number(found[1]));
    });
  });
  const connection =
    door === "rest" ? new RestConnection(port, key) : new SocketConnection(port, key, "json");
  await connection.open();
  const thermometer = new Thermometer();
  let sent = 0;
  const next = () => {
    sent += 1;
    return door === "rest" ? jsonBody(thermometer, 1) : jsonMessage(thermometer, 1, sent);
  };
  await connection.run(next, 1, () => sent < messages);
  connection.close();
  hub.kill("SIGTERM");
  await once(hub, "exit");
  return Number(/^(?:summary|totals): (\d+)/m.exec(readFileSync(out, "utf8"))[1]);
}

for (const program of process.argv.slice(2)) {
  const bare = join(freshFolder(), "tandem");
  execFileSync("strip", ["-o", bare, program]);
  for (const door of ["rest", "ws"]) {
    const few = await count(bare, door, kFew);
    const many = await count(bare, door, kMany);
    console.log(`${program} ${door}: ${Math.round((many - few) / (kMany - kFew))} a message`);
  }
}
