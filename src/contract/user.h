#pragma once

#include "contract/device.h"
#include "domain/principal.h"

#include <optional>
#include <string>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

/// What a user is called and may do without grants: what a patch applies to.
struct UserFields {
    std::string name;
    std::string role = "member";
};
template <typename T>
std::vector<Field> user_fields() {
    return {field<&T::name>({.name = "name", .max = 128, .says = "For people."}),
            field<&T::role>({.name = "role",
                             .choices = {"member", "viewer", "operator", "admin"},
                             .says = "What the user may do without any grant, with every device: "
                                     "nothing; read; also send commands and write config; "
                                     "everything in the tenant."})};
}
inline const Shape& shape_of(const UserFields*) {
    static const Shape made{.name = "UserFields", .fields = user_fields<UserFields>()};
    return made;
}

struct UserCreate : UserFields {
    std::string id;
    std::string password;
};
template <auto kMember>
Field password_field(std::string_view name, std::string_view says) {
    return field<kMember>({.name = name, .required = true, .min = 8, .max = 128, .says = says});
}
inline const Shape& shape_of(const UserCreate*) {
    static const Shape made = [] {
        Shape shape{.name = "UserCreate", .fields = user_fields<UserCreate>()};
        shape.fields.push_back(field<&UserCreate::id>(
            {.name = "id", .required = true, .form = Form::kName, .says = "To log in with."}));
        shape.fields.push_back(
            password_field<&UserCreate::password>("password", "The user may set another."));
        return shape;
    }();
    return made;
}

struct UserView {
    std::string id;
    std::string name;
    std::string role;
    Instant created;
    std::int64_t version = 0;
};
inline const Shape& shape_of(const UserView*) {
    static const Shape made{
        .name = "User",
        .fields = {field<&UserView::id>({.name = "id", .required = true, .form = Form::kName}),
                   field<&UserView::name>({.name = "name", .required = true}),
                   field<&UserView::role>({.name = "role", .required = true}),
                   field<&UserView::created>({.name = "created", .required = true}),
                   field<&UserView::version>({.name = "version", .required = true})}};
    return made;
}

template <auto kMember>
Field user_in_path() {
    return field<kMember>({.name = "user",
                           .from = From::kPath,
                           .required = true,
                           .form = Form::kName,
                           .says = "The user's id."});
}

struct UserGet {
    std::string user;
};
inline const Shape& shape_of(const UserGet*) {
    static const Shape made{.name = "UserGet", .fields = {user_in_path<&UserGet::user>()}};
    return made;
}

struct UserPatch {
    std::string user;
    Value change;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const UserPatch*) {
    static const Shape made = with_preconditions<UserPatch>(
        {.name = "UserPatch",
         .fields = {
             user_in_path<&UserPatch::user>(),
             field<&UserPatch::change>({.name = "change",
                                        .from = From::kBody,
                                        .required = true,
                                        .says = "A JSON Merge Patch, RFC 7396, of name and role.",
                                        .described = any_object})}});
    return made;
}

struct UserDelete {
    std::string user;
    std::optional<EntityTags> if_match;
    std::optional<EntityTags> if_none_match;
};
inline const Shape& shape_of(const UserDelete*) {
    static const Shape made = with_preconditions<UserDelete>(
        {.name = "UserDelete", .fields = {user_in_path<&UserDelete::user>()}});
    return made;
}

struct UserPassword {
    std::string user;
    std::string password;
    std::optional<std::string> current;
};
inline const Shape& shape_of(const UserPassword*) {
    static const Shape made{
        .name = "UserPassword",
        .fields = {user_in_path<&UserPassword::user>(),
                   password_field<&UserPassword::password>("password", "The new one."),
                   field<&UserPassword::current>(
                       {.name = "current",
                        .max = 1'024,
                        .says = "The present one: needed to change one's own."})}};
    return made;
}

/// A list of what is administered: one page of it.
struct PageQuery {
    std::int64_t limit = 100;
    std::optional<std::string> cursor;
};
template <typename T>
std::vector<Field> page_fields() {
    return {field<&T::limit>({.name = "limit",
                              .from = From::kQuery,
                              .min = 1,
                              .max = 1'000,
                              .says = "How many at most."}),
            field<&T::cursor>(
                {.name = "cursor", .from = From::kQuery, .says = "`next` of the page before."})};
}
inline const Shape& shape_of(const PageQuery*) {
    static const Shape made{.name = "PageQuery", .fields = page_fields<PageQuery>()};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kUsersCreate = operation<UserCreate, UserView>({
    .name = "users.create",
    .method = Method::kPost,
    .path = "/v1/users",
    .scope = Scope::kUsersManage,
    .status = 201,
    .audited = true,
    .secret = true,
    .versioned = true,
    .located = true,
    .says = "Makes a user.",
    .errors = {ErrorCode::kAlreadyExists, ErrorCode::kConflict},
    .example = R"({"body":{"id":"anna","name":"Anna Berg","role":"viewer",)"
               R"("password":"correct horse battery"}})",
    .answer = R"({"id":"anna","name":"Anna Berg","role":"viewer","created":1732386600000,)"
              R"("version":1})",
});

inline const auto kUsersList = operation<PageQuery, Page<UserView>>({
    .name = "users.list",
    .path = "/v1/users",
    .scope = Scope::kUsersManage,
    .says = "Lists the users of the tenant in order of id.",
    .example = R"({"query":{"limit":10}})",
    .answer = R"({"items":[{"id":"admin","name":"","role":"admin","created":1732386600000,)"
              R"("version":1},{"id":"anna","name":"Anna Berg","role":"viewer",)"
              R"("created":1732386600000,"version":1}]})",
});

inline const auto kUsersGet = operation<UserGet, UserView>({
    .name = "users.get",
    .path = "/v1/users/{user}",
    .scope = Scope::kUsersManage,
    .versioned = true,
    .says = "Gives a user.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"user":"anna"}})",
    .answer = R"({"id":"anna","name":"Anna Berg","role":"viewer","created":1732386600000,)"
              R"("version":1})",
});

inline const auto kUsersPatch = operation<UserPatch, UserView>({
    .name = "users.patch",
    .method = Method::kPatch,
    .path = "/v1/users/{user}",
    .scope = Scope::kUsersManage,
    .audited = true,
    .versioned = true,
    .says = "Changes a user's name or role. A role counts at once, on open sockets too.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed, ErrorCode::kConflict},
    .example = R"({"path":{"user":"anna"},"body":{"role":"operator"}})",
    .answer = R"({"id":"anna","name":"Anna Berg","role":"operator","created":1732386600000,)"
              R"("version":2})",
});

inline const auto kUsersPassword = operation<UserPassword, Nothing>({
    .name = "users.password",
    .method = Method::kPost,
    .path = "/v1/users/{user}/password",
    .status = 204,
    .audited = true,
    .secret = true,
    .says = "Sets a password and ends all sessions of the user, and what apps may do in the user's "
            "name: anybody's with users:manage, one's own with the present one.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"user":"anna"},"body":{"password":"staple of the battery"}})",
});

inline const auto kUsersDelete = operation<UserDelete, Nothing>({
    .name = "users.delete",
    .method = Method::kDelete,
    .path = "/v1/users/{user}",
    .scope = Scope::kUsersManage,
    .urgency = Urgency::kVital,
    .status = 204,
    .audited = true,
    .says = "Deletes a user with its grants and its private dashboards; those that it shares stay "
            "without an owner. Refused at once, its sessions and sockets end.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kPreconditionFailed, ErrorCode::kConflict},
    .example = R"({"path":{"user":"anna"}})",
});

}  // namespace tandem::contract
