#include "store/embedded/oauth_rows.h"

#include "base/checked.h"
#include "store/embedded/rows.h"
#include "store/value_bytes.h"

namespace tandem::store {
namespace {

// What is past its time leaves a few at a time, with each that comes.
constexpr std::int64_t kForgottenAtOnce = 10;

// Columns `at` to `at` + 5: kind, tenant, principal, device, client, scopes.
Result<Delegation> read_delegation(const Statement& row, int at) {
    const auto kind = kind_named(row.text(at));
    if (!kind) return std::unexpected(kind.error());
    const auto scopes = Scopes::parse(row.text(at + 5));
    if (!scopes) return damaged("scope");
    return Delegation{.kind = *kind,
                      .tenant = TenantId{row.text(at + 1)},
                      .principal = row.text(at + 2),
                      .client = row.text(at + 4),
                      .scopes = *scopes};
}

// The same columns bound; `scopes` is the text of the delegation's and outlives the statement.
void bind_delegation(Statement& write, const Delegation& of, const std::string& scopes) {
    write.bind(name_of(of.kind)).bind(of.tenant.text()).bind(of.principal);
    if (of.kind == PrincipalKind::kDevice) {
        write.bind(of.principal);
    } else {
        write.bind(nullptr);
    }
    write.bind(of.client).bind(scopes);
}

Result<AccessToken> read_token(const Statement& row) {
    auto delegation = read_delegation(row, 2);
    if (!delegation) return pass(delegation);
    return AccessToken{.id = KeyId{row.text(0)},
                       .digest = row.blob(1),
                       .delegation = std::move(*delegation),
                       .family = KeyId{row.text(8)},
                       .certificate = row.blob(9),
                       .created = row.time(10),
                       .expires = row.time(11)};
}

Result<AuthorizationCode> read_code(const Statement& row) {
    auto delegation = read_delegation(row, 2);
    if (!delegation) return pass(delegation);
    return AuthorizationCode{.id = KeyId{row.text(0)},
                             .digest = row.blob(1),
                             .delegation = std::move(*delegation),
                             .redirect_uri = row.text(8),
                             .challenge = row.text(9),
                             .nonce = row.text(10),
                             .family = KeyId{row.text(11)},
                             .created = row.time(12),
                             .used = row.integer(13) != 0};
}

Result<RefreshFamily> read_family(const Statement& row) {
    auto delegation = read_delegation(row, 2);
    if (!delegation) return pass(delegation);
    return RefreshFamily{.id = KeyId{row.text(0)},
                         .digest = row.blob(1),
                         .delegation = std::move(*delegation),
                         .created = row.time(8),
                         .rotated = row.time(9),
                         .revoked = row.time_if_any(10)};
}

Result<DeviceGrant> read_device_grant(const Statement& row) {
    std::optional<Delegation> approved;
    if (!row.is_null(2)) {
        auto delegation = read_delegation(row, 2);
        if (!delegation) return pass(delegation);
        approved = std::move(*delegation);
    }
    const auto asked = Scopes::parse(row.text(9));
    if (!asked) return damaged("scope");
    const std::int64_t state = row.integer(15);
    if (state < 0 || state > 3) return damaged("state of a device grant");
    return DeviceGrant{.id = KeyId{row.text(0)},
                       .digest = row.blob(1),
                       .user_code = row.blob(8),
                       .client = row.text(6),
                       .scopes = *asked,
                       .name = row.text(10),
                       .address = row.text(11),
                       .created = row.time(12),
                       .interval = Duration{row.integer(13)},
                       .asked = row.time_if_any(14),
                       .state = static_cast<DeviceGrant::State>(state),
                       .delegation = std::move(approved),
                       .family = KeyId{row.text(16)}};
}

Result<UsedAssertion> read_assertion(const Statement& row) {
    return UsedAssertion{.client = row.text(0), .digest = row.blob(1), .until = row.time(2)};
}

Result<DeniedToken> read_denied(const Statement& row) {
    return DeniedToken{.tenant = TenantId{row.text(0)},
                       .issuer = row.text(1),
                       .digest = row.blob(2),
                       .until = row.time(3)};
}

Result<ClaimCode> read_claim_code(const Statement& row) {
    auto labels = labels_from_bytes(row.blob(6));
    if (!labels) return pass(labels);
    return ClaimCode{.id = KeyId{row.text(0)},
                     .digest = row.blob(1),
                     .tenant = TenantId{row.text(2)},
                     .device = row.text(3),
                     .prefix = row.text(4),
                     .type = row.text(5),
                     .labels = std::move(*labels),
                     .uses = row.integer(7),
                     .made_by = row.text(8),
                     .created = row.time(9),
                     .expires = row.time(10)};
}

Result<std::optional<AccessToken>> find_token(Connection& registry, const KeyId& id) {
    Statement query = registry.prepare(
        "SELECT id, digest, kind, tenant, principal, device, client, scopes, family, certificate, "
        "created, expires FROM access_token WHERE id = ?");
    return one_row(query.bind(id.text()), read_token);
}

Result<std::optional<ClaimCode>> claim_code_by_id(Connection& registry, const KeyId& id) {
    Statement query = registry.prepare(
        "SELECT id, digest, tenant, only_device, prefix, type, labels, uses, made_by, created, "
        "expires FROM claim_code WHERE id = ?");
    return one_row(query.bind(id.text()), read_claim_code);
}

Result<std::optional<UsedAssertion>> find_assertion(Connection& registry,
                                                    const UsedAssertion& like) {
    Statement query = registry.prepare(
        "SELECT client, digest, until FROM used_assertion WHERE client = ? AND digest = ?");
    return one_row(query.bind(like.client).bind(Blob{like.digest}), read_assertion);
}

// What is stored under the id of `record`.
auto stored_as(Connection& registry, const AccessToken& record) {
    return find_token(registry, record.id);
}
auto stored_as(Connection& registry, const AuthorizationCode& record) {
    return find_code(registry, record.id);
}
auto stored_as(Connection& registry, const RefreshFamily& record) {
    return find_family(registry, record.id);
}
auto stored_as(Connection& registry, const DeviceGrant& record) {
    return find_device_grant(registry, record.id);
}
auto stored_as(Connection& registry, const UsedAssertion& record) {
    return find_assertion(registry, record);
}
auto stored_as(Connection& registry, const ClaimCode& record) {
    return claim_code_by_id(registry, record.id);
}

Result<void> write(Connection& registry, const AccessToken& token, Instant until) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO access_token(id, digest, kind, tenant, principal, device, client, "
        "scopes, family, certificate, created, expires, until) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string scopes = token.delegation.scopes.text();
    write.bind(token.id.text()).bind(Blob{token.digest});
    bind_delegation(write, token.delegation, scopes);
    write.bind(token.family.text()).bind(Blob{token.certificate}).bind(token.created);
    return write.bind(token.expires).bind(until).run();
}

Result<void> write(Connection& registry, const AuthorizationCode& code, Instant until) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO authorization_code(id, digest, kind, tenant, principal, device, "
        "client, scopes, redirect_uri, challenge, nonce, family, created, used, until) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string scopes = code.delegation.scopes.text();
    write.bind(code.id.text()).bind(Blob{code.digest});
    bind_delegation(write, code.delegation, scopes);
    write.bind(code.redirect_uri).bind(code.challenge).bind(code.nonce).bind(code.family.text());
    return write.bind(code.created).bind(std::int64_t{code.used ? 1 : 0}).bind(until).run();
}

Result<void> write(Connection& registry, const RefreshFamily& family, Instant until) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO refresh_family(id, digest, kind, tenant, principal, device, "
        "client, scopes, created, rotated, revoked, until) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string scopes = family.delegation.scopes.text();
    write.bind(family.id.text()).bind(Blob{family.digest});
    bind_delegation(write, family.delegation, scopes);
    return write.bind(family.created).bind(family.rotated).bind(family.revoked).bind(until).run();
}

Result<void> write(Connection& registry, const DeviceGrant& grant, Instant until) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO device_grant(id, digest, kind, tenant, principal, device, client, "
        "scopes, user_code, asked_scopes, name, address, created, interval, asked, state, family, "
        "until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string asked = grant.scopes.text();
    const std::string scopes = grant.delegation ? grant.delegation->scopes.text() : std::string{};
    write.bind(grant.id.text()).bind(Blob{grant.digest});
    if (grant.delegation) {
        bind_delegation(write, checked(grant.delegation), scopes);
    } else {
        write.bind(nullptr).bind(nullptr).bind(nullptr).bind(nullptr);
        write.bind(grant.client).bind(nullptr);
    }
    write.bind(Blob{grant.user_code}).bind(asked).bind(grant.name).bind(grant.address);
    write.bind(grant.created).bind(grant.interval).bind(grant.asked);
    return write.bind(static_cast<std::int64_t>(grant.state))
        .bind(grant.family.text())
        .bind(until)
        .run();
}

Result<void> write(Connection& registry, const UsedAssertion& assertion, Instant until) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO used_assertion(client, digest, until) VALUES (?, ?, ?)");
    return write.bind(assertion.client).bind(Blob{assertion.digest}).bind(until).run();
}

Result<void> write(Connection& registry, const ClaimCode& code, Instant until) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO claim_code(id, digest, tenant, only_device, prefix, type, labels, "
        "uses, made_by, created, expires, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string labels = to_bytes(code.labels);
    write.bind(code.id.text()).bind(Blob{code.digest}).bind(code.tenant.text()).bind(code.device);
    write.bind(code.prefix).bind(code.type).bind(Blob{labels}).bind(code.uses);
    return write.bind(code.made_by).bind(code.created).bind(code.expires).bind(until).run();
}

Result<void> write(Connection& registry, const DeniedToken& denied, Instant until) {
    Statement write = registry.prepare(
        "INSERT OR REPLACE INTO denied_token(tenant, issuer, digest, until) VALUES (?, ?, ?, ?)");
    write.bind(denied.tenant.text()).bind(denied.issuer).bind(Blob{denied.digest});
    return write.bind(until).run();
}

/// How the records of a kind that are past their time leave, and how many there are.
struct Keeping {
    std::string_view forget;
    std::string_view count;
};
constexpr Keeping keeping_of(const AccessToken*) {
    return {.forget =
                "DELETE FROM access_token WHERE id IN (SELECT id FROM access_token "
                "WHERE until <= ? ORDER BY until LIMIT ?)",
            .count = "SELECT count(*) FROM access_token"};
}
constexpr Keeping keeping_of(const AuthorizationCode*) {
    return {.forget =
                "DELETE FROM authorization_code WHERE id IN (SELECT id FROM "
                "authorization_code WHERE until <= ? ORDER BY until LIMIT ?)",
            .count = "SELECT count(*) FROM authorization_code"};
}
constexpr Keeping keeping_of(const RefreshFamily*) {
    return {.forget =
                "DELETE FROM refresh_family WHERE id IN (SELECT id FROM refresh_family "
                "WHERE until <= ? ORDER BY until LIMIT ?)",
            .count = "SELECT count(*) FROM refresh_family"};
}
constexpr Keeping keeping_of(const DeviceGrant*) {
    return {.forget =
                "DELETE FROM device_grant WHERE id IN (SELECT id FROM device_grant "
                "WHERE until <= ? ORDER BY until LIMIT ?)",
            .count = "SELECT count(*) FROM device_grant"};
}
constexpr Keeping keeping_of(const UsedAssertion*) {
    return {.forget =
                "DELETE FROM used_assertion WHERE (client, digest) IN (SELECT client, "
                "digest FROM used_assertion WHERE until <= ? ORDER BY until LIMIT ?)",
            .count = "SELECT count(*) FROM used_assertion"};
}
constexpr Keeping keeping_of(const ClaimCode*) {
    return {.forget =
                "DELETE FROM claim_code WHERE id IN (SELECT id FROM claim_code "
                "WHERE until <= ? ORDER BY until LIMIT ?)",
            .count = "SELECT count(*) FROM claim_code"};
}
constexpr Keeping keeping_of(const DeniedToken*) {
    return {
        .forget =
            "DELETE FROM denied_token WHERE (tenant, issuer, digest) IN (SELECT tenant, issuer, "
            "digest FROM denied_token WHERE until <= ? ORDER BY until LIMIT ?)",
        .count = "SELECT count(*) FROM denied_token"};
}

}  // namespace

