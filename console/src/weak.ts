// What is weak about a hub, as far as its own interface tells. No network, no document.

import type { App, AuditLine, Grant, Key, User } from "tandem-client";

import { tookText } from "./format";
import { texts } from "./texts";

const t = texts.security;

export type Severity = "high" | "medium" | "low";

export interface Finding {
  severity: Severity;
  text: string;
  /** Where to look: a path of the console. */
  to?: { path: string[]; text: string };
}

export const longMs = 90 * 86_400_000;
const adminsMany = 3;
const writing = ["devices:write", "telemetry:write", "config:write", "commands:send", "keys:manage"];

export function isLoopback(address: string): boolean {
  try {
    const { hostname } = new URL(address);
    return ["localhost", "[::1]"].includes(hostname) || /^127(\.\d+){3}$/.test(hostname);
  } catch {
    return false;
  }
}

function toAdmin(tab: string, text: string) {
  return { path: ["admin", tab], text };
}

/** Of the listeners, and of how this page came. */
export function weakDoors(addresses: string[], page: string): Finding[] {
  const found: Finding[] = addresses
    .filter((address) => address.startsWith("http:"))
    .map((address) =>
      isLoopback(address)
        ? { severity: "low", text: t.plainLocal(address) }
        : { severity: "high", text: t.plainOpen(address) },
    );
  if (page.startsWith("http:") && !isLoopback(page)) {
    found.push({ severity: "high", text: t.plainPage });
  }
  return found;
}

export function weakUsers(users: User[]): Finding[] {
  const admins = users.filter((user) => user.role === "admin").length;
  const to = toAdmin("users", t.toUsers);
  if (admins > adminsMany) return [{ severity: "medium", text: t.adminsMany(admins), to }];
  if (admins === 1) return [{ severity: "low", text: t.adminOne, to }];
  return [];
}

function whoOf(grant: Grant): string {
  return grant.app !== undefined ? `app:${grant.app}` : `user:${grant.user ?? ""}`;
}

export function weakGrants(grants: Grant[]): Finding[] {
  const to = toAdmin("grants", t.toGrants);
  const found: Finding[] = [];
  for (const grant of grants) {
    if (!grant.devices.includes("*")) continue;
    if (grant.scopes.includes("access:manage")) {
      found.push({ severity: "medium", text: t.access(whoOf(grant)), to });
      continue;
    }
    const wide = grant.scopes.filter((scope) => writing.includes(scope));
    if (wide.length > 0) {
      found.push({ severity: "medium", text: t.wide(whoOf(grant), wide.join(", ")), to });
    }
  }
  return found;
}

export function weakApps(apps: App[], grants: Grant[], now: number): Finding[] {
  const to = toAdmin("apps", t.toApps);
  const found: Finding[] = [];
  for (const app of apps) {
    const newest = Math.max(...app.secrets.map((secret) => secret.created));
    if (app.secrets.length > 0 && now - newest > longMs) {
      found.push({ severity: "medium", text: t.secretOld(app.id, tookText(now - newest)), to });
    }
    if (!grants.some((grant) => grant.app === app.id)) {
      found.push({ severity: "low", text: t.appIdle(app.id), to });
    }
  }
  return found;
}

/** Of the keys of devices that have been looked at. */
export function weakKeys(keys: Map<string, Key[]>, now: number): Finding[] {
  const living = [...keys].map(([device, all]): [string, Key[]] => [
    device,
    all.filter((key) => key.expires === undefined || key.expires > now),
  ]);
  const age = (all: Key[]): number => now - Math.max(...all.map((key) => key.created));
  const old = living.filter(([, all]) => all.length > 0 && age(all) > longMs);
  const forever = living.filter(([, all]) => all.some((key) => key.expires === undefined));
  const none = living.filter(([, all]) => all.length === 0);
  const found: Finding[] = [];
  const [first] = old;
  if (old.length === 1 && first !== undefined) {
    const to = { path: ["devices", first[0], "about"], text: t.toDevice };
    found.push({ severity: "medium", text: t.keyOld(first[0], tookText(age(first[1]))), to });
  } else if (old.length > 1) {
    found.push({ severity: "medium", text: t.keysOld(old.length, tookText(longMs)) });
  }
  if (forever.length > 0) found.push({ severity: "low", text: t.keysForever(forever.length) });
  if (none.length > 0) found.push({ severity: "low", text: t.keysNone(none.length) });
  return found;
}

/** Of the audit's newest lines. */
export function weakAudit(lines: AuditLine[]): Finding[] {
  const to = toAdmin("audit", t.toAudit);
  const count = (wanted: (line: AuditLine) => boolean): number =>
    lines.filter(wanted).reduce((sum, line) => sum + Math.max(1, line.count), 0);
  const isLogin = (line: AuditLine): boolean =>
    line.action === "session.begin" && line.result !== "ok";
  const logins = count(isLogin);
  const refused = count(
    (line) => !isLogin(line) && ["unauthenticated", "forbidden"].includes(line.result),
  );
  const found: Finding[] = [];
  if (logins > 0) {
    const severity = logins >= 20 ? "high" : "medium";
    found.push({ severity, text: t.failedLogins(logins), to });
  }
  if (refused > 0) found.push({ severity: "low", text: t.refusals(refused), to });
  return found;
}

const order: Severity[] = ["high", "medium", "low"];

export function worstFirst(findings: Finding[]): Finding[] {
  return [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}
