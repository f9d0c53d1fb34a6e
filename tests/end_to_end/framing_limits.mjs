// Heads that are too big, and the biggest that are not.
import { accept, good, growth, head, post, refuse } from "./framing_words.mjs";

const kHeadBytes = 16 * 1_024;
const kFields = 100;
const kTargetBytes = 4 * 1_024;

const aimed = (target) => `GET ${target} HTTP/1.1\r\n${head}\r\n`;
const [goodHead, goodBody] = good.split("\r\n\r\n");
const filled = (lines) => `${goodHead}\r\n${lines}\r\n\r\n${goodBody}`;
const fields = (count) =>
  filled(Array.from({ length: count }, (_, at) => `X-${at}: a`).join("\r\n"));

/** A good request whose target and head have these lengths; HOST and KEY count as they are sent. */
export function limitRows(hub) {
  const target = (length) => aimed(`/v1/me?${"a".repeat(length - "/v1/me?".length)}`);
  const whole = (length) => {
    const without = filled("X: ").length - goodBody.length;
    return filled(`X: ${"a".repeat(length - without - growth(goodHead, hub))}`);
  };
  const others = goodHead.split("\r\n").length - 1;
  return [
    ["a target of 4 KiB", target(kTargetBytes), accept([200, 400, 404]), "uri"],
    ["a target of 4 KiB and a byte", target(kTargetBytes + 1), refuse(414), "uri"],
    ["a target of 16 KiB", target(16 * 1_024), refuse(414), "uri-16k"],
    ["a target of 64 KiB", target(64 * 1_024), refuse(414), "uri-16k"],
    ["a target of 64 KiB and nothing else", `GET /${"a".repeat(65_536)}`, refuse(414), "uri-16k"],
    ["a head of 16 KiB", whole(kHeadBytes), accept(200), "header"],
    ["a head of 16 KiB and a byte", whole(kHeadBytes + 1), refuse(431), "header"],
    ["a head of 64 KiB", whole(64 * 1_024), refuse(431), "header-64k"],
    ["a name of 64 KiB", `${post}${"X".repeat(65_536)}: a\r\n\r\n`, refuse(431), "header-64k"],
    [
      "a value of 64 KiB that never ends",
      `${post}X: ${"a".repeat(65_536)}`,
      refuse(431),
      "header-64k",
    ],
    ["a method of 64 KiB", "X".repeat(65_536), refuse([400, 414, 431]), "header-64k"],
    ["empty lines of 64 KiB", "\r\n".repeat(32_768), refuse([400, 431]), "header-64k"],
    ["100 fields", fields(kFields - others), accept(200), "headers"],
    ["101 fields", fields(kFields - others + 1), refuse(431), "headers"],
    ["2,000 fields", fields(2_000), refuse(431), "headers-2000"],
    [
      "2,000 fields without a value",
      filled(Array(2_000).fill("a:").join("\r\n")),
      refuse(431),
      "headers-2000",
    ],
  ];
}
