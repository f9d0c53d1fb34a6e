// Made by tools/generate.mjs from spec/openapi.json and spec/asyncapi.json: do not edit.

import type { History } from "./history.js";

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Milliseconds since 1970 UTC, a fraction allowed, or RFC 3339 text. */
export type Time = number | string;

/** How a call is made, whatever it calls. */
export interface CallOptions {
  /** Ends the call; what has been sent may be carried out all the same. */
  signal?: AbortSignal | undefined;
  /** How long all its tries may take, in milliseconds; 30,000 and `wait` if missing. */
  timeoutMs?: number | undefined;
  /** Which way it goes; what the client is set to if missing. */
  door?: Door | undefined;
  /** Whether it is tried again when that is safe; true if missing. */
  retry?: boolean | undefined;
}

/** Of calls that the hub may let wait. */
export interface Waiting {
  /** How many seconds the hub may wait before it answers, 60 at most. */
  wait?: number | undefined;
  /** The whole of the field `Prefer` (RFC 7240), instead of `wait`. */
  prefer?: string | undefined;
}

/** Of calls that take effect once, however often they are sent. */
export interface Once {
  /**
   * A repeat with the same key within 24 h gets the first answer again and does nothing. One is
   * made for each call if missing, so that the client may try again; false: none.
   */
  idempotencyKey?: string | false | undefined;
}

/**
 * Which way calls go: over REST, over the socket (opened if it is not), or over the socket while it
 * is open and over REST meanwhile.
 */
export type Door = "rest" | "socket" | "auto";

export interface Acknowledged {
  version: number;
  /** Milliseconds since 1970 UTC. */
  updated?: number;
}

export interface App {
  id: string;
  name: string;
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
  id: string;
}

