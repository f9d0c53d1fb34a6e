#pragma once

#include "contract/device.h"

#include <optional>
#include <string>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

struct Empty {};
inline const Shape& shape_of(const Empty*) {
    static const Shape made{.name = "Empty", .fields = {}};
    return made;
}

struct MeView {
    std::string kind;
    std::string id;
    std::string tenant;
    std::string credential;
    std::vector<std::string> scopes;
};
inline const Shape& shape_of(const MeView*) {
    static const Shape made{
        .name = "Principal",
        .fields = {field<&MeView::kind>(
                       {.name = "kind", .required = true, .choices = {"device", "user", "app"}}),
                   field<&MeView::id>({.name = "id", .required = true}),
                   field<&MeView::tenant>({.name = "tenant", .required = true}),
                   field<&MeView::credential>({.name = "credential",
                                               .required = true,
                                               .says = "The id of the key or session in use."}),
                   field<&MeView::scopes>({.name = "scopes", .required = true})}};
    return made;
}

[[nodiscard]] MeView view_of(const Actor& actor);

struct KeyCreate {
    std::string device;
    std::optional<Instant> expires;
};
inline const Shape& shape_of(const KeyCreate*) {
    static const Shape made{
        .name = "KeyCreate",
        .fields = {device_in_path(field<&KeyCreate::device>({})),
                   field<&KeyCreate::expires>({.name = "expires", .says = "Never when missing."})}};
    return made;
}

struct KeyView {
    std::string id;
    std::optional<std::string> key;
    Instant created;
    std::optional<Instant> expires;
};
inline const Shape& shape_of(const KeyView*) {
    static const Shape made{
        .name = "Key",
        .fields = {field<&KeyView::id>({.name = "id", .required = true}),
                   field<&KeyView::key>(
                       {.name = "key", .says = "The secret: shown this once, never again."}),
                   field<&KeyView::created>({.name = "created", .required = true}),
                   field<&KeyView::expires>({.name = "expires"})}};
    return made;
}

struct KeyRef {
    std::string device;
    std::string key;
};
inline const Shape& shape_of(const KeyRef*) {
    static const Shape made{.name = "KeyRef",
                            .fields = {device_in_path(field<&KeyRef::device>({})),
                                       field<&KeyRef::key>({.name = "key",
                                                            .from = From::kPath,
                                                            .required = true,
                                                            .form = Form::kName,
                                                            .says = "The key's id."})}};
    return made;
}

struct TicketView {
    std::string ticket;
    Instant expires;
};
inline const Shape& shape_of(const TicketView*) {
    static const Shape made{
        .name = "Ticket",
        .fields = {field<&TicketView::ticket>(
                       {.name = "ticket",
                        .required = true,
                        .says = "Offer it once as the subprotocol tandem.ticket.<ticket>."}),
                   field<&TicketView::expires>({.name = "expires", .required = true})}};
    return made;
}

