// Programs and their secrets, of which two may live.

import { useState } from "preact/hooks";
import type { App, AppSecret } from "tandem-client";

import { dropDrafts, useDraft } from "../drafts";
import { atOnce, collect, hub } from "../hub";
import { epoch } from "../store";
import { texts } from "../texts";
import {
  Age,
  Card,
  Confirm,
  Dialog,
  Once,
  Table,
  TextField,
  Trouble,
  useAnswer,
  useWork,
  When,
} from "../ui/parts";

const t = texts.apps;

function Add({ close, made }: { close: () => void; made: (app: App) => void }) {
  const [id, setId] = useDraft("new-app id", "");
  const [name, setName] = useDraft("new-app name", "");
  const work = useWork();
  const submit = async (event: Event) => {
    event.preventDefault();
    const make = async () => made(await hub().apps.create({ id: id.trim(), name }, atOnce));
    if (await work.run(make)) close();
  };
  return (
    <Dialog title={t.add} onClose={close}>
      <form class="stack" onSubmit={submit}>
        <TextField label={t.id} value={id} onText={setId} required maxLength={64} />
        <TextField label={t.name} value={name} onText={setName} />
        <Trouble text={work.trouble} />
        <button type="submit" aria-busy={work.busy}>
          {t.make}
        </button>
      </form>
    </Dialog>
  );
}

type Act = { app: App } & ({ what: "rotate" | "delete" } | { what: "revoke"; secret: AppSecret });

function Row({ app, act }: { app: App; act: (what: Act) => void }) {
  return (
    <tr>
      <th scope="row">
        <b>{app.id}</b>
        <br />
        <span class="note">{app.name}</span>
      </th>
      <td>
        <ul class="plain">
          {app.secrets.map((secret) => (
            <li key={secret.id}>
              <code>{secret.id}</code> <Age time={secret.created} />
              {secret.expires !== undefined && (
                <span class="note">
                  {" "}
                  {texts.keys.expires} <When time={secret.expires} />
                </span>
              )}{" "}
              <button
                type="button"
                class="quiet small bad"
                onClick={() => act({ what: "revoke", app, secret })}
              >
                {t.revoke}
              </button>
            </li>
          ))}
        </ul>
      </td>
      <td class="row-tools">
        <button type="button" class="quiet small" onClick={() => act({ what: "rotate", app })}>
          {t.rotate}
        </button>
        <button type="button" class="quiet small bad" onClick={() => act({ what: "delete", app })}>
          {t.remove}
        </button>
      </td>
    </tr>
  );
}

function Ask({ act, done, made }: { act: Act; done: () => void; made: (app: App) => void }) {
  const { app } = act;
  const says = { rotate: t.rotateText, revoke: t.revokeText, delete: t.removeText(app.id) };
  const names = { rotate: t.rotate, revoke: t.revoke, delete: t.remove };
  const run = async () => {
    if (act.what === "rotate") made(await hub().apps.rotate(app.id, atOnce));
    else if (act.what === "revoke") await hub().apps.revoke(app.id, act.secret.id, atOnce);
    else await hub().apps.delete(app.id, atOnce);
  };
  return (
    <Confirm
      title={`${names[act.what]}: ${app.id}`}
      text={says[act.what]}
      action={names[act.what]}
      run={run}
      onClose={done}
    />
  );
}

export function Apps() {
  const { answer, trouble, reload } = useAnswer(
    () => collect<App>((cursor) => hub().apps.list({ cursor, ...atOnce })),
    [epoch.value],
  );
  const [adding, setAdding] = useDraft("new-app open", false);
  const [act, setAct] = useState<Act | undefined>(undefined);
  const [made, setMade] = useState<App | undefined>(undefined);
  const close = () => {
    setAct(undefined);
    setAdding(false);
    dropDrafts("new-app");
    reload();
  };
  return (
    <Card
      title={t.title}
      tools={
        <button type="button" onClick={() => setAdding(true)}>
          {t.add}
        </button>
      }
    >
      <p class="note">{t.says}</p>
      <Trouble text={trouble} />
      {made?.secret !== undefined && (
        <Once
          label={`${t.secret} (${made.id})`}
          secret={made.secret}
          kept={() => setMade(undefined)}
        />
      )}
      <Table label={t.title} head={[t.id, t.secrets]} tools>
        {(answer ?? []).map((app) => (
          <Row key={app.id} app={app} act={setAct} />
        ))}
      </Table>
      {answer?.length === 0 && <p class="empty">{t.none}</p>}
      {adding && <Add close={close} made={setMade} />}
      {act !== undefined && <Ask act={act} done={close} made={setMade} />}
    </Card>
  );
}