export interface AppPage {
  items: App[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

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

export interface AuditLinePage {
  items: AuditLine[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

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

export interface CommandPage {
  items: Command[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

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
  schema?: {
    series?: Record<string, {
      type?: "any" | "number" | "integer" | "boolean" | "string" | "json";
      unit?: string;
    }>;
    commands?: Record<string, {
      /** A subset of JSON Schema 2020-12. */
      params?: {
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
      };
    }>;
    /** A subset of JSON Schema 2020-12. */
    config?: {
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
    };
  } | null;
  /** Made by the hub when it is missing. */
  id?: string;
}

export interface DevicePage {
  items: Device[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

export interface DevicePut {
  /** For people. */
  name?: string;
  /** The kind of device. */
  type?: string;
  /** To find and group devices by. */
  labels?: Record<string, string>;
  /** What its commands, config and series look like; null: anything goes. */
  schema?: {
    series?: Record<string, {
      type?: "any" | "number" | "integer" | "boolean" | "string" | "json";
      unit?: string;
    }>;
    commands?: Record<string, {
      /** A subset of JSON Schema 2020-12. */
      params?: {
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
      };
    }>;
    /** A subset of JSON Schema 2020-12. */
    config?: {
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
    };
  } | null;
}

export interface Grant {
  id: string;
  user?: string;
  app?: string;
  /** What it lets do. */
  scopes: Array<"devices:read" | "devices:write" | "telemetry:read" | "telemetry:write" | "config:read" | "config:write" | "state:read" | "state:write" | "commands:read" | "commands:send" | "commands:take" | "events:read" | "events:write" | "keys:manage" | "access:manage" | "audit:read" | "metrics:read" | "self:read">;
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
  scopes: Array<"devices:read" | "devices:write" | "telemetry:read" | "telemetry:write" | "config:read" | "config:write" | "state:read" | "state:write" | "commands:read" | "commands:send" | "commands:take" | "events:read" | "events:write" | "keys:manage" | "access:manage" | "audit:read" | "metrics:read" | "self:read">;
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

export interface GrantPage {
  items: Grant[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

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

export interface KeyPage {
  items: Key[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

export interface Latest {
  series: Record<string, {
    t?: number;
    v?: Json;
    late?: boolean;
    stale?: boolean;
  }>;
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

export interface SeriesPage {
  items: Series[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

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
  /** The device. */
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
  /** Only events of these kinds; `reading` if missing. */
  kinds?: Array<"reading" | "config" | "state" | "command" | "presence" | "device" | "event" | "series">;
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

export interface TenantPage {
  items: Tenant[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

export interface Ticket {
  /** Offer it once as the subprotocol tandem.ticket.<ticket>. */
  ticket: string;
  /** Milliseconds since 1970 UTC. */
  expires: number;
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

export interface UserPage {
  items: User[];
  /** Where the next page begins; none at the end. */
  next?: string;
}

export interface UserPassword {
  /** The new one. */
  password: string;
  /** The present one: needed to change one's own. */
  current?: string;
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

/** A method for each operation of the hub. */
export interface Api {
  apps: {
    /**
     * Makes an app with a secret, which is its bearer key. What it may do grants say. Needs the
     * scope `access:manage`. `POST /v1/apps`
     */
    create(
      body: AppCreate,
      options?: CallOptions,
    ): Promise<App>;
    /**
     * Deletes an app with its secrets and grants: refused at once, its sockets end. Needs the
     * scope `access:manage`. `DELETE /v1/apps/{app}`
     */
    delete(
      app: string,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<void>;
    /**
     * Gives an app, without its secrets. Needs the scope `access:manage`. `GET /v1/apps/{app}`
     */
    get(
      app: string,
      options?: CallOptions & {
        /** The version that the caller has: 304 while it is the same. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<App>;
    /**
     * Lists the apps of the tenant in order of id. Needs the scope `access:manage`. `GET
     * /v1/apps`
     */
    list(
      options?: CallOptions & {
        /** How many at most. */
        limit?: number | undefined;
        /** `next` of the page before. */
        cursor?: string | undefined;
      },
    ): Promise<AppPage>;
    /** Changes an app's name. Needs the scope `access:manage`. `PATCH /v1/apps/{app}` */
    patch(
      app: string,
      body: Record<string, Json>,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<App>;
    /**
     * Ends a secret: refused at once, sockets that used it are closed. Needs the scope
     * `access:manage`. `DELETE /v1/apps/{app}/secrets/{secret}`
     */
    revoke(
      app: string,
      secret: string,
      options?: CallOptions,
    ): Promise<void>;
    /**
     * Makes another secret; the one before lives on for 24 h. Needs the scope `access:manage`.
     * `POST /v1/apps/{app}/secrets`
     */
    rotate(
      app: string,
      options?: CallOptions,
    ): Promise<App>;
  };
  audit: {
    /**
     * Gives audit lines in their order: the newest ones, or from `since` or `cursor` on. Needs
     * the scope `audit:read`. `GET /v1/audit`
     */
    list(
      options?: CallOptions & {
        limit?: number | undefined;
        /** `next` of the page before. */
        cursor?: string | undefined;
        /** Lines of this time and later, from there on. */
        since?: Time | undefined;
        /** Lines before this time. */
        until?: Time | undefined;
        /** Who: `user:admin`. */
        actor?: string | undefined;
        /** The operation: `keys.create`. */
        action?: string | undefined;
        /** What it is: `authn_login_fail`. */
        kind?: string | undefined;
        /** `ok`, or a problem's name. */
        result?: string | undefined;
      },
    ): Promise<AuditLinePage>;
  };
  commands: {
    /**
     * For the device: it has the command and works on it. Needs the scope `commands:take`.
     * `POST /v1/devices/{device}/commands/{command}/ack`
     */
    ack(
      device: string,
      command: string,
      options?: CallOptions & Once,
    ): Promise<Command>;
    /**
     * Cancels a command that the device has not acknowledged. Needs the scope `commands:send`.
     * `DELETE /v1/devices/{device}/commands/{command}`
     */
    cancel(
      device: string,
      command: string,
      options?: CallOptions,
    ): Promise<Command>;
    /**
     * For the device: it is through, with this result. Needs the scope `commands:take`. `POST
     * /v1/devices/{device}/commands/{command}/result`
     */
    finish(
      device: string,
      command: string,
      body: CommandFinish,
      options?: CallOptions & Once,
    ): Promise<Command>;
    /**
     * Gives a command. Needs the scope `commands:read`. `GET
     * /v1/devices/{device}/commands/{command}`
     */
    get(
      device: string,
      command: string,
      options?: CallOptions & {
        /** The version that the caller has: 304 while it is the same. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Command>;
    /**
     * Lists commands of the device, oldest first. With `Prefer: wait`, commands.take: For the
     * device: leases its next commands. On REST, GET with `Prefer: wait=N` and `status=queued`.
     * Needs the scope `commands:read`. `GET /v1/devices/{device}/commands`
     */
    list(
      device: string,
      options?: CallOptions & {
        /** Only these, with commas between. */
        status?: Array<"queued" | "delivered" | "acknowledged" | "done" | "failed" | "expired" | "cancelled"> | undefined;
        limit?: number | undefined;
        cursor?: string | undefined;
      },
    ): Promise<CommandPage>;
    /**
     * For the device: how far it is with a command that it has acknowledged. Needs the scope
     * `commands:take`. `POST /v1/devices/{device}/commands/{command}/progress`
     */
    progress(
      device: string,
      command: string,
      body: CommandProgress,
      options?: CallOptions & Once,
    ): Promise<Command>;
    /**
     * For the device: it needs longer before it acknowledges a command that it has leased.
     * Needs the scope `commands:take`. `POST /v1/devices/{device}/commands/{command}/lease`
     */
    renew(
      device: string,
      command: string,
      body?: CommandRenew,
      options?: CallOptions & Once,
    ): Promise<Command>;
    /**
     * Sends a command to the device, or queues it until the device returns. With `Prefer: wait`
     * answers 200 when it has ended, else 202. Needs the scope `commands:send`. `POST
     * /v1/devices/{device}/commands`
     */
    send(
      device: string,
      body: CommandSend,
      options?: CallOptions & Waiting & Once,
    ): Promise<Command>;
    /**
     * Sends a command to each of many devices, by name or by label, as `commands.send` does to
     * one. 207 when a device did not get it. With `Prefer: wait` answers 200 when all have
     * ended, else 202. Needs the scope `commands:send`. `POST /v1/commands`
     */
    sendMany(
      body: CommandSendMany,
      options?: CallOptions & Waiting & Once,
    ): Promise<CommandsSent>;
    /**
     * For the device: leases its next commands. On REST, GET with `Prefer: wait=N` and
     * `status=queued`. Needs the scope `commands:take`. `GET /v1/devices/{device}/commands`
     */
    take(
      device: string,
      options?: CallOptions & Waiting & {
        limit?: number | undefined;
        /** How long the caller has to acknowledge; 30 s if missing. */
        lease?: number | undefined;
      },
    ): Promise<CommandPage>;
  };
  config: {
    /**
     * For the device: says which version of the config it has. What changes after that is told
     * to its next socket in one message. Needs the scope `state:write`. `POST
     * /v1/devices/{device}/config/ack`
     */
    ack(
      device: string,
      body: ConfigAck,
      options?: CallOptions & Once,
    ): Promise<ConfigAcknowledged>;
    /**
     * Gives what the owner wants of the device. With If-None-Match and `Prefer: wait` it waits
     * for another version. Needs the scope `config:read`. `GET /v1/devices/{device}/config`
     */
    get(
      device: string,
      options?: CallOptions & Waiting & {
        /** The version that the caller has: 304 while it is the same. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Record<string, Json>>;
    /**
     * Changes what the owner wants of the device. Needs the scope `config:write`. `PATCH
     * /v1/devices/{device}/config`
     */
    patch(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Record<string, Json>>;
    /**
     * Replaces what the owner wants of the device; needs If-Match ("0" at first). Needs the
     * scope `config:write`. `PUT /v1/devices/{device}/config`
     */
    put(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Record<string, Json>>;
  };
  devices: {
    /** Makes a device. Needs the scope `devices:write`. `POST /v1/devices` */
    create(
      body?: DeviceCreate,
      options?: CallOptions & Once,
    ): Promise<Device>;
    /**
     * Deletes the device with its keys, twin, commands and readings. Needs the scope
     * `devices:write`. `DELETE /v1/devices/{device}`
     */
    delete(
      device: string,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<void>;
    /** Gives a device. Needs the scope `devices:read`. `GET /v1/devices/{device}` */
    get(
      device: string,
      options?: CallOptions & {
        /** The version that the caller has: 304 while it is the same. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Device>;
    /** Lists devices in order of id. Needs the scope `devices:read`. `GET /v1/devices` */
    list(
      options?: CallOptions & {
        /** Only of this type. */
        type?: string | undefined;
        /** Only with these: `site=hall-3,line=2`. */
        labels?: string | undefined;
        /** Only with this in id or name. */
        search?: string | undefined;
        /** How many at most. */
        limit?: number | undefined;
        /** `next` of the page before. */
        cursor?: string | undefined;
      },
    ): Promise<DevicePage>;
    /**
     * Changes what is said of the device. Needs the scope `devices:write`. `PATCH
     * /v1/devices/{device}`
     */
    patch(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Device>;
    /**
     * Makes the device, or replaces what is said of it. Needs the scope `devices:write`. `PUT
     * /v1/devices/{device}`
     */
    put(
      device: string,
      body?: DevicePut,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Device>;
  };
  grants: {
    /**
     * Lets a user or an app do something with some devices. All grants of somebody add up.
     * Needs the scope `access:manage`. `POST /v1/grants`
     */
    create(
      body: GrantCreate,
      options?: CallOptions & Once,
    ): Promise<Grant>;
    /**
     * Takes back what a grant gave: at once, on open sockets too. Needs the scope
     * `access:manage`. `DELETE /v1/grants/{grant}`
     */
    delete(
      grant: string,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<void>;
    /** Gives a grant. Needs the scope `access:manage`. `GET /v1/grants/{grant}` */
    get(
      grant: string,
      options?: CallOptions & {
        /** The version that the caller has: 304 while it is the same. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Grant>;
    /**
     * Lists grants in order of id: the tenant's, or those of one user or app. Needs the scope
     * `access:manage`. `GET /v1/grants`
     */
    list(
      options?: CallOptions & {
        /** How many at most. */
        limit?: number | undefined;
        /** `next` of the page before. */
        cursor?: string | undefined;
        /** Only those of this user. */
        user?: string | undefined;
        /** Only those of this app. */
        app?: string | undefined;
      },
    ): Promise<GrantPage>;
    /**
     * Changes what a grant gives: at once, on open sockets too. Needs the scope
     * `access:manage`. `PATCH /v1/grants/{grant}`
     */
    patch(
      grant: string,
      body: Record<string, Json>,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Grant>;
  };
  hub: {
    /**
     * Tells how the hub is: what is wrong with it, who is connected, what its store holds.
     * Needs the scope `metrics:read`. `GET /v1/status`
     */
    status(
      options?: CallOptions,
    ): Promise<Status>;
  };
  keys: {
    /**
     * Makes a key for the device; two may live at once. Needs the scope `keys:manage`. `POST
     * /v1/devices/{device}/keys`
     */
    create(
      device: string,
      body?: KeyCreate,
      options?: CallOptions,
    ): Promise<Key>;
    /**
     * Lists the device's keys, without their secrets. Needs the scope `keys:manage`. `GET
     * /v1/devices/{device}/keys`
     */
    list(
      device: string,
      options?: CallOptions,
    ): Promise<KeyPage>;
    /**
     * Ends the key: refused at once, sockets that used it are closed. Needs the scope
     * `keys:manage`. `DELETE /v1/devices/{device}/keys/{key}`
     */
    revoke(
      device: string,
      key: string,
      options?: CallOptions,
    ): Promise<void>;
    /**
     * Makes a key in place of this one, which lives on for 24 h. Needs the scope `keys:manage`.
     * `POST /v1/devices/{device}/keys/{key}/rotate`
     */
    rotate(
      device: string,
      key: string,
      options?: CallOptions,
    ): Promise<Key>;
  };
  loginCodes: {
    /**
     * Makes a one-time code that begins a session as the administrator, within 10 minutes. On
     * the hub's machine only, through its administrative socket. Needs the scope
     * `users:manage`. `POST /v1/login-codes`
     */
    create(
      options?: CallOptions & Once,
    ): Promise<LoginCode>;
  };
  me: {
    /** Tells who is calling and what they may do. Needs the scope `self:read`. `GET /v1/me` */
    get(
      options?: CallOptions,
    ): Promise<Principal>;
  };
  series: {
    /**
     * Gives what is declared of a series. Needs the scope `telemetry:read`. `GET
     * /v1/devices/{device}/series/{series}`
     */
    get(
      device: string,
      series: string,
      options?: CallOptions,
    ): Promise<Series>;
    /**
     * Lists the declared series of the device. Needs the scope `telemetry:read`. `GET
     * /v1/devices/{device}/series`
     */
    list(
      device: string,
      options?: CallOptions,
    ): Promise<SeriesPage>;
    /**
     * Declares a series: its type is enforced from now on. Needs the scope `devices:write`.
     * `PUT /v1/devices/{device}/series/{series}`
     */
    put(
      device: string,
      series: string,
      body?: SeriesPut,
      options?: CallOptions,
    ): Promise<Series>;
  };
  session: {
    /**
     * Begins a browser session: the answer sets its cookie. Needs the scope `self:read`. `POST
     * /v1/session`
     */
    begin(
      body?: SessionBegin,
      options?: CallOptions,
    ): Promise<Session>;
    /**
     * Ends the browser session and its sockets. Needs the scope `self:read`. `DELETE
     * /v1/session`
     */
    end(
      options?: CallOptions,
    ): Promise<void>;
  };
  state: {
    /**
     * Gives what the device says it is. Needs the scope `state:read`. `GET
     * /v1/devices/{device}/state`
     */
    get(
      device: string,
      options?: CallOptions & {
        /** The version that the caller has: 304 while it is the same. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Record<string, Json>>;
    /**
     * Changes what the device says it is. Needs the scope `state:write`. `PATCH
     * /v1/devices/{device}/state`
     */
    patch(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Record<string, Json>>;
    /**
     * Replaces what the device says it is. Needs the scope `state:write`. `PUT
     * /v1/devices/{device}/state`
     */
    put(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<Record<string, Json>>;
  };
  stream: {
    /**
     * Gives events: those since a cursor; with `Prefer: wait` the next ones when they come;
     * with `Accept: text/event-stream` all of them as they come. Needs the scope `self:read`.
     * `GET /v1/stream`
     */
    read(
      options?: CallOptions & Waiting & {
        /** Only these; all that one may see if missing. */
        devices?: string[] | undefined;
        /** Only devices with these labels. */
        labels?: string | undefined;
        /**
         * Only readings of these, and events of the kind `series`; a `*` at the end stands for
         * any rest.
         */
        series?: string[] | undefined;
        /** Only events of these kinds; `reading` if missing. */
        kinds?: Array<"reading" | "config" | "state" | "command" | "presence" | "device" | "event" | "series"> | undefined;
        /**
         * Only these members of each event: device, kind, series, time, value, whether it is
         * late; all if missing.
         */
        fields?: Array<"d" | "k" | "s" | "t" | "v" | "late"> | undefined;
        /** `now`; `latest`: the newest reading of each series first; or a cursor. */
        start?: string | undefined;
        /**
         * `all`: every event, as far as the client takes them. `latest`: of readings that have
         * to wait, the newest of each series. `every`: at most one of each series in
         * `every_ms`. `change`: readings that have moved by `delta`. `credit`: so many events
         * as `credit` says, then those that are granted. What is not sent is receipted.
         */
        flow?: "all" | "latest" | "every" | "change" | "credit" | undefined;
        /** For `every`; 1 s if missing. Unit: milliseconds. */
        every_ms?: number | undefined;
        /**
         * For `change`: by how much a number has to move; 0, that it moves at all, if missing.
         */
        delta?: number | undefined;
        /** For `credit`: how many events may come at first; none if missing. */
        credit?: number | undefined;
        /** Of an answer: about so many events. Server-sent events have no end. */
        limit?: number | undefined;
        /**
         * Go on after this cursor, whatever `start` says: what a browser sends when it connects
         * again.
         */
        lastEventId?: string | undefined;
      },
    ): Promise<StreamPage>;
  };
  td: {
    /**
     * Describes the device as a W3C Thing Description 1.1, with forms for both doors. Needs the
     * scope `devices:read`. `GET /v1/devices/{device}/td`
     */
    get(
      device: string,
      options?: CallOptions,
    ): Promise<{
      "@context": Json[];
      id: string;
      title: string;
      securityDefinitions: Record<string, Json>;
      security: string;
      properties: Record<string, {
        forms: Array<Record<string, Json>>;
      }>;
      actions: Record<string, {
        forms: Array<Record<string, Json>>;
      }>;
      events: Record<string, {
        forms: Array<Record<string, Json>>;
      }>;
    }>;
  };
  telemetry: {
    /**
     * Deletes the readings of a span of time. Needs the scope `devices:write`. `DELETE
     * /v1/devices/{device}/telemetry`
     */
    delete(
      device: string,
      options?: CallOptions & {
        /** All series when missing. */
        series?: string | undefined;
        /** Milliseconds since 1970 UTC, or RFC 3339 text. */
        from?: Time | undefined;
        /** Milliseconds since 1970 UTC, or RFC 3339 text. */
        to?: Time | undefined;
      },
    ): Promise<TelemetryDeleted>;
    /**
     * Gives the newest reading of each series, by event time. Needs the scope `telemetry:read`.
     * `GET /v1/devices/{device}/latest`
     */
    latest(
      device: string,
      options?: CallOptions,
    ): Promise<Latest>;
    /**
     * Gives readings of several devices, or buckets of them. A device that has more than fit
     * tells the cursor for telemetry.read. Needs the scope `telemetry:read`. `GET
     * /v1/telemetry`
     */
    query(
      options?: CallOptions & {
        /** Ids with commas between; all devices when missing. */
        devices?: string[] | undefined;
        /** Only devices of this type. */
        type?: string | undefined;
        /** Only devices with these: `site=hall-3,line=2`. */
        labels?: string | undefined;
        /** Names with commas between; all when missing. */
        series?: string[] | undefined;
        /** The first time. */
        from?: Time | undefined;
        /** The time before which to end. */
        to?: Time | undefined;
        /** Buckets of this length instead of readings. Unit: milliseconds. */
        step?: number | undefined;
        /**
         * The zone in which buckets of whole days begin at midnight, those of whole weeks on
         * Mondays, and shorter ones are counted from midnight: `Europe/Berlin`, `+02:00`. When
         * missing, buckets begin at multiples of their length since 1970 UTC.
         */
        tz?: string | undefined;
        /**
         * What each bucket tells beside its count; min, max and avg when missing. p50 is the
         * median.
         */
        aggregate?: Array<"min" | "max" | "avg" | "sum" | "count" | "first" | "last" | "p1" | "p5" | "p10" | "p25" | "p50" | "p75" | "p90" | "p95" | "p99" | "p99.9"> | undefined;
        /**
         * For charts: so many readings of each series at most, and where there are more, the
         * lowest and the highest of each part of the span.
         */
        points?: number | undefined;
        /**
         * Rows of each series at most; 1,000 when missing. CSV and NDJSON have all of them when
         * missing.
         */
        limit?: number | undefined;
        cursor?: string | undefined;
      },
    ): Promise<Histories>;
    /**
     * Gives readings of a span of time, or buckets of them. Needs the scope `telemetry:read`.
     * `GET /v1/devices/{device}/telemetry`
     */
    read(
      device: string,
      options?: CallOptions & {
        order?: "asc" | "desc" | undefined;
        /** Names with commas between; all when missing. */
        series?: string[] | undefined;
        /** The first time. */
        from?: Time | undefined;
        /** The time before which to end. */
        to?: Time | undefined;
        /** Buckets of this length instead of readings. Unit: milliseconds. */
        step?: number | undefined;
        /**
         * The zone in which buckets of whole days begin at midnight, those of whole weeks on
         * Mondays, and shorter ones are counted from midnight: `Europe/Berlin`, `+02:00`. When
         * missing, buckets begin at multiples of their length since 1970 UTC.
         */
        tz?: string | undefined;
        /**
         * What each bucket tells beside its count; min, max and avg when missing. p50 is the
         * median.
         */
        aggregate?: Array<"min" | "max" | "avg" | "sum" | "count" | "first" | "last" | "p1" | "p5" | "p10" | "p25" | "p50" | "p75" | "p90" | "p95" | "p99" | "p99.9"> | undefined;
        /**
         * For charts: so many readings of each series at most, and where there are more, the
         * lowest and the highest of each part of the span.
         */
        points?: number | undefined;
        /**
         * Rows of each series at most; 1,000 when missing. CSV and NDJSON have all of them when
         * missing.
         */
        limit?: number | undefined;
        cursor?: string | undefined;
      },
    ): Promise<History>;
    /**
     * Stores readings, one or many. Answered when they are durable; what is refused says why,
     * the rest is stored. Needs the scope `telemetry:write`. `POST
     * /v1/devices/{device}/telemetry`
     */
    write(
      device: string,
      body: Record<string, Json> | Array<Record<string, Json>>,
      options?: CallOptions & Waiting & Once & {
        /**
         * Of a CSV file, the zone of times that do not say theirs: a name of the IANA database,
         * `Europe/Berlin`, or an offset, `+02:00`. UTC when missing.
         */
        tz?: string | undefined;
        /** Between the cells of a CSV file; seen from its first line when missing. */
        separator?: "auto" | "comma" | "," | "semicolon" | ";" | "tab" | "pipe" | "|" | undefined;
      },
    ): Promise<TelemetryWritten>;
    /**
     * Stores readings of several devices, as gateways have them. What is refused, a device that
     * does not exist among it, says why; the rest is stored. Needs the scope `telemetry:write`.
     * `POST /v1/telemetry`
     */
    writeMany(
      body: Record<string, Record<string, Json> | Array<Record<string, Json>>>,
      options?: CallOptions & Waiting & Once & {
        /**
         * Of a CSV file, the zone of times that do not say theirs: a name of the IANA database,
         * `Europe/Berlin`, or an offset, `+02:00`. UTC when missing.
         */
        tz?: string | undefined;
        /** Between the cells of a CSV file; seen from its first line when missing. */
        separator?: "auto" | "comma" | "," | "semicolon" | ";" | "tab" | "pipe" | "|" | undefined;
      },
    ): Promise<TelemetryWritten>;
  };
  tenants: {
    /**
     * Makes a tenant with its first administrator. For the hub's operator. Needs the scope
     * `tenants:manage`. `POST /v1/tenants`
     */
    create(
      body: TenantCreate,
      options?: CallOptions,
    ): Promise<Tenant>;
    /**
     * Deletes a tenant that has no devices, with its users, apps and grants. Its id stays
     * taken. For the hub's operator. Needs the scope `tenants:manage`. `DELETE
     * /v1/tenants/{tenant}`
     */
    delete(
      tenant: string,
      options?: CallOptions,
    ): Promise<void>;
    /**
     * Lists the tenants of the hub in order of id. For its operator. Needs the scope
     * `tenants:manage`. `GET /v1/tenants`
     */
    list(
      options?: CallOptions & {
        /** How many at most. */
        limit?: number | undefined;
        /** `next` of the page before. */
        cursor?: string | undefined;
      },
    ): Promise<TenantPage>;
  };
  tickets: {
    /**
     * Makes a ticket that opens one WebSocket for the calling session, within 30 s. Needs the
     * scope `self:read`. `POST /v1/ws-tickets`
     */
    create(
      options?: CallOptions,
    ): Promise<Ticket>;
  };
  twin: {
    /**
     * Gives config and state with their versions, and which keys agree. Needs the scope
     * `config:read`. `GET /v1/devices/{device}/twin`
     */
    get(
      device: string,
      options?: CallOptions,
    ): Promise<Twin>;
  };
  users: {
    /** Makes a user. Needs the scope `users:manage`. `POST /v1/users` */
    create(
      body: UserCreate,
      options?: CallOptions,
    ): Promise<User>;
    /**
     * Deletes a user with its grants: refused at once, its sessions and sockets end. Needs the
     * scope `users:manage`. `DELETE /v1/users/{user}`
     */
    delete(
      user: string,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<void>;
    /** Gives a user. Needs the scope `users:manage`. `GET /v1/users/{user}` */
    get(
      user: string,
      options?: CallOptions & {
        /** The version that the caller has: 304 while it is the same. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<User>;
    /**
     * Lists the users of the tenant in order of id. Needs the scope `users:manage`. `GET
     * /v1/users`
     */
    list(
      options?: CallOptions & {
        /** How many at most. */
        limit?: number | undefined;
        /** `next` of the page before. */
        cursor?: string | undefined;
      },
    ): Promise<UserPage>;
    /**
     * Sets a password and ends all sessions of the user: anybody's with users:manage, one's own
     * with the present one. Needs the scope `self:read`. `POST /v1/users/{user}/password`
     */
    password(
      user: string,
      body: UserPassword,
      options?: CallOptions,
    ): Promise<void>;
    /**
     * Changes a user's name or role. A role counts at once, on open sockets too. Needs the
     * scope `users:manage`. `PATCH /v1/users/{user}`
     */
    patch(
      user: string,
      body: Record<string, Json>,
      options?: CallOptions & {
        /** Only if it has this version. */
        ifMatch?: string | undefined;
        /** `*`: only if it does not exist. */
        ifNoneMatch?: string | undefined;
      },
    ): Promise<User>;
  };
}

/** How an operation is asked for at either door. */
export interface OperationRow {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  /** Whether it takes a body. */
  body: boolean;
  /** Whether the WebSocket door has it. */
  socket: boolean;
  /** Whether it takes an Idempotency-Key. */
  once: boolean;
  /** What is always sent along. */
  fixed?: { query: Record<string, string>; prefer: string };
}

export const operations = {
  "apps.create": {
    method: "POST",
    path: "/v1/apps",
    body: true,
    socket: true,
    once: false,
  },
  "apps.delete": {
    method: "DELETE",
    path: "/v1/apps/{app}",
    body: false,
    socket: true,
    once: false,
  },
  "apps.get": {
    method: "GET",
    path: "/v1/apps/{app}",
    body: false,
    socket: true,
    once: false,
  },
  "apps.list": {
    method: "GET",
    path: "/v1/apps",
    body: false,
    socket: true,
    once: false,
  },
  "apps.patch": {
    method: "PATCH",
    path: "/v1/apps/{app}",
    body: true,
    socket: true,
    once: false,
  },
  "apps.revoke": {
    method: "DELETE",
    path: "/v1/apps/{app}/secrets/{secret}",
    body: false,
    socket: true,
    once: false,
  },
  "apps.rotate": {
    method: "POST",
    path: "/v1/apps/{app}/secrets",
    body: false,
    socket: true,
    once: false,
  },
  "audit.list": {
    method: "GET",
    path: "/v1/audit",
    body: false,
    socket: true,
    once: false,
  },
  "commands.ack": {
    method: "POST",
    path: "/v1/devices/{device}/commands/{command}/ack",
    body: false,
    socket: true,
    once: true,
  },
  "commands.cancel": {
    method: "DELETE",
    path: "/v1/devices/{device}/commands/{command}",
    body: false,
    socket: true,
    once: false,
  },
  "commands.finish": {
    method: "POST",
    path: "/v1/devices/{device}/commands/{command}/result",
    body: true,
    socket: true,
    once: true,
  },
  "commands.get": {
    method: "GET",
    path: "/v1/devices/{device}/commands/{command}",
    body: false,
    socket: true,
    once: false,
  },
  "commands.list": {
    method: "GET",
    path: "/v1/devices/{device}/commands",
    body: false,
    socket: true,
    once: false,
  },
  "commands.progress": {
    method: "POST",
    path: "/v1/devices/{device}/commands/{command}/progress",
    body: true,
    socket: true,
    once: true,
  },
  "commands.renew": {
    method: "POST",
    path: "/v1/devices/{device}/commands/{command}/lease",
    body: true,
    socket: true,
    once: true,
  },
  "commands.send": {
    method: "POST",
    path: "/v1/devices/{device}/commands",
    body: true,
    socket: true,
    once: true,
  },
  "commands.send_many": {
    method: "POST",
    path: "/v1/commands",
    body: true,
    socket: true,
    once: true,
  },
  "commands.take": {
    method: "GET",
    path: "/v1/devices/{device}/commands",
    body: false,
    socket: true,
    once: false,
    fixed: {"query":{"status":"queued"},"prefer":"wait=0"},
  },
  "config.ack": {
    method: "POST",
    path: "/v1/devices/{device}/config/ack",
    body: true,
    socket: true,
    once: true,
  },
  "config.get": {
    method: "GET",
    path: "/v1/devices/{device}/config",
    body: false,
    socket: true,
    once: false,
  },
  "config.patch": {
    method: "PATCH",
    path: "/v1/devices/{device}/config",
    body: true,
    socket: true,
    once: false,
  },
  "config.put": {
    method: "PUT",
    path: "/v1/devices/{device}/config",
    body: true,
    socket: true,
    once: false,
  },
  "devices.create": {
    method: "POST",
    path: "/v1/devices",
    body: true,
    socket: true,
    once: true,
  },
  "devices.delete": {
    method: "DELETE",
    path: "/v1/devices/{device}",
    body: false,
    socket: true,
    once: false,
  },
  "devices.get": {
    method: "GET",
    path: "/v1/devices/{device}",
    body: false,
    socket: true,
    once: false,
  },
  "devices.list": {
    method: "GET",
    path: "/v1/devices",
    body: false,
    socket: true,
    once: false,
  },
  "devices.patch": {
    method: "PATCH",
    path: "/v1/devices/{device}",
    body: true,
    socket: true,
    once: false,
  },
  "devices.put": {
    method: "PUT",
    path: "/v1/devices/{device}",
    body: true,
    socket: true,
    once: false,
  },
  "grants.create": {
    method: "POST",
    path: "/v1/grants",
    body: true,
    socket: true,
    once: true,
  },
  "grants.delete": {
    method: "DELETE",
    path: "/v1/grants/{grant}",
    body: false,
    socket: true,
    once: false,
  },
  "grants.get": {
    method: "GET",
    path: "/v1/grants/{grant}",
    body: false,
    socket: true,
    once: false,
  },
  "grants.list": {
    method: "GET",
    path: "/v1/grants",
    body: false,
    socket: true,
    once: false,
  },
  "grants.patch": {
    method: "PATCH",
    path: "/v1/grants/{grant}",
    body: true,
    socket: true,
    once: false,
  },
  "hub.status": {
    method: "GET",
    path: "/v1/status",
    body: false,
    socket: true,
    once: false,
  },
  "keys.create": {
    method: "POST",
    path: "/v1/devices/{device}/keys",
    body: true,
    socket: true,
    once: false,
  },
  "keys.list": {
    method: "GET",
    path: "/v1/devices/{device}/keys",
    body: false,
    socket: true,
    once: false,
  },
  "keys.revoke": {
    method: "DELETE",
    path: "/v1/devices/{device}/keys/{key}",
    body: false,
    socket: true,
    once: false,
  },
  "keys.rotate": {
    method: "POST",
    path: "/v1/devices/{device}/keys/{key}/rotate",
    body: false,
    socket: true,
    once: false,
  },
  "login_codes.create": {
    method: "POST",
    path: "/v1/login-codes",
    body: false,
    socket: false,
    once: true,
  },
  "me.get": {
    method: "GET",
    path: "/v1/me",
    body: false,
    socket: true,
    once: false,
  },
  "series.get": {
    method: "GET",
    path: "/v1/devices/{device}/series/{series}",
    body: false,
    socket: true,
    once: false,
  },
  "series.list": {
    method: "GET",
    path: "/v1/devices/{device}/series",
    body: false,
    socket: true,
    once: false,
  },
  "series.put": {
    method: "PUT",
    path: "/v1/devices/{device}/series/{series}",
    body: true,
    socket: true,
    once: false,
  },
  "session.begin": {
    method: "POST",
    path: "/v1/session",
    body: true,
    socket: false,
    once: false,
  },
  "session.end": {
    method: "DELETE",
    path: "/v1/session",
    body: false,
    socket: false,
    once: false,
  },
  "state.get": {
    method: "GET",
    path: "/v1/devices/{device}/state",
    body: false,
    socket: true,
    once: false,
  },
  "state.patch": {
    method: "PATCH",
    path: "/v1/devices/{device}/state",
    body: true,
    socket: true,
    once: false,
  },
  "state.put": {
    method: "PUT",
    path: "/v1/devices/{device}/state",
    body: true,
    socket: true,
    once: false,
  },
  "stream.read": {
    method: "GET",
    path: "/v1/stream",
    body: false,
    socket: false,
    once: false,
  },
  "td.get": {
    method: "GET",
    path: "/v1/devices/{device}/td",
    body: false,
    socket: true,
    once: false,
  },
  "telemetry.delete": {
    method: "DELETE",
    path: "/v1/devices/{device}/telemetry",
    body: false,
    socket: true,
    once: false,
  },
  "telemetry.latest": {
    method: "GET",
    path: "/v1/devices/{device}/latest",
    body: false,
    socket: true,
    once: false,
  },
  "telemetry.query": {
    method: "GET",
    path: "/v1/telemetry",
    body: false,
    socket: true,
    once: false,
  },
  "telemetry.read": {
    method: "GET",
    path: "/v1/devices/{device}/telemetry",
    body: false,
    socket: true,
    once: false,
  },
  "telemetry.write": {
    method: "POST",
    path: "/v1/devices/{device}/telemetry",
    body: true,
    socket: true,
    once: true,
  },
  "telemetry.write_many": {
    method: "POST",
    path: "/v1/telemetry",
    body: true,
    socket: true,
    once: true,
  },
  "tenants.create": {
    method: "POST",
    path: "/v1/tenants",
    body: true,
    socket: true,
    once: false,
  },
  "tenants.delete": {
    method: "DELETE",
    path: "/v1/tenants/{tenant}",
    body: false,
    socket: true,
    once: false,
  },
  "tenants.list": {
    method: "GET",
    path: "/v1/tenants",
    body: false,
    socket: true,
    once: false,
  },
  "tickets.create": {
    method: "POST",
    path: "/v1/ws-tickets",
    body: false,
    socket: false,
    once: false,
  },
  "twin.get": {
    method: "GET",
    path: "/v1/devices/{device}/twin",
    body: false,
    socket: true,
    once: false,
  },
  "users.create": {
    method: "POST",
    path: "/v1/users",
    body: true,
    socket: true,
    once: false,
  },
  "users.delete": {
    method: "DELETE",
    path: "/v1/users/{user}",
    body: false,
    socket: true,
    once: false,
  },
  "users.get": {
    method: "GET",
    path: "/v1/users/{user}",
    body: false,
    socket: true,
    once: false,
  },
  "users.list": {
    method: "GET",
    path: "/v1/users",
    body: false,
    socket: true,
    once: false,
  },
  "users.password": {
    method: "POST",
    path: "/v1/users/{user}/password",
    body: true,
    socket: true,
    once: false,
  },
  "users.patch": {
    method: "PATCH",
    path: "/v1/users/{user}",
    body: true,
    socket: true,
    once: false,
  },
} satisfies Record<string, OperationRow>;

/** The operations of the hub by name. */
export type OperationName = keyof typeof operations;
