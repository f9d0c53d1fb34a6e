import { describe, expect, test } from "vitest";

import { asRest, Asked, concerns, LineBook, lineOf, operationOf, operationOfMessage } from "./inspect";
import { asCpp, asCurl, asMessage, asTypeScript, asWscat, firstLines, quoted } from "./lines";
import type { Call, Frame } from "./recorder";

function call(method: string, target: string, more: Partial<Call> = {}): Call {
  return {
    kind: "call",
    id: 1,
    time: 0,
    method,
    target,
    requestHeaders: [],
    requestBody: "",
    status: 200,
    responseHeaders: [],
    responseBody: "",
    bytes: 0,
    ms: 1,
    ...more,
  };
}

function frame(direction: "in" | "out", message: unknown): Frame {
  const text = JSON.stringify(message);
  return { kind: "frame", id: 2, time: 0, direction, text, bytes: text.length, ms: undefined };
}

describe("a request over REST", () => {
  test("is known as its operation, with what is in its path", () => {
    expect(operationOf(call("GET", "/v1/devices/a%20b/telemetry?series=x&limit=3"))).toEqual({
      op: "telemetry.read",
      path: { device: "a b" },
      query: { series: "x", limit: "3" },
      headers: {},
      body: undefined,
    });
    expect(operationOf(call("GET", "/healthz"))).toBeUndefined();
  });

  test("for commands is a list, or takes them when it waits", () => {
    const target = "/v1/devices/a/commands?status=queued";
    expect(operationOf(call("GET", target))?.op).toBe("commands.list");
    const waits = { requestHeaders: [["prefer", "wait=30"]] as [string, string][] };
    expect(operationOf(call("GET", target, waits))?.op).toBe("commands.take");
  });

  test("is said in a line with its answer", () => {
    const said = (more: Partial<Call>) => lineOf(call("DELETE", "/v1/devices/a", more), new Asked());
    expect(said({ status: 204 }).what).toBe("DELETE /v1/devices/a (devices.delete) → 204");
    expect([said({ status: 404 }).bad, said({ status: 0 }).bad, said({ status: undefined }).bad]).toEqual(
      [true, true, false],
    );
  });
});

describe("a frame", () => {
  test("that is a reply is named by what was asked", () => {
    const asked = new Asked();
    expect(lineOf(frame("out", { id: 7, op: "me.get" }), asked).what).toBe("me.get");
    const refused = lineOf(frame("in", { id: 7, status: 403, problem: {} }), asked);
    expect([refused.what, refused.bad]).toEqual(["me.get → 403", true]);
  });

  test("of a subscription tells how many events there are, and receipts", () => {
    const gap = { from: "a", to: "b", n: 9, why: "slow" };
    expect(lineOf(frame("in", { sub: 1, cur: "c", gap, ev: [{}, {}] }), new Asked()).what).toBe(
      "sub 1: receipt: 9 slow, 2 events",
    );
    expect(lineOf(frame("in", { sub: 1, cur: "c" }), new Asked()).what).toBe("sub 1: bookmark");
  });

  test("with several messages says each, and what is none is a message", () => {
    const many = frame("in", [{ hello: {} }, { id: 1, status: 200 }]);
    expect(lineOf(many, new Asked()).what).toBe("2 messages: hello;  → 200");
    expect(lineOf({ ...many, text: "<b>" }, new Asked()).what).toBe("message");
  });
});

test("an entry is taken apart once, a request again when it is answered", () => {
  const book = new LineBook();
  const message = frame("in", { hello: {} });
  expect(book.line(message)).toBe(book.line(message));
  const request = call("GET", "/v1/me", { status: undefined, ms: undefined });
  expect(book.line(request).what).toContain("on its way");
  Object.assign(request, { status: 200, ms: 3 });
  expect(book.line(request).what).toBe("GET /v1/me (me.get) → 200");
});

test("what has to do with a device is found by its whole name", () => {
  expect(concerns(call("GET", "/v1/devices/lamp-1/twin"), "lamp-1")).toBe(true);
  expect(concerns(call("GET", "/v1/devices/lamp-10/twin"), "lamp-1")).toBe(false);
  expect(concerns(frame("in", { sub: 1, ev: [{ d: "lamp-1" }] }), "lamp-1")).toBe(true);
  expect(concerns(frame("in", { sub: 1, ev: [{ d: "lamp-10" }] }), "lamp-1")).toBe(false);
});

describe("the same elsewhere", () => {
  const message = {
    id: 9,
    op: "config.patch",
    path: { device: "it's" },
    headers: { "if-match": '"3"' },
    body: { on: true },
  };
  const operation = operationOfMessage(message)!;

  test("goes from one door to the other and back", () => {
    const rest = asRest(operation)!;
    expect(rest).toMatchObject({ method: "PATCH", target: "/v1/devices/it's/config" });
    const back = operationOf(call(rest.method, rest.target, { requestBody: rest.body, requestHeaders: rest.headers }));
    expect(back).toEqual(operation);
    expect(asRest({ ...operation, op: "stream.subscribe" })).toBeUndefined();
  });

  test("is a line for a shell that no quote can end", () => {
    expect(quoted("it's")).toBe(`'it'\\''s'`);
    expect(asCurl("http://h", asRest(operation)!)).toBe(
      `curl -X PATCH -H "Authorization: Bearer $TANDEM_KEY" -H 'if-match: "3"' ` +
        `-H 'content-type: application/json' -d '{"on":true}' 'http://h/v1/devices/it'\\''s/config'`,
    );
    expect(asWscat("https://h", asMessage(operation))).toContain("-c wss://h/v1/stream");
    expect(asWscat("https://h", asMessage(operation))).toContain(`{"device":"it'\\''s"}`);
  });

  test("is a call of the TypeScript client, and a loop for a subscription", () => {
    expect(asTypeScript("http://h", operation)).toContain(
      'await hub.config.patch("it\'s", {\n  "on": true\n}, {"ifMatch":"\\"3\\""})',
    );
    const follow = { op: "stream.subscribe", path: {}, query: {}, headers: {}, body: { start: "now" } };
    expect(asTypeScript("http://h", follow)).toContain("for await (const item of hub.stream(");
    expect(asTypeScript("http://h", { ...follow, op: "login_codes.create" })).toContain(
      "hub.loginCodes.create(",
    );
  });

  test("is a call of the C++ client, whatever its text holds", () => {
    expect(asCpp(operation)).toContain('.operation = "config.patch"');
    expect(asCpp(operation)).toContain(`.path = tandem::codec::parse_json(R"({"device":"it's"})")`);
    const hostile = asCpp({ ...operation, body: "a)" });
    expect(hostile).toContain('R"x(');
    expect(hostile).toContain(')x"');
  });
});

test("the first lines of a device carry its key and the hub's address", () => {
  for (const [name, line] of Object.entries(firstLines("https://hub:8443", "tdk_1_2_3"))) {
    expect(line, name).toContain("tdk_1_2_3");
    expect(line, name).toMatch(name === "socket" ? /wss:\/\/hub:8443\/v1\/stream/ : /https:\/\/hub:8443/);
  }
});
