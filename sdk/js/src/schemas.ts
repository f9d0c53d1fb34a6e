// Made by tools/generate.mjs from spec/openapi.json and spec/asyncapi.json: do not edit.

import type { Json, Page, Time } from "./json.js";

export interface Acknowledged {
  version: number;
  /** Milliseconds since 1970 UTC. */
  updated?: number;
}

export interface Advice {
  device: string;
  /** The one that it uses. */
  door?: "rest" | "poll" | "sse" | "ws";
  /** How it uses it. */
  way?: string;
  /** The one that fits. */
  advised_door?: "rest" | "poll" | "sse" | "ws";
  advised_way?: string;
  /** Whether it is on the wrong door, by more than is worth a change. */
  worth_changing: boolean;
  /** Why it is worth it or not. */
  reason: "worth" | "fits" | "small" | "young";
  /** The same in a sentence. */
  says: string;
  /** What the other door would save, a day like this. */
  saving?: AdviceSaving;
  /** From 0 to 1: how long and how much was observed. */
  sure: number;
  /** Observed since then. */
  since?: number;
  /** When it last spoke. */
  last?: number;
  hour: AdviceWindow;
  day: AdviceWindow;
}

export interface AdviceBrief {
  device: string;
  /** The one that it uses. */
  door?: "rest" | "poll" | "sse" | "ws";
  /** How it uses it. */
  way?: string;
  /** The one that fits. */
  advised_door?: "rest" | "poll" | "sse" | "ws";
  advised_way?: string;
  /** Whether it is on the wrong door, by more than is worth a change. */
  worth_changing: boolean;
  /** Why it is worth it or not. */
  reason: "worth" | "fits" | "small" | "young";
  /** The same in a sentence. */
  says: string;
  /** What the other door would save, a day like this. */
  saving?: AdviceSaving;
  /** From 0 to 1: how long and how much was observed. */
  sure: number;
  /** Observed since then. */
  since?: number;
  /** When it last spoke. */
  last?: number;
}

export type AdviceBriefPage = Page<AdviceBrief>;

export interface AdviceBytes {
  /** Readings, parameters, events. Unit: B. */
  payload: number;
  /** HTTP heads, WebSocket frames, envelopes, replies. Unit: B. */
  framing: number;
  /** Unit: B. */
  tls: number;
  /** Headers of every packet, acknowledgements and what was sent again included. Unit: B. */
  tcp_ip: number;
  /** Unit: B. */
  total: number;
}

export interface AdviceCost {
  door: "rest" | "poll" | "sse" | "ws";
  /** In words. */
  way: string;
  bytes: AdviceBytes;
  /** Both ways together. */
  messages: number;
  packets: number;
  /**
   * Connections that would have been opened; a share of one where the time is shorter than its
   * life.
   */
  handshakes: number;
  /** Unit: s. */
  hub_cpu_s: number;
  /** Where the label `network` says what the device is connected with. Unit: s. */
  radio_on_s?: number;
}

export interface AdviceSaving {
  /** Unit: B. */
  bytes_a_day: number;
  messages_a_day: number;
  handshakes_a_day: number;
  /** Unit: s. */
  hub_cpu_s_a_day: number;
  /** Unit: s. */
  radio_on_s_a_day?: number;
  /** Of the bytes: 0.5 is half of them, -1 twice as many. */
  share: number;
}

export interface AdviceTraffic {
  /** `poll` and `sse` are the waiting ways of REST. */
  door: "rest" | "poll" | "sse" | "ws";
  /** Requests, or messages. */
  messages_up: number;
  /** Answers, replies, commands and events. */
  messages_down: number;
  bytes: AdviceBytes;
  /** Of them from the device, all layers. Unit: B. */
  bytes_up: number;
  /** Unit: B. */
  bytes_down: number;
  packets: number;
  /** That were opened. */
  connections: number;
  tls_handshakes: number;
  /** To WebSocket. */
  upgrades: number;
  /** How long connections were open, together. Unit: s. */
  connected_s: number;
  /** Processor time of the hub, estimated: docs/advise.md. Unit: s. */
  hub_cpu_s: number;
}

