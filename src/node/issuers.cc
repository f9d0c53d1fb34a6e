#include "node/issuers.h"

#include "node/administrator.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace tandem::node {
namespace {

constexpr std::size_t kIssuersMax = 16;
// Of their tokens, since the hub remembers each until it has run out.
constexpr Duration kLifeMax = 24h;

std::unexpected<Error> wrong(std::string_view key, std::string_view accepted) {
    return fail_field("issuers", "issuers: " + std::string{key} + ": " + std::string{accepted});
}

Result<void> only(const toml::table& table, std::initializer_list<std::string_view> keys) {
    for (const auto& [key, node] : table) {
        if (std::ranges::find(keys, key.str()) == keys.end()) {
            return wrong(key.str(), "there is no such key");
        }
    }
    return {};
}

// "" without it.
Result<std::string> text_at(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::string{};
    const auto* text = node->as_string();
    if (text == nullptr || text->get().empty()) return wrong(key, "a text is accepted");
    return text->get();
}

// A text is a list of one.
Result<std::vector<std::string>> texts_at(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::vector<std::string>{};
    if (const auto* text = node->as_string()) return std::vector{text->get()};
    const auto* list = node->as_array();
    if (list == nullptr) return wrong(key, "a list of texts is accepted");
    std::vector<std::string> out;
    for (const toml::node& item : *list) {
        const auto* text = item.as_string();
        if (text == nullptr) return wrong(key, "a list of texts is accepted");
        out.push_back(text->get());
    }
    return out;
}

Result<auth::ScopeRule> read_rule(const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) return wrong("scopes", "tables are accepted");
    if (auto good = only(*table, {"claim", "word", "scopes"}); !good) return pass(good);
    auto claim = texts_at(*table, "claim");
    if (!claim) return pass(claim);
    if (claim->empty()) return wrong("claim", "the name of a claim, or its path, is expected");
    auto word = text_at(*table, "word");
    if (!word) return pass(word);
    auto names = texts_at(*table, "scopes");
    if (!names) return pass(names);
    auth::ScopeRule rule{.claim = std::move(*claim), .word = std::move(*word), .scopes = {}};
    for (const std::string& name : *names) {
        const auto scope = scope_named(name);
        if (!scope || (!grantable_scopes().has(*scope) && *scope != Scope::kSelfRead)) {
            return wrong("scopes", name + " is no scope that a program may have");
        }
        rule.scopes.add(*scope);
    }
    if (names->empty()) return wrong("scopes", "at least one scope is expected");
    return rule;
}

Result<std::vector<auth::ScopeRule>> read_rules(const toml::table& table) {
    std::vector<auth::ScopeRule> out;
    const toml::node* node = table.get("scopes");
    const auto* list = node == nullptr ? nullptr : node->as_array();
    if (list == nullptr || list->empty()) {
        return wrong("scopes", "[[issuers.scopes]] says which claim gives which scopes");
    }
    for (const toml::node& each : *list) {
        auto rule = read_rule(each);
        if (!rule) return pass(rule);
        out.push_back(std::move(*rule));
    }
    return out;
}

Result<std::vector<auth::JwsAlgorithm>> read_algorithms(const toml::table& table) {
    auto names = texts_at(table, "algorithms");
    if (!names) return pass(names);
    std::vector<auth::JwsAlgorithm> out;
    for (const std::string& name : *names) {
        const auto algorithm = auth::jws_algorithm_named(name);
        if (!algorithm) return wrong("algorithms", "RS256, PS256, ES256, EdDSA are accepted");
        out.push_back(*algorithm);
    }
    if (out.empty()) return wrong("algorithms", "at least one of RS256, PS256, ES256, EdDSA");
    return out;
}

Result<auth::JwtPolicy> read_policy(const toml::table& table) {
    auto issuer = text_at(table, "issuer");
    if (!issuer) return pass(issuer);
    if (!auth::may_be_asked(*issuer)) {
        return wrong("issuer", "https://…, or http on this machine, as its tokens have it");
    }
    auto audiences = texts_at(table, "audience");
    if (!audiences) return pass(audiences);
    if (audiences->empty()) return wrong("audience", "what its tokens have in `aud` for this hub");
    auto algorithms = read_algorithms(table);
    if (!algorithms) return pass(algorithms);
    auto rules = read_rules(table);
    if (!rules) return pass(rules);
    auth::JwtPolicy policy{.issuer = std::move(*issuer),
                           .audiences = std::move(*audiences),
                           .algorithms = std::move(*algorithms),
                           .scopes = std::move(*rules),
                           .life_max = kLifeMax};
    if (table.contains("types")) {
        auto types = texts_at(table, "types");
        if (!types) return pass(types);
        policy.types = std::move(*types);
    }
    return policy;
}

Result<auth::OutsideIssuer> read_issuer(const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) return wrong("issuers", "[[issuers]] is a table");
    auto good = only(*table, {"issuer", "audience", "algorithms", "types", "tenant", "app",
                              "user_claim", "ca", "scopes"});
    if (!good) return pass(good);
    auto policy = read_policy(*table);
    if (!policy) return pass(policy);
    auth::OutsideIssuer out{.policy = std::move(*policy), .tenant = home_tenant(), .app = {}};
    auto tenant = text_at(*table, "tenant");
    auto app = text_at(*table, "app");
    auto claim = text_at(*table, "user_claim");
    auto ca = text_at(*table, "ca");
    for (auto* each : {&tenant, &app, &claim, &ca}) {
        if (!*each) return pass(*each);
    }
    if (app->empty() == claim->empty()) {
        return wrong("app", "either `app` or `user_claim` says for whom its tokens speak");
    }
    if ((!app->empty() && !is_name(*app)) || (!tenant->empty() && !is_name(*tenant))) {
        return wrong("app", "1 to 64 of A-Z a-z 0-9 . _ : - are accepted");
    }
    if (!tenant->empty()) out.tenant = TenantId{*tenant};
    out.app = AppId{*app};
    out.user_claim = *claim;
    out.ca_file = *ca;
    return out;
}

}  // namespace

Result<std::vector<auth::OutsideIssuer>> read_issuers(const toml::array& tables) {
    std::vector<auth::OutsideIssuer> out;
    for (const toml::node& node : tables) {
        auto issuer = read_issuer(node);
        if (!issuer) return pass(issuer);
        const bool again = std::ranges::any_of(out, [&](const auth::OutsideIssuer& each) {
            return each.policy.issuer == issuer->policy.issuer;
        });
        if (again) return wrong("issuer", "each is named once");
        if (out.size() == kIssuersMax) return wrong("issuers", "at most 16 are accepted");
        out.push_back(std::move(*issuer));
    }
    return out;
}

}  // namespace tandem::node
