// What a process costs, as Linux counts it in /proc.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

/** A line of /proc/PID/status in KiB: VmRSS, what it holds now; VmHWM, the most that it held. */
export function memoryKib(pid, line = "VmRSS") {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${line}:\\s+(\\d+) kB$`, "m").exec(status)[1]);
}

/** What is the process's own and on no disk, in KiB: no file's pages, which others may share. */
export const anonymousKib = (pid) => memoryKib(pid, "RssAnon");

/** Sets VmHWM back to what is held now (proc(5), clear_refs). */
export function forgetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

// sysconf(_SC_CLK_TCK), which is 100 on every Linux that Node.js runs on.
const kTicksPerSecond = 100;

/** Seconds of processor time so far, all threads together. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // Fields 14 and 15; the second is the name, in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / kTicksPerSecond;
}

/** How many files and sockets it has open. */
export const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** Runs `work`: `{peakKib, cpu, seconds, result}`, the peak above what was held at the start. */
export async function costOf(pid, work) {
  forgetPeak(pid);
  const before = { memory: memoryKib(pid), cpu: cpuSeconds(pid), time: performance.now() };
  const result = await work();
  return {
    peakKib: Math.max(0, memoryKib(pid, "VmHWM") - before.memory),
    cpu: cpuSeconds(pid) - before.cpu,
    seconds: (performance.now() - before.time) / 1000,
    result,
  };
}
