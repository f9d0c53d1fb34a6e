// Compiling this is the test: each line after `@ts-expect-error` has to be refused.
import { test } from "node:test";

import type { Command, Device, Latest } from "../src/schemas.js";
import type { Tandem } from "../src/index.js";
import { World } from "./world.js";

async function neverCalled(hub: Tandem) {
  const device: Device = await hub.devices.get("lamp");
  const command: Command = await hub.commands.send("lamp", { name: "blink" }, { wait: 5 });
  const latest: Latest = await hub.telemetry.latest("lamp", { door: "socket" });
  const etag: string | undefined = (await hub.replies.config.get("lamp")).headers.etag;
  const gone: void = await hub.devices.delete("lamp");
  const created: number = device.created + command.expires;
  await hub.telemetry.write("me", [{ t: "2024-11-23T18:40:00Z", v: { power: 8.1 } }]);
  // @ts-expect-error an id is a text
  await hub.devices.create({ id: 7 });
  // @ts-expect-error there is no such member
  await hub.devices.put("lamp", { colour: "red" });
  // @ts-expect-error a command has a name
  await hub.commands.send("lamp", { params: {} });
  // @ts-expect-error the body is missing
  await hub.config.put("lamp");
  // @ts-expect-error there is no such parameter
  await hub.devices.list({ page: 2 });
  // @ts-expect-error there is no such way of aggregating
  await hub.telemetry.read("lamp", { aggregate: ["mode"] });
  // @ts-expect-error the socket is the client's own affair
  await hub.stream.subscribe({});
  for await (const item of hub.stream({ kinds: ["reading", "presence"] })) {
    // @ts-expect-error a receipt has no device
    const unsure: string = item.device;
    if (item.kind === "presence") void item.value.online;
    if (item.kind === "gap") void item.count.toFixed();
    void unsure;
  }
  return [latest, etag, gone, created];
}

test("the types are those of the hub's documents", () => {
  void neverCalled;
  new World().hub().close();
});
