// Requests as a program makes them that keeps its connection.
import { Agent, request } from "node:http";

const kept = new Agent({ keepAlive: true, maxSockets: 1 });

/** One request, on a connection of `agent`; fails unless the answer is 2xx, else gives its body. */
export function ask(url, { method = "GET", body, headers = {}, agent = kept } = {}) {
  return new Promise((done, refuse) => {
    const asked = request(url, { method, agent, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode < 300) done(text);
        else refuse(new Error(`${method} ${url}: ${answer.statusCode} ${text.slice(0, 300)}`));
      });
    });
    asked.on("error", refuse);
    asked.end(body);
  });
}
