// Made by tools/generate.mjs from spec/openapi.json and spec/asyncapi.json: do not edit.

import type { History } from "./history.js";
import type { Json, Time } from "./json.js";
import type { CallOptions, Guarded, Known, Once, Paged, Waiting } from "./options.js";
import type {
  Advice,
  AdviceBriefPage,
  App,
  AppCreate,
  AppPage,
  AuditLinePage,
  CertificateCreate,
  ClaimCode,
  ClaimCodeCreate,
  ClaimCodePage,
  Command,
  CommandFinish,
  CommandPage,
  CommandProgress,
  CommandRenew,
  CommandSend,
  CommandSendMany,
  CommandsSent,
  ConfigAck,
  ConfigAcknowledged,
  ConsentPage,
  Dashboard,
  DashboardCreate,
  DashboardHeadPage,
  DashboardPut,
  Denial,
  DenialCreate,
  Device,
  DeviceCreate,
  DevicePage,
  DevicePut,
  Grant,
  GrantCreate,
  GrantPage,
  Histories,
  Key,
  KeyCreate,
  KeyPage,
  Latest,
  Limits,
  LimitsCheck,
  LimitsFit,
  LoginCode,
  Principal,
  Series,
  SeriesPage,
  SeriesPut,
  Session,
  SessionBegin,
  Setup,
  SetupCreate,
  Status,
  StreamPage,
  TelemetryDeleted,
  TelemetryWritten,
  Tenant,
  TenantCreate,
  TenantDetails,
  TenantPage,
  Ticket,
  Twin,
  User,
  UserCreate,
  UserPage,
  UserPassword,
} from "./schemas.js";

