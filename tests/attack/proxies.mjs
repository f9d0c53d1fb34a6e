// T-02: requests that two parsers may read in two ways, through nginx and HAProxy, each as strict
// as it comes and as lenient as it can be made. The hub must never see a request more than the
// proxy has sent, and nobody may get an answer that is another's.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freshFolder, start } from "../end_to_end/hub.mjs";
import { freePort } from "../end_to_end/servers.mjs";
import { eventually, within } from "../end_to_end/wait.mjs";
import { attacks, needPrograms } from "./harness.mjs";
import { Peer, upgrade } from "./wire.mjs";

// Debian keeps both where only root looks.
const [kNginx, kHaproxy] = ["/usr/sbin/nginx", "/usr/sbin/haproxy"];
const kQuietMs = 120;
const kProbes = 3;

// ---------------------------------------------------------------- the proxies

const kNginxLenient = "ignore_invalid_headers off; underscores_in_headers on; merge_slashes off;";

/** Each line of its log is a request that it has sent on; `sent()` counts them. */
const nginx = (lenient) => async (hubPort) => {
  const folder = freshFolder("tandem-attack-nginx");
  const port = await freePort();
  const log = join(folder, "access.log");
  const kept = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (each) => `${each}_temp_path ${join(folder, each)};`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off;
     pid ${join(folder, "pid")}; error_log ${join(folder, "error.log")};
     ${process.getuid() === 0 ? "user root;" : ""}
     events { worker_connections 256; }
     http {
       ${kept.join("\n")}
       log_format sent '$upstream_addr "$request"';
       access_log ${log} sent;
       upstream hub { server 127.0.0.1:${hubPort}; keepalive 4; }
       server {
         listen 127.0.0.1:${port};
         client_header_timeout 2s; client_body_timeout 2s; proxy_read_timeout 3s;
         ${lenient ? kNginxLenient : ""}
         location / {
           proxy_pass http://hub;
           proxy_http_version 1.1;
           proxy_set_header Connection "";
           proxy_set_header Host 127.0.0.1;
           ${lenient ? "proxy_request_buffering off;" : ""}
         }
       }
     }`,
  );
  const child = start(kNginx, ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"]);
  const sent = () => {
    const lines = readFileSync(log, "utf8").split("\n");
    return lines.filter((line) => line !== "" && !line.startsWith("- ")).length;
  };
  return { child, port, sent };
};

const haproxy = (lenient) => async (hubPort) => {
  const folder = freshFolder("tandem-attack-haproxy");
  const port = await freePort();
  writeFileSync(
    join(folder, "haproxy.cfg"),
    `global
       log stdout format raw daemon
     defaults
       mode http
       log global
       option http-keep-alive
       timeout client 2s
       timeout server 3s
       timeout connect 1s
       timeout http-request 2s
       log-format "%b/%s %ST %{+Q}r"
     frontend door
       bind 127.0.0.1:${port}
       ${lenient ? "option accept-invalid-http-request" : ""}
       default_backend hub
     backend hub
       http-reuse always
       http-request set-header Host 127.0.0.1
       ${lenient ? "option accept-invalid-http-response" : ""}
       server hub 127.0.0.1:${hubPort} maxconn 4
`,
  );
  const child = start(kHaproxy, ["-db", "-f", join(folder, "haproxy.cfg")]);
  const sent = () => child.lines.items.filter((line) => line.startsWith("hub/hub ")).length;
  return { child, port, sent };
};

const proxies = {
  nginx: nginx(false),
  nginx_lenient: nginx(true),
  haproxy: haproxy(false),
  haproxy_lenient: haproxy(true),
};

async function listens(port) {
  const peer = new Peer({ port });
  const opened = await peer.opened;
  peer.destroy();
  return opened;
}

// ---------------------------------------------------------------- what is ambiguous

/** `[name, bytes]`: a request that carries another one in what may or may not be its body. */
function vectors(key) {
  const who = `Authorization: Bearer ${key}`;
  const hidden = `GET /v1/devices?limit=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n${who}\r\n\r\n`;
  const size = hidden.length.toString(16);
  const post = (lines, body, version = "HTTP/1.1") =>
    [`POST /v1/devices/canary/telemetry ${version}`, "Host: 127.0.0.1", who]
      .concat("Content-Type: application/json", lines)
      .join("\r\n") + `\r\n\r\n${body}`;
  const get = (lines, body = "") =>
    ["GET /v1/me HTTP/1.1", "Host: 127.0.0.1", who, ...lines].join("\r\n") + `\r\n\r\n${body}`;
  const chunked = `0\r\n\r\n${hidden}`;
  const long = `Content-Length: ${chunked.length}`;
  const te = "Transfer-Encoding: chunked";
  const inChunk = `${size}\r\n${hidden}\r\n0\r\n\r\n`;
  const both = (field) => post([long, field], chunked);
  return [
    ["length and chunked", both(te)],
    ["chunked and a short length", post(["Content-Length: 4", te], inChunk)],
    ["chunked, two fields", post([te, te], chunked)],
    ["chunked and identity", both("Transfer-Encoding: chunked, identity")],
    ["identity and chunked", both("Transfer-Encoding: identity, chunked")],
    ["xchunked", both("Transfer-Encoding: xchunked")],
    ["quoted chunked", both('Transfer-Encoding: "chunked"')],
    ["chunked behind a tab", both("Transfer-Encoding:\tchunked")],
    ["chunked behind a vertical tab", both("Transfer-Encoding: \x0bchunked")],
    ["chunked and a NUL", both("Transfer-Encoding: chunked\0")],
    ["space before the colon", both("Transfer-Encoding : chunked")],
    ["space before the field", both(" Transfer-Encoding: chunked")],
    ["a folded field", both("Transfer-Encoding:\r\n chunked")],
    ["folded behind another", both("X: y\r\n\tTransfer-Encoding: chunked")],
    ["a bare CR before the field", both("X: y\rTransfer-Encoding: chunked")],
    ["a bare LF before the field", both("X: y\nTransfer-Encoding: chunked")],
    ["an underscore for the hyphen", both("Transfer_Encoding: chunked")],
    ["chunked with HTTP/1.0", post([te], chunked, "HTTP/1.0")],
    [
      "chunked and length with HTTP/1.0",
      post([long, te, "Connection: keep-alive"], chunked, "HTTP/1.0"),
    ],
    ["two lengths", post(["Content-Length: 0", `Content-Length: ${hidden.length}`], hidden)],
    ["a list of lengths", post([`Content-Length: 0, ${hidden.length}`], hidden)],
    ["a length with a plus", post(["Content-Length: +0"], hidden)],
    ["a length in hexadecimal", post([`Content-Length: 0x${size}`], hidden)],
    ["a length with a space", post([`Content-Length: 0 ${hidden.length}`], hidden)],
    ["a negative length", post(["Content-Length: -1"], hidden)],
    ["a length of 2^64", post(["Content-Length: 18446744073709551616"], hidden)],
    ["an empty length", post(["Content-Length:"], hidden)],
    ["a length with an underscore", post([`Content_Length: ${hidden.length}`], hidden)],
    ["a chunk size with 0x", post([te], `0x0\r\n\r\n${hidden}`)],
    ["a chunk size that wraps", post([te], `10000000000000000\r\n\r\n${hidden}`)],
    ["a chunk size with a space", post([te], `0 \r\n\r\n${hidden}`)],
    ["a negative chunk size", post([te], `-0\r\n\r\n${hidden}`)],
    ["a chunk that ends with LF", post([te], `2\n{}\n0\n\n${hidden}`)],
    ["an extension with LF", post([te], `2;\nxx\r\n4c\r\n0\r\n\r\n${hidden}\r\n0\r\n\r\n`)],
    ["an extension with a bare CR", post([te], `2;a\rb\r\n{}\r\n0\r\n\r\n${hidden}`)],
    ["a quoted extension with CRLF", post([te], `2;a="\r\n{}\r\n0\r\n\r\n${hidden}"\r\n0\r\n\r\n`)],
    ["data longer than its chunk", post([te], `1\r\n{}\r\n0\r\n\r\n${hidden}`)],
    ["a length in a trailer", post([te], `0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`)],
    ["chunked in a trailer", post([te], `0\r\n${te}\r\n\r\n${inChunk}`)],
    ["a GET with a length", get([`Content-Length: ${hidden.length}`], hidden)],
    ["a GET that is chunked", get([te], chunked)],
    [
      "the length named by Connection",
      post([`Content-Length: ${hidden.length}`, "Connection: content-length"], hidden),
    ],
    ["chunked named by Connection", post([te, "Connection: transfer-encoding"], inChunk)],
    [
      "an upgrade to h2c",
      get(
        ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
        hidden,
      ),
    ],
    ["an upgrade of another version", upgrade(key).replace("Version: 13", "Version: 777") + hidden],
    ["an expectation", post([`Content-Length: ${hidden.length}`, "Expect: 100-continue"], hidden)],
    [
      "an unknown expectation",
      post([`Content-Length: ${hidden.length}`, "Expect: 100-continuex"], hidden),
    ],
    [
      "an absolute target",
      `GET http://127.0.0.1/v1/me HTTP/1.1\r\nHost: 127.0.0.2\r\n${who}\r\n\r\n`,
    ],
    [
      "a target with a space",
      `GET /v1/me HTTP/1.1 /v1/devices HTTP/1.1\r\nHost: 127.0.0.1\r\n${who}\r\n\r\n`,
    ],
    ["two hosts", `GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n${who}\r\n\r\n`],
    ["HTTP/1.10", `GET /v1/me HTTP/1.10\r\nHost: 127.0.0.1\r\n${who}\r\n\r\n`],
    ["HTTP/0.9", "GET /v1/me\r\n"],
  ];
}