export interface AdviceWindow {
  /** So much of it the device was observed. Unit: s. */
  seconds: number;
  /** What was counted; those that were used. */
  doors: AdviceTraffic[];
  /** All that was counted together, through the door that it uses. */
  here?: AdviceCost;
  /** What the same would have cost through the other door. */
  other?: AdviceCost;
}

export interface App {
  id: string;
  name: string;
  /** True, or missing. */
  public?: boolean;
  redirect_uris?: string[];
  jwks?: Record<string, Json>;
  tls_client_auth_subject_dn?: string;
  /** The app's bearer key: shown this once, never again. */
  secret?: string;
  /** Those that live. */
  secrets: AppSecret[];
  /** Milliseconds since 1970 UTC. */
  created: number;
  version: number;
}

export interface AppCreate {
  /** For people. */
  name?: string;
  /** It cannot keep a secret: for OAuth its id is enough where a user agrees. */
  public?: boolean;
  /**
   * Where OAuth may send users back to: https, http on this machine, or a scheme of its own
   * such as `com.example.app:/done`.
   */
  redirect_uris?: string[];
  /**
   * A JWK set, RFC 7517: with one of its keys the app proves itself at the token endpoint,
   * `private_key_jwt`.
   */
  jwks?: Record<string, Json>;
  /**
   * The subject of the client certificate that it proves itself with, `tls_client_auth` of RFC
   * 8705, as RFC 4514 writes it: `CN=robot,O=Plant`.
   */
  tls_client_auth_subject_dn?: string;
  id: string;
}

export type AppPage = Page<App>;

export interface AppSecret {
  id: string;
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** Milliseconds since 1970 UTC. */
  expires?: number;
}

export interface AuditLine {
  /** Counts the lines of a tenant. */
  number: number;
  /** Milliseconds since 1970 UTC. */
  time: number;
  /** In the words of OWASP's logging vocabulary; empty where it has none. */
  kind: string;
  actor: string;
  credential: string;
  address: string;
  door: string;
  action: string;
  resource: string;
  result: string;
  /** For how many refusals alike the line stands, `time` being the last. */
  count: number;
  /** SHA-256 of the line before it, as `tandem audit export` writes it. */
  prev: string;
}

export type AuditLinePage = Page<AuditLine>;

export interface CertificateCreate {
  /** In PEM: the device's own, without those above it. */
  certificate: string;
}

export interface ClaimCode {
  id: string;
  /** What the device sends: shown this once, never again. */
  code?: string;
  device?: string;
  prefix?: string;
  type: string;
  labels: Record<string, string>;
  /** Devices that may still come. */
  uses: number;
  /** Whose grants let its devices in: when they end, it does. */
  made_by: string;
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** Milliseconds since 1970 UTC. */
  expires: number;
}

export interface ClaimCodeCreate {
  /** The one that it is for, whether it is there or not; any new one when missing. */
  device?: string;
  /** What the ids of new ones begin with. */
  prefix?: string;
  /** The type of the devices that it makes. */
  type?: string;
  /** And their labels. */
  labels?: Record<string, string>;
  /** For how many devices: more than one makes it a fleet's key. */
  uses?: number;
  /** A year ahead at most; a day when missing. */
  expires?: Time;
}

export type ClaimCodePage = Page<ClaimCode>;

export interface Command {
  id: string;
  device: string;
  name: string;
  params?: Json;
  status: "queued" | "delivered" | "acknowledged" | "done" | "failed" | "expired" | "cancelled";
  /** Deliveries so far. */
  attempt: number;
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** Milliseconds since 1970 UTC. */
  expires: number;
  /** Acknowledge before it, or it is handed out again. */
  lease_until?: number;
  /** How far the device said it is. */
  progress?: Json;
  /** What the device gave back. */
  result?: Json;
}

export interface CommandFinish {
  status: "done" | "failed";
  /** For the sender; anything. */
  result?: Json;
}

export type CommandPage = Page<Command>;

export interface CommandProgress {
  /** How far it is; anything. */
  progress: Json;
}

export interface CommandRenew {
  /** How long from now the caller has to acknowledge; 30 s if missing. Unit: milliseconds. */
  lease?: number;
}

export interface CommandSend {
  /** What to do; one that the device's schema knows. */
  name: string;
  /** With what; anything. */
  params?: Json;
  /** How long it may wait for the device; 1 h if missing. Unit: milliseconds. */
  ttl?: number;
}

