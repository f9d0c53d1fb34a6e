// Half a day passes for a hub with TLS: the key of its tickets is another.
import tls from "node:tls";

import { selfSigned } from "../end_to_end/certificates.mjs";
import { eventually, within } from "../end_to_end/wait.mjs";
import { Clock } from "./clock.mjs";
import { makeHub } from "./harness.mjs";

const kMinute = 60;
const kHalfDay = 12 * 60 * kMinute;
// OpenSSL's own limit for a ticket is two hours: what ends earlier ends with the key.
const kNear = 5 * kMinute;
const kRequest = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/** One request on a connection of its own: its ticket, and whether a session was resumed. */
async function visit(hub, version, session) {
  const { port } = new URL(hub.url);
  const versions = { minVersion: version, maxVersion: version };
  const options = { port, host: "127.0.0.1", servername: "localhost", ca: hub.tls.ca };
  const socket = tls.connect({ ...options, ...versions, session });
  const seen = { ticket: undefined, resumed: undefined };
  socket.on("session", (each) => (seen.ticket = each));
  socket.once("secureConnect", () => (seen.resumed = socket.isSessionReused()));
  const ended = new Promise((done, refuse) => socket.once("close", done).once("error", refuse));
  socket.on("data", () => {}).write(kRequest);
  await within(10_000, "the answer", ended);
  return seen;
}

export const tickets = {
  id: "tickets",
  what: "keys of TLS tickets, half a day later",
  async run(row) {
    const fake = new Clock({ monotonic: true });
    const hub = makeHub({ by: fake.by, tls: selfSigned() });
    await hub.start();
    for (const [round, version] of ["TLSv1.2", "TLSv1.3"].entries()) {
      const renewed = (round + 1) * kHalfDay;
      fake.jump(renewed - kNear);
      const { ticket } = await visit(hub, version);
      const { resumed } = await visit(hub, version, ticket);
      row.expect(resumed, `${version}: a session was not resumed`);
      fake.jump(renewed + kNear);
      const again = async () => !(await visit(hub, version, ticket)).resumed;
      await eventually(10_000, `the key of tickets of ${version} to be another`, again);
      row.add("renewed");
    }
    await hub.stop();
  },
};
