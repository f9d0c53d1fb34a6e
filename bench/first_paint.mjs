// When a browser that has seen nothing of the hub paints its console first, and how long it takes
// from a log-in code to a live page; desktop and phone. Medians of five fresh browsers.
//
//   node bench/first_paint.mjs
import { test } from "node:test";

import { startBrowser } from "../tests/end_to_end/browser.mjs";
import { kSizes, logIn, openPage } from "../tests/end_to_end/console_page.mjs";
import { startHub } from "../tests/end_to_end/hub.mjs";
import { quantile } from "./figures.mjs";

const kRounds = 5;

test("first paint", async (t) => {
  const hub = await startHub(t);
  for (const [name, size] of Object.entries(kSizes)) {
    const painted = [];
    const live = [];
    for (let round = 0; round < kRounds; ++round) {
      const browser = await startBrowser(t);
      const { page, context } = await openPage(t, browser, hub, size);
      await page.goto(`${hub.url}/`);
      painted.push(
        await page.waitForFunction(
          () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
        ).then((found) => found.jsonValue()),
      );
      const began = performance.now();
      await logIn(page, hub);
      live.push(performance.now() - began);
      await context.close();
    }
    const ms = (values) => Math.round(quantile(values, 0.5));
    console.log(`${name}: painted after ${ms(painted)} ms, live ${ms(live)} ms after the log-in`);
  }
});