/** A method for each operation of the hub. */
export interface Api {
  advice: {
    /**
     * Tells what the device has cost through its door in the last hour and day, what the other
     * door would have cost, and which to take. Needs the scope `devices:read`. `GET
     * /v1/devices/{device}/advice`
     */
    get(device: string, options?: CallOptions): Promise<Advice>;
    /**
     * Lists what is advised to devices that have spoken in the last day, in order of id. Needs
     * the scope `devices:read`. `GET /v1/advice`
     */
    list(
      options?: CallOptions & Paged & {
        /** `true`: only those on the wrong door. */
        worth_changing?: boolean | undefined;
        /** Only those that use this one. */
        door?: "rest" | "poll" | "sse" | "ws" | undefined;
        /** Only where the other door would save so much a day, or more. Unit: B. */
        saving?: number | undefined;
      },
    ): Promise<AdviceBriefPage>;
  };
  apps: {
    /**
     * Makes an app with a secret, which is its bearer key. What it may do grants say. Needs the
     * scope `access:manage`. `POST /v1/apps`
     */
    create(body: AppCreate, options?: CallOptions): Promise<App>;
    /**
     * Deletes an app with its secrets, its grants and its private dashboards: refused at once,
     * its sockets end. Needs the scope `access:manage`. `DELETE /v1/apps/{app}`
     */
    delete(app: string, options?: CallOptions & Guarded): Promise<void>;
    /**
     * Gives an app, without its secrets. Needs the scope `access:manage`. `GET /v1/apps/{app}`
     */
    get(app: string, options?: CallOptions & Known): Promise<App>;
    /**
     * Lists the apps of the tenant in order of id. Needs the scope `access:manage`. `GET
     * /v1/apps`
     */
    list(options?: CallOptions & Paged): Promise<AppPage>;
    /**
     * Changes an app: its name, and what OAuth knows of it. Needs the scope `access:manage`.
     * `PATCH /v1/apps/{app}`
     */
    patch(app: string, body: Record<string, Json>, options?: CallOptions & Guarded): Promise<App>;
    /**
     * Ends a secret: refused at once, sockets that used it are closed. Needs the scope
     * `access:manage`. `DELETE /v1/apps/{app}/secrets/{secret}`
     */
    revoke(app: string, secret: string, options?: CallOptions): Promise<void>;
    /**
     * Makes another secret; the one before lives on for 24 h. Needs the scope `access:manage`.
     * `POST /v1/apps/{app}/secrets`
     */
    rotate(app: string, options?: CallOptions): Promise<App>;
  };
  audit: {
    /**
     * Gives audit lines in their order: the newest ones, or from `since` or `cursor` on. Needs
     * the scope `audit:read`. `GET /v1/audit`
     */
    list(
      options?: CallOptions & Paged & {
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
  certificates: {
    /**
     * Lets the device in with a TLS client certificate, beside its keys or instead of them. Its
     * `id` is the SHA-256 of the certificate; `keys.list` has it and `keys.revoke` ends it.
     * Needs the scope `keys:manage`. `POST /v1/devices/{device}/certificates`
     */
    create(device: string, body: CertificateCreate, options?: CallOptions & Once): Promise<Key>;
  };
  claimCodes: {
    /**
     * Makes a code with which a device that nobody has registered becomes one, or a fleet does:
     * the device sends it to `/oauth/token` and gets its key. Needs the scope `access:manage`.
     * `POST /v1/claim-codes`
     */
    create(body?: ClaimCodeCreate, options?: CallOptions): Promise<ClaimCode>;
    /**
     * Ends a claim code. Devices that came with it keep their keys. Needs the scope
     * `access:manage`. `DELETE /v1/claim-codes/{claim_code}`
     */
    delete(claim_code: string, options?: CallOptions): Promise<void>;
    /**
     * Lists the claim codes of the tenant in order of id, without the codes themselves. Needs
     * the scope `access:manage`. `GET /v1/claim-codes`
     */
    list(options?: CallOptions & Paged): Promise<ClaimCodePage>;
  };
  commands: {
    /**
     * For the device: it has the command and works on it. Needs the scope `commands:take`.
     * `POST /v1/devices/{device}/commands/{command}/ack`
     */
    ack(device: string, command: string, options?: CallOptions & Once): Promise<Command>;
    /**
     * Cancels a command that the device has not acknowledged. Needs the scope `commands:send`.
     * `DELETE /v1/devices/{device}/commands/{command}`
     */
    cancel(device: string, command: string, options?: CallOptions): Promise<Command>;
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
    get(device: string, command: string, options?: CallOptions & Known): Promise<Command>;
    /**
     * Lists commands of the device, oldest first. With `Prefer: wait`, commands.take: For the
     * device: leases its next commands. On REST, GET with `Prefer: wait=N` and `status=queued`.
     * Needs the scope `commands:read`. `GET /v1/devices/{device}/commands`
     */
    list(
      device: string,
      options?: CallOptions & Paged & {
        /** Only these, with commas between. */
        status?: Array<"queued" | "delivered" | "acknowledged" | "done" | "failed" | "expired" | "cancelled"> | undefined;
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
    sendMany(body: CommandSendMany, options?: CallOptions & Waiting & Once): Promise<CommandsSent>;
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
    ack(device: string, body: ConfigAck, options?: CallOptions & Once): Promise<ConfigAcknowledged>;
    /**
     * Gives what the owner wants of the device. With If-None-Match and `Prefer: wait` it waits
     * for another version. Needs the scope `config:read`. `GET /v1/devices/{device}/config`
     */
    get(device: string, options?: CallOptions & Waiting & Known): Promise<Record<string, Json>>;
    /**
     * Changes what the owner wants of the device. Needs the scope `config:write`. `PATCH
     * /v1/devices/{device}/config`
     */
    patch(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & Guarded,
    ): Promise<Record<string, Json>>;
    /**
     * Replaces what the owner wants of the device; needs If-Match ("0" at first). Needs the
     * scope `config:write`. `PUT /v1/devices/{device}/config`
     */
    put(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & Guarded,
    ): Promise<Record<string, Json>>;
  };
  consents: {
    /**
     * Takes back a consent of the calling user: its tokens end at once, and their sockets.
     * Needs the scope `self:read`. `DELETE /v1/consents/{consent}`
     */
    delete(consent: string, options?: CallOptions): Promise<void>;
    /**
     * Lists what the calling user has agreed that apps may do in their name. Needs the scope
     * `self:read`. `GET /v1/consents`
     */
    list(options?: CallOptions & Paged): Promise<ConsentPage>;
  };
  dashboards: {
    /**
     * Makes a dashboard, which is the caller's. Needs the scope `dashboards:write`. `POST
     * /v1/dashboards`
     */
    create(body: DashboardCreate, options?: CallOptions & Once): Promise<Dashboard>;
    /**
     * Deletes a dashboard. For its owner, and who manages access. Needs the scope
     * `dashboards:write`. `DELETE /v1/dashboards/{dashboard}`
     */
    delete(dashboard: string, options?: CallOptions & Guarded): Promise<void>;
    /**
     * Gives a dashboard. Needs the scope `dashboards:read`. `GET /v1/dashboards/{dashboard}`
     */
    get(dashboard: string, options?: CallOptions & Known): Promise<Dashboard>;
    /**
     * Lists the dashboards that the caller may read, the oldest first, without their tiles.
     * Needs the scope `dashboards:read`. `GET /v1/dashboards`
     */
    list(options?: CallOptions & Paged): Promise<DashboardHeadPage>;
    /**
     * Replaces a dashboard; needs If-Match. For its owner, and who manages access. Needs the
     * scope `dashboards:write`. `PUT /v1/dashboards/{dashboard}`
     */
    put(dashboard: string, body: DashboardPut, options?: CallOptions & Guarded): Promise<Dashboard>;
  };
  denials: {
    /**
     * Refuses tokens of an outside issuer, all of a subject or one, until those that there are
     * have run out. Their sockets end at once, and sessions of the subject. Needs the scope
     * `access:manage`. `POST /v1/denials`
     */
    create(body: DenialCreate, options?: CallOptions & Once): Promise<Denial>;
  };
  devices: {
    /** Makes a device. Needs the scope `devices:write`. `POST /v1/devices` */
    create(body?: DeviceCreate, options?: CallOptions & Once): Promise<Device>;
    /**
     * Deletes the device with its keys, twin, commands and readings. Needs the scope
     * `devices:write`. `DELETE /v1/devices/{device}`
     */
    delete(device: string, options?: CallOptions & Guarded): Promise<void>;
    /** Gives a device. Needs the scope `devices:read`. `GET /v1/devices/{device}` */
    get(device: string, options?: CallOptions & Known): Promise<Device>;
    /** Lists devices in order of id. Needs the scope `devices:read`. `GET /v1/devices` */
    list(
      options?: CallOptions & Paged & {
        /** Only of this type. */
        type?: string | undefined;
        /** Only with these: `site=hall-3,line=2`. */
        labels?: string | undefined;
        /** Only with this in id or name. */
        search?: string | undefined;
      },
    ): Promise<DevicePage>;
    /**
     * Changes what is said of the device. Needs the scope `devices:write`. `PATCH
     * /v1/devices/{device}`
     */
    patch(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & Guarded,
    ): Promise<Device>;
    /**
     * Makes the device, or replaces what is said of it. Needs the scope `devices:write`. `PUT
     * /v1/devices/{device}`
     */
    put(device: string, body?: DevicePut, options?: CallOptions & Guarded): Promise<Device>;
  };
  grants: {
    /**
     * Lets a user or an app do something with some devices. All grants of somebody add up.
     * Needs the scope `access:manage`. `POST /v1/grants`
     */
    create(body: GrantCreate, options?: CallOptions & Once): Promise<Grant>;
    /**
     * Takes back what a grant gave: at once, on open sockets too. Needs the scope
     * `access:manage`. `DELETE /v1/grants/{grant}`
     */
    delete(grant: string, options?: CallOptions & Guarded): Promise<void>;
    /** Gives a grant. Needs the scope `access:manage`. `GET /v1/grants/{grant}` */
    get(grant: string, options?: CallOptions & Known): Promise<Grant>;
    /**
     * Lists grants in order of id: the tenant's, or those of one user or app. Needs the scope
     * `access:manage`. `GET /v1/grants`
     */
    list(
      options?: CallOptions & Paged & {
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
      options?: CallOptions & Guarded,
    ): Promise<Grant>;
  };
  hub: {
    /**
     * Tells how the hub is: what is wrong with it, who is connected, what its store holds.
     * Needs the scope `metrics:read`. `GET /v1/status`
     */
    status(options?: CallOptions): Promise<Status>;
  };
  keys: {
    /**
     * Makes a key for the device; two may live at once. Needs the scope `keys:manage`. `POST
     * /v1/devices/{device}/keys`
     */
    create(device: string, body?: KeyCreate, options?: CallOptions): Promise<Key>;
    /**
     * Lists the device's keys, without their secrets. Needs the scope `keys:manage`. `GET
     * /v1/devices/{device}/keys`
     */
    list(device: string, options?: CallOptions): Promise<KeyPage>;
    /**
     * Ends the key: refused at once, sockets that used it are closed. Needs the scope
     * `keys:manage`. `DELETE /v1/devices/{device}/keys/{key}`
     */
    revoke(device: string, key: string, options?: CallOptions): Promise<void>;
    /**
     * Makes a key in place of this one, which lives on for 24 h. Needs the scope `keys:manage`.
     * `POST /v1/devices/{device}/keys/{key}/rotate`
     */
    rotate(device: string, key: string, options?: CallOptions): Promise<Key>;
  };
  limits: {
    /**
     * Would this workload fit? Each limit with the figure that is wanted and the one that is
     * allowed, and what to change. Nothing is spent or reserved. Needs the scope `self:read`.
     * `POST /v1/me/limits/check`
     */
    check(body: LimitsCheck, options?: CallOptions & Once): Promise<LimitsFit>;
    /**
     * Tells the limits of whoever calls, what is left of them, and why it was limited: the last
     * times, with what to do. Who manages apps or users sees the tenant's, too. Needs the scope
     * `self:read`. `GET /v1/me/limits`
     */
    get(options?: CallOptions): Promise<Limits>;
  };
  loginCodes: {
    /**
     * Makes a one-time code that begins a session as the administrator, within 10 minutes. On
     * the hub's machine only, through its administrative socket. Needs the scope
     * `users:manage`. `POST /v1/login-codes`
     */
    create(options?: CallOptions & Once): Promise<LoginCode>;
  };
  me: {
    /** Tells who is calling and what they may do. Needs the scope `self:read`. `GET /v1/me` */
    get(options?: CallOptions): Promise<Principal>;
  };
  series: {
    /**
     * Gives what is declared of a series. Needs the scope `telemetry:read`. `GET
     * /v1/devices/{device}/series/{series}`
     */
    get(device: string, series: string, options?: CallOptions): Promise<Series>;
    /**
     * Lists the declared series of the device. Needs the scope `telemetry:read`. `GET
     * /v1/devices/{device}/series`
     */
    list(device: string, options?: CallOptions): Promise<SeriesPage>;
    /**
     * Declares a series: its type is enforced from now on. Needs the scope `devices:write`.
     * `PUT /v1/devices/{device}/series/{series}`
     */
    put(device: string, series: string, body?: SeriesPut, options?: CallOptions): Promise<Series>;
  };
  session: {
    /**
     * Begins a browser session: the answer sets its cookie. Needs the scope `self:read`. `POST
     * /v1/session`
     */
    begin(body?: SessionBegin, options?: CallOptions): Promise<Session>;
    /**
     * Ends the browser session and its sockets. Needs the scope `self:read`. `DELETE
     * /v1/session`
     */
    end(options?: CallOptions): Promise<void>;
  };
  setup: {
    /**
     * Makes the administrator of a hub that has none, with the token that it has printed at its
     * start, within 10 minutes. Only then there is this path, and on loopback alone; the hub
     * then opens its doors. Needs the scope `users:manage`. `POST /v1/setup`
     */
    create(body: SetupCreate, options?: CallOptions & Once): Promise<Setup>;
  };
  state: {
    /**
     * Gives what the device says it is. Needs the scope `state:read`. `GET
     * /v1/devices/{device}/state`
     */
    get(device: string, options?: CallOptions & Known): Promise<Record<string, Json>>;
    /**
     * Changes what the device says it is. Needs the scope `state:write`. `PATCH
     * /v1/devices/{device}/state`
     */
    patch(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & Guarded,
    ): Promise<Record<string, Json>>;
    /**
     * Replaces what the device says it is. Needs the scope `state:write`. `PUT
     * /v1/devices/{device}/state`
     */
    put(
      device: string,
      body: Record<string, Json>,
      options?: CallOptions & Guarded,
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
        /**
         * Only events of these kinds; `reading` if missing. `audit` takes the scope
         * `audit:read`.
         */
        kinds?: Array<"reading" | "config" | "state" | "command" | "presence" | "device" | "event" | "series" | "audit" | "advice"> | undefined;
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
    latest(device: string, options?: CallOptions): Promise<Latest>;
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
    create(body: TenantCreate, options?: CallOptions): Promise<Tenant>;
    /**
     * Deletes a tenant that has no devices, with its users, apps, grants and dashboards. Its id
     * stays taken. For the hub's operator. Needs the scope `tenants:manage`. `DELETE
     * /v1/tenants/{tenant}`
     */
    delete(tenant: string, options?: CallOptions): Promise<void>;
    /**
     * Tells of a tenant, and how much of its quotas it has used. For the hub's operator. Needs
     * the scope `tenants:manage`. `GET /v1/tenants/{tenant}`
     */
    get(tenant: string, options?: CallOptions): Promise<TenantDetails>;
    /**
     * Lists the tenants of the hub in order of id. For its operator. Needs the scope
     * `tenants:manage`. `GET /v1/tenants`
     */
    list(options?: CallOptions & Paged): Promise<TenantPage>;
  };
  tickets: {
    /**
     * Makes a ticket that opens one WebSocket for the calling session, within 30 s. Needs the
     * scope `self:read`. `POST /v1/ws-tickets`
     */
    create(options?: CallOptions): Promise<Ticket>;
  };
  twin: {
    /**
     * Gives config and state with their versions, and which keys agree. Needs the scope
     * `config:read`. `GET /v1/devices/{device}/twin`
     */
    get(device: string, options?: CallOptions): Promise<Twin>;
  };
  users: {
    /** Makes a user. Needs the scope `users:manage`. `POST /v1/users` */
    create(body: UserCreate, options?: CallOptions): Promise<User>;
    /**
     * Deletes a user with its grants and its private dashboards; those that it shares stay
     * without an owner. Refused at once, its sessions and sockets end. Needs the scope
     * `users:manage`. `DELETE /v1/users/{user}`
     */
    delete(user: string, options?: CallOptions & Guarded): Promise<void>;
    /** Gives a user. Needs the scope `users:manage`. `GET /v1/users/{user}` */
    get(user: string, options?: CallOptions & Known): Promise<User>;
    /**
     * Lists the users of the tenant in order of id. Needs the scope `users:manage`. `GET
     * /v1/users`
     */
    list(options?: CallOptions & Paged): Promise<UserPage>;
    /**
     * Sets a password and ends all sessions of the user, and what apps may do in the user's
     * name: anybody's with users:manage, one's own with the present one. Needs the scope
     * `self:read`. `POST /v1/users/{user}/password`
     */
    password(user: string, body: UserPassword, options?: CallOptions): Promise<void>;
    /**
     * Changes a user's name or role. A role counts at once, on open sockets too. Needs the
     * scope `users:manage`. `PATCH /v1/users/{user}`
     */
    patch(user: string, body: Record<string, Json>, options?: CallOptions & Guarded): Promise<User>;
  };
}
