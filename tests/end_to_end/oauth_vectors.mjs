// What goes wrong with OAuth, and what the hub answers: one row each. `run` gets a fresh set of
// what the row needs (see Stage in oauth_test.mjs) and gives the answer that is looked at; `error` is
// the one that it has to name, `sent` the one that is sent to the client, `page` the status of a page
// that sends nobody anywhere.

const kEvil = "https://evil.example/done";

export const vectors = [
  // The authorization endpoint: nothing goes to an address that is not the client's.
  ["another host", { page: 400 }, (s) => s.authorize({ redirect_uri: kEvil })],
  ["a longer path", { page: 400 }, (s) => s.authorize({ redirect_uri: `${s.redirect}/more` })],
  ["one more parameter", { page: 400 }, (s) => s.authorize({ redirect_uri: `${s.redirect}?a=1` })],
  ["another scheme", { page: 400 }, (s) => s.authorize({ redirect_uri: s.redirect.replace("https", "http") })],
  ["user information", { page: 400 }, (s) => s.authorize({ redirect_uri: s.redirect.replace("//", "//app.example@evil.example/") })],
  ["a fragment", { page: 400 }, (s) => s.authorize({ redirect_uri: `${s.redirect}#f` })],
  ["another client's address", { page: 400 }, (s) => s.authorize({ redirect_uri: s.otherRedirect })],
  ["no redirect URI", { page: 400 }, (s) => s.authorize({ redirect_uri: "" })],
  ["a client that is not there", { page: 400 }, (s) => s.authorize({ client_id: "nobody" })],
  ["a parameter that comes twice", { page: 400 }, (s) => s.authorize({}, "&state=again")],
  // What the client is told.
  ["the implicit grant", { sent: "unsupported_response_type" }, (s) => s.authorize({ response_type: "token" })],
  ["no PKCE", { sent: "invalid_request" }, (s) => s.authorize({ code_challenge: "", code_challenge_method: "" })],
  ["a downgrade to plain", { sent: "invalid_request" }, (s) => s.authorize({ code_challenge_method: "plain" })],
  ["no method, which means plain", { sent: "invalid_request" }, (s) => s.authorize({ code_challenge_method: "" })],
  ["scopes that no program has", { sent: "invalid_scope" }, (s) => s.authorize({ scope: "users:manage" })],
  ["a request object", { sent: "request_not_supported" }, (s) => s.authorize({ request: "a.b.c" })],
  ["a user who refuses", { sent: "access_denied" }, (s) => s.authorize({}, "", "deny")],
  // The code.
  ["a replayed code", { error: "invalid_grant" }, async (s) => {
    const code = await s.code();
    await s.exchange({ code });
    return await s.exchange({ code });
  }],
  ["the tokens of a replayed code", { status: 401 }, async (s) => {
    const code = await s.code();
    const { body } = await s.exchange({ code });
    await s.exchange({ code });
    return await s.me(body.access_token);
  }],
  ["a wrong verifier", { error: "invalid_grant" }, async (s) => s.exchange({ code: await s.code(), code_verifier: "x".repeat(43) })],
  ["the challenge as verifier", { error: "invalid_grant" }, async (s) => s.exchange({ code: await s.code(), code_verifier: s.challenge })],
  ["no verifier", { error: "invalid_request" }, async (s) => s.exchange({ code: await s.code(), code_verifier: "" })],
  ["a code of another client", { error: "invalid_grant" }, async (s) => s.exchange({ code: await s.code(), client_id: "other" })],
  ["another redirect URI than was asked with", { error: "invalid_grant" }, async (s) => s.exchange({ code: await s.code(), redirect_uri: s.otherRedirect })],
  ["a code that was tried wrongly before", { error: "invalid_grant" }, async (s) => {
    const code = await s.code();
    await s.exchange({ code, code_verifier: "x".repeat(43) });
    return await s.exchange({ code });
  }],
  ["a refresh token as code", { error: "invalid_grant" }, async (s) => s.exchange({ code: (await s.tokens()).refresh_token })],
  // The refresh token.
  ["a reused refresh token", { error: "invalid_grant" }, async (s) => {
    const { refresh_token } = await s.tokens();
    await s.refresh({ refresh_token });
    return await s.refresh({ refresh_token });
  }],
  ["the newest one after a reuse", { error: "invalid_grant" }, async (s) => {
    const { refresh_token } = await s.tokens();
    const { body } = await s.refresh({ refresh_token });
    await s.refresh({ refresh_token });
    return await s.refresh({ refresh_token: body.refresh_token });
  }],
  ["a refresh token in another client's hand", { error: "invalid_grant" }, async (s) => s.refresh({ refresh_token: (await s.tokens()).refresh_token, client_id: "other" })],
  ["more scopes than were granted", { error: "invalid_scope" }, async (s) => s.refresh({ refresh_token: (await s.tokens()).refresh_token, scope: "devices:write" })],
  ["a refresh token that was taken back", { error: "invalid_grant" }, async (s) => {
    const { refresh_token } = await s.tokens();
    await s.post("/oauth/revoke", { token: refresh_token, client_id: "wall" });
    return await s.refresh({ refresh_token });
  }],
  // The device code.
  ["a box that nobody has let in", { error: "authorization_pending" }, async (s) => s.poll(await s.box())],
  ["a box in a hurry", { error: "slow_down" }, async (s) => {
    const box = await s.box();
    await s.poll(box);
    return await s.poll(box);
  }],
  ["a box that was refused", { error: "access_denied" }, async (s) => {
    const box = await s.box();
    await s.person.enter(box.user_code, "deny");
    return await s.poll(box);
  }],
  ["a device code that was used", { error: "invalid_grant" }, async (s) => {
    const box = await s.box();
    await s.person.enter(box.user_code);
    await s.poll(box);
    return await s.poll(box);
  }],
  ["a device code of another client", { error: "invalid_grant" }, async (s) => s.poll(await s.box(), { client_id: "other" })],
  // The client.
  ["the password grant", { error: "unsupported_grant_type" }, (s) => s.post("/oauth/token", { grant_type: "password", username: "admin", password: "x", client_id: "wall" })],
  ["a wrong secret", { error: "invalid_client" }, (s) => s.post("/oauth/token", { grant_type: "client_credentials" }, { authorization: s.basic("robot", "wrong") })],
  ["a secret of another client", { error: "invalid_client" }, (s) => s.post("/oauth/token", { grant_type: "client_credentials" }, { authorization: s.basic("other-robot", s.secret) })],
  ["a public client without a user", { error: "unauthorized_client" }, (s) => s.post("/oauth/token", { grant_type: "client_credentials", client_id: "wall" })],
  ["two proofs at once", { error: "invalid_request" }, (s) => s.post("/oauth/token", { grant_type: "client_credentials", client_secret: s.secret }, { authorization: s.basic("robot", s.secret) })],
  ["who a user is, said in a field", { status: 403 }, async (s) => {
    const { body } = await s.post("/oauth/token", { grant_type: "client_credentials", username: "admin", sub: "admin", email: "admin" }, { authorization: s.basic("robot", s.secret) });
    return await s.get("/v1/users", body.access_token);
  }],
];
