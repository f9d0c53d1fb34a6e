// Dashboards: the list of them, and the one that somebody has opened.

import type { DashboardHead } from "tandem-client";

import { contentOf, isOwn, newDraft } from "../dashboard";
import { dropDrafts, useDraft } from "../drafts";
import { atOnce, collect, hub } from "../hub";
import { go, href, route } from "../router";
import { epoch, may, me } from "../store";
import { texts } from "../texts";
import { Age, Badge, Table, Trouble, useAnswer } from "../ui/parts";
import { Board } from "./board";
import "./dashboards.css";
import { NewDashboard } from "./dialogs";
import { isUnsaved, keepDraft } from "./drafts";

const t = texts.dashboards;
const listMost = 1_000;

function Row({ head }: { head: DashboardHead }) {
  const owner = head.owner ?? t.nobody;
  return (
    <tr>
      <th scope="row">
        <a href={href(["dashboards", head.id])}>{head.title}</a>{" "}
        {isUnsaved(head.id) && <Badge mood="open">{t.unsaved}</Badge>}
      </th>
      <td>{isOwn(me.value, head) ? <Badge>{t.you}</Badge> : owner.replace(/^user:/, "")}</td>
      <td>{t.sharedShort[head.shared]}</td>
      <td>
        <Age time={head.updated} />
      </td>
    </tr>
  );
}

function List() {
  const { answer, trouble } = useAnswer(
    () => collect<DashboardHead>((cursor) => hub().dashboards.list({ cursor, ...atOnce }), listMost),
    [epoch.value],
  );
  const [adding, setAdding] = useDraft("new-dashboard open", false);
  const close = () => {
    setAdding(false);
    dropDrafts("new-dashboard");
  };
  return (
    <div class="pad">
      <div class="page-head">
        <h1>{t.title}</h1>
        {may("dashboards:write") && (
          <button type="button" onClick={() => setAdding(true)}>
            {t.add}
          </button>
        )}
      </div>
      <p class="note">{t.says}</p>
      <Trouble text={trouble} />
      {answer !== undefined && answer.length > 0 && (
        <div class="card">
          <Table label={t.title} head={[t.name, t.owner, t.shared, t.updated]}>
            {answer.map((head) => (
              <Row key={head.id} head={head} />
            ))}
          </Table>
        </div>
      )}
      {answer !== undefined && answer.length === 0 && <p class="empty">{t.none}</p>}
      {answer === undefined && trouble === "" && <p class="note">{texts.loading}</p>}
      {adding && (
        <NewDashboard
          close={close}
          made={(dashboard) => {
            dropDrafts("new-dashboard");
            // Its maker goes on with its tiles.
            keepDraft(dashboard.id, newDraft(dashboard.version, contentOf(dashboard)));
            go(["dashboards", dashboard.id]);
          }}
        />
      )}
    </div>
  );
}

export function Dashboards() {
  const [, id] = route.value.path;
  return id === undefined ? <List /> : <Board key={id} id={id} />;
}
