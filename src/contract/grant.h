#pragma once

#include "contract/user.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// What a grant gives: what a patch applies to.
struct GrantFields {
    std::vector<std::string> scopes;
    std::vector<std::string> devices;
    Labels labels;
    std::optional<std::vector<std::string>> series;  ///< all when missing
};

/// The names of the scopes that a grant may give.
[[nodiscard]] const std::vector<std::string_view>& grantable_names();

template <typename T>
std::vector<Field> grant_fields() {
    return {field<&T::scopes>({.name = "scopes",
                               .required = true,
                               .max = 32,
                               .choices = grantable_names(),
                               .says = "What it lets do."}),
            field<&T::devices>({.name = "devices",
                                .max = 256,
                                .says = "With which devices: ids, or `*` alone for every one."}),
            field<&T::labels>({.name = "labels",
                               .max = 32,
                               .says = "And with those that have all of these, now or later."}),
            field<&T::series>({.name = "series",
                               .max = 64,
                               .says = "Of their series only these: names, or beginnings with a "
                                       "`*` at the end."})};
}
inline const Shape& shape_of(const GrantFields*) {
    static const Shape made{.name = "GrantFields", .fields = grant_fields<GrantFields>()};
    return made;
}

struct GrantCreate : GrantFields {
    std::optional<std::string> user;
    std::optional<std::string> app;
};
inline const Shape& shape_of(const GrantCreate*) {
    static const Shape made = [] {
        Shape shape{.name = "GrantCreate", .fields = grant_fields<GrantCreate>()};
        shape.fields.push_back(field<&GrantCreate::user>(
            {.name = "user", .form = Form::kName, .says = "Whom it is given to; or `app`."}));
        shape.fields.push_back(field<&GrantCreate::app>({.name = "app", .form = Form::kName}));
        return shape;
    }();
    return made;
}

struct GrantView : GrantFields {
    std::string id;
    std::optional<std::string> user;
    std::optional<std::string> app;
    Instant created;
    std::int64_t version = 0;
};
inline const Shape& shape_of(const GrantView*) {
    static const Shape made = [] {
        Shape shape{
            .name = "Grant",
            .fields = {field<&GrantView::id>({.name = "id", .required = true, .form = Form::kName}),
                       field<&GrantView::user>({.name = "user"}),
                       field<&GrantView::app>({.name = "app"})}};
        for (Field each : grant_fields<GrantView>()) {
            each.required = true;
            shape.fields.push_back(each);
        }
        shape.fields.push_back(field<&GrantView::created>({.name = "created", .required = true}));
        shape.fields.push_back(field<&GrantView::version>({.name = "version", .required = true}));
        return shape;
    }();
    return made;
}

template <auto kMember>
Field grant_in_path() {
    return field<kMember>({.name = "grant",
                           .from = From::kPath,
                           .required = true,
                           .form = Form::kName,
                           .says = "The grant's id."});
}

struct GrantGet {
    std::string grant;
};
inline const Shape& shape_of(const GrantGet*) {
    static const Shape made{.name = "GrantGet", .fields = {grant_in_path<&GrantGet::grant>()}};
    return made;
}

struct GrantList : PageQuery {
    std::optional<std::string> user;
    std::optional<std::string> app;
};
inline const Shape& shape_of(const GrantList*) {
    static const Shape made = [] {
        Shape shape{.name = "GrantList", .fields = page_fields<GrantList>()};
        shape.fields.push_back(field<&GrantList::user>({.name = "user",
                                                        .from = From::kQuery,
                                                        .form = Form::kName,
                                                        .says = "Only those of this user."}));
        shape.fields.push_back(field<&GrantList::app>({.name = "app",
                                                       .from = From::kQuery,
                                                       .form = Form::kName,
                                                       .says = "Only those of this app."}));
        return shape;
    }();
    return made;
}

