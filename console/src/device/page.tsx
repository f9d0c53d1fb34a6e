// One device: its curves, its twin, its commands, and who it is.

import { useEffect, useRef } from "preact/hooks";

import { LedgerView } from "../advice/device";
import { doorOf } from "../fleet";
import { title } from "../model";
import { href, route } from "../router";
import { learnStates, listed, may, model, pulse, ready } from "../store";
import { texts } from "../texts";
import { Icon } from "../ui/icons";
import { Age, Badge, Tabs } from "../ui/parts";
import { About } from "./about";
import { Charts } from "./charts";
import { Commands } from "./commands";
import { Config } from "./config";

const pages = { readings: Charts, config: Config, commands: Commands, ledger: LedgerView, about: About };
type PageName = keyof typeof pages;

export function DevicePage({ id }: { id: string }) {
  // Whether it is there, and how it is.
  listed.value;
  pulse.value;
  const device = model.devices.get(id);
  const at = (route.value.path[2] ?? "readings") as PageName;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [id, device === undefined]);
  useEffect(() => {
    if (ready.value) void learnStates([id]);
  }, [id, ready.value]);

  if (device === undefined) {
    return (
      <div class="pad">
        <BackLink />
        <p class="empty" role="status">
          {ready.value ? texts.device.gone(id) : texts.loading}
        </p>
      </div>
    );
  }
  const Page = pages[at] ?? Charts;
  const door = doorOf(device);
  const tabs = Object.keys(pages)
    .filter((tab) => tab !== "config" || may("config:read") || may("config:write"))
    .map((tab): [string, string] => [tab, texts.device.tabs[tab] ?? tab]);
  return (
    <article class="device">
      <header class="device-head">
        <BackLink />
        <h1 ref={heading} tabIndex={-1}>
          {title(device)}
        </h1>
        <p class="device-about">
          <Badge mood={device.online ? "good" : undefined}>
            {device.online ? `${texts.online} · ${texts.doors[door] ?? door}` : texts.offlineWord}
          </Badge>
          {title(device) !== device.id && <code>{device.id}</code>}
          {device.type !== "" && <span>{device.type}</span>}
          {Object.entries(device.labels).map(([name, value]) => (
            <a key={name} class="label" href={href(["devices"], { q: `${name}=${value}` })}>
              {name}={value}
            </a>
          ))}
          <span class="note">
            {texts.presence.heard} <Age time={device.lastSeen} />
          </span>
          <a class="note" href={href(["inspector"], { device: id })}>
            {texts.device.inspect}
          </a>
        </p>
        <Tabs
          label={texts.device.parts}
          at={at in pages ? at : "readings"}
          tabs={tabs}
          path={(tab) => (tab === "readings" ? ["devices", id] : ["devices", id, tab])}
        />
      </header>
      <div class="device-body">
        <Page key={at} device={device} />
      </div>
    </article>
  );
}

function BackLink() {
  return (
    <a class="back" href={href(["devices"])}>
      <Icon name="back" /> {texts.device.all}
    </a>
  );
}
