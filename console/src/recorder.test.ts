import { beforeEach, describe, expect, test } from "vitest";

import { parsed, Recorder, withoutSecrets, type Call, type Frame } from "./recorder";

let now = 1_000;
let recorder: Recorder;
beforeEach(() => {
  now = 1_000;
  recorder = new Recorder(() => now, () => now);
});

const answer = (status: number, body: string) => new Response(body, { status, headers: { etag: '"3"' } });

describe("a request", () => {
  test("is written down with its answer, and whoever asked gets it too", async () => {
    const fetch = recorder.fetch(async () => {
      now += 12;
      return answer(200, '{"a":1}');
    });
    const got = await fetch("http://hub/v1/devices?limit=3", {
      method: "POST",
      headers: { authorization: "Bearer x", accept: "application/json" },
      body: '{"id":"a"}',
    });
    expect(await got.json()).toEqual({ a: 1 });
    await Promise.resolve();
    const [call] = recorder.entries as [Call];
    expect(call).toMatchObject({
      method: "POST",
      target: "/v1/devices?limit=3",
      status: 200,
      ms: 12,
      bytes: 7,
      requestBody: '{"id":"a"}',
      responseBody: '{"a":1}',
    });
    expect(call.requestHeaders).toEqual([["accept", "application/json"]]);
  });

  test("without an answer says so", async () => {
    const fetch = recorder.fetch(() => Promise.reject(new TypeError("no network")));
    await expect(fetch("http://hub/v1/me")).rejects.toThrow("no network");
    expect(recorder.entries[0]).toMatchObject({ status: 0, method: "GET" });
  });
});

describe("a frame", () => {
  test("that is a reply has the time since its request", () => {
    recorder.frame("out", '{"id":7,"op":"me.get"}');
    now += 5;
    recorder.frame("in", '{"id":7,"status":200}');
    recorder.frame("in", '{"id":7,"status":200}');
    expect(recorder.entries.map((entry) => (entry as Frame).ms)).toEqual([undefined, 5, undefined]);
    expect(recorder.totals).toMatchObject({ framesIn: 2, framesOut: 1 });
  });

  test("counts in bytes, not in characters", () => {
    recorder.frame("in", '"°"');
    expect(recorder.totals.bytesIn).toBe(4);
  });
});

test.each([
  ['{"id":"k","key":"tdk_a_b_c"}', '{"id":"k","key":"…"}'],
  ['{"user":"a","password":"x\\"y"}', '{"user":"a","password":"…"}'],
  ['{"ticket":"abc","expires":1}', '{"ticket":"…","expires":1}'],
  ['{"key":12}', '{"key":12}'],
])("of %s no secret is kept", (text, expected) => {
  expect(withoutSecrets(text)).toBe(expected);
});

test("a secret at the place where a long text is cut is not kept in part", () => {
  const secret = "s".repeat(900);
  recorder.frame("in", `{"a":"${"x".repeat(63_900)}","key":"${secret}","b":"${"y".repeat(90_000)}"}`);
  const { text } = recorder.entries[0] as Frame;
  expect(text).not.toContain("sss");
  expect(text.length).toBeLessThanOrEqual(64_001);
});

test("the oldest go when there are many, or when they are long", () => {
  for (let at = 0; at < 1_100; ++at) recorder.frame("in", `{"id":${at},}`);
  expect(recorder.entries.length).toBe(1_000);
  for (let at = 0; at < 100; ++at) recorder.frame("in", "x".repeat(60_000));
  const kept = recorder.entries as Frame[];
  expect(kept.reduce((sum, entry) => sum + entry.text.length, 0)).toBeLessThanOrEqual(4_000_000);
  expect(recorder.totals.framesIn).toBe(1_200);
});

test("nothing is kept while it is paused, but it is counted", () => {
  recorder.paused = true;
  recorder.frame("in", "{}");
  expect([recorder.entries.length, recorder.totals.framesIn]).toEqual([0, 1]);
});

test("the answer of a request that was not kept takes no room from others", async () => {
  recorder.paused = true;
  const fetch = recorder.fetch(async () => answer(200, "x".repeat(60_000)));
  let left = 80;
  const allAnswered = new Promise<void>((done) => {
    recorder.onChange(() => {
      if (--left === 0) done();
    });
  });
  for (let at = 0; at < 80; ++at) await fetch("http://hub/metrics");
  await allAnswered;
  expect(recorder.totals.bytesIn).toBe(80 * 60_000);
  recorder.paused = false;
  for (let at = 0; at < 10; ++at) recorder.frame("in", "{}");
  expect(recorder.entries.length).toBe(10);
});

test("what is no JSON is nothing", () => {
  expect(parsed('{"a":1}')).toEqual({ a: 1 });
  expect(parsed("<b>")).toBeUndefined();
});
