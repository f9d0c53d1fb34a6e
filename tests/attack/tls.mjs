// T-10: a hub with TLS, and those who begin a handshake, speak something else, or begin again.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";

import { freshFolder, runNow, start } from "../end_to_end/hub.mjs";
import { within } from "../end_to_end/wait.mjs";
import { attacks, needPrograms } from "./harness.mjs";
import { Peer, crowdOf, pass, request } from "./wire.mjs";

const kMany = 2_000;
const kConcurrent = 256;
const kHandshakeMs = 5_000;
const kSlackMs = 1_000;

function certificate() {
  const folder = freshFolder("tandem-attack-tls");
  const [cert, key] = ["cert.pem", "key.pem"].map((name) => join(folder, name));
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30";
  const subject = [
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
  ];
  const made = runNow("openssl", [...words.split(" "), ...subject, "-keyout", key, "-out", cert]);
  if (made.code !== 0) throw new Error(`openssl: ${made.err}`);
  return { cert, key, ca: readFileSync(cert) };
}

// ---------------------------------------------------------------- ClientHello, RFC 8446, 4.1.2

const sized = (bytes, width) => {
  const length = Buffer.alloc(width);
  length.writeUIntBE(bytes.length, 0, width);
  return Buffer.concat([length, bytes]);
};
const extension = (type, body) => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(type);
  return Buffer.concat([head, sized(body, 2)]);
};
const hex = (text) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** One that the hub would answer, padded (RFC 7685) to about so many bytes, as records. */
function clientHello(bytes) {
  const share = Buffer.concat([hex("001d"), sized(randomBytes(32), 2)]);
  const extensions = [
    extension(43, hex("02 0304")),
    extension(10, hex("0004 001d 0017")),
    extension(13, hex("0008 0403 0804 0401 0503")),
    extension(51, sized(share, 2)),
    extension(21, Buffer.alloc(Math.max(0, bytes - 200))),
  ];
  const body = Buffer.concat([
    hex("0303"),
    randomBytes(32),
    sized(randomBytes(32), 1),
    sized(hex("1301 1302 1303"), 2),
    hex("01 00"),
    sized(Buffer.concat(extensions), 2),
  ]);
  const message = Buffer.concat([hex("01"), sized(body, 3)]);
  const records = [];
  for (let at = 0; at < message.length; at += 16_000) {
    records.push(hex("16 0301"), sized(message.subarray(at, at + 16_000), 2));
  }
  return Buffer.concat(records);
}

const kHandshakeRecord = 22;
const answeredHello = (peer) => peer.bytes[0] === kHandshakeRecord && peer.bytes[5] === 2;

async function helloOf(arena, bytes) {
  const peer = new Peer({ port: arena.port });
  await peer.opened;
  peer.write(clientHello(bytes));
  await peer.until(() => peer.received >= 6, 3_000);
  const answered = answeredHello(peer);
  peer.destroy();
  return answered;
}

async function halfHandshakes(arena) {
  const began = performance.now();
  const half = clientHello(1_000).subarray(0, 300);
  const peers = await crowdOf(arena.hub, kMany, () => half);
  await pass(300);
  const open = () => peers.filter((peer) => peer.open).length;
  arena.figure("open_at_most", open(), { most: kConcurrent });
  arena.figure("began_within_ms", performance.now() - began);
  const last = Math.max(...peers.map((peer) => peer.began));
  await pass(Math.max(0, kHandshakeMs + kSlackMs - (performance.now() - last)));
  arena.figure("open_after_6s", open(), { is: 0 });
  arena.figure("longest_ms", Math.max(...peers.map((peer) => peer.lasted)), {
    most: kHandshakeMs + kSlackMs,
  });
  peers.forEach((peer) => peer.destroy());
}

async function plaintext(arena) {
  const peers = await crowdOf(arena.hub, 100, () => request("GET", "/healthz"));
  await Promise.all(peers.map((peer) => peer.ends(3_000)));
  arena.figure("plaintext_open", peers.filter((peer) => peer.open).length, { is: 0 });
  const answers = peers.filter(({ status }) => status >= 200 && status < 400).length;
  arena.figure("plaintext_answers", answers, { is: 0 });
}

