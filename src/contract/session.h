#pragma once

#include "contract/operation.h"
#include "contract/user.h"

#include <optional>
#include <span>
#include <string>

namespace tandem::contract {

// How a page gets a session. REST only, outside the catalogue: these are not somebody's acts but
// the way to become somebody (docs/decisions/0007).

struct SessionBegin {
    std::optional<std::string> code;
    std::optional<std::string> user;
    std::optional<std::string> password;
    std::optional<std::string> tenant;
};
inline const Shape& shape_of(const SessionBegin*) {
    static const Shape made{
        .name = "SessionBegin",
        .fields = {
            field<&SessionBegin::code>(
                {.name = "code", .max = 64, .says = "A one-time code; or user and password."}),
            field<&SessionBegin::user>({.name = "user", .form = Form::kName}),
            field<&SessionBegin::password>({.name = "password", .max = 1'024}),
            field<&SessionBegin::tenant>(
                {.name = "tenant", .form = Form::kName, .says = "The operator's when missing."})}};
    return made;
}

struct SessionView {
    std::string user;
    std::string tenant;
    Duration idle = {};
};
inline const Shape& shape_of(const SessionView*) {
    static const Shape made{
        .name = "Session",
        .fields = {field<&SessionView::user>({.name = "user", .required = true}),
                   field<&SessionView::tenant>({.name = "tenant", .required = true}),
                   field<&SessionView::idle>({.name = "idle_ms",
                                              .required = true,
                                              .unit = "ms",
                                              .says = "It ends when unused for so long."})}};
    return made;
}

struct LoginCodeCreate {};
inline const Shape& shape_of(const LoginCodeCreate*) {
    static const Shape made{.name = "LoginCodeCreate", .fields = {}};
    return made;
}

struct LoginCode {
    std::string code;
    Instant expires;
};
inline const Shape& shape_of(const LoginCode*) {
    static const Shape made{
        .name = "LoginCode",
        .fields = {field<&LoginCode::code>({.name = "code", .required = true}),
                   field<&LoginCode::expires>({.name = "expires", .required = true})}};
    return made;
}

inline const auto kSessionBegin = operation<SessionBegin, SessionView>({
    .name = "session.begin",
    .method = Method::kPost,
    .path = "/v1/session",
    .doors = Doors::kRestOnly,
    .status = 201,
    .audited = true,
    .says = "Begins a browser session: the answer sets its cookie.",
    .errors = {ErrorCode::kUnauthenticated, ErrorCode::kRateLimited},
    .example = R"({"body":{"code":"…"}})",
    .answer = R"({"user":"admin","tenant":"main","idle_ms":1800000})",
});

inline const auto kSessionEnd = operation<LoginCodeCreate, Nothing>({
    .name = "session.end",
    .method = Method::kDelete,
    .path = "/v1/session",
    .urgency = Urgency::kVital,
    .doors = Doors::kRestOnly,
    .status = 204,
    .audited = true,
    .says = "Ends the browser session and its sockets.",
});

inline const auto kLoginCodeCreate = operation<LoginCodeCreate, LoginCode>({
    .name = "login_codes.create",
    .method = Method::kPost,
    .path = "/v1/login-codes",
    .scope = Scope::kUsersManage,
    .doors = Doors::kRestOnly,
    .status = 201,
    .audited = true,
    .says = "Makes a one-time code that begins a session as the administrator, within 10 minutes. "
            "On the hub's machine only, through its administrative socket.",
    .errors = {ErrorCode::kForbidden},
    .answer = R"({"code":"H7K2…","expires":1732387890000})",
});

struct SetupCreate {
    std::string token;
    std::string user = "admin";
    std::string password;
};
inline const Shape& shape_of(const SetupCreate*) {
    static const Shape made{
        .name = "SetupCreate",
        .fields = {field<&SetupCreate::token>({.name = "token",
                                               .required = true,
                                               .max = 64,
                                               .says = "What the hub has printed at its start."}),
                   field<&SetupCreate::user>(
                       {.name = "user", .form = Form::kName, .says = "The administrator's name."}),
                   password_field<&SetupCreate::password>("password", "The administrator's.")}};
    return made;
}

struct SetupView {
    std::string user;
    std::string tenant;
    std::optional<std::string> url;
};
inline const Shape& shape_of(const SetupView*) {
    static const Shape made{
        .name = "Setup",
        .fields = {
            field<&SetupView::user>({.name = "user", .required = true}),
            field<&SetupView::tenant>({.name = "tenant", .required = true}),
            field<&SetupView::url>(
                {.name = "url", .says = "Where this machine reaches the hub in a moment."})}};
    return made;
}

inline const auto kSetupCreate = operation<SetupCreate, SetupView>({
    .name = "setup.create",
    .method = Method::kPost,
    .path = "/v1/setup",
    .scope = Scope::kUsersManage,
    .doors = Doors::kRestOnly,
    .status = 201,
    .audited = true,
    .says =
        "Makes the administrator of a hub that has none, with the token that it has printed at "
        "its start, within 10 minutes. Only then there is this path, and on loopback alone; the "
        "hub then opens its doors.",
    .errors = {ErrorCode::kUnauthenticated, ErrorCode::kAlreadyExists},
    .example = R"({"body":{"token":"h7k2…","password":"correct horse battery"}})",
    .answer = R"({"user":"admin","tenant":"main","url":"http://127.0.0.1:8080"})",
});

/// Those that are asked before anybody is logged in, by what they hold or where they come from.
[[nodiscard]] inline bool is_before_login(const Operation& operation) {
    return operation.name == kSessionBegin.name || operation.name == kLoginCodeCreate.name ||
           operation.name == kSetupCreate.name;
}

}  // namespace tandem::contract
