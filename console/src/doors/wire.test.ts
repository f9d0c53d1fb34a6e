import { describe, expect, test } from "vitest";

import { frameBytes, isDelivery, Meter, ServerEvents, textBytes } from "./wire";

test.each([
  [0, 2, 6],
  [125, 127, 131],
  [126, 130, 134],
  [65_535, 65_539, 65_543],
  [65_536, 65_546, 65_550],
])("a frame of %d bytes takes %d to the page, %d from it", (payload, received, sent) => {
  expect(frameBytes(payload, "in")).toBe(received);
  expect(frameBytes(payload, "out")).toBe(sent);
});

test("text is counted in bytes of UTF-8", () => {
  expect(textBytes("21 °C")).toBe(6);
});

test.each([
  ['{"sub":1,"cur":"A","ev":[]}', true],
  ['[{"sub":1,"cur":"A"},{"id":2,"status":200}]', true],
  ['{"id":2,"status":200,"body":{"sub":1}}', false],
  ['{"hello":{}}', false],
])("%s is a delivery: %s", (text, is) => {
  expect(isDelivery(text)).toBe(is);
});

describe("server-sent events", () => {
  const all = (...pieces: string[]) => {
    const parts = new ServerEvents();
    return pieces.flatMap((piece) => parts.push(piece));
  };
  const stream = 'id: A\n\n: still there\n\nid: B\ndata: {"ev":[1]}\n\ndata: one\ndata: two\n\n';
  const events = [
    { id: "A", data: "" },
    { id: "B", data: '{"ev":[1]}' },
    { id: undefined, data: "one\ntwo" },
  ];
  test("come whole", () => {
    expect(all(stream)).toEqual(events);
  });
  test("come in pieces that are cut anywhere, with any end of line", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const text = stream.replaceAll("\n", end) + (end === "\r" ? ":" : "");
      for (let at = 0; at <= text.length; ++at) {
        expect(all(text.slice(0, at), text.slice(at))).toEqual(events);
      }
    }
  });
  test("that are not over yet have not come", () => {
    expect(all("data: half")).toEqual([]);
    expect(all("data: half\n")).toEqual([]);
  });
  test("have values with and without the space, and with colons", () => {
    expect(all("data:a: b\nretry\n\n")).toEqual([{ id: undefined, data: "a: b" }]);
  });
});

describe("a meter", () => {
  test("counts frames with their headers from when it begins", () => {
    const meter = new Meter();
    meter.frame("in", "before");
    expect(meter.counts).toBe(false);
    meter.begin(10);
    meter.frame("in", "12345");
    meter.frame("out", "12345");
    expect(meter).toMatchObject({ messages: 2, bytesIn: 7, bytesOut: 11, since: 10 });
  });
  test("begins anew with nothing", () => {
    const meter = new Meter();
    meter.begin(1);
    meter.frame("in", "x");
    meter.refused += 1;
    meter.begin(2);
    expect(meter).toMatchObject({ messages: 0, bytesIn: 0, bytesOut: 0, refused: 0 });
  });
});
