// What is shown is asked again from time to time, as long as somebody may see it.

import { useEffect, useRef } from "preact/hooks";

/** Calls `again` every `ms` while the page is visible, and when it is again after longer than that. */
export function useRefresh(ms: number, again: () => void): void {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    let asked = Date.now();
    const ask = () => {
      if (document.hidden || Date.now() - asked < ms) return;
      asked = Date.now();
      latest.current();
    };
    // Not by one timer of `ms`: those of hidden pages run late.
    const timer = window.setInterval(ask, Math.min(ms, 1_000));
    document.addEventListener("visibilitychange", ask);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [ms]);
}
