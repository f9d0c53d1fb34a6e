// The form for a name and a password.

import { api, wordsOf } from "./api";
import { make, setText } from "./dom";
import { texts } from "./texts";

/** `note` says why one has to log in; `done` is called once there is a session. */
export function loginView(note: string, done: () => void): HTMLElement {
  const user = make("input", { id: "user", autocomplete: "username", required: "", autocapitalize: "none" });
  const password = make("input", {
    id: "password",
    type: "password",
    autocomplete: "current-password",
    required: "",
  });
  const trouble = make("p", { class: "outcome", role: "alert" });
  const button = make("button", { type: "submit" }, texts.logIn);
  const form = make(
    "form",
    { class: "card login" },
    make("h1", {}, texts.logInTitle),
    ...(note === "" ? [] : [make("p", { role: "status" }, note)]),
    make("label", { for: "user" }, texts.user),
    user,
    make("label", { for: "password" }, texts.password),
    password,
    button,
    trouble,
    make("p", { class: "note" }, texts.logInHint),
  );
  let busy = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    setText(trouble, "");
    api
      .beginSession({ user: user.value.trim(), password: password.value })
      .then(done, (problem: unknown) => {
        setText(trouble, texts.failed(wordsOf(problem) ?? texts.unreachable));
        trouble.dataset.mood = "bad";
        password.select();
      })
      .finally(() => {
        busy = false;
      });
  });
  return make("main", { class: "login-page" }, form);
}