template <typename Record>
Result<void> put_record(Connection& registry, const PutRecord<Record>& put) {
    // What is denied twice is denied.
    if constexpr (!std::is_same_v<Record, DeniedToken>) {
        const auto stored = stored_as(registry, put.record);
        if (!stored) return std::unexpected(stored.error());
        if (*stored != put.before) {
            return fail(ErrorCode::kPreconditionFailed, "the record is another by now");
        }
    }
    constexpr Keeping keeping = keeping_of(static_cast<const Record*>(nullptr));
    Statement forget = registry.prepare(keeping.forget);
    if (auto done = forget.bind(put.now).bind(kForgottenAtOnce).run(); !done) return done;
    if (!put.before && put.most > 0) {
        const auto count = registry.number(keeping.count);
        if (!count) return std::unexpected(count.error());
        if (static_cast<std::size_t>(*count) >= put.most) {
            return fail(ErrorCode::kUnavailable, "as many are under way as there may be");
        }
    }
    return write(registry, put.record, put.until);
}

template Result<void> put_record(Connection& registry, const PutRecord<AccessToken>& put);
template Result<void> put_record(Connection& registry, const PutRecord<AuthorizationCode>& put);
template Result<void> put_record(Connection& registry, const PutRecord<RefreshFamily>& put);
template Result<void> put_record(Connection& registry, const PutRecord<DeviceGrant>& put);
template Result<void> put_record(Connection& registry, const PutRecord<UsedAssertion>& put);
template Result<void> put_record(Connection& registry, const PutRecord<ClaimCode>& put);
template Result<void> put_record(Connection& registry, const PutRecord<DeniedToken>& put);

