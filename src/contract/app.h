#pragma once

#include "contract/user.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

struct AppFields {
    std::string name;
    std::optional<bool> is_public;
    std::optional<std::vector<std::string>> redirect_uris;
    std::optional<Value> jwks;
    std::optional<std::string> certificate_subject;
};
template <typename T>
std::vector<Field> app_fields() {
    return {
        field<&T::name>({.name = "name", .max = 128, .says = "For people."}),
        field<&T::is_public>(
            {.name = "public",
             .says = "It cannot keep a secret: for OAuth its id is enough where a user agrees."}),
        field<&T::redirect_uris>(
            {.name = "redirect_uris",
             .max = 10,
             .says = "Where OAuth may send users back to: https, http on this machine, or a "
                     "scheme of its own such as `com.example.app:/done`."}),
        field<&T::jwks>({.name = "jwks",
                         .says = "A JWK set, RFC 7517: with one of its keys the app proves "
                                 "itself at the token endpoint, `private_key_jwt`.",
                         .described = any_object}),
        field<&T::certificate_subject>(
            {.name = "tls_client_auth_subject_dn",
             .max = 512,
             .says = "The subject of the client certificate that it proves itself with, "
                     "`tls_client_auth` of RFC 8705, as RFC 4514 writes it: `CN=robot,O=Plant`."})};
}
inline const Shape& shape_of(const AppFields*) {
    static const Shape made{.name = "AppFields", .fields = app_fields<AppFields>()};
    return made;
}

struct AppCreate : AppFields {
    std::string id;
};
inline const Shape& shape_of(const AppCreate*) {
    static const Shape made = [] {
        Shape shape{.name = "AppCreate", .fields = app_fields<AppCreate>()};
        shape.fields.push_back(
            field<&AppCreate::id>({.name = "id", .required = true, .form = Form::kName}));
        return shape;
    }();
    return made;
}

struct SecretView {
    std::string id;
    Instant created;
    std::optional<Instant> expires;
};
inline const Shape& shape_of(const SecretView*) {
    static const Shape made{
        .name = "AppSecret",
        .fields = {field<&SecretView::id>({.name = "id", .required = true}),
                   field<&SecretView::created>({.name = "created", .required = true}),
                   field<&SecretView::expires>({.name = "expires"})}};
    return made;
}

struct AppView {
    std::string id;
    std::string name;
    std::optional<bool> is_public;
    std::optional<std::vector<std::string>> redirect_uris;
    std::optional<Value> jwks;
    std::optional<std::string> certificate_subject;
    std::optional<std::string> secret;
    std::vector<SecretView> secrets;
    Instant created;
    std::int64_t version = 0;
};
inline const Shape& shape_of(const AppView*) {
    static const Shape made{
        .name = "App",
        .fields = {
            field<&AppView::id>({.name = "id", .required = true, .form = Form::kName}),
            field<&AppView::name>({.name = "name", .required = true}),
            field<&AppView::is_public>({.name = "public", .says = "True, or missing."}),
            field<&AppView::redirect_uris>({.name = "redirect_uris"}),
            field<&AppView::jwks>({.name = "jwks", .described = any_object}),
            field<&AppView::certificate_subject>({.name = "tls_client_auth_subject_dn"}),
            field<&AppView::secret>(
                {.name = "secret", .says = "The app's bearer key: shown this once, never again."}),
            field<&AppView::secrets>(
                {.name = "secrets", .required = true, .says = "Those that live."}),
            field<&AppView::created>({.name = "created", .required = true}),
            field<&AppView::version>({.name = "version", .required = true})}};
    return made;
}

template <auto kMember>
Field app_in_path() {
    return field<kMember>({.name = "app",
                           .from = From::kPath,
                           .required = true,
                           .form = Form::kName,
                           .says = "The app's id."});
}

struct AppGet {
    std::string app;
};
inline const Shape& shape_of(const AppGet*) {
    static const Shape made{.name = "AppGet", .fields = {app_in_path<&AppGet::app>()}};
    return made;
}

struct AppPatch {
    std::string app;
    Value change;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const AppPatch*) {
    static const Shape made = with_preconditions<AppPatch>(
        {.name = "AppPatch",
         .fields = {app_in_path<&AppPatch::app>(),
                    field<&AppPatch::change>({.name = "change",
                                              .from = From::kBody,
                                              .required = true,
                                              .says = "A JSON Merge Patch, RFC 7396, of name, "
                                                      "public, redirect_uris, jwks and "
                                                      "tls_client_auth_subject_dn.",
                                              .described = any_object})}});
    return made;
}

struct AppDelete {
    std::string app;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const AppDelete*) {
    static const Shape made = with_preconditions<AppDelete>(
        {.name = "AppDelete", .fields = {app_in_path<&AppDelete::app>()}});
    return made;
}