struct GrantPatch {
    std::string grant;
    Value change;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const GrantPatch*) {
    static const Shape made = with_preconditions<GrantPatch>(
        {.name = "GrantPatch",
         .fields = {grant_in_path<&GrantPatch::grant>(),
                    field<&GrantPatch::change>(
                        {.name = "change",
                         .from = From::kBody,
                         .required = true,
                         .says = "A JSON Merge Patch, RFC 7396, of scopes, devices, "
                                 "labels and series.",
                         .described = any_object})}});
    return made;
}

struct GrantDelete {
    std::string grant;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const GrantDelete*) {
    static const Shape made = with_preconditions<GrantDelete>(
        {.name = "GrantDelete", .fields = {grant_in_path<&GrantDelete::grant>()}});
    return made;
}

[[nodiscard]] GrantView view_of(const Grant& grant);
[[nodiscard]] GrantFields fields_of(const Allowance& allowance);
/// Fails with kInvalidField: what is no id, no pattern, or more than a grant gives.
[[nodiscard]] Result<Allowance> allowance_of(const GrantFields& fields);

// ---------------------------------------------------------------- operations

inline const auto kGrantsCreate = operation<GrantCreate, GrantView>({
    .name = "grants.create",
    .method = Method::kPost,
    .path = "/v1/grants",
    .scope = Scope::kAccessManage,
    .status = 201,
    .audited = true,
    .versioned = true,
    .located = true,
    .says = "Lets a user or an app do something with some devices. All grants of somebody add up.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"body":{"user":"anna","scopes":["telemetry:read","commands:send"],)"
               R"("devices":["lamp-1"],"labels":{"site":"hall-3"},"series":["power","temp*"]}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","user":"anna","scopes":["telemetry:read",)"
              R"("commands:send"],"devices":["lamp-1"],"labels":{"site":"hall-3"},)"
              R"("series":["power","temp*"],"created":1732386600000,"version":1})",
});

inline const auto kGrantsList = operation<GrantList, Page<GrantView>>({
    .name = "grants.list",
    .path = "/v1/grants",
    .scope = Scope::kAccessManage,
    .says = "Lists grants in order of id: the tenant's, or those of one user or app.",
    .example = R"({"query":{"user":"anna"}})",
    .answer = R"({"items":[{"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","user":"anna",)"
              R"("scopes":["telemetry:read","commands:send"],"devices":["lamp-1"],)"
              R"("labels":{"site":"hall-3"},"series":["power","temp*"],)"
              R"("created":1732386600000,"version":1}]})",
});

inline const auto kGrantsGet = operation<GrantGet, GrantView>({
    .name = "grants.get",
    .path = "/v1/grants/{grant}",
    .scope = Scope::kAccessManage,
    .versioned = true,
    .says = "Gives a grant.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"grant":"$grant"}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","user":"anna","scopes":["telemetry:read",)"
              R"("commands:send"],"devices":["lamp-1"],"labels":{"site":"hall-3"},)"
              R"("series":["power","temp*"],"created":1732386600000,"version":1})",
});

inline const auto kGrantsPatch = operation<GrantPatch, GrantView>({
    .name = "grants.patch",
    .method = Method::kPatch,
    .path = "/v1/grants/{grant}",
    .scope = Scope::kAccessManage,
    .audited = true,
    .versioned = true,
    .says = "Changes what a grant gives: at once, on open sockets too.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"grant":"$grant"},"body":{"scopes":["telemetry:read"],)"
               R"("labels":null}})",
    .answer = R"({"id":"01JD9N4K2VQ8W3T5X7Z0ABCDEF","user":"anna","scopes":["telemetry:read"],)"
              R"("devices":["lamp-1"],"labels":{},"series":["power","temp*"],)"
              R"("created":1732386600000,"version":2})",
});

inline const auto kGrantsDelete = operation<GrantDelete, Nothing>({
    .name = "grants.delete",
    .method = Method::kDelete,
    .path = "/v1/grants/{grant}",
    .scope = Scope::kAccessManage,
    .urgency = Urgency::kVital,
    .status = 204,
    .audited = true,
    .says = "Takes back what a grant gave: at once, on open sockets too.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed},
    .example = R"({"path":{"grant":"$grant"}})",
});

}  // namespace tandem::contract
