// What a page of the console does, for tests without a browser: a session, sockets with tickets.
import { SocketClient } from "./socket.mjs";

/** A session of a person: a client that has its cookie. `from`: the local address. */
export async function logIn(hub, who, { from } = {}) {
  const origin = { origin: hub.url };
  const door = hub.client("", { headers: origin, from });
  const begun = await door.must("POST", "/v1/session", who);
  door.close();
  const [cookie] = [begun.headers["set-cookie"]].flat()[0].split(";");
  return hub.client("", { headers: { ...origin, cookie }, from });
}

/** A session of the hub's administrator. */
export const logInAdmin = (hub) =>
  logIn(hub, { user: hub.admin.admin_user, password: hub.admin.admin_password });

/** A socket as a page of that session opens it. */
export async function socketOf(hub, page) {
  const { ticket } = (await page.must("POST", "/v1/ws-tickets", {})).body;
  const protocols = ["tandem.v1.json", `tandem.ticket.${ticket}`];
  const headers = { origin: hub.url };
  const socket = new SocketClient(hub.wsUrl, undefined, { headers, protocols });
  await socket.opened();
  return socket;
}