export interface CommandSendMany {
  /** These; or else `labels`. */
  devices?: string[];
  /** Every device that has all of these. */
  labels?: Record<string, string>;
  /** What to do; one that their schemas know. */
  name: string;
  /** With what; anything. */
  params?: Json;
  /** How long it may wait for each device; 1 h if missing. Unit: milliseconds. */
  ttl?: number;
}

export interface CommandSent {
  device: string;
  /** Without its params. */
  command?: Command;
  /** Why the device did not get it. */
  problem?: Problem;
}

export interface CommandsSent {
  /** One of each device; those with labels in order of id. */
  items: CommandSent[];
}

export interface ConfigAck {
  /** Of the config that the device has; 0: it has none. */
  version: number;
}

export interface ConfigAcknowledged {
  /** Changes are told from this version on. */
  acknowledged: number;
  /** Of the config by now. */
  version: number;
}

export interface Connections {
  rest: number;
  ws: number;
}

export interface Consent {
  id: string;
  app: string;
  scopes: string[];
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** When it last asked for tokens. */
  used: number;
  /** Milliseconds since 1970 UTC. */
  expires: number;
}

export type ConsentPage = Page<Consent>;

export interface Dashboard {
  id: string;
  title: string;
  /** `user:anna` or `app:wall`; missing where whose it was is no more. */
  owner?: string;
  shared: "private" | "tenant";
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** Milliseconds since 1970 UTC. */
  updated: number;
  version: number;
  tiles: Tile[];
}

export interface DashboardCreate {
  title: string;
  /** Who may read it beside its owner: nobody, or everybody of the tenant. */
  shared?: "private" | "tenant";
  /** In the order in which they are read out. 64 KiB as JSON. */
  tiles?: Tile[];
}

export interface DashboardHead {
  id: string;
  title: string;
  /** `user:anna` or `app:wall`; missing where whose it was is no more. */
  owner?: string;
  shared: "private" | "tenant";
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** Milliseconds since 1970 UTC. */
  updated: number;
  version: number;
}

export type DashboardHeadPage = Page<DashboardHead>;

export interface DashboardPut {
  title: string;
  /** Who may read it beside its owner: nobody, or everybody of the tenant. */
  shared?: "private" | "tenant";
  /** In the order in which they are read out. 64 KiB as JSON. */
  tiles?: Tile[];
}

export interface Denial {
  issuer: string;
  sub?: string;
  jti?: string;
  /** What was issued before now has run out by then. */
  until: number;
}

export interface DenialCreate {
  /** As the settings name it. */
  issuer: string;
  /** All tokens of this subject. */
  sub?: string;
  /** Or the one with this id. */
  jti?: string;
}

export interface Device {
  id: string;
  name: string;
  type: string;
  labels: Record<string, string>;
  schema?: Json;
  presence: Presence;
  /** Milliseconds since 1970 UTC. */
  created: number;
  version: number;
}

export interface DeviceCreate {
  /** For people. */
  name?: string;
  /** The kind of device. */
  type?: string;
  /** To find and group devices by. */
  labels?: Record<string, string>;
  /** What its commands, config and series look like; null: anything goes. */
  schema?: DeviceSchema | null;
  /** Made by the hub when it is missing. */
  id?: string;
}

export type DevicePage = Page<Device>;

export interface DevicePut {
  /** For people. */
  name?: string;
  /** The kind of device. */
  type?: string;
  /** To find and group devices by. */
  labels?: Record<string, string>;
  /** What its commands, config and series look like; null: anything goes. */
  schema?: DeviceSchema | null;
}

export interface DeviceSchema {
  series?: Record<string, {
    type?: "any" | "number" | "integer" | "boolean" | "string" | "json";
    unit?: string;
  }>;
  commands?: Record<string, {
    params?: ValueSchema;
  }>;
  config?: ValueSchema;
}

