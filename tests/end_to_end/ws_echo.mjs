// A WebSocket server that sends back what it gets, as npm's ws does it. Prints `port N`.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("listening", () => console.log(`port ${server.address().port}`));
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data, binary) => socket.send(data, { binary }));
});
