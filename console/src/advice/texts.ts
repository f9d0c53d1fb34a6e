// What the views of ledger and advice say; texts.ts has it with all the others.

type Words = Record<string, string>;

export const adviceTexts = {
  ledger: {
    advice: "Advice",
    title: "Ledger",
    window: "Span of time",
    windows: { hour: "Last hour", day: "Last day" } as Words,
    observed: (time: string, window: string) => `Observed for ${time} of the ${window.toLowerCase()}.`,
    none: "Nothing seen yet",
    noneSays: "The hub counts what a device sends and gets, and says here what it costs. Nothing is kept over a restart.",
    quiet: { hour: "Nothing was sent in the last hour.", day: "Nothing was sent in the last day." } as Words,
    reasons: {
      worth: "On the wrong door",
      fits: "On the right door",
      small: "Not worth a change",
      young: "Too early to say",
    } as Words,
    reasonSays: {
      worth: "The other door saves more than a change is worth.",
      fits: "What it does goes cheapest, or in time, through the door that it uses.",
      small: "The other door is cheaper, but by less than a quarter or by less than 100 kB a day.",
      young: "Advice takes ten minutes and three messages at least.",
    } as Words,
    uses: "It uses",
    fits: "What fits",
    saving: (way: string) => `A day through the other door: ${way}`,
    sure: "How sure it is",
    sureSays: "By how long and how much was observed; an hour and 20 messages are enough.",
    since: "Observed since",
    ways: {
      rest: "REST",
      poll: "REST, long poll",
      sse: "REST, server-sent events",
      ws: "WebSocket",
    } as Words,
    together: "All together",
    kinds: { counted: "counted", together: "counted", other: "as it would be" } as Words,
    layers: { payload: "payload", framing: "framing", tls: "TLS", tcp_ip: "TCP/IP" } as Words,
    bytes: "Bytes by layer",
    bytesSay:
      "Payload is the bodies of readings and answers, the parameters of commands and events; framing the heads of HTTP, " +
      "the frames of WebSocket and what is around a message; TCP/IP has acknowledgements in it and what was sent again.",
    figure: "Figure",
    figures: {
      up: "Messages up",
      down: "Messages down",
      messages: "Messages",
      payload: "Payload",
      framing: "Framing",
      tls: "TLS",
      tcp_ip: "TCP/IP",
      total: "Bytes in all",
      bytesUp: "Bytes up",
      bytesDown: "Bytes down",
      packets: "Packets",
      connections: "Connections opened",
      handshakes: "TLS handshakes",
      upgrades: "Upgrades",
      connected: "Time connected",
      cpu: "Hub CPU",
      radio: "Radio on",
    } as Words,
    estimated:
      "Bytes and packets of the doors in use are counted by the kernel; the hub's processor time and the other door are " +
      "reckoned with the constants of tandem advise.",
    same: "the same",
    less: (much: string) => `${much} less`,
    more: (much: string) => `${much} more`,
    ofBytes: (share: string) => `${share} of the bytes`,
  },

  misplaced: {
    title: "On the wrong door",
    says:
      "Devices for which the other door is cheaper by more than a change is worth, from what the hub has seen of " +
      "them in the last hour or day. The dearest are on top.",
    none: "No device is on the wrong door, as far as the hub has seen them.",
    noneOf: "None of them uses this door.",
    door: "Which door they use",
    every: "All",
    total: (count: number, much: string) =>
      `${count} ${count === 1 ? "device is" : "devices are"} on the wrong door. Through the other one: ${much} a day.`,
    cpu: (time: string) => `The hub would need ${time} of processor time a day.`,
    columns: {
      device: "Device",
      uses: "Uses",
      fits: "Fits",
      saving: "Other door, a day",
      share: "Of its bytes",
      sure: "Sure",
      says: "Advice",
    } as Words,
    radio: (much: string) => `radio ${much}`,
    page: (at: number, pages: number) => `Page ${at} of ${pages}`,
    earlier: "Page before",
    later: "Next page",
    pages: "Pages of the list",
    mark: "on the wrong door",
    markTitle: (says: string) => `On the wrong door. ${says}`,
  },
};