/** A client of TLS 1.2 that asks to begin again: whether it may. */
async function renegotiates(arena) {
  const socket = connect({
    port: arena.port,
    host: "127.0.0.1",
    ca: arena.hub.tls.ca,
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.2",
  });
  socket.on("error", () => {});
  const open = new Promise((done) => {
    socket.once("secureConnect", () => done(true));
    socket.once("close", () => done(false));
  });
  if (!(await within(5_000, "a handshake of TLS 1.2", open))) return "no TLS 1.2";
  const again = new Promise((done) => {
    socket.once("close", () => done(false));
    socket.renegotiate({ rejectUnauthorized: true }, (error) => done(error === null));
  });
  const may = await Promise.race([again, pass(3_000).then(() => false)]);
  socket.destroy();
  return may;
}

async function handshakes(arena) {
  await halfHandshakes(arena);
  await plaintext(arena);
  arena.figure("renegotiated", (await renegotiates(arena)) === true, { is: false });
  arena.figure("hello_of_1k_answered", await helloOf(arena, 1_000), { is: true });
  arena.figure("hello_of_12k_answered", await helloOf(arena, 12_000), { is: true });
  arena.figure("hello_of_20k_answered", await helloOf(arena, 20_000), { is: false });
}

// ---------------------------------------------------------------- what others say of it

const kGradeMs = 180_000;
const plain = (text) => text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");

async function tool(program, words) {
  const run = start(program, words);
  run.process.stdin.end();
  await within(kGradeMs, `${program} to end`, run.ended);
  return plain(run.out);
}

/** What sslscan and testssl find: old protocols, weak ciphers, known holes. */
async function grades(arena) {
  const at = `127.0.0.1:${arena.port}`;
  const scan = await tool("sslscan", ["--no-colour", at]);
  const enabled = [...scan.matchAll(/^(SSLv2|SSLv3|TLSv1\.\d)\s+enabled/gm)].map(
    ([, name]) => name,
  );
  arena.figure("protocols", enabled, { is: ["TLSv1.2", "TLSv1.3"] });
  const accepted = [...scan.matchAll(/^(?:Preferred|Accepted)\s+\S+\s+(\d+) bits\s+(\S+)/gm)];
  const weak = accepted.filter(
    ([, bits, name]) => bits < 128 || /NULL|RC4|3DES|EXP|anon|MD5/.test(name),
  );
  arena.figure("ciphers", accepted.length, { least: 1 });
  arena.figure(
    "weak_ciphers",
    weak.map(([, , name]) => name),
    { is: [] },
  );
  arena.figure("compression", /^Compression enabled/m.test(scan), { is: false });
  arena.figure("renegotiation", /^(.*) renegotiation (not )?supported/m.exec(scan)?.[0]);
  const words = "--quiet --color 0 --warnings batch --openssl-timeout 5 --ip one -p -s -U";
  const test = await tool("testssl", [...words.split(" "), `localhost:${arena.port}`]);
  // BREACH needs a secret beside what a stranger chose; testssl sees that "/" is compressed, which is
  // the same public file for everybody.
  const lines = test
    .split("\n")
    .filter((line) => /VULNERABLE|NOT ok/.test(line) && !line.includes("BREACH"));
  arena.figure(
    "testssl_findings",
    lines.map((line) => line.trim().replace(/\s+/g, " ")),
    {
      is: [],
    },
  );
  arena.figure("testssl_checks", (test.match(/not vulnerable|\(OK\)/g) ?? []).length, {
    least: 10,
  });
}

await attacks([
  {
    id: "T-10",
    what: "a handshake has five seconds, 256 are under way, and none begins again",
    hub: () => ({ tls: certificate() }),
    run: handshakes,
  },
  {
    id: "T-10-grades",
    what: "sslscan and testssl find nothing",
    extra: true,
    alone: true,
    needs: () => needPrograms("sslscan", "testssl"),
    hub: () => ({ tls: certificate() }),
    run: grades,
  },
]);
