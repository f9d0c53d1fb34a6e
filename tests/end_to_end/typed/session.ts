// A session with the hub by the types that openapi-typescript makes of openapi.json: an owner makes a
// device, the device writes and does as it is told, the owner reads. documents_test.mjs compiles and
// runs it.
import createClient from "openapi-fetch";

import type { paths } from "./contract.js";

const baseUrl = process.env.TANDEM_URL ?? "";
// Of what an answer may be written in, what one gets without asking.
type Json = "application/json" | "application/problem+json";
const as = (key: string) =>
  createClient<paths, Json>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const owner = as(process.env.TANDEM_KEY ?? "");

/** The data of an answer that has to be a good one. */
async function good<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const { data, error, response } = await answer;
  if (data === undefined || data === null) {
    throw new Error(`${response.url}: ${JSON.stringify(error)}`);
  }
  return data;
}

const made = await good(
  owner.POST("/v1/devices", { body: { id: "typed-1", name: "Typed", labels: { room: "study" } } }),
);
const path = { device: made.id };
const key = await good(owner.POST("/v1/devices/{device}/keys", { params: { path }, body: {} }));
const device = as(key.key ?? "");
const me = { device: "me" };

const written = await good(
  device.POST("/v1/devices/{device}/telemetry", {
    params: { path: me },
    body: [
      { t: 1732387200000, v: { power: 8.1 } },
      { t: 1732387201000, v: { power: 8.4 } },
    ],
  }),
);
const latest = await good(owner.GET("/v1/devices/{device}/latest", { params: { path } }));

const config = await good(
  owner.PUT("/v1/devices/{device}/config", {
    params: { path, header: { "If-Match": '"0"' } },
    body: { brightness: 80 },
  }),
);

const sent = await good(
  owner.POST("/v1/devices/{device}/commands", {
    params: { path },
    body: { name: "blink", params: { times: 3 } },
  }),
);
const taken = await good(
  device.GET("/v1/devices/{device}/commands", {
    params: { path: me, query: { status: ["queued"] }, header: { Prefer: "wait=1" } },
  }),
);
const command = taken.items.find((each) => each.id === sent.id);
if (command === undefined) throw new Error("the command has not come");
const where = { params: { path: { ...me, command: command.id } } };
await good(device.POST("/v1/devices/{device}/commands/{command}/ack", where));
const done = await good(
  device.POST("/v1/devices/{device}/commands/{command}/result", {
    ...where,
    body: { status: "done", result: { blinked: 3 } },
  }),
);

const missing = await owner.GET("/v1/devices/{device}", { params: { path: { device: "nobody" } } });
const deleted = await owner.DELETE("/v1/devices/{device}", { params: { path } });

console.log(
  JSON.stringify({
    device: made.id,
    accepted: written.accepted,
    newest: latest.series.power?.v,
    config,
    command: done.status,
    refused: missing.error?.type,
    deleted: deleted.response.status,
  }),
);
