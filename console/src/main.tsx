// Puts the page together: a session, then the console.

import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import "./style.css";
import "./tables.css";
import "./pages.css";
import "./advice/advice.css";
import { followAddress } from "./router";
import { arrive, codeOf, isFresh, setupTokenOf } from "./session";
import { enter, loggedOut } from "./store";
import { texts } from "./texts";
import { startTheme } from "./theme";
import { Login } from "./ui/login";
import { Setup } from "./ui/setup";
import { Shell } from "./ui/shell";

type Stage = "arriving" | "setup" | "login" | "in" | "unreachable";

function App() {
  const [stage, setStage] = useState<Stage>("arriving");
  const [note, setNote] = useState("");
  const token = useRef("");
  const inside = useRef(false);

  const begin = () => {
    // Two who looked at once may both have found a session.
    if (inside.current) return;
    inside.current = true;
    setStage("in");
    void enter();
  };
  const find = async () => {
    const setup = setupTokenOf(location.hash);
    if (setup !== undefined) {
      // At once: what is in the address stays in the history and goes into bookmarks.
      history.replaceState(null, "", location.pathname);
      token.current = setup;
      return setStage("setup");
    }
    try {
      const arrival = await arrive();
      if (arrival === "logged-in") return begin();
      // Nobody can log in to a hub without an administrator: its token is asked for.
      if (await isFresh()) return setStage("setup");
      setNote(arrival === "code-refused" ? texts.login.codeRefused : "");
      setStage("login");
    } catch {
      setStage("unreachable");
    }
  };
  useEffect(() => {
    void find();
    // A link with a code, opened where the page is already.
    const look = () => {
      const asked = codeOf(location.hash) ?? setupTokenOf(location.hash);
      if (asked !== undefined && !inside.current) void find();
    };
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  useEffect(
    () =>
      loggedOut.subscribe((why) => {
        if (why === undefined) return;
        inside.current = false;
        setNote(why === "ended" ? texts.login.ended : "");
        setStage("login");
      }),
    [],
  );

  if (stage === "arriving") return null;
  if (stage === "in") return <Shell />;
  if (stage === "setup") return <Setup token={token.current} done={begin} />;
  if (stage === "login") return <Login note={note} done={begin} />;
  return (
    <main class="login-page">
      <div class="card login">
        <h1>{texts.product}</h1>
        <p role="alert">{texts.failed(texts.unreachable)}</p>
        <button type="button" onClick={() => void find()}>
          {texts.retry}
        </button>
      </div>
    </main>
  );
}

startTheme();
followAddress();
const place = document.getElementById("app");
if (place === null) throw new Error("the page has no #app");
render(<App />, place);