export interface Grant {
  id: string;
  user?: string;
  app?: string;
  /** What it lets do. */
  scopes: Array<"devices:read" | "devices:write" | "telemetry:read" | "telemetry:write" | "config:read" | "config:write" | "state:read" | "state:write" | "commands:read" | "commands:send" | "commands:take" | "events:read" | "events:write" | "dashboards:read" | "dashboards:write" | "keys:manage" | "access:manage" | "audit:read" | "metrics:read" | "self:read">;
  /** With which devices: ids, or `*` alone for every one. */
  devices: string[];
  /** And with those that have all of these, now or later. */
  labels: Record<string, string>;
  /** Of their series only these: names, or beginnings with a `*` at the end. */
  series: string[];
  /** Milliseconds since 1970 UTC. */
  created: number;
  version: number;
}

export interface GrantCreate {
  /** What it lets do. */
  scopes: Array<"devices:read" | "devices:write" | "telemetry:read" | "telemetry:write" | "config:read" | "config:write" | "state:read" | "state:write" | "commands:read" | "commands:send" | "commands:take" | "events:read" | "events:write" | "dashboards:read" | "dashboards:write" | "keys:manage" | "access:manage" | "audit:read" | "metrics:read" | "self:read">;
  /** With which devices: ids, or `*` alone for every one. */
  devices?: string[];
  /** And with those that have all of these, now or later. */
  labels?: Record<string, string>;
  /** Of their series only these: names, or beginnings with a `*` at the end. */
  series?: string[];
  /** Whom it is given to; or `app`. */
  user?: string;
  app?: string;
}

export type GrantPage = Page<Grant>;

export interface Histogram {
  /** Ascending. */
  bounds: number[];
  /** Of each bound: at most that, and more than the one before; the last: above all. */
  counts: number[];
  sum: number;
}

export interface Histories {
  devices: Record<string, {
    series?: Record<string, Array<Record<string, Json>>>;
    next?: string;
  }>;
  /** The cursor of the next devices. */
  next?: string;
}

export interface Key {
  id: string;
  /** The secret: shown this once, never again. */
  key?: string;
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** Milliseconds since 1970 UTC. */
  expires?: number;
}

export interface KeyCreate {
  /** Never when missing. */
  expires?: Time;
}

export type KeyPage = Page<Key>;

export interface Latest {
  series: Record<string, {
    t?: number;
    v?: Json;
    late?: boolean;
    stale?: boolean;
  }>;
}

export interface Limit {
  /** As in problems and metrics. */
  name: string;
  /** At once. */
  max: number;
  /** Of a budget: so many come back. */
  per_second?: number;
  /** So many there are. */
  used?: number;
  /** So many are left now. */
  remaining?: number;
  /** Until the budget is full again. Unit: ms. */
  reset?: number;
  /** What it is of. */
  says: string;
}

export interface LimitFit {
  limit: string;
  fits: boolean;
  wanted: number;
  allowed: number;
  /** What the figures are of. */
  says: string;
  /** Where it does not fit: what would. */
  change?: string;
}

export interface LimitHit {
  /** Milliseconds since 1970 UTC. */
  time: number;
  /** Its name. */
  limit: string;
  /** What was asked for; empty: anything. */
  operation: string;
  door: string;
  /** How often in a row, `time` being the last. */
  count: number;
  /** What the problem said. */
  detail: string;
  /** After the last one, as it said. Unit: ms. */
  retry_after?: number;
  /** How to stay below it. */
  advice: string;
}

export interface Limits {
  limits: Limit[];
  /**
   * The last times that the caller was limited, the newest first; since the hub was started.
   */
  hits: LimitHit[];
}

export interface LimitsCheck {
  /** So many in the tenant, in all. */
  devices: number;
  /** From one message of a device to its next. Unit: ms. */
  interval: number;
  /** In a message; 1 unless it is said. */
  readings?: number;
  /** Unit: B. */
  message_bytes?: number;
  /** Others of a device in an interval, such as a poll for commands. */
  requests?: number;
  door?: "rest" | "ws";
  /** Each device for itself, or one for all: a device that is a gateway, or an app. */
  sender?: "device" | "gateway" | "app";
  /** Beside those of the senders. */
  sockets?: number;
  /** Of a socket. */
  subscriptions?: number;
}

export interface LimitsFit {
  fits: boolean;
  limits: LimitFit[];
}

export interface LoginCode {
  code: string;
  /** Milliseconds since 1970 UTC. */
  expires: number;
}

export interface Presence {
  online: boolean;
  /** rest, poll, sse or ws. */
  door?: string;
  /** Since when it is so. */
  since?: number;
  /** When last heard. */
  last_seen?: number;
}

