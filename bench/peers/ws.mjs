// A peer: the package `ws` on Node.js, and Node's own HTTP server.
//
//   node bench/peers/ws.mjs      prints `listening on PORT`
//
// WebSocket: every message comes back, but on /fanout, where what comes from a socket opened with
// `publish` goes to all others. HTTP: every request is answered 204.
import { createServer } from "node:http";
import { createRequire } from "node:module";

// The tests have the package; where another node_modules is to be used, TANDEM_MODULES says.
const tests = new URL("../../tests/", import.meta.url);
const from = process.env.TANDEM_MODULES ?? new URL("node_modules/", tests);
const { WebSocketServer } = createRequire(from)("ws");

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(204).end());
});

const subscribers = new Set();
new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket, request) => {
  if (request.url.includes("publish")) {
    socket.on("message", (message) => {
      for (const each of subscribers) each.send(message, { binary: false });
    });
  } else if (request.url.startsWith("/fanout")) {
    subscribers.add(socket);
    socket.on("close", () => subscribers.delete(socket));
  } else {
    socket.on("message", (message, binary) => socket.send(message, { binary }));
  }
  socket.on("error", () => {});
});

server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
