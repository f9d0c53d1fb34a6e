#pragma once

#include "contract/limits.h"
#include "contract/user.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::contract {

// ---------------------------------------------------------------- messages

struct TenantCreate {
    std::string id;
    std::string name;
    std::string user;
    std::string password;
};
inline const Shape& shape_of(const TenantCreate*) {
    static const Shape made{
        .name = "TenantCreate",
        .fields = {field<&TenantCreate::id>({.name = "id", .required = true, .form = Form::kName}),
                   field<&TenantCreate::name>({.name = "name", .max = 128, .says = "For people."}),
                   field<&TenantCreate::user>({.name = "user",
                                               .required = true,
                                               .form = Form::kName,
                                               .says = "The id of its first administrator."}),
                   password_field<&TenantCreate::password>("password", "And the password.")}};
    return made;
}

struct TenantView {
    std::string id;
    std::string name;
    Instant created;
};
inline const Shape& shape_of(const TenantView*) {
    static const Shape made{
        .name = "Tenant",
        .fields = {field<&TenantView::id>({.name = "id", .required = true, .form = Form::kName}),
                   field<&TenantView::name>({.name = "name", .required = true}),
                   field<&TenantView::created>({.name = "created", .required = true})}};
    return made;
}

/// A tenant with what it has of what it may have.
struct TenantDetails {
    std::string id;
    std::string name;
    Instant created;
    std::vector<LimitView> quotas;
};
inline const Shape& shape_of(const TenantDetails*) {
    static const Shape made{
        .name = "TenantDetails",
        .fields = {
            field<&TenantDetails::id>({.name = "id", .required = true, .form = Form::kName}),
            field<&TenantDetails::name>({.name = "name", .required = true}),
            field<&TenantDetails::created>({.name = "created", .required = true}),
            field<&TenantDetails::quotas>(
                {.name = "quotas", .required = true, .says = "How many there are of each."})}};
    return made;
}

struct TenantRef {
    std::string tenant;
};
inline const Shape& shape_of(const TenantRef*) {
    static const Shape made{.name = "TenantRef",
                            .fields = {field<&TenantRef::tenant>({.name = "tenant",
                                                                  .from = From::kPath,
                                                                  .required = true,
                                                                  .form = Form::kName,
                                                                  .says = "The tenant's id."})}};
    return made;
}

// ---------------------------------------------------------------- operations

inline const auto kTenantsCreate = operation<TenantCreate, TenantView>({
    .name = "tenants.create",
    .method = Method::kPost,
    .path = "/v1/tenants",
    .scope = Scope::kTenantsManage,
    .status = 201,
    .audited = true,
    .secret = true,
    .located = true,
    .says = "Makes a tenant with its first administrator. For the hub's operator.",
    .errors = {ErrorCode::kAlreadyExists, ErrorCode::kConflict},
    .example = R"({"body":{"id":"plant","name":"The plant","user":"boss",)"
               R"("password":"first day of the plant"}})",
    .answer = R"({"id":"plant","name":"The plant","created":1732386600000})",
});

inline const auto kTenantsList = operation<PageQuery, Page<TenantView>>({
    .name = "tenants.list",
    .path = "/v1/tenants",
    .scope = Scope::kTenantsManage,
    .says = "Lists the tenants of the hub in order of id. For its operator.",
    .example = R"({"query":{"limit":10}})",
    .answer = R"({"items":[{"id":"main","name":"","created":1732386600000},{"id":"plant",)"
              R"("name":"The plant","created":1732386600000}]})",
});

inline const auto kTenantsGet = operation<TenantRef, TenantDetails>({
    .name = "tenants.get",
    .path = "/v1/tenants/{tenant}",
    .scope = Scope::kTenantsManage,
    .says = "Tells of a tenant, and how much of its quotas it has used. For the hub's operator.",
    .errors = {ErrorCode::kNotFound},
    .example = R"({"path":{"tenant":"plant"}})",
    .answer = R"({"id":"plant","name":"The plant","created":1732386600000,"quotas":[)"
              R"({"name":"tenant.devices","max":100000,"used":0,"says":"devices"},)"
              R"({"name":"tenant.sockets","max":50000,"used":0,"says":"sockets"},)"
              R"({"name":"tenant.users","max":1000,"used":1,"says":"users"},)"
              R"({"name":"tenant.apps","max":1000,"used":0,"says":"apps"},)"
              R"({"name":"tenant.grants","max":10000,"used":0,"says":"grants"},)"
              R"({"name":"tenant.dashboards","max":1000,"used":0,"says":"dashboards"}]})",
});

inline const auto kTenantsDelete = operation<TenantRef, Nothing>({
    .name = "tenants.delete",
    .method = Method::kDelete,
    .path = "/v1/tenants/{tenant}",
    .scope = Scope::kTenantsManage,
    .urgency = Urgency::kVital,
    .status = 204,
    .audited = true,
    .says = "Deletes a tenant that has no devices, with its users, apps, grants and dashboards. "
            "Its id stays taken. For the hub's operator.",
    .errors = {ErrorCode::kNotFound, ErrorCode::kConflict},
    .example = R"({"path":{"tenant":"plant"}})",
});

}  // namespace tandem::contract