Result<void> delete_token(Connection& registry, const KeyId& id) {
    return registry.prepare("DELETE FROM access_token WHERE id = ?").bind(id.text()).run();
}

Result<void> end_family(Connection& registry, const KeyId& family) {
    return registry.prepare("DELETE FROM access_token WHERE family = ?").bind(family.text()).run();
}

Result<void> delete_claim_code(Connection& registry, const DeleteClaimCode& gone) {
    Statement erase = registry.prepare("DELETE FROM claim_code WHERE tenant = ? AND id = ?");
    auto done = erase.bind(gone.tenant.text()).bind(gone.id.text()).run();
    if (!done) return done;
    if (registry.changes() > 0) return {};
    return fail(ErrorCode::kNotFound, "there is no such claim code");
}

Result<void> drop_delegated_to(Connection& registry, const Principal& principal) {
    for (const char* sql :
         {"DELETE FROM access_token WHERE tenant = ? AND kind = ? AND principal = ?",
          "DELETE FROM authorization_code WHERE tenant = ? AND kind = ? AND principal = ?",
          "DELETE FROM refresh_family WHERE tenant = ? AND kind = ? AND principal = ?",
          "DELETE FROM device_grant WHERE tenant = ? AND kind = ? AND principal = ?"}) {
        Statement erase = registry.prepare(sql);
        erase.bind(principal.tenant.text()).bind(name_of(principal.kind)).bind(principal.id);
        if (auto done = erase.run(); !done) return done;
    }
    if (principal.kind != PrincipalKind::kApp) return {};
    const std::string client = principal.tenant.text() + "/" + principal.id;
    for (const char* sql : {"DELETE FROM access_token WHERE client = ?",
                            "DELETE FROM authorization_code WHERE client = ?",
                            "DELETE FROM refresh_family WHERE client = ?",
                            "DELETE FROM device_grant WHERE client = ? AND kind IS NOT NULL"}) {
        Statement erase = registry.prepare(sql);
        if (auto done = erase.bind(client).run(); !done) return done;
    }
    return {};
}