export interface Principal {
  kind: "device" | "user" | "app";
  id: string;
  tenant: string;
  /** The id of the key or session in use. */
  credential: string;
  scopes: string[];
}

export interface Problem {
  /** /problems/ and the error's name. */
  type: string;
  title: string;
  status: number;
  detail?: string;
  retryable: boolean;
  retry_after_ms?: number;
  limit?: string;
  door_hint?: string;
  errors?: Array<{
    pointer: string;
    detail: string;
  }>;
}

export interface Series {
  name: string;
  /** Readings of another type are refused; any: none are. */
  type?: "any" | "number" | "integer" | "boolean" | "string" | "json";
  /** As SenML writes it, `Cel`. */
  unit?: string;
  /** How often a reading is expected. Unit: milliseconds. */
  interval?: number;
  /** How old the latest reading may be and still be believed. Unit: milliseconds. */
  stale_after?: number;
  /** How long readings are kept; else the hub's. Unit: milliseconds. */
  retention?: number;
  /**
   * Whether the latest reading is too old to be believed, or there is none; of series with
   * stale_after.
   */
  stale?: boolean;
  /** Since when it is stale, or is not. */
  since?: number;
}

export type SeriesPage = Page<Series>;

export interface SeriesPut {
  /** Readings of another type are refused; any: none are. */
  type?: "any" | "number" | "integer" | "boolean" | "string" | "json";
  /** As SenML writes it, `Cel`. */
  unit?: string;
  /** How often a reading is expected. Unit: milliseconds. */
  interval?: number;
  /** How old the latest reading may be and still be believed. Unit: milliseconds. */
  stale_after?: number;
  /** How long readings are kept; else the hub's. Unit: milliseconds. */
  retention?: number;
}

export interface Session {
  user: string;
  tenant: string;
  /** It ends when unused for so long. Unit: ms. */
  idle_ms: number;
}

export interface SessionBegin {
  /** A one-time code; or user and password. */
  code?: string;
  user?: string;
  password?: string;
  /** The operator's when missing. */
  tenant?: string;
}

export interface Setup {
  user: string;
  tenant: string;
  /** Where this machine reaches the hub in a moment. */
  url?: string;
}

export interface SetupCreate {
  /** What the hub has printed at its start. */
  token: string;
  /** The administrator's name. */
  user?: string;
  /** The administrator's. */
  password: string;
}

export interface Status {
  version: string;
  /** Milliseconds since 1970 UTC. */
  started: number;
  /** Unit: ms. */
  uptime: number;
  /** As /readyz: whether the hub takes what is written to it. */
  ready: boolean;
  /** The worst first; none of a healthy hub. */
  warnings: Warning[];
  /** Of the doors. */
  addresses: string[];
  /** Open at each door. */
  connections: Connections;
  devices: number;
  /** Writes of readings, over the last minute. */
  messages_per_second?: number;
  store: Store;
}

export interface Store {
  engine: "embedded" | "memory";
  durability: "batch" | "interval" | "relaxed" | "memory";
  /** Reads are answered in each of them. */
  state: "writing" | "full" | "failed";
  /** Writes of readings since the hub started, of one device or of many. */
  messages: number;
  /** Readings that were new. */
  stored: number;
  /** Readings that got another value. */
  replaced: number;
  /** Readings that were there already. */
  repeated: number;
  /** Transactions of the registry. */
  changes: number;
  /** None where nothing is kept. */
  disk?: StoreDisk;
}

export interface StoreChunks {
  /** Exact but for those that were removed before the hub started. */
  about: number;
  /** That could not be read and were set aside. */
  damaged: number;
}

export interface StoreCommits {
  /** How many writes shared a commit. */
  writes: Histogram;
  /** How long a sync of the log took. Unit: s. */
  log_sync: Histogram;
  /** How long a commit of the registry took. Unit: s. */
  registry_sync: Histogram;
}

export interface StoreDisk {
  files: StoreFiles;
  log: StoreLog;
  commits: StoreCommits;
  memory: StoreMemory;
  flushes: StoreFlushes;
  chunks: StoreChunks;
  waiting: StoreWaiting;
  refused: StoreRefused;
  backup_running: boolean;
}

