// The tables of what ingest.mjs has measured.
//   node bench/ingest_report.mjs FILE     prints those of an earlier run
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { short, summary, table, withSpread } from "./figures.mjs";

// Above this share of its core the generator may be what is measured.
const kGeneratorIsFull = 0.9;

const percent = (share) => `${short(share * 100)} %`;
const of = (way, store, name) => way[store].map((each) => each[name]);
const figure = (way, store, name) => summary(of(way, store, name));
const ratios = (ones, others) => withSpread(summary(ones.map((one, at) => one / others[at])));

function clientBusy(way, store) {
  const busy = figure(way, store, "client_busy").median;
  return percent(busy) + (busy > kGeneratorIsFull ? " (full)" : "");
}

function rates({ ways }, store) {
  const head = [`${store} store`, "messages/s", "readings/s", "hub busy", "client busy"];
  const row = (way) => [
    way.name,
    withSpread(figure(way, store, "messages_per_second")),
    short(figure(way, store, "readings_per_second").median),
    percent(figure(way, store, "hub_busy").median),
    clientBusy(way, store),
  ];
  return table(head, ways.map(row));
}

function costs({ ways }) {
  const head = [
    "the hub's CPU",
    "embedded, µs/message",
    "µs/reading",
    "of it the loop",
    "memory, µs/message",
    "µs/reading",
    "embedded / memory",
  ];
  const row = (way) => [
    way.name,
    withSpread(figure(way, "embedded", "us_per_message")),
    short(figure(way, "embedded", "us_per_reading").median),
    short(figure(way, "embedded", "us_per_reading_loop").median),
    withSpread(figure(way, "memory", "us_per_message")),
    short(figure(way, "memory", "us_per_reading").median),
    ratios(of(way, "embedded", "us_per_message"), of(way, "memory", "us_per_message")),
  ];
  return table(head, ways.map(row));
}

/** REST against the WebSocket way, in JSON, that sends the same readings as tightly. */
function doors({ ways }) {
  const figures = ["CPU, embedded", "CPU, memory", "rate, embedded", "rate, memory"];
  const head = ["REST / WebSocket", ...figures];
  const pairs = ways
    .filter((way) => way.door === "rest")
    .map((rest) => [
      rest,
      ways.find(
        (way) =>
          way.door === "json" && way.readings === rest.readings && way.window === rest.window,
      ),
    ]);
  const cell = ([rest, socket], name, store) =>
    ratios(of(rest, store, name), of(socket, store, name));
  const row = (pair) => [
    `${pair[0].readings} a message, ${pair[0].window} under way`,
    cell(pair, "us_per_message", "embedded"),
    cell(pair, "us_per_message", "memory"),
    cell(pair, "messages_per_second", "embedded"),
    cell(pair, "messages_per_second", "memory"),
  ];
  return table(head, pairs.map(row));
}

const kAlone = { fdatasync: "4 KiB and fdatasync", rest: "REST", websocket: "WebSocket" };

function alone({ alone_ms: times }) {
  const head = ["one device alone, ms", "p50", "p99", "p50 / fdatasync's", "p99 / fdatasync's"];
  const row = ([name, { p50, p99 }]) => [
    kAlone[name],
    short(p50),
    short(p99),
    short(p50 / times.fdatasync.p50),
    short(p99 / times.fdatasync.p99),
  ];
  return table(head, Object.entries(times).map(row));
}

function written({ ways }) {
  const row = (way) => [
    way.name,
    withSpread(figure(way, "embedded", "bytes_written_per_reading")),
  ];
  return table(["embedded store", "bytes written a reading"], ways.map(row));
}

/** Prints everything as Markdown. */
export function print(measured) {
  const { machine, settings, disk, resident } = measured;
  const { rounds, seconds, connections } = settings;
  console.log(`${connections} connections, ${seconds} s each; median of ${rounds} (least–most)`);
  console.log(`${machine.cores} cores, ${machine.cpu}, Linux ${machine.kernel}, ${machine.date}`);
  const [before, after] = [machine.load_average[0], machine.load_average_after[0]];
  console.log(`load average ${short(before)} before, ${short(after)} after`);
  const tables = [
    rates(measured, "embedded"),
    rates(measured, "memory"),
    costs(measured),
    doors(measured),
    alone(measured),
    written(measured),
  ];
  for (const each of tables) console.log(`\n${each}`);
  console.log(
    `\n${short(disk.readings)} readings in ${short(disk.bytes / 1e6)} MB of telemetry.db: ` +
      `${short(disk.bytes / disk.readings)} bytes a reading`,
  );
  const mega = (store) => `${store} ${short(resident[store].resident / 1e6)} MB`;
  console.log(`resident at the end: ${mega("embedded")}, ${mega("memory")}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  print(JSON.parse(readFileSync(process.argv[2], "utf8")));
}