Result<void> drop_oauth_of(Connection& registry, const TenantId& tenant) {
    for (const char* sql :
         {"DELETE FROM access_token WHERE tenant = ?",
          "DELETE FROM authorization_code WHERE tenant = ?",
          "DELETE FROM refresh_family WHERE tenant = ?",
          "DELETE FROM device_grant WHERE tenant = ?", "DELETE FROM claim_code WHERE tenant = ?",
          "DELETE FROM denied_token WHERE tenant = ?"}) {
        Statement erase = registry.prepare(sql);
        if (auto done = erase.bind(tenant.text()).run(); !done) return done;
    }
    return {};
}

Result<LiveRecords> list_live_records(Connection& registry) {
    Statement tokens = registry.prepare(
        "SELECT id, digest, kind, tenant, principal, device, client, scopes, family, certificate, "
        "created, expires FROM access_token ORDER BY id");
    auto all = all_rows(tokens, read_token);
    if (!all) return pass(all);
    Statement assertions = registry.prepare(
        "SELECT client, digest, until FROM used_assertion ORDER BY client, digest");
    auto used = all_rows(assertions, read_assertion);
    if (!used) return pass(used);
    Statement denied = registry.prepare(
        "SELECT tenant, issuer, digest, until FROM denied_token ORDER BY tenant, issuer, digest");
    auto refused = all_rows(denied, read_denied);
    if (!refused) return pass(refused);
    return LiveRecords{
        .tokens = std::move(*all), .assertions = std::move(*used), .denied = std::move(*refused)};
}

