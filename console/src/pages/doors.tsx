// The doors beside each other: a race of them, results to compare, and the fleet by door.

import { useEffect } from "preact/hooks";

import { Misplacement } from "../advice/doors";
import { endRace, RaceView } from "../doors/view";
import { ResultsView } from "../doors/results";
import { byDoor } from "../fleet";
import { countText } from "../format";
import { href, route } from "../router";
import { clock, model } from "../store";
import { texts } from "../texts";
import { Card, Table, Tabs } from "../ui/parts";

const t = texts.doorsPage;
const words = texts.byDoor;

function Counts() {
  // Counted once a second, as the line on top.
  clock.value;
  const doors = [...byDoor(model)].sort(([, a], [, b]) => b - a);
  const online = doors.reduce((sum, [, count]) => sum + count, 0);
  const offline = model.devices.size - online;
  return (
    <Card title={t.tabs.fleet}>
      <p class="note">{words.says}</p>
      <Table
        label={t.tabs.fleet ?? ""}
        class="figures"
        figures
        head={[words.door, words.count, words.share]}
      >
        {doors.map(([door, count]) => (
          <tr key={door}>
            <th scope="row">
              <a href={href(["devices"], { door })} aria-label={words.look(texts.doors[door] ?? door)}>
                {texts.doors[door] ?? door}
              </a>
            </th>
            <td>{countText(count)}</td>
            <td>{online === 0 ? "–" : `${Math.round((count / online) * 100)} %`}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">
            <a href={href(["devices"], { show: "offline" })}>{words.offline}</a>
          </th>
          <td>{countText(offline)}</td>
          <td>–</td>
        </tr>
      </Table>
    </Card>
  );
}

function FleetByDoor() {
  return (
    <>
      <Counts />
      <Misplacement />
    </>
  );
}

const pages: Record<string, () => preact.JSX.Element> = {
  race: RaceView,
  results: ResultsView,
  fleet: FleetByDoor,
};

export function Doors() {
  const wanted = route.value.path[1] ?? "race";
  const at = wanted in pages ? wanted : "race";
  const Page = pages[at] ?? RaceView;
  useEffect(() => endRace, []);
  return (
    <div class="device">
      <header class="device-head">
        <h1>{t.title}</h1>
        <Tabs
          label={t.parts}
          at={at}
          tabs={Object.keys(pages).map((tab) => [tab, t.tabs[tab] ?? tab])}
          path={(tab) => ["doors", tab]}
        />
      </header>
      <div class="device-body">
        <Page />
      </div>
    </div>
  );
}
