// The form that makes the administrator of a hub that has none.

import { useEffect, useRef, useState } from "preact/hooks";

import { hub, overRest, statusOf, wordsOf } from "../hub";
import { texts } from "../texts";
import { useWork } from "./parts";

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
        <label for="user">{texts.setup.user}</label>
        <input
          id="user"
          autocomplete="username"
          autocapitalize="none"
          required
          value={user}
          onInput={(event) => setUser(event.currentTarget.value)}
        />
        <label for="password">{texts.setup.password}</label>
        <input
          id="password"
          ref={first}
          type="password"
          autocomplete="new-password"
          aria-describedby="password-hint"
          minLength={8}
          maxLength={128}
          required
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
        <p class="note" id="password-hint">
          {texts.setup.passwordHint}
        </p>
        <label for="again">{texts.setup.again}</label>
        <input
          id="again"
          type="password"
          autocomplete="new-password"
          required
          value={again}
          onInput={(event) => setAgain(event.currentTarget.value)}
        />
        <label for="token">{texts.setup.token}</label>
        <input
          id="token"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          aria-describedby="token-hint"
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <p class="note" id="token-hint">
          {texts.setup.tokenHint}
        </p>
        <button type="submit" disabled={busy}>
          {texts.setup.action}
        </button>
        {busy && made && <p role="status">{texts.setup.opening}</p>}
        <p class="outcome" role="alert" data-mood="bad">
          {trouble}
        </p>
      </form>
    </main>
  );
}