export interface StoreFiles {
  /** Unit: B. */
  registry: number;
  /** SQLite's write-ahead log beside it. Unit: B. */
  registry_wal: number;
  /** Unit: B. */
  telemetry: number;
  /** Unit: B. */
  telemetry_wal: number;
  /** All segments, those that wait to be written again too. Unit: B. */
  log: number;
  /** Held for the end of keys and for audit. Unit: B. */
  reserve: number;
  /** That the hub may take of the file system. Unit: B. */
  disk_free: number;
}

export interface StoreFlushes {
  done: number;
  failed: number;
  /** In all that were done. Unit: s. */
  seconds: number;
  running: boolean;
  /** Why the last one has failed, while it is tried again; else empty. */
  failing: string;
}

export interface StoreLog {
  segments: number;
  /** Written in them. Unit: B. */
  bytes: number;
  /** Its oldest commit. */
  oldest?: number;
  /** Its newest commit. */
  newest?: number;
  segments_recycled: number;
  /** Found when the hub started. */
  frames_damaged: number;
}

export interface StoreMemory {
  /** That are in no chunk yet. */
  rows: number;
  /** Unit: B. */
  bytes: number;
  /** Then they are put into chunks. Unit: B. */
  bytes_limit: number;
}

export interface StoreRefused {
  /** Writes: the disk was full. */
  full: number;
  /** Writes: as many waited as may. */
  write_queue: number;
  /** Questions: as many waited as may. */
  read_queue: number;
}

export interface StoreWaiting {
  writes: number;
  /** Unit: B. */
  write_bytes: number;
  /** Writes wait until what is in memory is in chunks. */
  for_flush: boolean;
  reads: number;
  readers_busy: number;
}

export interface StreamEvent {
  /** The device; missing where it is of none. */
  d?: string;
  /** The kind; missing: a reading. */
  k?: string;
  /** The series of a reading. */
  s?: string;
  /** Milliseconds since 1970 UTC. */
  t?: number;
  /** The value, or what has changed. */
  v?: Json;
  /** True for a reading older than the newest. */
  late?: boolean;
}

export interface StreamGap {
  /** The cursor before them. */
  from: string;
  /** The cursor after them. */
  to: string;
  /** How many were not sent; 0 when nobody knows. */
  n: number;
  why: "unchanged" | "conflated" | "slow" | "history";
}

export interface StreamLag {
  /** How long the oldest that waits has waited; missing: nobody knows. Unit: milliseconds. */
  ms?: number;
  /** How many events the hub has after those that were sent, wanted or not. */
  n: number;
}

export interface StreamPage {
  /** Where to go on: `start` of the next request, at any way out. */
  cur: string;
  ev: StreamEvent[];
  /** Receipts for what was wanted and is not among the events. */
  gaps: StreamGap[];
  /** Missing when there is nothing after `cur`. */
  lag?: StreamLag;
}

export interface StreamSubscribe {
  /** Only these; all that one may see if missing. */
  devices?: string[];
  /** Only devices with these labels. */
  labels?: Record<string, string>;
  /**
   * Only readings of these, and events of the kind `series`; a `*` at the end stands for any
   * rest.
   */
  series?: string[];
  /** Only events of these kinds; `reading` if missing. `audit` takes the scope `audit:read`. */
  kinds?: Array<"reading" | "config" | "state" | "command" | "presence" | "device" | "event" | "series" | "audit" | "advice">;
  /**
   * Only these members of each event: device, kind, series, time, value, whether it is late;
   * all if missing.
   */
  fields?: Array<"d" | "k" | "s" | "t" | "v" | "late">;
  /** `now`; `latest`: the newest reading of each series first; or a cursor. */
  start?: string;
  /**
   * `all`: every event, as far as the client takes them. `latest`: of readings that have to
   * wait, the newest of each series. `every`: at most one of each series in `every_ms`.
   * `change`: readings that have moved by `delta`. `credit`: so many events as `credit` says,
   * then those that are granted. What is not sent is receipted.
   */
  flow?: "all" | "latest" | "every" | "change" | "credit";
  /** For `every`; 1 s if missing. Unit: milliseconds. */
  every_ms?: number;
  /** For `change`: by how much a number has to move; 0, that it moves at all, if missing. */
  delta?: number;
  /** For `credit`: how many events may come at first; none if missing. */
  credit?: number;
  /**
   * How long events may wait for others to be sent with them, in milliseconds; what the hub is
   * set to if missing.
   */
  gather_ms?: number;
}

