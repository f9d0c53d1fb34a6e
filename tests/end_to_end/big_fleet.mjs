// A fleet for tests of the console: 5,000 devices that send 2,000 readings a second.

export const kDevices = 5_000;
export const kAtOnce = 200; // Readings in a body, ten bodies a second.
const kBodyMs = 100;

const idOf = (at) => `unit-${at}`;

export async function makeFleet(hub) {
  const clients = Array.from({ length: 8 }, () => hub.client(hub.admin.admin_key));
  let next = 0;
  const work = async (client) => {
    while (next < kDevices) {
      const at = next++;
      const labels = { hall: `h${at % 7}`, line: `${at % 50}` };
      await client.must("PUT", `/v1/devices/${idOf(at)}`, { name: `Unit ${at}`, type: "unit", labels });
    }
  };
  await Promise.all(clients.map(work));
}

/** Writes 2,000 readings a second, of one device after the other, until it is stopped. */
export function startReadings(t, hub) {
  const client = hub.client(hub.admin.admin_key);
  let at = 0;
  const told = { taken: 0, refused: [] };
  const timer = setInterval(() => {
    const body = {};
    for (let count = 0; count < kAtOnce; ++count, ++at) {
      body[idOf(at % kDevices)] = { power: (at * 7919) % 1000, on: at % 2 === 0 };
    }
    client.must("POST", "/v1/telemetry", body).then(
      () => (told.taken += kAtOnce),
      (error) => told.refused.push(error.message),
    );
  }, kBodyMs);
  t.after(() => clearInterval(timer));
  return told;
}
