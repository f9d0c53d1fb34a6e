#include "node/issuers.h"

#include "node/administrator.h"
#include "node/private_file.h"

#include <algorithm>
#include <array>
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

Result<auth::LoginRule> read_login_rule(const toml::node& node, const TenantId& tenant) {
    const auto* table = node.as_table();
    if (table == nullptr) return wrong("people", "tables are accepted");
    if (auto good = only(*table, {"claim", "word", "role", "tenant"}); !good) return pass(good);
    auto claim = texts_at(*table, "claim");
    auto word = text_at(*table, "word");
    auto role = text_at(*table, "role");
    auto in = text_at(*table, "tenant");
    if (!claim) return pass(claim);
    for (auto* each : {&word, &role, &in}) {
        if (!*each) return pass(*each);
    }
    if (claim->empty()) return wrong("claim", "the name of a claim, or its path, is expected");
    // Whoever runs the server of an address may have it, and it is given to others later.
    if (claim->back() == "email") return wrong("claim", "an address is no identity: take `sub`");
    if (word->empty()) return wrong("word", "what the claim says of those people is expected");
    const auto named = role_named(*role);
    if (!named) return wrong("role", "member, viewer, operator, admin are accepted");
    if (!in->empty() && !is_name(*in)) return wrong("tenant", "a tenant's id is expected");
    return auth::LoginRule{.claim = std::move(*claim),
                           .word = std::move(*word),
                           .role = *named,
                           .tenant = in->empty() ? tenant : TenantId{*in}};
}

Result<std::vector<auth::LoginRule>> read_login_rules(const toml::table& table,
                                                      const TenantId& tenant) {
    std::vector<auth::LoginRule> out;
    const toml::node* node = table.get("people");
    const auto* list = node == nullptr ? nullptr : node->as_array();
    if (list == nullptr || list->empty()) {
        return wrong("people", "[[issuers.login.people]] says who may log in, and as what");
    }
    for (const toml::node& each : *list) {
        auto rule = read_login_rule(each, tenant);
        if (!rule) return pass(rule);
        out.push_back(std::move(*rule));
    }
    return out;
}

// A secret is in a file of its own, so that the settings may be shown.
Result<std::string> read_secret(const std::string& file) {
    if (file.empty()) return std::string{};
    auto text = read_private(file, Others::kGroupReads, Owner::kThisUserOrRoot);
    if (!text) return text;
    while (text->ends_with('\n') || text->ends_with('\r'))
        text->pop_back();
    if (text->empty()) return wrong("secret_file", file + " is empty");
    return text;
}

Result<std::optional<auth::OutsideLogin>> read_login(const toml::table& of,
                                                     const TenantId& tenant) {
    const toml::node* node = of.get("login");
    if (node == nullptr) return std::optional<auth::OutsideLogin>{};
    const auto* table = node->as_table();
    if (table == nullptr) return wrong("login", "[issuers.login] is a table");
    auto good = only(*table, {"name", "client_id", "secret_file", "scope", "people"});
    if (!good) return pass(good);
    auth::OutsideLogin login;
    auto name = text_at(*table, "name");
    auto client = text_at(*table, "client_id");
    auto file = text_at(*table, "secret_file");
    auto scope = text_at(*table, "scope");
    for (auto* each : {&name, &client, &file, &scope}) {
        if (!*each) return pass(*each);
    }
    if (name->empty() || name->size() > 64) return wrong("name", "1 to 64 bytes for people");
    if (client->empty()) return wrong("client_id", "what the issuer knows this hub by");
    auto secret = read_secret(*file);
    if (!secret) return pass(secret);
    auto rules = read_login_rules(*table, tenant);
    if (!rules) return pass(rules);
    login.name = std::move(*name);
    login.client_id = std::move(*client);
    login.secret = std::move(*secret);
    login.secret_file = std::move(*file);
    if (!scope->empty()) login.scope = std::move(*scope);
    if (!(" " + login.scope + " ").contains(" openid ")) {
        return wrong("scope", "`openid` has to be among them");
    }
    login.rules = std::move(*rules);
    return std::optional{std::move(login)};
}

// Whether tokens of the issuer are bearers here; people may log in with one whose are not.
bool gives_bearers(const toml::table& table) {
    constexpr std::array kOfBearers{"audience", "types", "app", "user_claim", "scopes"};
    return !table.contains("login") ||
           std::ranges::any_of(kOfBearers, [&](const char* each) { return table.contains(each); });
}

Result<auth::JwtPolicy> read_policy(const toml::table& table) {
    auto issuer = text_at(table, "issuer");
    if (!issuer) return pass(issuer);
    if (!auth::may_be_asked(*issuer)) {
        return wrong("issuer", "https://…, or http on this machine, as its tokens have it");
    }
    auto algorithms = read_algorithms(table);
    if (!algorithms) return pass(algorithms);
    auth::JwtPolicy policy{.issuer = std::move(*issuer),
                           .audiences = {},
                           .algorithms = std::move(*algorithms),
                           .scopes = {},
                           .life_max = kLifeMax};
    if (!gives_bearers(table)) return policy;
    auto audiences = texts_at(table, "audience");
    if (!audiences) return pass(audiences);
    if (audiences->empty()) return wrong("audience", "what its tokens have in `aud` for this hub");
    auto rules = read_rules(table);
    if (!rules) return pass(rules);
    policy.audiences = std::move(*audiences);
    policy.scopes = std::move(*rules);
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
                              "user_claim", "ca", "scopes", "login"});
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
    if (gives_bearers(*table) && app->empty() == claim->empty()) {
        return wrong("app", "either `app` or `user_claim` says for whom its tokens speak");
    }
    if ((!app->empty() && !is_name(*app)) || (!tenant->empty() && !is_name(*tenant))) {
        return wrong("app", "1 to 64 of A-Z a-z 0-9 . _ : - are accepted");
    }
    if (!tenant->empty()) out.tenant = TenantId{*tenant};
    out.app = AppId{*app};
    out.user_claim = *claim;
    out.ca_file = *ca;
    auto login = read_login(*table, out.tenant);
    if (!login) return pass(login);
    out.login = std::move(*login);
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
        const bool taken = issuer->login && std::ranges::any_of(out, [&](const auto& each) {
                               return each.login && each.login->name == issuer->login->name;
                           });
        if (taken) return wrong("name", "each login has a name of its own");
        if (out.size() == kIssuersMax) return wrong("issuers", "at most 16 are accepted");
        out.push_back(std::move(*issuer));
    }
    return out;
}

}  // namespace tandem::node
