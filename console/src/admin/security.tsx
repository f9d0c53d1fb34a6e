// Weak spots: what the hub's own interface shows of them, the worst first.

import { useRef, useState } from "preact/hooks";
import type { App, Grant, Key } from "tandem-client";

import { atOnce, collect, hub, overRest } from "../hub";
import { href } from "../router";
import { epoch, may, model } from "../store";
import { texts } from "../texts";
import { Badge, Card, saidOf, Trouble, useAnswer } from "../ui/parts";
import {
  weakApps,
  weakAudit,
  weakDoors,
  weakGrants,
  weakKeys,
  weakUsers,
  worstFirst,
  type Finding,
  type Severity,
} from "../weak";

const t = texts.security;
const dayMs = 86_400_000;
const linesMost = 1_000;
// Well below what a user may ask in a second, so that the rest of the page goes on.
const pauseMs = 50;

const moods = { high: "bad", medium: "warn", low: undefined } as const;

async function look(): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (may("metrics:read")) {
    const { addresses } = await hub().hub.status(overRest);
    findings.push(...weakDoors(addresses, location.href));
  }
  if (may("users:manage")) {
    findings.push(...weakUsers(await collect((cursor) => hub().users.list({ cursor, ...atOnce }))));
  }
  if (may("access:manage")) {
    const apps: App[] = await collect((cursor) => hub().apps.list({ cursor, ...atOnce }));
    const grants: Grant[] = await collect((cursor) => hub().grants.list({ cursor, ...atOnce }));
    findings.push(...weakGrants(grants), ...weakApps(apps, grants, Date.now()));
  }
  if (may("audit:read")) {
    const since = Date.now() - dayMs;
    const lines = await collect((cursor) => hub().audit.list({ since, cursor, ...atOnce }), linesMost);
    findings.push(...weakAudit(lines));
  }
  return findings;
}

function useKeys() {
  const [done, setDone] = useState<number | undefined>(undefined);
  const [found, setFound] = useState<Finding[]>([]);
  const [trouble, setTrouble] = useState("");
  const stop = useRef(false);
  const run = async () => {
    stop.current = false;
    setTrouble("");
    setFound([]);
    const keys = new Map<string, Key[]>();
    const ids = [...model.devices.keys()];
    try {
      for (const id of ids) {
        if (stop.current) break;
        setDone(keys.size);
        keys.set(id, (await hub().keys.list(id, { timeoutMs: 20_000 })).items);
        await new Promise((next) => window.setTimeout(next, pauseMs));
      }
    } catch (problem) {
      setTrouble(saidOf(problem));
    }
    setFound(weakKeys(keys, Date.now()));
    setDone(undefined);
    return keys.size;
  };
  return { done, found, trouble, run, stop: () => (stop.current = true) };
}

export function Security() {
  const { answer, trouble } = useAnswer(look, [epoch.value]);
  const keys = useKeys();
  const [looked, setLooked] = useState<number | undefined>(undefined);
  const findings = worstFirst([...(answer ?? []), ...keys.found]);
  return (
    <Card title={t.title}>
      <p class="note">{t.says}</p>
      <Trouble text={trouble || keys.trouble} />
      <ul class="findings">
        {findings.map((finding, at) => (
          <li key={at} data-severity={finding.severity}>
            <Badge mood={moods[finding.severity]}>{severityText(finding.severity)}</Badge>
            <span>{finding.text}</span>
            {finding.to !== undefined && <a href={href(finding.to.path)}>{finding.to.text}</a>}
          </li>
        ))}
      </ul>
      {answer !== undefined && findings.length === 0 && <p class="empty">{t.none}</p>}
      {answer === undefined && trouble === "" && <p class="note">{texts.loading}</p>}
      {may("keys:manage") && (
        <div class="buttons">
          {keys.done === undefined ? (
            <button type="button" class="quiet" onClick={() => void keys.run().then(setLooked)}>
              {t.look}
            </button>
          ) : (
            <button type="button" class="quiet" onClick={keys.stop}>
              {t.stop}
            </button>
          )}
          <p class="note" role="status">
            {keys.done !== undefined
              ? t.looking(keys.done, model.devices.size)
              : looked === undefined
                ? ""
                : t.looked(looked)}
          </p>
        </div>
      )}
    </Card>
  );
}

function severityText(severity: Severity): string {
  return t.severities[severity] ?? severity;
}