struct SecretRef {
    std::string app;
    std::string secret;
};
inline const Shape& shape_of(const SecretRef*) {
    static const Shape made{.name = "AppSecretRef",
                            .fields = {app_in_path<&SecretRef::app>(),
                                       field<&SecretRef::secret>({.name = "secret",
                                                                  .from = From::kPath,
                                                                  .required = true,
                                                                  .form = Form::kName,
                                                                  .says = "The secret's id."})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kAppsCreate = operation<AppCreate, AppView>({
    .name = "apps.create",
    .method = Method::kPost,
    .path = "/v1/apps",
    .scope = Scope::kAccessManage,
    .status = 201,
    .audited = true,
    .secret = true,
    .versioned = true,
    .located = true,
    .says = "Makes an app with a secret, which is its bearer key. What it may do grants say.",
    .errors = {ErrorCode::kAlreadyExists, ErrorCode::kConflict},
    .example = R"({"body":{"id":"dashboard","name":"Dashboard"}})",
    .answer = R"({"id":"dashboard","name":"Dashboard","secret":"tak_kQ3vW8nZr1LpXa0c_…",)"
              R"("secrets":[{"id":"kQ3vW8nZr1LpXa0c","created":1732386600000}],)"
              R"("created":1732386600000,"version":1})",
});

inline const auto kAppsList = operation<PageQuery, Page<AppView>>({
    .name = "apps.list",
    .path = "/v1/apps",
    .scope = Scope::kAccessManage,
    .says = "Lists the apps of the tenant in order of id.",
    .example = R"({"query":{"limit":10}})",
    .answer = R"({"items":[{"id":"admin","name":"","secrets":[{"id":"m2Xq7dRw0VtYb5Ke",)"
              R"("created":1732386600000}],"created":1732386600000,"version":1},)"
              R"({"id":"dashboard","name":"Dashboard","secrets":[{"id":"kQ3vW8nZr1LpXa0c",)"
              R"("created":1732386600000}],"created":1732386600000,"version":1}]})",
});

inline const auto kAppsGet = operation<AppGet, AppView>({
    .name = "apps.get",
    .path = "/v1/apps/{app}",
    .scope = Scope::kAccessManage,
    .versioned = true,
    .says = "Gives an app, without its secrets.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"app":"dashboard"}})",
    .answer = R"({"id":"dashboard","name":"Dashboard","secrets":[{"id":"kQ3vW8nZr1LpXa0c",)"
              R"("created":1732386600000}],"created":1732386600000,"version":1})",
});

inline const auto kAppsPatch = operation<AppPatch, AppView>({
    .name = "apps.patch",
    .method = Method::kPatch,
    .path = "/v1/apps/{app}",
    .scope = Scope::kAccessManage,
    .audited = true,
    .versioned = true,
    .says = "Changes an app: its name, and what OAuth knows of it.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"app":"dashboard"},"body":{"name":"Wall display"}})",
    .answer = R"({"id":"dashboard","name":"Wall display","secrets":[{"id":"kQ3vW8nZr1LpXa0c",)"
              R"("created":1732386600000}],"created":1732386600000,"version":2})",
});

inline const auto kAppsRotate = operation<AppGet, AppView>({
    .name = "apps.rotate",
    .method = Method::kPost,
    .path = "/v1/apps/{app}/secrets",
    .scope = Scope::kAccessManage,
    .status = 201,
    .audited = true,
    .secret = true,
    .versioned = true,
    .says = "Makes another secret; the one before lives on for 24 h.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"app":"dashboard"}})",
    .answer = R"({"id":"dashboard","name":"Wall display","secret":"tak_p8KcT1yXe6ZsUa9f_…",)"
              R"("secrets":[{"id":"kQ3vW8nZr1LpXa0c","created":1732386600000,)"
              R"("expires":1732473000000},{"id":"p8KcT1yXe6ZsUa9f",)"
              R"("created":1732386600000}],"created":1732386600000,"version":2})",
});

inline const auto kAppsRevoke = operation<SecretRef, Nothing>({
    .name = "apps.revoke",
    .method = Method::kDelete,
    .path = "/v1/apps/{app}/secrets/{secret}",
    .scope = Scope::kAccessManage,
    .urgency = Urgency::kVital,
    .status = 204,
    .audited = true,
    .says = "Ends a secret: refused at once, sockets that used it are closed.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"app":"dashboard","secret":"$secret"}})",
});

inline const auto kAppsDelete = operation<AppDelete, Nothing>({
    .name = "apps.delete",
    .method = Method::kDelete,
    .path = "/v1/apps/{app}",
    .scope = Scope::kAccessManage,
    .urgency = Urgency::kVital,
    .status = 204,
    .audited = true,
    .says = "Deletes an app with its secrets, its grants and its private dashboards: refused at "
            "once, its sockets end.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"app":"dashboard"}})",
});

}  // namespace tandem::contract