struct AuditQuery {
    std::int64_t limit = 100;
    std::optional<std::string> cursor;
    std::optional<Instant> since;
    std::optional<Instant> until;
    std::optional<std::string> actor;
    std::optional<std::string> action;
    std::optional<std::string> kind;
    std::optional<std::string> result;
};
inline const Shape& shape_of(const AuditQuery*) {
    static const Shape made{
        .name = "AuditQuery",
        .fields = {
            field<&AuditQuery::limit>(
                {.name = "limit", .from = From::kQuery, .min = 1, .max = 1'000}),
            field<&AuditQuery::cursor>(
                {.name = "cursor", .from = From::kQuery, .says = "`next` of the page before."}),
            field<&AuditQuery::since>({.name = "since",
                                       .from = From::kQuery,
                                       .says = "Lines of this time and later, from there on."}),
            field<&AuditQuery::until>(
                {.name = "until", .from = From::kQuery, .says = "Lines before this time."}),
            field<&AuditQuery::actor>(
                {.name = "actor", .from = From::kQuery, .says = "Who: `user:admin`."}),
            field<&AuditQuery::action>(
                {.name = "action", .from = From::kQuery, .says = "The operation: `keys.create`."}),
            field<&AuditQuery::kind>(
                {.name = "kind", .from = From::kQuery, .says = "What it is: `authn_login_fail`."}),
            field<&AuditQuery::result>(
                {.name = "result", .from = From::kQuery, .says = "`ok`, or a problem's name."})}};
    return made;
}

struct AuditView {
    std::int64_t number = 0;
    Instant time;
    std::string kind;
    std::string actor;
    std::string credential;
    std::string address;
    std::string door;
    std::string action;
    std::string resource;
    std::string result;
    std::int64_t count = 1;
    std::string previous;
};
inline const Shape& shape_of(const AuditView*) {
    static const Shape made{
        .name = "AuditLine",
        .fields = {
            field<&AuditView::number>(
                {.name = "number", .required = true, .says = "Counts the lines of a tenant."}),
            field<&AuditView::time>({.name = "time", .required = true}),
            field<&AuditView::kind>(
                {.name = "kind",
                 .required = true,
                 .says = "In the words of OWASP's logging vocabulary; empty where it has none."}),
            field<&AuditView::actor>({.name = "actor", .required = true}),
            field<&AuditView::credential>({.name = "credential", .required = true}),
            field<&AuditView::address>({.name = "address", .required = true}),
            field<&AuditView::door>({.name = "door", .required = true}),
            field<&AuditView::action>({.name = "action", .required = true}),
            field<&AuditView::resource>({.name = "resource", .required = true}),
            field<&AuditView::result>({.name = "result", .required = true}),
            field<&AuditView::count>(
                {.name = "count",
                 .required = true,
                 .says = "For how many refusals alike the line stands, `time` being the last."}),
            field<&AuditView::previous>(
                {.name = "prev",
                 .required = true,
                 .says = "SHA-256 of the line before it, as `tandem audit export` writes it."})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kMeGet = operation<Empty, MeView>({
    .name = "me.get",
    .path = "/v1/me",
    .scope = Scope::kSelfRead,
    .says = "Tells who is calling and what they may do.",
    .example = "{}",
    .answer = R"({"kind":"app","id":"admin","tenant":"main","credential":"kQ3vW8nZr1LpXa0c",)"
              R"("scopes":["devices:read","devices:write","telemetry:read","telemetry:write",)"
              R"("config:read","config:write","state:read","state:write","commands:read",)"
              R"("commands:send","commands:take","events:read","events:write",)"
              R"("dashboards:read","dashboards:write","keys:manage","access:manage",)"
              R"("audit:read","metrics:read","self:read"]})",
});

inline const auto kKeysCreate = operation<KeyCreate, KeyView>({
    .name = "keys.create",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/keys",
    .scope = Scope::kKeysManage,
    .status = 201,
    .audited = true,
    .secret = true,
    .says = "Makes a key for the device; two may live at once.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"device":"lamp-1"},"body":{}})",
    .answer = R"({"id":"kQ3vW8nZr1LpXa0c","key":"tdk_kQ3vW8nZr1LpXa0c_…",)"
              R"("created":1732386600000})",
});

inline const auto kKeysList = operation<DeviceGet, Page<KeyView>>({
    .name = "keys.list",
    .path = "/v1/devices/{device}/keys",
    .scope = Scope::kKeysManage,
    .says = "Lists the device's keys, without their secrets.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1"}})",
    .answer = R"({"items":[{"id":"kQ3vW8nZr1LpXa0c","created":1732386600000}]})",
});

inline const auto kKeysRotate = operation<KeyRef, KeyView>({
    .name = "keys.rotate",
    .method = Method::kPost,
    .path = "/v1/devices/{device}/keys/{key}/rotate",
    .scope = Scope::kKeysManage,
    .status = 201,
    .audited = true,
    .secret = true,
    .says = "Makes a key in place of this one, which lives on for 24 h.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"device":"lamp-1","key":"$key"}})",
    .answer = R"({"id":"kQ3vW8nZr1LpXa0c","key":"tdk_kQ3vW8nZr1LpXa0c_…",)"
              R"("created":1732386600000})",
});

inline const auto kKeysRevoke = operation<KeyRef, Nothing>({
    .name = "keys.revoke",
    .method = Method::kDelete,
    .path = "/v1/devices/{device}/keys/{key}",
    .scope = Scope::kKeysManage,
    .urgency = Urgency::kVital,
    .status = 204,
    .audited = true,
    .says = "Ends the key: refused at once, sockets that used it are closed.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"device":"lamp-1","key":"$key"}})",
});

inline const auto kTicketsCreate = operation<Empty, TicketView>({
    .name = "tickets.create",
    .method = Method::kPost,
    .path = "/v1/ws-tickets",
    .scope = Scope::kSelfRead,
    .doors = Doors::kRestOnly,
    .status = 201,
    .secret = true,
    .says = "Makes a ticket that opens one WebSocket for the calling session, within 30 s.",
    .example = "{}",
    .answer = R"({"ticket":"m2Xq7…","expires":1732387320000})",
});

inline const auto kAuditList = operation<AuditQuery, Page<AuditView>>({
    .name = "audit.list",
    .path = "/v1/audit",
    .scope = Scope::kAuditRead,
    .says = "Gives audit lines in their order: the newest ones, or from `since` or `cursor` on.",
    .example = R"({"query":{"limit":1}})",
    .answer = R"({"items":[{"number":12,"time":1732387290000,"kind":"authz_admin",)"
              R"("actor":"user:admin","credential":"kQ3vW8nZr1LpXa0c","address":"127.0.0.1",)"
              R"("door":"rest","action":"tenants.delete","resource":"tenant:plant","result":"ok",)"
              R"("count":1,"prev":)"
              R"("5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456"}]})",
});

}  // namespace tandem::contract
