// The live adviser on the real hub: its ledgers are what the kernel of the other end has counted,
// and what it says that a device would save is what the device saves when it changes its door.
import assert from "node:assert/strict";
import { test } from "node:test";

import { selfSigned } from "./certificates.mjs";
import { agrees, apart, startCounted } from "./counted.mjs";
import { startHub } from "./hub.mjs";

const kMessages = 40;

/** A device that sends what it is told, and says what the kernel has counted. */
async function device(t, hub, id, tls) {
  const { key } = await hub.device(id);
  return {
    ...startCounted(t, hub, key, tls),
    async advice() {
      return (await hub.rest.must("GET", `/v1/devices/${id}/advice`)).body;
    },
  };
}

const totals = (advice, member) =>
  advice.hour.doors.reduce((sum, each) => sum + (member ? each.bytes[member] : each.bytes.total), 0);

async function counted(one, way) {
  const { bytes } = await one.send(way, kMessages);
  return { bytes, advice: await one.advice() };
}
const isWithin = (share, { bytes, advice }) => apart(totals(advice), bytes) <= share;

for (const secure of [false, true]) {
  test(`a ledger's bytes are the kernel's, ${secure ? "with" : "without"} TLS`, async (t) => {
    const tls = secure ? selfSigned() : undefined;
    const hub = await startHub(t, { tls });
    await Promise.all(["rest", "fresh", "ws"].map(async (way) => {
      // What the hub has to send again on a busy machine, the other end counts once: then again.
      const first = await counted(await device(t, hub, `by-${way}`, tls), way);
      const { bytes, advice } = isWithin(0.01, first)
        ? first
        : await counted(await device(t, hub, `by-${way}-again`, tls), way);
      agrees(totals(advice), bytes, 0.01, `${way}, all bytes`);
      const [door] = advice.hour.doors;
      assert.equal(advice.hour.doors.length, 1);
      assert.equal(door.door, way === "ws" ? "ws" : "rest");
      assert.equal(door.messages_up, kMessages);
      assert.equal(door.connections, way === "fresh" ? kMessages : 1);
      assert.equal(door.upgrades, way === "ws" ? 1 : 0);
      assert.equal(door.tls_handshakes, secure ? door.connections : 0);
      assert.equal(door.bytes.tls > 0, secure);
      assert.ok(door.bytes.tcp_ip >= 52 * door.packets, JSON.stringify(door));
    }));
  });
}

test("what another door saves is what was said before the change, both ways", async (t) => {
  const hub = await startHub(t);
  await Promise.all([["rest", "ws"], ["ws", "rest"]].map(async ([from, to]) => {
    const one = await device(t, hub, `from-${from}`);
    const here = await one.send(from, kMessages);
    const advice = await one.advice();
    assert.equal(advice.hour.here.door, from);
    assert.equal(advice.hour.other.door, to);
    const said = advice.hour.here.bytes.total - advice.hour.other.bytes.total;
    const there = await one.send(to, kMessages);
    agrees(said, here.bytes - there.bytes, 0.15, `from ${from} to ${to}`);
    // The ledger goes on through the change, with both.
    const after = await one.advice();
    assert.equal(after.door, to);
    assert.deepEqual(after.hour.doors.map(({ door }) => door), ["rest", "ws"]);
    agrees(totals(after), there.before + there.bytes, 0.01, "both doors together");
  }));
});
