// What of OAuth is kept in memory.
#include "memory/registry_state.h"

#include <algorithm>
#include <concepts>
#include <ranges>

namespace tandem::memory {
namespace {

// What a record is found by.
template <typename Record>
std::string id_of(const Record& record) {
    return record.id.text();
}
std::string id_of(const UsedAssertion& record) {
    return record.client + '\n' + record.digest;
}
std::string id_of(const DeniedToken& record) {
    return record.tenant.text() + '\n' + record.issuer + '\n' + record.digest;
}

// Whom a record speaks for, or nullptr.
const Delegation* delegation_of(const AccessToken& token) {
    return &token.delegation;
}
const Delegation* delegation_of(const AuthorizationCode& code) {
    return &code.delegation;
}
const Delegation* delegation_of(const RefreshFamily& family) {
    return &family.delegation;
}
const Delegation* delegation_of(const DeviceGrant& grant) {
    return grant.delegation ? &*grant.delegation : nullptr;
}

}  // namespace

template <typename Goes>
void RegistryState::drop_delegated(Goes goes) {
    const auto drop = [&](auto& table) {
        drop_those(table, [&](const std::string&, const auto& row) {
            const Delegation* of = delegation_of(row.record);
            return of != nullptr && goes(*of);
        });
    };
    drop(tokens_);
    drop(codes_);
    drop(families_);
    drop(device_grants_);
}

// An app has what speaks for it, and what it was given to speak for others.
void RegistryState::drop_delegated_to(const Principal& principal) {
    const bool app = principal.kind == PrincipalKind::kApp;
    const std::string client = principal.tenant.text() + "/" + principal.id;
    drop_delegated([&](const Delegation& of) {
        return Principal{of.kind, of.tenant, of.principal} == principal ||
               (app && of.client == client);
    });
}

// Who is made again under the name has not made them.
void RegistryState::drop_claim_codes_of(const Principal& principal) {
    const std::string maker = text_of(principal.kind, principal.id);
    drop_those(claim_codes_, [&](const std::string&, const Kept<ClaimCode>& kept) {
        return kept.record.tenant == principal.tenant && kept.record.made_by == maker;
    });
}

void RegistryState::drop_oauth_of(const TenantId& tenant) {
    drop_delegated([&](const Delegation& of) { return of.tenant == tenant; });
    drop_those(claim_codes_, [&](const std::string&, const Kept<ClaimCode>& kept) {
        return kept.record.tenant == tenant;
    });
    drop_those(denied_, [&](const std::string&, const Kept<DeniedToken>& kept) {
        return kept.record.tenant == tenant;
    });
}

template <typename Record>
RegistryState::Records<Record>& RegistryState::records() {
    if constexpr (std::same_as<Record, AccessToken>) {
        return tokens_;
    } else if constexpr (std::same_as<Record, AuthorizationCode>) {
        return codes_;
    } else if constexpr (std::same_as<Record, RefreshFamily>) {
        return families_;
    } else if constexpr (std::same_as<Record, DeviceGrant>) {
        return device_grants_;
    } else if constexpr (std::same_as<Record, UsedAssertion>) {
        return assertions_;
    } else if constexpr (std::same_as<Record, DeniedToken>) {
        return denied_;
    } else {
        return claim_codes_;
    }
}

template <typename Record>
Result<void> RegistryState::change(const PutRecord<Record>& put) {
    Records<Record>& table = records<Record>();
    const std::string id = id_of(put.record);
    const auto stored = table.find(id);
    const std::optional<Record> before =
        stored == table.end() ? std::nullopt : std::optional{stored->second.record};
    // What is denied twice is denied.
    if (before != put.before && !std::same_as<Record, DeniedToken>) {
        return fail(ErrorCode::kPreconditionFailed, "the record is another by now");
    }
    if constexpr (requires { put.record.delegation; }) {
        const Delegation* of = delegation_of(put.record);
        if (of != nullptr && of->kind == PrincipalKind::kDevice) {
            auto known = exists({.tenant = of->tenant, .id = DeviceId{of->principal}});
            if (!known) return known;
        }
    }
    drop_those(table, [&](const std::string& each, const Kept<Record>& kept) {
        return each != id && kept.until <= put.now;
    });
    if (!before && put.most > 0 && table.size() >= put.most) {
        return fail(ErrorCode::kUnavailable, "as many are under way as there may be");
    }
    set(table, id, Kept<Record>{.record = put.record, .until = put.until});
    return {};
}

Result<void> RegistryState::change(const DeleteAccessToken& gone) {
    set(tokens_, gone.id.text(), {});
    return {};
}

Result<void> RegistryState::change(const EndFamily& gone) {
    drop_those(tokens_, [&](const std::string&, const Kept<AccessToken>& kept) {
        return kept.record.family == gone.family;
    });
    return {};
}

Result<void> RegistryState::change(const EndDelegated& gone) {
    drop_delegated_to(gone.to);
    return {};
}

Result<void> RegistryState::change(const DeleteClaimCode& gone) {
    const auto found = claim_codes_.find(gone.id.text());
    if (found == claim_codes_.end() || found->second.record.tenant != gone.tenant) {
        return fail(ErrorCode::kNotFound, "there is no such claim code");
    }
    set(claim_codes_, gone.id.text(), {});
    return {};
}

template Result<void> RegistryState::change(const PutRecord<AccessToken>& put);
template Result<void> RegistryState::change(const PutRecord<AuthorizationCode>& put);
template Result<void> RegistryState::change(const PutRecord<RefreshFamily>& put);
template Result<void> RegistryState::change(const PutRecord<DeviceGrant>& put);
template Result<void> RegistryState::change(const PutRecord<UsedAssertion>& put);
template Result<void> RegistryState::change(const PutRecord<ClaimCode>& put);
template Result<void> RegistryState::change(const PutRecord<DeniedToken>& put);

template <typename Record>
std::optional<Record> RegistryState::record_in(const Records<Record>& records, const KeyId& id) {
    const auto found = records.find(id.text());
    if (found == records.end()) return {};
    return found->second.record;
}

LiveRecords RegistryState::live_records() const {
    LiveRecords out;
    for (const auto& [id, kept] : tokens_)
        out.tokens.push_back(kept.record);
    for (const auto& [id, kept] : assertions_)
        out.assertions.push_back(kept.record);
    for (const auto& [id, kept] : denied_)
        out.denied.push_back(kept.record);
    return out;
}

std::optional<AuthorizationCode> RegistryState::code(const KeyId& id) const {
    return record_in(codes_, id);
}

std::optional<RefreshFamily> RegistryState::family(const KeyId& id) const {
    return record_in(families_, id);
}

std::vector<RefreshFamily> RegistryState::families(const Principal& of) const {
    std::vector<RefreshFamily> out;
    for (const auto& [id, kept] : families_) {
        const Delegation& speaks = kept.record.delegation;
        const Principal who{speaks.kind, speaks.tenant, speaks.principal};
        if (who == of && !kept.record.revoked) {
            out.push_back(kept.record);
        }
    }
    std::ranges::sort(
        out, {}, [](const RefreshFamily& family) { return std::pair{family.created, family.id}; });
    return out;
}

std::optional<DeviceGrant> RegistryState::device_grant(const KeyId& id) const {
    return record_in(device_grants_, id);
}

std::optional<DeviceGrant> RegistryState::pending_grant(const std::string& user_code) const {
    std::optional<DeviceGrant> newest;
    for (const auto& [id, kept] : device_grants_) {
        const DeviceGrant& grant = kept.record;
        if (grant.user_code != user_code || grant.state != DeviceGrant::State::kPending) continue;
        if (!newest || newest->created < grant.created) newest = grant;
    }
    return newest;
}

std::vector<ClaimCode> RegistryState::claim_codes(const TenantId& tenant) const {
    std::vector<ClaimCode> out;
    for (const auto& [id, kept] : claim_codes_) {
        if (kept.record.tenant == tenant) out.push_back(kept.record);
    }
    return out;
}

std::optional<ClaimCode> RegistryState::claim_code(const std::string& digest) const {
    for (const auto& [id, kept] : claim_codes_) {
        if (kept.record.digest == digest) return kept.record;
    }
    return {};
}

}  // namespace tandem::memory
