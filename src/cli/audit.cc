#include "node/audit.h"

#include "base/sha256.h"
#include "cli/audit_pages.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "client/wire.h"
#include "domain/anchor_check.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <map>
#include <utility>

namespace tandem::cli {
namespace {

struct AuditOptions {
    std::string data;
    HubOptions hub;
    std::string file;
    std::vector<std::string> anchors;
};

// TENANT:NUMBER:HASH, as the hub logs it.
Result<AnchorCheck> parse_anchor(const std::string& text) {
    const auto last = text.rfind(':');
    const auto first = last == std::string::npos ? last : text.rfind(':', last - 1);
    if (first != std::string::npos && first > 0) {
        ChainHead head{.number = 0, .hash = text.substr(last + 1)};
        const auto [end, error] =
            std::from_chars(text.data() + first + 1, text.data() + last, head.number);
        const bool whole = error == std::errc{} && end == text.data() + last;
        if (whole && head.number > 0 && head.hash.size() == kChainBegin.size()) {
            return AnchorCheck{text.substr(0, first), std::move(head)};
        }
    }
    return fail(ErrorCode::kInvalidField,
                "--anchor: TENANT:NUMBER:HASH is accepted, as the hub logs it");
}

/// Follows the chains and keeps the first thing that is wrong with each.
class Verdict {
public:
    explicit Verdict(std::vector<AnchorCheck> anchors) : anchors_{std::move(anchors)} {}

    void add(const ChainCheck::Link& link) {
        if (wrong_.contains(link.tenant)) return;
        auto wrong = check_.add(link);
        for (AnchorCheck& anchor : anchors_) {
            auto other = anchor.add(link);
            if (!wrong) wrong = std::move(other);
        }
        if (wrong) wrong_.emplace(link.tenant, *wrong);
    }

    /// After the last line.
    void end() {
        for (const AnchorCheck& anchor : anchors_)
            note(anchor.tenant(), anchor.end());
    }
    /// The same where a hub keeps the lines, with its notes of the newest ones.
    void end(const store::ChainHeads& heads) {
        for (const auto& [tenant, head] : heads)
            note(tenant.text(), check_.end(tenant.text(), head));
        end();
        for (const auto& [tenant, chain] : check_.chains()) {
            const bool noted = heads.contains(TenantId{tenant});
            note(tenant, missing_around(chain, store::kAuditLinesMax, noted));
        }
    }

    [[nodiscard]] int tell() const {
        for (const auto& [tenant, chain] : check_.chains()) {
            if (wrong_.contains(tenant)) continue;
            std::string more;
            if (chain.first > 1) more += fmt::format(", the oldest is line {}", chain.first);
            if (chain.unchained > 0) {
                more += fmt::format(", {} of them older than the chain", chain.unchained);
            }
            print_line(fmt::format("{}: {} lines{}, {}", printable(tenant), chain.lines, more,
                                   toned(Tone::kGood, "chain whole")));
            print_line(fmt::format("anchor {}:{}:{}", printable(tenant), chain.head.number,
                                   chain.head.hash));
        }
        for (const auto& [tenant, wrong] : wrong_)
            print_line(printable(tenant) + ": " + toned(Tone::kBad, wrong));
        if (check_.chains().empty() && wrong_.empty()) print_line("no lines");
        return wrong_.empty() ? kOk : kRefused;
    }

private:
    void note(const std::string& tenant, const std::optional<std::string>& wrong) {
        if (wrong) wrong_.emplace(tenant, *wrong);  // The first thing that was wrong stays.
    }

