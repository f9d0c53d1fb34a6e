// System calls of a running hub that fail, or do nothing, because strace says so.
import { spawnSync } from "node:child_process";

import { start } from "../end_to_end/hub.mjs";
import { within } from "../end_to_end/wait.mjs";
import { Skip } from "./disks.mjs";

const kAttachMs = 10_000;

export function needStrace() {
  if (spawnSync("strace", ["-V"]).error) throw new Skip("strace is not installed");
}

/**
 * Attaches to all threads of `pid`; each counts its calls from then on. It ends with the hub. Gives
 * the process, `injected` calls are in its `err`.
 */
export async function inject(pid, ...rules) {
  const words = ["-f", "-p", String(pid)];
  words.push(...rules.flatMap((rule) => ["-e", `inject=${rule}`]));
  const calls = rules.map((rule) => rule.split(":")[0]).join(",");
  const child = start("strace", [...words, "-e", `trace=${calls}`]);
  const attached = new Promise((done, refuse) => {
    const look = () => {
      if (/attached/.test(child.err)) done();
    };
    child.process.stderr.on("data", look);
    child.ended.then(() => refuse(new Skip(`strace cannot attach: ${child.err.trim()}`)));
    look();
  });
  attached.catch(() => {});
  await within(kAttachMs, "strace to attach", attached);
  return child;
}

/** Whether a call has been made to fail. */
export const injected = (child) => /\(INJECTED\)/.test(child.err);

/** Syncs return at once and do nothing. */
export const blind = (pid) => inject(pid, "fdatasync:retval=0", "fsync:retval=0");

/** What the hub is run by, so that its calls fail from the first one on; it stays this process. */
export const fromTheStart = (rule) => {
  const [call] = rule.split(":");
  return ["strace", "-D", "-f", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${rule}`];
};
