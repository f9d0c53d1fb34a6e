// One client process of crowd.mjs: some thousand sockets over bare connections. Devices send a reading
// now and then and count what is acknowledged; one witness hears the events of all of them.
// Told by its parent what to do; tells what it has seen.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";

const kMask = Buffer.alloc(4);
const kAtOnce = 50;

/** The payloads of whole text frames at the front of `bytes`, and what is left. */
function takeFrames(bytes, each) {
  let at = 0;
  while (bytes.length - at >= 2) {
    const short = bytes[at + 1] & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length - at < 2 + extra) break;
    let size = short;
    if (extra === 2) size = bytes.readUInt16BE(at + 2);
    if (extra === 8) size = Number(bytes.readBigUInt64BE(at + 2));
    const end = at + 2 + extra + size;
    if (end > bytes.length) break;
    each(bytes[at] & 0x0f, bytes.subarray(at + 2 + extra, end));
    at = end;
  }
  return bytes.subarray(at);
}

function frame(opcode, payload) {
  const size = payload.length;
  const head = size < 126 ? Buffer.from([0x80 | opcode, 0x80 | size]) : Buffer.alloc(4);
  if (size >= 126) {
    head[0] = 0x80 | opcode;
    head[1] = 0xfe;
    head.writeUInt16BE(size, 2);
  }
  return Buffer.concat([head, kMask, payload]);
}

class Line {
  #rest = Buffer.alloc(0);
  ended = false;

  /** Opens a socket with `key`; resolves when the hub has greeted it. */
  static open(port, key, heard, lost) {
    const line = new Line();
    return new Promise((done, refuse) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      line.socket = socket;
      let head = "";
      const greeting = (bytes) => {
        head += bytes.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        socket.off("data", greeting);
        if (!head.startsWith("HTTP/1.1 101 ")) {
          socket.destroy();
          return refuse(new Error(head.slice(0, head.indexOf("\r\n"))));
        }
        socket.on("data", (more) => line.#hear(more, heard));
        line.#hear(Buffer.from(head.slice(end + 4), "latin1"), heard);
        done(line);
      };
      socket.on("data", greeting);
      socket.on("error", refuse);
      socket.on("close", () => {
        if (!line.ended) lost();
        refuse(new Error("closed"));
      });
      socket.write(
        `GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\n` +
          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
          `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n` +
          `Authorization: Bearer ${key}\r\n\r\n`,
      );
    });
  }

  say(message) {
    this.socket.write(frame(1, Buffer.from(JSON.stringify(message))));
  }
  end() {
    this.ended = true;
    this.socket.destroy();
  }

  #hear(bytes, heard) {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = takeFrames(all, (opcode, payload) => {
      if (opcode === 9) this.socket.write(frame(10, payload));
      if (opcode === 1) heard(JSON.parse(payload.toString()));
    });
  }
}

const seen = {
  ...{ open: 0, lost: 0, refused: 0, flapped: 0, paused: 0 },
  ...{ sent: 0, acked: 0, events: 0, receipted: 0, latencies: [] },
};
let going = true;

function tallied(message) {
  if (message.ev) seen.events += message.ev.length;
  if (message.gap) seen.receipted += message.gap.n;
}

async function runDevice({ port, period, flaps, slow }, { id, key }, at) {
  const sentAt = new Map();
  let number = 0;
  const heard = (message) => {
    const began = sentAt.get(message.id);
    if (began === undefined) return;
    sentAt.delete(message.id);
    if (message.status === 200) seen.acked += 1;
    else seen.refused += 1;
    if (message.status === 200) seen.latencies.push(performance.now() - began);
  };
  const dial = async () => {
    const line = await Line.open(port, key, heard, () => (seen.lost += 1));
    seen.open += 1;
    return line;
  };
  const state = { id, line: await dial(), sentAt };
  const send = () => {
    if (!going || state.line === null) return;
    const next = ++number;
    sentAt.set(next, performance.now());
    seen.sent += 1;
    state.line.say({ id: next, op: "telemetry.write", path: { device: "me" }, body: { n: next } });
  };
  setTimeout(() => setInterval(send, period), (period * at) / 1_000 % period);
  if (flaps) {
    setInterval(async () => {
      if (!going || sentAt.size > 0 || state.line === null) return;
      state.line.end();
      state.line = null;
      seen.open -= 1;
      seen.flapped += 1;
      state.line = await dial();
    }, 5_000 + (at % 1_000));
  }
  if (slow) {
    setInterval(() => {
      if (!going) return;
      seen.paused += 1;
      const { socket } = state.line;
      socket.pause();
      setTimeout(() => socket.resume(), 8_000);
    }, 20_000 + (at % 5_000));
  }
  return state;
}

async function begin(told) {
  const witness = await Line.open(told.port, told.admin, tallied, () => (seen.lost += 1));
  for (let from = 0; from < told.devices.length; from += 1_000) {
    const devices = told.devices.slice(from, from + 1_000).map(({ id }) => id);
    witness.say({ id: from, op: "stream.subscribe", body: { devices } });
  }
  const lines = [];
  for (let from = 0; from < told.devices.length; from += kAtOnce) {
    const some = told.devices.slice(from, from + kAtOnce).map((device, offset) => {
      const at = from + offset;
      const one = { ...told, flaps: at % 100 === 1, slow: at % 100 === 2 };
      return runDevice(one, device, at);
    });
    lines.push(...(await Promise.all(some)));
  }
  process.send({ ready: lines.length });
  process.on("message", ({ report, stop }) => {
    if (stop) going = false;
    if (report) process.send({ ...seen, unanswered: lines.reduce((n, l) => n + l.sentAt.size, 0) });
    seen.latencies = [];
  });
}

process.once("message", begin);
