// Recordings of real sensors, read and replayed through the doors.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const kProject = resolve(fileURLToPath(import.meta.url), "../../..");
const kFolder = process.env.TANDEM_RECORDINGS ?? join(kProject, "../shared/data");
const kNames = ["machine_temperature", "ambient_temperature", "traffic_occupancy"];

export const series = "value";

/** Why there is nothing to replay, or null. */
export function missing() {
  const absent = kNames.filter((name) => !existsSync(join(kFolder, `${name}.csv`)));
  if (absent.length === 0) return null;
  return `no recording ${absent.join(", ")}.csv in TANDEM_RECORDINGS or ../shared/data`;
}

/** `[{name, rows: [{t, v}]}]` in the order of the files. Times without a zone are UTC. */
export function load() {
  return kNames.map((name) => {
    const lines = readFileSync(join(kFolder, `${name}.csv`), "utf8")
      .trim()
      .split(/\r?\n/);
    const rows = lines.slice(1).map((line) => {
      const [time, value] = line.split(",");
      return { t: Date.parse(`${time.replace(" ", "T")}Z`), v: Number(value) };
    });
    return { name, rows };
  });
}

/** What history has to be after `rows` were written in their order: the last value of each time. */
export function lastOfEachTime(rows) {
  const byTime = new Map(rows.map(({ t, v }) => [t, v]));
  return [...byTime].map(([t, v]) => ({ t, v })).sort((a, b) => a.t - b.t);
}

const body = ({ t, v }) => ({ t, v: { [series]: v } });

/** Keeps up to `window` calls going, begun in order; fails with the first that fails. */
async function inOrder(items, window, call) {
  let next = 0;
  const work = async () => {
    while (next < items.length) await call(items[next++]);
  };
  await Promise.all(Array.from({ length: window }, work));
}

function expectAccepted(status, written, count) {
  if (status === 200 && written.accepted === count && written.refused.length === 0) return;
  throw new Error(`not accepted: ${status} ${JSON.stringify(written)}`);
}

const slices = (rows, size) =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, at) =>
    rows.slice(at * size, (at + 1) * size),
  );

// As many as the hub takes from one connection before it reads no further (docs: limits).
const kPipelined = 16;
const kMessagesInFlight = 64;

async function overRest(hub, device, items, pipelining, window) {
  const client = hub.client(device.key, { pipelining });
  const path = `/v1/devices/${device.id}/telemetry`;
  await inOrder(items, window, async (item) => {
    const answer = await client.ask("POST", path, item);
    expectAccepted(answer.status, answer.body, Array.isArray(item) ? item.length : 1);
  });
  client.close();
}

async function overSocket(hub, device, rows, encoding) {
  const socket = await hub.socket(device.key, { encoding });
  await inOrder(rows, kMessagesInFlight, async (row) => {
    const reply = await socket.call("telemetry.write", { path: { device: "me" }, body: body(row) });
    expectAccepted(reply.status, reply.body, 1);
  });
  socket.close();
}

/** The ways in. `subscriber`: the encoding of the socket that listens meanwhile. */
export const ways = [
  {
    name: "REST, one reading a body",
    id: "single",
    subscriber: "cbor",
    replay: (hub, device, rows) => overRest(hub, device, rows.map(body), kPipelined, kPipelined),
  },
  {
    name: "REST, 1,000 readings a body",
    id: "bulk",
    subscriber: "json",
    replay: (hub, device, rows) => overRest(hub, device, slices(rows.map(body), 1_000), 1, 1),
  },
  {
    name: "WebSocket, JSON",
    id: "ws-json",
    subscriber: "cbor",
    replay: (hub, device, rows) => overSocket(hub, device, rows, "json"),
  },
  {
    name: "WebSocket, CBOR",
    id: "ws-cbor",
    subscriber: "json",
    replay: (hub, device, rows) => overSocket(hub, device, rows, "cbor"),
  },
];