// ---------------------------------------------------------------- what came of it

/** All operations that the hub has answered by REST, the tests' own looking not among them. */
async function seen(arena) {
  const { body } = await arena.hub.rest.get("/metrics");
  let count = 0;
  for (const line of body.split("\n")) {
    const found = /^tandem_requests_total\{door="rest",[^}]*\} (\d+)$/.exec(line);
    if (found !== null) count += Number(found[1]);
  }
  return count;
}

/** Sends and listens until nothing has come for a moment. */
async function converse(port, bytes) {
  const peer = new Peer({ port });
  await peer.opened;
  peer.write(Buffer.from(bytes, "latin1"));
  let heard = -1;
  await eventually(
    3_000,
    "silence",
    () => {
      const quiet = heard === peer.received && peer.received > 0;
      heard = peer.received;
      return quiet || !peer.open;
    },
    kQuietMs,
  ).catch(() => {});
  const answers = (peer.text.match(/^HTTP\/1\.[01] /gm) ?? []).length;
  peer.destroy();
  return answers;
}

/** Somebody else asks for something of their own: how many were given what is not theirs. */
async function poisoned(arena, port, ids) {
  const ask = async (id) => {
    const client = new Peer({ port });
    await client.opened;
    const who = `Authorization: Bearer ${arena.hub.admin.admin_key}`;
    client.write(
      `GET /v1/devices/${id} HTTP/1.1\r\nHost: 127.0.0.1\r\n${who}\r\nConnection: close\r\n\r\n`,
    );
    await client.ends(5_000);
    const own = client.status === 200 && client.text.includes(`"id":"${id}"`);
    client.destroy();
    return own;
  };
  const own = await Promise.all(ids.map(ask));
  return own.filter((each) => !each).length;
}