export interface TelemetryDeleted {
  deleted: number;
}

export interface TelemetryWritten {
  /** Readings taken, repeats included. */
  accepted: number;
  /** The stream's position after them. */
  cursor?: string;
  /** durable: on disk before this answer. */
  durability: "durable" | "relaxed" | "memory";
  /** What was not taken, and why. */
  refused: Array<{
    index?: number;
    line?: number;
    device?: string;
    problem?: Problem;
  }>;
}

export interface Tenant {
  id: string;
  name: string;
  /** Milliseconds since 1970 UTC. */
  created: number;
}

export interface TenantCreate {
  id: string;
  /** For people. */
  name?: string;
  /** The id of its first administrator. */
  user: string;
  /** And the password. */
  password: string;
}

export interface TenantDetails {
  id: string;
  name: string;
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** How many there are of each. */
  quotas: Limit[];
}

export type TenantPage = Page<Tenant>;

export interface Ticket {
  /** Offer it once as the subprotocol tandem.ticket.<ticket>. */
  ticket: string;
  /** Milliseconds since 1970 UTC. */
  expires: number;
}

export interface Tile {
  kind: "value" | "chart" | "switch" | "slider" | "setpoint" | "colour" | "command" | "text";
  /** Which one; all but a text have one. */
  device?: string;
  /** What a value or a chart shows. */
  series?: string;
  /**
   * Of the twin: what a value shows of the state, or what a switch, a slider, a set point or a
   * colour sets in the config.
   */
  key?: string;
  /** What is sent instead, and by a command tile. */
  command?: string;
  /** Of the command: which of its params is set; needed where a tile sets something. */
  param?: string;
  /** For people; else what the device says. */
  title?: string;
  /** The first of the 12 columns that it stands in. */
  x: number;
  /** And the first row. */
  y: number;
  /** Columns. */
  w: number;
  /** Rows. */
  h: number;
  options?: TileOptions;
}

export interface TileOptions {
  /** Of a slider or a set point. */
  min?: number;
  /** Of a slider or a set point. */
  max?: number;
  /** Of a slider or a set point; above 0. */
  step?: number;
  /** How far back a chart looks. Unit: milliseconds. */
  span?: number;
  /** Of a value, a chart, a slider or a set point: instead of the series'. */
  unit?: string;
  /** Of a value: digits behind the point. */
  decimals?: number;
  /** Of a text. */
  text?: string;
  /** What a command is sent with; anything. */
  params?: Json;
}

export interface Twin {
  config: VersionedDocument;
  state: VersionedDocument;
  /** How each key of the config stands. */
  sync: Record<string, {
    in_sync?: boolean;
    pending_since?: number;
  }>;
  /** The version of the config that the device has said to have. */
  acknowledged?: Acknowledged;
}

export interface User {
  id: string;
  name: string;
  role: string;
  /** Milliseconds since 1970 UTC. */
  created: number;
  version: number;
}

export interface UserCreate {
  /** For people. */
  name?: string;
  /**
   * What the user may do without any grant, with every device: nothing; read; also send
   * commands and write config; everything in the tenant.
   */
  role?: "member" | "viewer" | "operator" | "admin";
  /** To log in with. */
  id: string;
  /** The user may set another. */
  password: string;
}

export type UserPage = Page<User>;

export interface UserPassword {
  /** The new one. */
  password: string;
  /** The present one: needed to change one's own. */
  current?: string;
}

/** A subset of JSON Schema 2020-12. */
export interface ValueSchema {
  type?: "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";
  properties?: Record<string, Record<string, Json>>;
  required?: string[];
  additionalProperties?: boolean;
  items?: Record<string, Json>;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  title?: string;
  description?: string;
}

export interface VersionedDocument {
  version: number;
  /** Milliseconds since 1970 UTC. */
  updated?: number;
  value: Json;
}

export interface Warning {
  /** It never changes its meaning. */
  name: string;
  /** What is wrong, and what to do. */
  says: string;
}
