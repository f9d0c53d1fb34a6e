// What `tandem bench` says of the wire is what tcpdump sees on it: every connection of a run, in the
// clear and with TLS, within 1 %.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { selfSigned } from "./certificates.mjs";
import { agrees } from "./counted.mjs";
import { freshFolder, runBeside, runNow, start, startHub, tandem } from "./hub.mjs";
import { atOnce } from "./together.mjs";
import { eventually } from "./wait.mjs";

const test = atOnce(2);
const kMs = 150_000;
const kSegmentBytes = 1_448;
const kEthernet = 14;
const kSyn = 2;
const kAck = 16;
// Nobody else calls from there.
const kMarkFrom = "127.0.0.2";

/** TCP over IPv4 in a file of pcap's: `{client, mark, flags, head, body}`, sizes in bytes. */
function* packetsOf(file, port) {
  const bytes = readFileSync(file);
  for (let at = 24; at + 16 <= bytes.length;) {
    const kept = bytes.readUInt32LE(at + 8);
    const ip = at + 16 + kEthernet;
    at += 16 + kept;
    if (at > bytes.length) return;
    const tcp = ip + 4 * (bytes[ip] & 15);
    const head = tcp - ip + 4 * (bytes[tcp + 12] >> 4);
    const [from, to] = [bytes.readUInt16BE(tcp), bytes.readUInt16BE(tcp + 2)];
    const host = from === port ? ip + 16 : ip + 12;
    yield {
      client: from === port ? to : from,
      mark: bytes.subarray(host, host + 4).join(".") === kMarkFrom,
      flags: bytes[tcp + 13],
      head,
      body: bytes.readUInt16BE(ip + 2) - head,
    };
  }
}

/** Of connections that began meanwhile. The loopback hands over whole what others would cut. */
function sumOf(packets) {
  const seen = new Set();
  const sum = { connections: 0, packets: 0, bytes: 0 };
  for (const { client, flags, head, body } of packets) {
    if ((flags & (kSyn | kAck)) === kSyn) {
      seen.add(client);
      sum.connections += 1;
    }
    if (!seen.has(client)) continue;
    const segments = Math.max(1, Math.ceil(body / kSegmentBytes));
    sum.packets += segments;
    sum.bytes += body + segments * head;
  }
  return sum;
}

async function startCapture(t, port) {
  const file = join(freshFolder(), "loopback.pcap");
  const words = ["-i", "lo", "-n", "-s", "96", "-B", "32768", "--immediate-mode", "-U", "-Z", "root",
    "-w", file, "tcp", "port", port];
  const child = start("tcpdump", words);
  t.after(() => child.process.kill("SIGKILL"));
  await eventually(20_000, "tcpdump", () => child.err.includes("listening on"));
  return {
    /** Everything that was said until now. */
    async end() {
      const last = connect({ port: Number(port), host: "127.0.0.1", localAddress: kMarkFrom });
      await once(last, "connect");
      last.destroy();
      const packets = () => [...packetsOf(file, Number(port))];
      await eventually(20_000, "the last packet", () => packets().some(({ mark }) => mark));
      child.process.kill("SIGINT");
      await child.ended;
      assert.match(child.err, /\b0 packets dropped by kernel/);
      return sumOf(packets().filter(({ mark }) => !mark));
    },
  };
}

// It takes root, and a kernel that lets a container listen.
const probe = runNow("sh", ["-c", "tcpdump --version && tcpdump -i lo -c 1 -d >/dev/null"]);
const skip = probe.code === 0 ? false : `tcpdump cannot listen here: ${probe.err.trim()}`;

for (const secure of [false, true]) {
  const how = secure ? "with TLS" : "in the clear";
  test(`bytes, packets and connections are those of a capture, ${how}`, { skip }, async (t) => {
    const tls = secure ? selfSigned() : undefined;
    const hub = await startHub(t, { tls });
    const capture = await startCapture(t, new URL(hub.url).port);
    const words = ["bench", "--quick", "--json", "--every", "1s", "--payload", "120",
      "--url", hub.url, "--key", hub.admin.admin_key];
    // A certificate that signs itself is its own authority.
    words.push(...(secure ? ["--ca", tls.cert] : ["--no-tls"]));
    const done = await runBeside(tandem, words, { ms: kMs });
    assert.ok(done.code === 0 || done.code === 1, `${done.code} ${done.err}`);
    const { wire } = JSON.parse(done.out);
    const seen = await capture.end();
    t.diagnostic(`${how}: bench ${JSON.stringify(wire)}, tcpdump ${JSON.stringify(seen)}`);
    assert.equal(wire.connections, seen.connections);
    agrees(wire.packets, seen.packets, 0.01, "packets");
    agrees(wire.bytes, seen.bytes, 0.01, "bytes");
  });
}
