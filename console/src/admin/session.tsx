// Who is logged in here, and their own password.

import { useState } from "preact/hooks";

import { atOnce, hub } from "../hub";
import { leave, logOut, me } from "../store";
import { texts } from "../texts";
import { Card, TextField, Trouble, useWork } from "../ui/parts";

const t = texts.session;

function Password({ user }: { user: string }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const work = useWork();
  const submit = async (event: Event) => {
    event.preventDefault();
    const done = await work.run(() => hub().users.password(user, { current, password }, atOnce));
    if (done) leave("ended");
  };
  return (
    <Card title={t.password}>
      <form class="stack narrow" onSubmit={submit}>
        <input hidden autocomplete="username" value={user} readOnly />
        <TextField
          label={t.current}
          type="password"
          autocomplete="current-password"
          value={current}
          onText={setCurrent}
          required
        />
        <TextField
          label={t.fresh}
          hint={texts.users.passwordHint}
          type="password"
          autocomplete="new-password"
          value={password}
          onText={setPassword}
          required
          minLength={8}
        />
        <p class="note">{t.ends}</p>
        <Trouble text={work.trouble} />
        <button type="submit" aria-busy={work.busy}>
          {t.set}
        </button>
      </form>
    </Card>
  );
}

export function Session() {
  const who = me.value;
  if (who === undefined) return <Card>{texts.loading}</Card>;
  return (
    <div class="admin-grid">
      <Card title={t.title}>
        <dl class="facts">
          <dt>{t.who}</dt>
          <dd>{who.id}</dd>
          <dt>{t.tenant}</dt>
          <dd>{who.tenant}</dd>
          <dt>{t.credential}</dt>
          <dd>
            <code>{who.credential}</code>
          </dd>
          <dt>{t.may}</dt>
          <dd class="scope-cell">
            {who.scopes.map((scope) => (
              <code key={scope}>{scope}</code>
            ))}
          </dd>
        </dl>
        <p class="note">{t.others}</p>
        <button type="button" class="quiet" onClick={() => void logOut()}>
          {t.end}
        </button>
      </Card>
      <Password user={who.id} />
    </div>
  );
}
