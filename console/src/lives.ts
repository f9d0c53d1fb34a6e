// The life of each command of a device: what the hub lists, and the steps that were seen as they
// happened. No network, no document.

import type { Command, CommandEvent, Json } from "tandem-client";

export type CommandStatus = Command["status"];

export interface Step {
  /** A status, or `progress`. */
  name: CommandStatus | "progress";
  /** Milliseconds since 1970, by the hub's clock; undefined where nobody saw it. */
  time: number | undefined;
  attempt: number;
  progress?: Json;
}

export interface Life {
  id: string;
  name: string;
  params: Json;
  status: CommandStatus;
  attempt: number;
  created: number | undefined;
  expires: number | undefined;
  result: Json;
  progress: Json;
  steps: Step[];
}

export const ends: CommandStatus[] = ["done", "failed", "expired", "cancelled"];
const order: CommandStatus[] = ["queued", "delivered", "acknowledged", "done"];
const stepsMax = 50;
const livesMax = 4_000;

export function isOver(status: CommandStatus): boolean {
  return ends.includes(status);
}

function rank(status: CommandStatus): number {
  return isOver(status) ? order.length : order.indexOf(status);
}

/** Commands by id, the newest first. */
export type Lives = Map<string, Life>;

function keep(lives: Lives, life: Life): void {
  lives.set(life.id, life);
  if (lives.size <= livesMax) return;
  // By halves: one at a time would sort them all for each.
  for (const { id } of inOrder(lives).slice(livesMax / 2)) lives.delete(id);
}

/** Takes what the hub tells of a command as it stands. */
export function takeCommand(lives: Lives, command: Command): void {
  const known = lives.get(command.id);
  const steps = known?.steps ?? [{ name: "queued" as const, time: command.created, attempt: 0 }];
  // An answer may be older than an event that has come meanwhile.
  const ahead = known !== undefined && rank(known.status) > rank(command.status);
  const status = ahead ? known.status : command.status;
  if (!steps.some((step) => step.name === status)) {
    steps.push({ name: status, time: undefined, attempt: command.attempt });
  }
  keep(lives, {
    id: command.id,
    name: command.name,
    params: command.params ?? known?.params ?? null,
    status,
    attempt: Math.max(command.attempt, known?.attempt ?? 0),
    created: command.created,
    expires: command.expires,
    result: command.result ?? known?.result ?? null,
    progress: command.progress ?? known?.progress ?? null,
    steps,
  });
}

/** Takes a step as the stream tells of it. */
export function takeStep(lives: Lives, event: CommandEvent): void {
  const { id, name, status, attempt, progress, result } = event.value;
  const life: Life = lives.get(id) ?? {
    id,
    name,
    params: null,
    status,
    attempt,
    created: undefined,
    expires: undefined,
    result: null,
    progress: null,
    steps: [],
  };
  life.status = status;
  life.attempt = attempt;
  life.result = result ?? life.result;
  const told = progress !== undefined && JSON.stringify(progress) !== JSON.stringify(life.progress);
  const unseen = life.steps.find((step) => step.name === status && step.time === undefined);
  const last = life.steps.findLast((step) => step.name !== "progress");
  if (told) {
    life.progress = progress;
    life.steps.push({ name: "progress", time: event.time, attempt, progress });
  } else if (unseen !== undefined) {
    unseen.time = event.time;
  } else if (last?.name !== status || last.attempt !== attempt) {
    life.steps.push({ name: status, time: event.time, attempt });
  }
  if (life.steps.length > stepsMax) life.steps.splice(1, life.steps.length - stepsMax);
  keep(lives, life);
}

/** The newest first; ids sort by the time when they were made. */
export function inOrder(lives: Lives): Life[] {
  return [...lives.values()].sort((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0));
}

/** Each step with how long after the one before it came, in milliseconds, where both were seen. */
export function paced(life: Life): (Step & { after: number | undefined })[] {
  let before: number | undefined;
  return life.steps.map((step) => {
    const after =
      step.time === undefined || before === undefined ? undefined : Math.max(0, step.time - before);
    before = step.time ?? before;
    return { ...step, after };
  });
}

/** From being sent to its end, where both were seen. */
export function lasted(life: Life): number | undefined {
  const first = life.steps[0]?.time;
  const last = life.steps.find((step) => step.name !== "progress" && isOver(step.name));
  if (first === undefined || last?.time === undefined) return undefined;
  return Math.max(0, last.time - first);
}
