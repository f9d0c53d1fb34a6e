// All that happens to one device: a subscription of its own, every event of it.

import { useEffect, useRef } from "preact/hooks";
import type { StreamEvent, StreamOptions, Subscription } from "tandem-client";

import { hub } from "../hub";

const gatherMs = 50;

type Kinds = NonNullable<StreamOptions["kinds"]>;
const most: Kinds = ["reading", "config", "state", "command", "presence", "series"];

/** Calls `hear` with the events of the device for as long as the component is there. */
export function useFollow(device: string, hear: (events: StreamEvent[]) => void, kinds: Kinds = most): void {
  const listener = useRef(hear);
  listener.current = hear;
  useEffect(() => {
    const mine = hub().stream({
      devices: [device],
      kinds,
      start: "now",
      gather_ms: gatherMs,
    });
    void listen(mine, (events) => listener.current(events));
    return () => mine.close();
  }, [device]);
}

// What goes wrong with the connection the page's own stream tells.
async function listen(
  subscription: Subscription,
  hear: (events: StreamEvent[]) => void,
): Promise<void> {
  try {
    for await (const { events } of subscription.batches()) if (events.length > 0) hear(events);
  } catch {
    // Refused or over.
  }
}
