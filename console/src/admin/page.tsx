// The administration, as far as the caller may see it.

import type { ComponentType } from "preact";

import { route } from "../router";
import { may, me } from "../store";
import { texts } from "../texts";
import { Tabs } from "../ui/parts";
import { Apps } from "./apps";
import { Audit } from "./audit";
import { Grants } from "./grants";
import { Security } from "./security";
import { Session } from "./session";
import { HubStatus } from "./status";
import { Users } from "./users";

const parts: { tab: string; scope: string; page: ComponentType }[] = [
  { tab: "status", scope: "metrics:read", page: HubStatus },
  { tab: "security", scope: "access:manage", page: Security },
  { tab: "users", scope: "users:manage", page: Users },
  { tab: "apps", scope: "access:manage", page: Apps },
  { tab: "grants", scope: "access:manage", page: Grants },
  { tab: "audit", scope: "audit:read", page: Audit },
  { tab: "session", scope: "self:read", page: Session },
];

export function Admin() {
  if (me.value === undefined) return <p class="note pad">{texts.loading}</p>;
  const seen = parts.filter(({ scope }) => may(scope));
  const wanted = route.value.path[1] ?? seen[0]?.tab;
  const at = seen.find(({ tab }) => tab === wanted) ?? seen[0];
  if (at === undefined) return <p class="empty">{texts.admin.nothing}</p>;
  const Page = at.page;
  return (
    <div class="device">
      <header class="device-head">
        <h1>{texts.admin.title}</h1>
        <Tabs
          label={texts.admin.parts}
          at={at.tab}
          tabs={seen.map(({ tab }) => [tab, texts.admin.tabs[tab] ?? tab])}
          path={(tab) => ["admin", tab]}
        />
      </header>
      <div class="device-body">
        <Page />
      </div>
    </div>
  );
}