    std::vector<AnchorCheck> anchors_;
    ChainCheck check_;
    std::map<std::string, std::string> wrong_;  // One for each tenant.
};

// ---------------------------------------------------------------- what was exported

Result<ChainCheck::Link> read_link(const std::string& line, int number) {
    const auto unreadable = [number] {
        return fail(ErrorCode::kMalformedBody,
                    fmt::format("line {} of the file is no audit line", number));
    };
    auto value = client::decode(contract::Encoding::kJson, line);
    if (!value) return unreadable();
    const Value* tenant = value->find("tenant");
    const Value* at = value->find("number");
    const Value* previous = value->find("prev");
    if (tenant == nullptr || at == nullptr || previous == nullptr) return unreadable();
    const auto* tenant_text = tenant->get<std::string>();
    const auto* at_number = at->get<std::int64_t>();
    const auto* previous_text = previous->get<std::string>();
    if (tenant_text == nullptr || at_number == nullptr || previous_text == nullptr) {
        return unreadable();
    }
    Sha256 hash;
    hash.add(line);
    return ChainCheck::Link{.tenant = *tenant_text,
                            .number = *at_number,
                            .previous = *previous_text,
                            .hash = hash.finish()};
}

Result<void> follow_file(const std::string& name, Verdict& verdict) {
    std::ifstream file{name};
    if (!file) return fail(ErrorCode::kNotFound, name + " cannot be read");
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        auto link = read_link(line, ++number);
        if (!link) return pass(link);
        verdict.add(*link);
    }
    verdict.end();
    return {};
}

Result<void> follow_data(const std::string& data, Verdict& verdict) {
    const auto heads = node::read_audit(data, [&](const AuditLine& line) -> Result<void> {
        verdict.add(link_of(line));
        return {};
    });
    if (!heads) return std::unexpected(heads.error());
    verdict.end(*heads);
    return {};
}

// ---------------------------------------------------------------- verify, export

void describe_data(Subcommand sub, AuditOptions& options) {
    sub.option("--data", options.data, "The data directory of the hub, running or not")
        .from_environment("TANDEM_DATA");
}

void describe_verify(Subcommand sub, AuditOptions& options) {
    describe_data(sub, options);
    sub.option("file", options.file, "What `tandem audit export` has written, instead");
    sub.option("--anchor", options.anchors,
               "TENANT:NUMBER:HASH, as the hub logs it: that line must be there as it was");
}

int act_verify(const AuditOptions& options) {
    std::vector<AnchorCheck> anchors;
    for (const std::string& text : options.anchors) {
        auto anchor = parse_anchor(text);
        if (!anchor) {
            complain(anchor.error().detail);
            return kUsage;
        }
        anchors.push_back(std::move(*anchor));
    }
    if (options.file.empty() && options.data.empty()) {
        complain("--data DIR or a file is needed");
        return kUsage;
    }
    Verdict verdict{std::move(anchors)};
    const auto followed = options.file.empty() ? follow_data(options.data, verdict)
                                               : follow_file(options.file, verdict);
    if (!followed) return complain(followed.error());
    return verdict.tell();
}

void describe_export(Subcommand sub, AuditOptions& options) {
    describe_data(sub, options);
    add_access_options(sub, options.hub);
}

// Of the tenant whose key it is, where there is no directory.
Result<void> read_lines(const AuditOptions& options, const store::EachAuditLine& each) {
    if (!options.data.empty()) {
        const auto heads = node::read_audit(options.data, each);
        if (!heads) return std::unexpected(heads.error());
        return {};
    }
    auto link = HubLink::open({.data = {}, .hub = options.hub});
    if (!link) return pass(link);
    return read_audit(**link, each);
}

int act_export(const AuditOptions& options) {
    if (options.data.empty() && options.hub.key.empty() && options.hub.key_file.empty()) {
        complain("--data DIR is needed, or --url with a key");
        return kUsage;
    }
    constexpr std::size_t piece = 64 * std::size_t{1'024};
    std::string lines;
    const auto each = [&lines](const AuditLine& line) -> Result<void> {
        lines += canonical(line) + "\n";
        return lines.size() < piece ? Result<void>{} : put_out(std::exchange(lines, {}));
    };
    const auto told = read_lines(options, each);
    // What was read before something is wrong is written all the same.
    const auto written = put_out(lines);
    if (!told) return complain(told.error());
    return written ? static_cast<int>(kOk) : complain(written.error());
}

}  // namespace

void add_audit(Commands commands) {
    const Subcommand audit =
        commands.program.subcommand("audit", "Checks the audit, and writes it as lines of JSON.");
    audit.require_subcommand();
    audit.footer("Example:\n  tandem audit verify --data data");
    const Commands within{.program = audit, .chosen = commands.chosen};
    add_subcommand<AuditOptions>(
        within, "verify",
        "Follows the chain of audit lines: each holds the SHA-256 of the one before it. Says how "
        "many there are, or names the first one that does not fit; exit code 1 then.",
        "tandem audit verify --data data", describe_verify, act_verify);
    add_subcommand<AuditOptions>(
        within, "export",
        "Writes every audit line as JSON, oldest first: of all tenants of a data directory, or of "
        "the key's own. The next line's `prev` is what sha256sum says of it, without the line "
        "break.",
        "tandem audit export --data data > audit.jsonl", describe_export, act_export);
}

}  // namespace tandem::cli