Result<std::optional<AuthorizationCode>> find_code(Connection& registry, const KeyId& id) {
    Statement query = registry.prepare(
        "SELECT id, digest, kind, tenant, principal, device, client, scopes, redirect_uri, "
        "challenge, nonce, family, created, used FROM authorization_code WHERE id = ?");
    return one_row(query.bind(id.text()), read_code);
}

Result<std::optional<RefreshFamily>> find_family(Connection& registry, const KeyId& id) {
    Statement query = registry.prepare(
        "SELECT id, digest, kind, tenant, principal, device, client, scopes, created, rotated, "
        "revoked FROM refresh_family WHERE id = ?");
    return one_row(query.bind(id.text()), read_family);
}

Result<std::vector<RefreshFamily>> list_families(Connection& registry, const Principal& of) {
    Statement query = registry.prepare(
        "SELECT id, digest, kind, tenant, principal, device, client, scopes, created, rotated, "
        "revoked FROM refresh_family WHERE tenant = ? AND kind = ? AND principal = ? "
        "AND revoked IS NULL "
        "ORDER BY created, id");
    query.bind(of.tenant.text()).bind(name_of(of.kind)).bind(of.id);
    return all_rows(query, read_family);
}

Result<std::optional<DeviceGrant>> find_device_grant(Connection& registry, const KeyId& id) {
    Statement query = registry.prepare(
        "SELECT id, digest, kind, tenant, principal, device, client, scopes, user_code, "
        "asked_scopes, name, address, created, interval, asked, state, family FROM device_grant "
        "WHERE id = ?");
    return one_row(query.bind(id.text()), read_device_grant);
}

Result<std::optional<DeviceGrant>> find_pending_grant(Connection& registry,
                                                      const std::string& user_code) {
    Statement query = registry.prepare(
        "SELECT id, digest, kind, tenant, principal, device, client, scopes, user_code, "
        "asked_scopes, name, address, created, interval, asked, state, family FROM device_grant "
        "WHERE user_code = ? AND state = 0 ORDER BY created DESC LIMIT 1");
    return one_row(query.bind(Blob{user_code}), read_device_grant);
}

Result<std::vector<ClaimCode>> list_claim_codes(Connection& registry, const TenantId& tenant) {
    Statement query = registry.prepare(
        "SELECT id, digest, tenant, only_device, prefix, type, labels, uses, made_by, created, "
        "expires FROM claim_code WHERE tenant = ? ORDER BY id");
    return all_rows(query.bind(tenant.text()), read_claim_code);
}

Result<std::optional<ClaimCode>> find_claim_code(Connection& registry, const std::string& digest) {
    Statement query = registry.prepare(
        "SELECT id, digest, tenant, only_device, prefix, type, labels, uses, made_by, created, "
        "expires FROM claim_code WHERE digest = ?");
    return one_row(query.bind(Blob{digest}), read_claim_code);
}

}  // namespace tandem::store
