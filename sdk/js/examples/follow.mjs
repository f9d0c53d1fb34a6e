// Follows all readings and goes on where it was, also when it is started again.
import { readFileSync, writeFileSync } from "node:fs";

import { Tandem } from "tandem-client";
import WebSocket from "ws";

const hub = new Tandem({ url: process.env.TANDEM_URL, token: process.env.TANDEM_KEY, WebSocket });

let start = "latest";
try {
  start = readFileSync("cursor.txt", "utf8");
} catch {
  // It is the first time.
}

for await (const item of hub.stream({ start, kinds: ["reading", "presence"] })) {
  switch (item.kind) {
    case "gap":
      console.log(`${item.count} events are missing: ${item.why}`);
      break;
    case "reading":
      console.log(item.device, item.series, item.value, new Date(item.time));
      break;
    case "presence":
      console.log(item.device, item.value.online ? "has come" : "has gone");
      break;
  }
  if (item.cursor !== undefined) writeFileSync("cursor.txt", item.cursor);
}