async function through(arena, name, make) {
  const { child, port, sent } = await make(arena.port);
  try {
    await eventually(10_000, `${name} to listen`, () => listens(port));
    const counts = { vectors: 0, sent: 0, seen: 0, extra: 0, poisoned: 0 };
    const said = [];
    for (const [what, bytes] of vectors(arena.hub.admin.admin_key)) {
      const before = { seen: await seen(arena), sent: sent() };
      const answers = await converse(port, bytes);
      const wrong = await poisoned(arena, port, arena.probes);
      const passed = sent() - before.sent - kProbes;
      const found = (await seen(arena)) - before.seen - kProbes;
      counts.vectors += 1;
      counts.sent += passed;
      counts.seen += found;
      counts.extra += Math.max(0, found - passed);
      counts.poisoned += wrong;
      if (found > passed || wrong > 0)
        said.push(`${what}: ${passed} sent, ${found} seen, ${answers} answers, ${wrong} wrong`);
    }
    arena.figure(name, counts);
    if (counts.extra > 0 || counts.poisoned > 0) arena.broken.push(`${name}: ${said.join("; ")}`);
  } finally {
    child.process.kill("SIGTERM");
    await within(10_000, `${name} to end`, child.ended);
  }
}

async function ambiguous(arena) {
  await arena.hub.device("canary");
  arena.probes = [];
  for (let at = 0; at < kProbes; ++at) {
    await arena.hub.device(`probe-${at}`);
    arena.probes.push(`probe-${at}`);
  }
  for (const [name, make] of Object.entries(proxies)) await through(arena, name, make);
}

await attacks([
  {
    id: "T-02",
    what: "behind nginx and HAProxy the hub sees no request that they have not sent",
    alone: true,
    needs: () => needPrograms("nginx", "haproxy"),
    run: ambiguous,
  },
]);
