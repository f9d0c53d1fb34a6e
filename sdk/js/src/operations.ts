// Made by tools/generate.mjs from spec/openapi.json and spec/asyncapi.json: do not edit.

import type { OperationRow } from "./options.js";

export const operations = {
  "advice.get": {
    method: "GET", path: "/v1/devices/{device}/advice", body: false, socket: true, once: false,
  },
  "advice.list": { method: "GET", path: "/v1/advice", body: false, socket: true, once: false },
  "apps.create": { method: "POST", path: "/v1/apps", body: true, socket: true, once: false },
  "apps.delete": {
    method: "DELETE", path: "/v1/apps/{app}", body: false, socket: true, once: false,
  },
  "apps.get": { method: "GET", path: "/v1/apps/{app}", body: false, socket: true, once: false },
  "apps.list": { method: "GET", path: "/v1/apps", body: false, socket: true, once: false },
  "apps.patch": { method: "PATCH", path: "/v1/apps/{app}", body: true, socket: true, once: false },
  "apps.revoke": {
    method: "DELETE",
    path: "/v1/apps/{app}/secrets/{secret}",
    body: false,
    socket: true,
    once: false,
  },
  "apps.rotate": {
    method: "POST", path: "/v1/apps/{app}/secrets", body: false, socket: true, once: false,
  },
  "audit.list": { method: "GET", path: "/v1/audit", body: false, socket: true, once: false },
  "certificates.create": {
    method: "POST", path: "/v1/devices/{device}/certificates", body: true, socket: true, once: true,
  },
  "claim_codes.create": {
    method: "POST", path: "/v1/claim-codes", body: true, socket: true, once: false,
  },
  "claim_codes.delete": {
    method: "DELETE", path: "/v1/claim-codes/{claim_code}", body: false, socket: true, once: false,
  },
  "claim_codes.list": {
    method: "GET", path: "/v1/claim-codes", body: false, socket: true, once: false,
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
    method: "GET", path: "/v1/devices/{device}/commands", body: false, socket: true, once: false,
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
    method: "POST", path: "/v1/devices/{device}/commands", body: true, socket: true, once: true,
  },
  "commands.send_many": {
    method: "POST", path: "/v1/commands", body: true, socket: true, once: true,
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
    method: "POST", path: "/v1/devices/{device}/config/ack", body: true, socket: true, once: true,
  },
  "config.get": {
    method: "GET", path: "/v1/devices/{device}/config", body: false, socket: true, once: false,
  },
  "config.patch": {
    method: "PATCH", path: "/v1/devices/{device}/config", body: true, socket: true, once: false,
  },
  "config.put": {
    method: "PUT", path: "/v1/devices/{device}/config", body: true, socket: true, once: false,
  },
  "consents.delete": {
    method: "DELETE", path: "/v1/consents/{consent}", body: false, socket: true, once: false,
  },
  "consents.list": { method: "GET", path: "/v1/consents", body: false, socket: true, once: false },
  "dashboards.create": {
    method: "POST", path: "/v1/dashboards", body: true, socket: true, once: true,
  },
  "dashboards.delete": {
    method: "DELETE", path: "/v1/dashboards/{dashboard}", body: false, socket: true, once: false,
  },
  "dashboards.get": {
    method: "GET", path: "/v1/dashboards/{dashboard}", body: false, socket: true, once: false,
  },
  "dashboards.list": {
    method: "GET", path: "/v1/dashboards", body: false, socket: true, once: false,
  },
  "dashboards.put": {
    method: "PUT", path: "/v1/dashboards/{dashboard}", body: true, socket: true, once: false,
  },
  "denials.create": { method: "POST", path: "/v1/denials", body: true, socket: true, once: true },
  "devices.create": { method: "POST", path: "/v1/devices", body: true, socket: true, once: true },
  "devices.delete": {
    method: "DELETE", path: "/v1/devices/{device}", body: false, socket: true, once: false,
  },
  "devices.get": {
    method: "GET", path: "/v1/devices/{device}", body: false, socket: true, once: false,
  },
  "devices.list": { method: "GET", path: "/v1/devices", body: false, socket: true, once: false },
  "devices.patch": {
    method: "PATCH", path: "/v1/devices/{device}", body: true, socket: true, once: false,
  },
  "devices.put": {
    method: "PUT", path: "/v1/devices/{device}", body: true, socket: true, once: false,
  },
  "grants.create": { method: "POST", path: "/v1/grants", body: true, socket: true, once: true },
  "grants.delete": {
    method: "DELETE", path: "/v1/grants/{grant}", body: false, socket: true, once: false,
  },
  "grants.get": {
    method: "GET", path: "/v1/grants/{grant}", body: false, socket: true, once: false,
  },
  "grants.list": { method: "GET", path: "/v1/grants", body: false, socket: true, once: false },
  "grants.patch": {
    method: "PATCH", path: "/v1/grants/{grant}", body: true, socket: true, once: false,
  },
  "hub.status": { method: "GET", path: "/v1/status", body: false, socket: true, once: false },
  "keys.create": {
    method: "POST", path: "/v1/devices/{device}/keys", body: true, socket: true, once: false,
  },
  "keys.list": {
    method: "GET", path: "/v1/devices/{device}/keys", body: false, socket: true, once: false,
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
  "limits.check": {
    method: "POST", path: "/v1/me/limits/check", body: true, socket: true, once: true,
  },
  "limits.get": { method: "GET", path: "/v1/me/limits", body: false, socket: true, once: false },
  "login_codes.create": {
    method: "POST", path: "/v1/login-codes", body: false, socket: false, once: true,
  },
  "me.get": { method: "GET", path: "/v1/me", body: false, socket: true, once: false },
  "series.get": {
    method: "GET",
    path: "/v1/devices/{device}/series/{series}",
    body: false,
    socket: true,
    once: false,
  },
  "series.list": {
    method: "GET", path: "/v1/devices/{device}/series", body: false, socket: true, once: false,
  },
  "series.put": {
    method: "PUT",
    path: "/v1/devices/{device}/series/{series}",
    body: true,
    socket: true,
    once: false,
  },
  "session.begin": { method: "POST", path: "/v1/session", body: true, socket: false, once: false },
  "session.end": { method: "DELETE", path: "/v1/session", body: false, socket: false, once: false },
  "setup.create": { method: "POST", path: "/v1/setup", body: true, socket: false, once: true },
  "state.get": {
    method: "GET", path: "/v1/devices/{device}/state", body: false, socket: true, once: false,
  },
  "state.patch": {
    method: "PATCH", path: "/v1/devices/{device}/state", body: true, socket: true, once: false,
  },
  "state.put": {
    method: "PUT", path: "/v1/devices/{device}/state", body: true, socket: true, once: false,
  },
  "stream.read": { method: "GET", path: "/v1/stream", body: false, socket: false, once: false },
  "td.get": {
    method: "GET", path: "/v1/devices/{device}/td", body: false, socket: true, once: false,
  },
  "telemetry.delete": {
    method: "DELETE",
    path: "/v1/devices/{device}/telemetry",
    body: false,
    socket: true,
    once: false,
  },
  "telemetry.latest": {
    method: "GET", path: "/v1/devices/{device}/latest", body: false, socket: true, once: false,
  },
  "telemetry.query": {
    method: "GET", path: "/v1/telemetry", body: false, socket: true, once: false,
  },
  "telemetry.read": {
    method: "GET", path: "/v1/devices/{device}/telemetry", body: false, socket: true, once: false,
  },
  "telemetry.write": {
    method: "POST", path: "/v1/devices/{device}/telemetry", body: true, socket: true, once: true,
  },
  "telemetry.write_many": {
    method: "POST", path: "/v1/telemetry", body: true, socket: true, once: true,
  },
  "tenants.create": { method: "POST", path: "/v1/tenants", body: true, socket: true, once: false },
  "tenants.delete": {
    method: "DELETE", path: "/v1/tenants/{tenant}", body: false, socket: true, once: false,
  },
  "tenants.get": {
    method: "GET", path: "/v1/tenants/{tenant}", body: false, socket: true, once: false,
  },
  "tenants.list": { method: "GET", path: "/v1/tenants", body: false, socket: true, once: false },
  "tickets.create": {
    method: "POST", path: "/v1/ws-tickets", body: false, socket: false, once: false,
  },
  "twin.get": {
    method: "GET", path: "/v1/devices/{device}/twin", body: false, socket: true, once: false,
  },
  "users.create": { method: "POST", path: "/v1/users", body: true, socket: true, once: false },
  "users.delete": {
    method: "DELETE", path: "/v1/users/{user}", body: false, socket: true, once: false,
  },
  "users.get": { method: "GET", path: "/v1/users/{user}", body: false, socket: true, once: false },
  "users.list": { method: "GET", path: "/v1/users", body: false, socket: true, once: false },
  "users.password": {
    method: "POST", path: "/v1/users/{user}/password", body: true, socket: true, once: false,
  },
  "users.patch": {
    method: "PATCH", path: "/v1/users/{user}", body: true, socket: true, once: false,
  },
} satisfies Record<string, OperationRow>;

/** The operations of the hub by name. */
export type OperationName = keyof typeof operations;
