// What is between a page and the hub, and can fail: a wire of TCP that is cut and mended.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** `down()` ends all connections and refuses new ones, which `refused()` counts, until `up()`. */
export async function startNetwork(t, hub) {
  const ends = new Set();
  let open = true;
  let refused = 0;
  const server = createServer((near) => {
    if (!open) {
      refused += 1;
      return near.destroy();
    }
    const far = connect(Number(new URL(hub.url).port), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        ends.delete(from);
        to.destroy();
      });
      ends.add(from);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const down = () => {
    open = false;
    for (const each of ends) each.destroy();
    ends.clear();
  };
  t.after(() => {
    down();
    server.close();
  });
  const host = `127.0.0.1:${server.address().port}`;
  const up = () => (open = true);
  return { url: `http://${host}`, host, down, up, refused: () => refused };
}
