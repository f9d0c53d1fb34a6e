// An outside identity provider on this machine, and the settings of a hub that trusts it.
import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { join } from "node:path";

import { freshFolder } from "./hub.mjs";

/** An issuer on this machine. `answer` replaces what it says of its keys; `asked` is how often. */
export class Issuer {
  asked = 0;
  answer = null;
  keys = [];

  async start(t, tls) {
    const serve = (request, response) => this.#serve(request, response);
    this.server = tls ? createTlsServer(tls, serve) : createServer(serve);
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `${tls ? "https" : "http"}://127.0.0.1:${this.server.address().port}/realms/plant`;
    t?.after(() => this.stop());
    return this;
  }
  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #serve(request, response) {
    const say = (status, body, headers = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
    if (request.url === "/realms/plant/.well-known/openid-configuration") {
      return say(200, { issuer: this.url, jwks_uri: `${this.url}/keys` });
    }
    if (request.url !== "/realms/plant/keys") return say(404, {});
    this.asked += 1;
    if (this.answer) return this.answer(say);
    say(200, { keys: this.keys.map(({ jwk }) => jwk) }, { "cache-control": "max-age=600" });
  }

  /** A fresh key, which it publishes from now on. */
  newKey(kid) {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
    const key = { kid, jwk, privateKey: pair.privateKey };
    this.keys = [key];
    return key;
  }
  token(key, claims = {}, header = {}) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const text = [
      part({ alg: "RS256", typ: "at+jwt", kid: key.kid, ...header }),
      part({
        iss: this.url,
        sub: `service-${Math.random()}`,
        aud: "tandem",
        exp: now + 300,
        scope: "iot-write other",
        ...claims,
      }),
    ].join(".");
    return `${text}.${sign("sha256", Buffer.from(text), key.privateKey).toString("base64url")}`;
  }
}

/** A file of settings: tokens of `issuer` are the app `plant`. `more`: further lines of it. */
export function trusting(issuer, more = "") {
  const file = join(freshFolder(), "tandem.toml");
  const settings = `
[[issuers]]
issuer = "${issuer.url}"
audience = "tandem"
algorithms = ["RS256"]
app = "plant"
${more}
[[issuers.scopes]]
claim = "scope"
word = "iot-write"
scopes = ["telemetry:read", "telemetry:write"]
`;
  writeFileSync(file, settings, { mode: 0o600 });
  return file;
}
