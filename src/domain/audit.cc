#include "domain/audit.h"

#include "base/sha256.h"

#include <fmt/format.h>

#include <array>

namespace tandem {
namespace {

using namespace std::string_view_literals;

struct Kind {
    std::string_view action;  ///< empty: any
    std::string_view result;
    std::string_view kind;
};
// https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html, and names in
// its manner for what devices do.
constexpr std::array kKinds{
    Kind{"", "unauthenticated", "authn_login_fail"},
    Kind{"", "forbidden", "authz_fail"},
    Kind{"", "origin-refused", "malicious_cors"},
    Kind{"session.begin", "rate-limited", "authn_login_fail_max"},
    Kind{"users.password", "rate-limited", "authn_login_fail_max"},
    Kind{"", "rate-limited", "excess_rate_limit_exceeded"},
    Kind{"session.begin", "ok", "authn_login_success"},
    Kind{"session.end", "ok", "session_logout"},
    Kind{"login_codes.create", "ok", "authn_token_created"},
    Kind{"keys.create", "ok", "authn_token_created"},
    Kind{"keys.rotate", "ok", "device_credential_rotated"},
    Kind{"keys.revoke", "ok", "authn_token_revoked"},
    Kind{"certificates.create", "ok", "authn_token_created"},
    Kind{"apps.create", "ok", "authn_token_created"},
    Kind{"apps.rotate", "ok", "authn_token_created"},
    Kind{"apps.revoke", "ok", "authn_token_revoked"},
    Kind{"apps.delete", "ok", "authn_token_revoked"},
    Kind{"oauth.token", "ok", "authn_token_created"},
    Kind{"oauth.revoke", "ok", "authn_token_revoked"},
    Kind{"oauth.families", "ok", "authn_token_revoked"},
    Kind{"oauth.reuse", "ok", "authn_token_reuse"},
    Kind{"oauth.authorize", "ok", "authz_change"},
    Kind{"oauth.approve", "ok", "authz_change"},
    Kind{"oauth.claim", "ok", "device_claimed"},
    Kind{"claim_codes.create", "ok", "authn_token_created"},
    Kind{"claim_codes.delete", "ok", "authn_token_revoked"},
    Kind{"consents.delete", "ok", "authn_token_revoked"},
    Kind{"denials.create", "ok", "authn_token_revoked"},
    Kind{"setup.create", "ok", "user_created"},
    Kind{"users.create", "ok", "user_created"},
    Kind{"users.patch", "ok", "user_updated"},
    Kind{"users.delete", "ok", "user_deleted"},
    Kind{"users.password", "ok", "authn_password_change"},
    Kind{"grants.create", "ok", "authz_change"},
    Kind{"grants.patch", "ok", "authz_change"},
    Kind{"grants.delete", "ok", "authz_change"},
    Kind{"tenants.create", "ok", "authz_admin"},
    Kind{"tenants.delete", "ok", "authz_admin"},
    Kind{"devices.create", "ok", "device_registered"},
    Kind{"dashboards.create", "ok", "dashboard_created"},
    Kind{"dashboards.put", "ok", "dashboard_updated"},
    Kind{"dashboards.delete", "ok", "dashboard_deleted"},
    Kind{"commands.send", "ok", "command_sent"},
    Kind{"commands.send_many", "ok", "command_sent"},
    Kind{"hub.start", "ok", "sys_startup"},
    Kind{"hub.stop", "ok", "sys_shutdown"},
    Kind{"hub.reload", "ok", "config_changed"},
};

// No further than kAuditTextMax, and not into a character.
std::string cut(std::string text) {
    if (text.size() <= kAuditTextMax) return text;
    std::size_t end = kAuditTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    text.resize(end);
    return text;
}

// RFC 8785 section 3.2.2.2.
void put_text(std::string& out, std::string_view text) {
    constexpr auto short_ones = "\b\t\n\f\r\"\\"sv;
    constexpr auto letters = "btnfr\"\\"sv;
    out += '"';
    for (const char each : text) {
        const std::size_t at = short_ones.find(each);
        if (at != std::string_view::npos) {
            out += '\\';
            out += letters[at];
        } else if (static_cast<unsigned char>(each) < 0x20U) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(each));
        } else {
            out += each;
        }
    }
    out += '"';
}

class Members {
public:
    void add(std::string_view name, std::string_view text) {
        begin(name);
        put_text(out_, text);
    }
    void add(std::string_view name, std::int64_t number) {
        begin(name);
        out_ += std::to_string(number);
    }
    std::string end() { return std::move(out_) + "}"; }

private:
    void begin(std::string_view name) {
        out_ += out_.empty() ? '{' : ',';
        put_text(out_, name);
        out_ += ':';
    }

