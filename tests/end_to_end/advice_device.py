"""A device that is told line by line what to send, and counts what the kernel counts.

Usage: advice_device.py PORT KEY [CA]. Reads lines `WAY COUNT` from standard input, where WAY is
`rest` (one connection, kept), `fresh` (a connection per request), `ws`, or `hold` (a WebSocket on
which nothing but so many pings passes, one in 10 s), and prints for each a line of JSON: what has
passed over its connections, from TCP_INFO of its own end; of `hold` what the pings took. Between
two messages it waits for longer than TCP may delay an acknowledgement. `ws`, `hold` and `rest`
leave their connection open until the next line.
"""

import base64
import json
import os
import socket
import ssl
import struct
import sys
import time

HEADERS = 20 + 32  # IPv4; TCP with timestamps
SYN_MORE = 2 * 8  # of SYN and SYN-ACK
APART_S = 0.06
WAIT_S = 30
# struct tcp_info of linux/tcp.h: where these members lie.
BYTES_RECEIVED, SEGS_OUT, SEGS_IN = (128, "<Q"), (136, "<I"), (140, "<I")
BYTES_SENT, BYTES_RETRANS = (200, "<Q"), (208, "<Q")
BODY = json.dumps({"temperature": 21.5, "humidity": 40.25, "pressure": 1013.25}).encode()

port, key = int(sys.argv[1]), sys.argv[2]
tls = ssl.create_default_context(cafile=sys.argv[3]) if len(sys.argv) > 3 else None


class Connection:
    def __init__(self):
        self.tcp = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # TLS takes the socket over; the copy still tells what the kernel has counted.
        self.counted = self.tcp.dup()
        self.io = tls.wrap_socket(self.tcp, server_hostname="localhost") if tls else self.tcp
        self.rest = b""

    def read(self, size):
        while len(self.rest) < size:
            self.more()
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def more(self):
        came = self.io.recv(65536)
        if not came:
            raise EOFError("the hub has closed the connection")
        self.rest += came

    def head(self):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        end = self.rest.index(b"\r\n\r\n") + 4
        return self.read(end).decode("latin1").lower()

    def bytes(self):
        info = self.counted.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        at = lambda field: struct.unpack_from(field[1], info, field[0])[0]
        packets = at(SEGS_OUT) + at(SEGS_IN)
        # What arrives twice, on a machine that is busy, the other end counts as a packet alone.
        sent = at(BYTES_SENT) - at(BYTES_RETRANS)
        return sent + at(BYTES_RECEIVED) + packets * HEADERS + SYN_MORE

    def end(self):
        """Says that nothing follows, and waits until the other side has said it, too."""
        self.counted.shutdown(socket.SHUT_WR)
        while self.counted.recv(65536):
            pass
        counted = self.bytes()
        self.io.close()
        self.counted.close()
        return counted


def ask(connection):
    connection.io.sendall(
        b"POST /v1/devices/me/telemetry HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
        b"Authorization: Bearer %s\r\nAccept: application/json\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (port, key.encode(), len(BODY), BODY)
    )
    head = connection.head()
    assert head.startswith("http/1.1 200"), head
    connection.read(int(head.split("content-length: ")[1].split("\r\n")[0]))


def upgrade(connection, query=b""):
    nonce = base64.b64encode(os.urandom(16))
    connection.io.sendall(
        b"GET /v1/stream%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: tandem.v1.json\r\n\r\n"
        % (query, port, key.encode(), nonce)
    )
    assert connection.head().startswith("http/1.1 101")
    assert "hello" in message(connection)


def message(connection):
    first, size = connection.read(2)
    assert first == 0x81, first
    if size == 126:
        (size,) = struct.unpack(">H", connection.read(2))
    return json.loads(connection.read(size))


def tell(connection, number):
    text = b'{"id":%d,"op":"telemetry.write","path":{"device":"me"},"body":%s}' % (number, BODY)
    mask = os.urandom(4)
    size = bytes([0x80 | len(text)]) if len(text) < 126 else struct.pack(">BH", 0xFE, len(text))
    masked = bytes(each ^ mask[at % 4] for at, each in enumerate(text))
    connection.io.sendall(b"\x81" + size + mask + masked)
    reply = message(connection)
    assert reply["id"] == number and reply["status"] == 200, reply


def pong(connection):
    first, size = connection.read(2)
    assert first == 0x89 and size < 126, (first, size)
    text = connection.read(size)
    mask = os.urandom(4)
    masked = bytes(each ^ mask[at % 4] for at, each in enumerate(text))
    connection.io.sendall(bytes([0x8A, 0x80 | size]) + mask + masked)


kept = None
for line in sys.stdin:
    way, count = line.split()
    passed = kept.end() if kept else 0
    before, kept = passed, None
    passed = 0
    if way != "fresh":
        kept = Connection()
    held_before = 0
    if way == "ws":
        upgrade(kept)
    if way == "hold":
        upgrade(kept, b"?ping_ms=10000")
        time.sleep(APART_S)
        held_before = kept.bytes()
    for number in range(int(count)):
        if way == "ws":
            tell(kept, number)
        elif way == "hold":
            pong(kept)
        else:
            one = kept or Connection()
            ask(one)
            if not kept:
                passed += one.end()
                continue
        time.sleep(APART_S)
    if kept:
        passed = kept.bytes() - held_before
    print(json.dumps({"way": way, "bytes": passed, "before": before}), flush=True)
