import type { Command, CommandEvent } from "tandem-client";
import { describe, expect, test } from "vitest";

import { inOrder, lasted, paced, takeCommand, takeStep, type Lives } from "./lives";

function command(id: string, status: Command["status"], more: Partial<Command> = {}): Command {
  return { id, device: "d", name: "set", status, attempt: 0, created: 1_000, expires: 9_000, ...more };
}

function step(id: string, status: Command["status"], time: number, more = {}): CommandEvent {
  const value = { id, name: "set", status, attempt: 1, ...more };
  return { kind: "command", device: "d", time, value };
}

describe("the life of a command", () => {
  test("is made of its steps as they come, with the time between them", () => {
    const lives: Lives = new Map();
    takeCommand(lives, command("a", "queued", { params: { on: true } }));
    takeStep(lives, step("a", "delivered", 1_010));
    takeStep(lives, step("a", "acknowledged", 1_040));
    takeStep(lives, step("a", "done", 1_100, { result: { on: true } }));
    const life = lives.get("a")!;
    expect(paced(life).map(({ name, after }) => [name, after])).toEqual([
      ["queued", undefined],
      ["delivered", 10],
      ["acknowledged", 30],
      ["done", 60],
    ]);
    expect(lasted(life)).toBe(100);
    expect(life).toMatchObject({ params: { on: true }, result: { on: true }, status: "done" });
  });

  test("shows progress and another delivery", () => {
    const lives: Lives = new Map();
    takeStep(lives, step("a", "delivered", 1));
    takeStep(lives, step("a", "queued", 5));
    takeStep(lives, step("a", "delivered", 9, { attempt: 2 }));
    takeStep(lives, step("a", "acknowledged", 10, { attempt: 2 }));
    takeStep(lives, step("a", "acknowledged", 12, { attempt: 2, progress: { percent: 40 } }));
    takeStep(lives, step("a", "acknowledged", 13, { attempt: 2, progress: { percent: 40 } }));
    expect(lives.get("a")?.steps.map(({ name }) => name)).toEqual([
      "delivered",
      "queued",
      "delivered",
      "acknowledged",
      "progress",
    ]);
  });

  test("does not go back when an answer is older than an event", () => {
    const lives: Lives = new Map();
    takeStep(lives, step("a", "done", 2_000));
    takeCommand(lives, command("a", "delivered", { params: { on: false } }));
    expect(lives.get("a")).toMatchObject({ status: "done", params: { on: false } });
  });

  test("of before the page was opened has an end without a time", () => {
    const lives: Lives = new Map();
    takeCommand(lives, command("a", "failed"));
    expect(lives.get("a")?.steps.map(({ name, time }) => [name, time])).toEqual([
      ["queued", 1_000],
      ["failed", undefined],
    ]);
    expect(lasted(lives.get("a")!)).toBeUndefined();
  });

  test("does not grow without end", () => {
    const lives: Lives = new Map();
    takeStep(lives, step("a", "acknowledged", 0));
    for (let at = 1; at < 200; ++at) takeStep(lives, step("a", "acknowledged", at, { progress: at }));
    expect(lives.get("a")?.steps.length).toBe(50);
    expect(lives.get("a")?.steps.at(-1)?.progress).toBe(199);
  });
});

test("of very many commands the newest are kept", () => {
  const lives: Lives = new Map();
  const id = (at: number) => `c${String(at).padStart(5, "0")}`;
  for (let at = 0; at < 5_000; ++at) takeCommand(lives, command(id(at), "done"));
  expect(lives.size).toBeLessThanOrEqual(4_000);
  for (let at = 5_000; at < 9_000; ++at) takeStep(lives, step(id(at), "queued", at));
  expect(lives.size).toBeLessThanOrEqual(4_000);
  expect(inOrder(lives)[0]?.id).toBe(id(8_999));
  expect(inOrder(lives)[1_999]?.id).toBe(id(7_000));
});

test("commands are listed the newest first", () => {
  const lives: Lives = new Map();
  for (const id of ["01A", "01C", "01B"]) takeCommand(lives, command(id, "done"));
  expect(inOrder(lives).map(({ id }) => id)).toEqual(["01C", "01B", "01A"]);
});
