// The form for a name and a password.

import { useEffect, useRef, useState } from "preact/hooks";

import { hub, overRest } from "../hub";
import { arrive, loginAddress, providers } from "../session";
import { texts } from "../texts";
import { saidOf } from "./parts";

/** `note` says why one has to log in; `done` is called once there is a session. */
export function Login({ note, done }: { note: string; done: () => void }) {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [tenant, setTenant] = useState("");
  const [trouble, setTrouble] = useState("");
  const [others, setOthers] = useState<string[]>([]);
  const busy = useRef(false);
  const first = useRef<HTMLInputElement>(null);
  const secret = useRef<HTMLInputElement>(null);

  useEffect(() => {
    first.current?.focus();
    void providers().then(setOthers);
    // Somebody may have logged in with another tab meanwhile.
    const look = () => {
      if (!document.hidden) arrive().then((how) => how === "logged-in" && done(), () => {});
    };
    document.addEventListener("visibilitychange", look);
    window.addEventListener("focus", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("focus", look);
    };
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.current) return;
    busy.current = true;
    setTrouble("");
    try {
      const credentials = { user: user.trim(), password };
      const body = tenant === "" ? credentials : { ...credentials, tenant: tenant.trim() };
      await hub().session.begin(body, overRest);
      done();
    } catch (problem) {
      setTrouble(saidOf(problem));
      secret.current?.select();
    } finally {
      busy.current = false;
    }
  };

  return (
    <main class="login-page">
      <form class="card login" onSubmit={submit}>
        <img src="/favicon.svg" alt="" width="44" height="44" />
        <h1>{texts.login.title}</h1>
        {note !== "" && <p role="status">{note}</p>}
        <label for="user">{texts.login.user}</label>
        <input
          id="user"
          ref={first}
          autocomplete="username"
          autocapitalize="none"
          required
          value={user}
          onInput={(event) => setUser(event.currentTarget.value)}
        />
        <label for="password">{texts.login.password}</label>
        <input
          id="password"
          ref={secret}
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
        <details>
          <summary>{texts.login.other}</summary>
          <label for="tenant">{texts.login.tenant}</label>
          <input
            id="tenant"
            autocapitalize="none"
            value={tenant}
            onInput={(event) => setTenant(event.currentTarget.value)}
          />
        </details>
        <button type="submit">{texts.login.action}</button>
        <p class="outcome" role="alert" data-mood="bad">
          {trouble}
        </p>
        {others.map((provider) => (
          <a key={provider} class="button" href={loginAddress(provider)}>
            {texts.login.with(provider)}
          </a>
        ))}
        <details>
          <summary>{texts.login.fresh}</summary>
          <p class="note">{texts.login.freshText}</p>
          <pre tabIndex={0}>
            <code>{texts.login.freshLines}</code>
          </pre>
          <p class="note">{texts.login.freshThen}</p>
        </details>
      </form>
    </main>
  );
}
