// A lamp: it does what it is told, takes over its config, and says how much power it draws.
import { Tandem } from "tandem-client";
import WebSocket from "ws"; // not needed where there is a WebSocket already

const hub = new Tandem({ url: process.env.TANDEM_URL, token: process.env.TANDEM_KEY, WebSocket });
const lamp = hub.device();

let on = false;
let watts = 8;

lamp.onCommand("set", (params) => {
  on = params.on;
  return { on };
});
lamp.onCommand("fade", async (params, { progress }) => {
  for (watts = 8; watts > 0; watts -= 2) await progress({ watts });
});
lamp.onConfig((config) => {
  watts = 8 * ((config.brightness ?? 100) / 100);
});
lamp.on("unsent", ({ v, why }) => console.error("not stored:", v, why.message));
lamp.on("error", (error) => console.error(error.message));
hub.on("state", ({ kind }) => console.log(kind));

await lamp.connect();
await lamp.report({ firmware: "1.4.2" });

// No need to wait for it: readings are kept while there is no connection.
setInterval(() => lamp.send({ on, power: on ? watts : 0 }), 1000);
