// Makes a device with a key, sends it a command, and looks at its readings.
import { everyItem, HubError, Tandem } from "tandem-client";

const hub = new Tandem({ url: process.env.TANDEM_URL, token: process.env.TANDEM_KEY });

await hub.devices.put("lamp-1", { name: "Desk lamp", type: "lamp" });
const { key } = await hub.keys.create("lamp-1", {});
console.log(`TANDEM_KEY=${key} node examples/device.mjs`);

for await (const device of everyItem((cursor) => hub.devices.list({ type: "lamp", cursor }))) {
  console.log(device.id, device.presence.online ? "is online" : "is offline");
}

const command = await hub.commands.send(
  "lamp-1",
  { name: "set", params: { on: true } },
  { wait: 30 }, // seconds, for the device to carry it out
);
console.log(command.status, command.result);

const { readings } = await hub.telemetry.read("lamp-1", { series: ["power"], limit: 10 });
console.log(readings);

try {
  await hub.config.put("lamp-1", { brightness: 60 }, { ifMatch: '"0"' });
} catch (error) {
  if (!(error instanceof HubError) || error.type !== "/problems/precondition-failed") throw error;
  console.log("somebody has changed it meanwhile");
}
