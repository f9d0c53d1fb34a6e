// A person with a browser, for the pages of OAuth: keeps a session and fills in forms. No script
// runs on those pages, so this is all that a browser does with them.
import assert from "node:assert/strict";

const kEntities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
const unescaped = (text) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (each) => kEntities[each]);

export class Person {
  #cookie = "";

  constructor(hub) {
    this.hub = hub;
  }

  /** Logs in with a password. */
  async logIn(user, password) {
    const answer = await fetch(`${this.hub.url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: this.hub.url },
      body: JSON.stringify({ user, password }),
    });
    assert.equal(answer.status, 201, await answer.text());
    this.#cookie = answer.headers.get("set-cookie").split(";")[0];
    return this;
  }

  async #look(answer) {
    const text = await answer.text();
    const fields = new URLSearchParams();
    for (const [input] of text.matchAll(/<input [^>]*>/g)) {
      const of = (name) => unescaped(input.match(new RegExp(`${name}="([^"]*)"`))?.[1] ?? "");
      fields.set(of("name"), of("value"));
    }
    return { status: answer.status, text, fields, headers: answer.headers };
  }

  /** Opens an address: `{status, text, fields, headers}`. */
  async open(url) {
    return await this.#look(await fetch(url, { headers: { cookie: this.#cookie }, redirect: "manual" }));
  }

  /** Sends a form of the hub's. */
  async send(path, fields) {
    const answer = await fetch(this.hub.url + path, {
      method: "POST",
      headers: { cookie: this.#cookie, origin: this.hub.url },
      body: new URLSearchParams(fields),
      redirect: "manual",
    });
    return await this.#look(answer);
  }

  /** Opens what an app asks and says so. Where the browser is sent then, as a URL. */
  async decide(url, decision = "allow") {
    const page = await this.open(url);
    if (page.status === 303) return new URL(page.headers.get("location"));
    assert.equal(page.status, 200, page.text);
    assert.ok(!page.text.includes("<script"), page.text);
    page.fields.set("decision", decision);
    const sent = await this.send("/oauth/authorize", page.fields);
    assert.equal(sent.status, 303, sent.text);
    return new URL(sent.headers.get("location"));
  }

  /** Enters the code that a box shows, looks at what it is, and says so. */
  async enter(userCode, decision = "allow", device = undefined) {
    const shown = await this.send("/oauth/device", { user_code: userCode });
    assert.equal(shown.status, 200, shown.text);
    shown.fields.set("decision", decision);
    if (device !== undefined) shown.fields.set("device", device);
    return { shown, done: await this.send("/oauth/device", shown.fields) };
  }
}
