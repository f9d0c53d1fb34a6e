// The form that makes the administrator of a hub that has none.

import { useEffect, useRef, useState } from "preact/hooks";

import { hub, overRest, statusOf, wordsOf } from "../hub";
import { texts } from "../texts";
import { TextField, Trouble, useWork } from "./parts";

// A hub that has its administrator now opens its doors anew: in less than a second, mostly.
const tries = 40;
const pauseMs = 250;

/** Logs in as soon as the hub is back. */
async function logIn(user: string, password: string): Promise<void> {
  for (let left = tries; ; left -= 1) {
    try {
      await hub().session.begin({ user, password }, overRest);
      return;
    } catch (problem) {
      const opening = statusOf(problem) === 503 || wordsOf(problem) === undefined;
      if (left === 0 || !opening) throw problem;
    }
    await new Promise((next) => setTimeout(next, pauseMs));
  }
}

/** `token` is what the link had; `done` is called once there is a session. */
export function Setup({ token: given, done }: { token: string; done: () => void }) {
  const [token, setToken] = useState(given);
  const [user, setUser] = useState("admin");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [url, setUrl] = useState("");
  const [made, setMade] = useState(false);
  const { busy, trouble, run, setTrouble } = useWork();
  const first = useRef<HTMLInputElement>(null);

  useEffect(() => first.current?.focus(), []);

  const make = async () => {
    const name = user.trim();
    if (!made) {
      const answer = await hub().setup.create({ token: token.trim(), user: name, password }, overRest);
      setMade(true);
      if (answer.url !== undefined && answer.url !== location.origin) return setUrl(answer.url);
    }
    await logIn(name, password);
    done();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (password !== again) return setTrouble(texts.setup.differs);
    void run(make);
  };

  if (url !== "") {
    return (
      <main class="login-page">
        <div class="card login">
          <h1>{texts.product}</h1>
          <p role="status">{texts.setup.elsewhere}</p>
          <a href={url}>{url}</a>
        </div>
      </main>
    );
  }
  return (
    <main class="login-page">
      <form class="card login" onSubmit={submit}>
        <img src="/favicon.svg" alt="" width="44" height="44" />
        <h1>{texts.setup.title}</h1>
        <p>{texts.setup.says}</p>
        <TextField
          label={texts.setup.user}
          autocomplete="username"
          asTyped
          required
          value={user}
          onText={setUser}
        />
        <TextField
          label={texts.setup.password}
          hint={texts.setup.passwordHint}
          input={first}
          type="password"
          autocomplete="new-password"
          minLength={8}
          maxLength={128}
          required
          value={password}
          onText={setPassword}
        />
        <TextField
          label={texts.setup.again}
          type="password"
          autocomplete="new-password"
          required
          value={again}
          onText={setAgain}
        />
        <TextField
          label={texts.setup.token}
          hint={texts.setup.tokenHint}
          asTyped
          required
          value={token}
          onText={setToken}
        />
        <button type="submit" disabled={busy}>
          {texts.setup.action}
        </button>
        {busy && made && <p role="status">{texts.setup.opening}</p>}
        <Trouble text={trouble} />
      </form>
    </main>
  );
}