    std::string out_;
};

// With all six places behind the second: one time has one text.
std::string time_text(Instant time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

bool lets(const std::string& wanted, const std::string& has) {
    return wanted.empty() || wanted == has;
}

// What is wrong with `link` behind the last line of `chain`.
std::optional<std::string> misfit(const ChainCheck::Chain& chain, const ChainCheck::Link& link) {
    const std::string name = "line " + std::to_string(link.number);
    if (link.number <= chain.head.number) {
        return name + " comes after line " + std::to_string(chain.head.number);
    }
    if (link.number > chain.head.number + 1) {
        const std::int64_t first = chain.head.number + 1;
        const std::int64_t last = link.number - 1;
        return first == last ? fmt::format("line {} is missing", first)
                             : fmt::format("lines {} to {} are missing", first, last);
    }
    if (link.previous == chain.head.hash) return {};
    if (link.previous.empty()) {
        if (!chain.chained) return {};
        return name + " has lost its link to the line before it";
    }
    return fmt::format("{} does not fit: it was written behind another line {}", name,
                       chain.head.number);
}

}  // namespace

AuditLine chained(AuditLine line, const ChainHead& head) {
    for (std::string* text :
         {&line.actor, &line.credential, &line.address, &line.action, &line.resource}) {
        *text = cut(std::move(*text));
    }
    line.kind = audit_kind(line.action, line.result);
    line.number = head.number + 1;
    line.previous = head.hash;
    return line;
}

std::string canonical(const AuditLine& line) {
    Members out;
    out.add("action", line.action);
    out.add("actor", line.actor);
    out.add("address", line.address);
    out.add("count", line.count);
    out.add("credential", line.credential);
    out.add("door", name_of(line.door));
    out.add("kind", line.kind);
    out.add("number", line.number);
    out.add("prev", line.previous);
    out.add("resource", line.resource);
    out.add("result", line.result);
    out.add("tenant", line.tenant.text());
    out.add("time", time_text(line.time));
    return out.end();
}

std::string hash_of(const AuditLine& line) {
    Sha256 hash;
    hash.add(canonical(line));
    return hash.finish();
}

ChainHead head_after(const AuditLine& line) {
    return {.number = line.number, .hash = hash_of(line)};
}

std::string_view audit_kind(std::string_view action, std::string_view result) {
    for (const Kind& each : kKinds) {
        if (each.result == result && (each.action.empty() || each.action == action)) {
            return each.kind;
        }
    }
    return {};
}

bool tells_refusal(std::string_view result) {
    return result == "unauthenticated" || result == "forbidden" || result == "origin-refused" ||
           result == "rate-limited";
}

bool matches(const AuditQuery& query, const AuditLine& line) {
    return (!query.since || line.time >= *query.since) &&
           (!query.until || line.time < *query.until) && lets(query.actor, line.actor) &&
           lets(query.action, line.action) && lets(query.kind, line.kind) &&
           lets(query.result, line.result);
}

std::optional<std::string> ChainCheck::add(const Link& link) {
    const auto [found, fresh] = chains_.try_emplace(link.tenant);
    Chain& chain = found->second;
    std::optional<std::string> wrong;
    if (fresh) {
        chain.first = link.number;
        if (link.number == 1 && !link.previous.empty() && link.previous != kChainBegin) {
            wrong = "line 1 does not fit: it was written behind another line";
        }
    } else {
        wrong = misfit(chain, link);
    }
    ++chain.lines;
    chain.unchained += link.previous.empty() ? 1 : 0;
    chain.chained = !link.previous.empty();
    chain.head = {.number = link.number, .hash = link.hash};
    return wrong;
}

std::optional<std::string> ChainCheck::end(const std::string& tenant,
                                           const ChainHead& anchor) const {
    const auto found = chains_.find(tenant);
    const ChainHead last = found == chains_.end() ? ChainHead{} : found->second.head;
    if (last == anchor) return {};
    if (last.number < anchor.number) {
        return fmt::format("lines after {} are missing: there were {}", last.number, anchor.number);
    }
    if (last.number > anchor.number) {
        return fmt::format("lines after {} were not written by the hub", anchor.number);
    }
    return fmt::format("line {} does not fit: the hub wrote another one", last.number);
}

ChainCheck::Link link_of(const AuditLine& line) {
    return {.tenant = line.tenant.text(),
            .number = line.number,
            .previous = line.previous,
            .hash = hash_of(line)};
}

}  // namespace tandem
