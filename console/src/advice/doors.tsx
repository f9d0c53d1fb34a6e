// Who of the fleet is on the wrong door, and what it costs.

import { useEffect, useState } from "preact/hooks";

import { secondsText, shareText, trafficText } from "../format";
import { title } from "../model";
import { href } from "../router";
import { adviceKnown, clock, epoch, learnAdvice, model } from "../store";
import { texts } from "../texts";
import { Card, Choice, IconButton, saidOf, Table, Trouble } from "../ui/parts";
import { useRefresh } from "../ui/refresh";
import { differenceText } from "./ledger";
import { dearest, pageOf, together, type Misplaced } from "./misplaced";

const t = texts.misplaced;

const everyMs = 30_000;
const rowsShown = 20;

function Row({ item }: { item: Misplaced }) {
  const device = model.devices.get(item.device);
  const name = device === undefined ? item.device : title(device);
  const { radio } = item;
  return (
    <tr>
      <th scope="row">
        <a href={href(["devices", item.device, "ledger"])}>{name}</a>
        {name !== item.device && <small>{item.device}</small>}
      </th>
      <td>{texts.ledger.ways[item.door] ?? item.door}</td>
      <td>{texts.ledger.ways[item.advised] ?? item.advised}</td>
      <td class="amount">
        {differenceText(item.bytes, trafficText)}
        {radio !== undefined && <small>{t.radio(differenceText(radio, secondsText))}</small>}
      </td>
      <td class="amount">{item.share === undefined ? "–" : shareText(Math.abs(item.share))}</td>
      <td class="amount">{item.sure === undefined ? "–" : shareText(item.sure)}</td>
      <td class="advice-says">{item.says}</td>
    </tr>
  );
}

function Pager(props: { at: number; pages: number; turn: (to: number) => void }) {
  const { at, pages, turn } = props;
  if (pages === 1) return null;
  return (
    <nav class="buttons pager" aria-label={t.pages}>
      <IconButton icon="left" label={t.earlier} disabled={at === 0} onClick={() => turn(at - 1)} />
      <span role="status">{t.page(at + 1, pages)}</span>
      <IconButton icon="right" label={t.later} disabled={at === pages - 1} onClick={() => turn(at + 1)} />
    </nav>
  );
}

function List({ all }: { all: Misplaced[] }) {
  const [wanted, setWanted] = useState(0);
  const { at, pages, items } = pageOf(all, wanted, rowsShown);
  const { bytes, cpu } = together(all);
  return (
    <>
      <p class="misplaced-total">
        <b>{t.total(all.length, differenceText(bytes, trafficText))}</b>{" "}
        {cpu !== 0 && t.cpu(differenceText(cpu, secondsText))}
      </p>
      <Table label={t.title} class="misplaced" figures head={Object.values(t.columns)}>
        {items.map((item) => (
          <Row key={item.device} item={item} />
        ))}
      </Table>
      <Pager at={at} pages={pages} turn={setWanted} />
    </>
  );
}

export function Misplacement() {
  // Sorted once a second, however often the stream tells something.
  clock.value;
  const { known, pages, problem } = adviceKnown.value;
  const trouble = problem === undefined ? "" : saidOf(problem);
  const [door, setDoor] = useState("");
  useEffect(() => void learnAdvice(), [epoch.value]);
  // One that comes in several pages is asked for more seldom.
  useRefresh(everyMs * pages, () => void learnAdvice());
  const doors = [...new Set([...model.misplaced.values()].map((each) => each.door))].sort();
  const all = dearest(model.misplaced, door);
  const options = [["", t.every], ...doors.map((each) => [each, texts.ledger.ways[each] ?? each])] as [string, string][];
  return (
    <Card
      title={t.title}
      tools={
        (doors.length > 1 || door !== "") && (
          <Choice legend={t.door} value={door} options={options} onChoose={setDoor} />
        )
      }
    >
      <p class="note">{t.says}</p>
      <Trouble text={trouble} />
      {known && all.length > 0 && <List key={door} all={all} />}
      {known && all.length === 0 && <p class="empty">{door === "" ? t.none : t.noneOf}</p>}
      {!known && trouble === "" && <p role="status">{texts.loading}</p>}
    </Card>
  );
}
