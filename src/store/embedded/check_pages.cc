#include "store/embedded/check_parts.h"
#include "store/embedded/migration.h"

#include <map>
#include <ranges>

namespace tandem::store {
namespace {

// What one damaged page makes wrong is told many times.
constexpr int kMessagesMax = 20;

void check_integrity(Connection& file, Finding finding, const Findings& found) {
    Statement look = file.prepare("PRAGMA integrity_check(20)");
    int told = 0;
    while (true) {
        auto row = look.next();
        if (!row) {
            finding.what = row.error().detail;
            return found(finding);
        }
        if (!*row) return;
        const std::string text = look.text(0);
        for (const auto line : std::views::split(text, '\n')) {
            finding.what = std::string{std::string_view{line}};
            if (finding.what == "ok" || finding.what.starts_with("***")) continue;
            if (told++ < kMessagesMax) found(finding);
        }
    }
}

// Those of chunks are told of where chunks are looked at, with more to say.
void check_references(Connection& file, Finding finding, const Findings& found) {
    Statement look = file.prepare("PRAGMA foreign_key_check");
    std::map<std::pair<std::string, std::string>, std::uint64_t> broken;  // As tables have them.
    while (true) {
        auto row = look.next();
        if (!row || !*row) break;  // What cannot be read has been told of.
        if (look.text(0) != "chunk") ++broken[{look.text(0), look.text(2)}];
    }
    for (const auto& [tables, count] : broken) {
        finding.what = std::to_string(count) + " rows of the table " + tables.first +
                       " belong to no row of " + tables.second;
        found(finding);
    }
}

}  // namespace

Soundness check_pages(Connection& file,
                      const std::string& name,
                      std::int64_t known,
                      const Findings& found) {
    const auto version = schema_version(file);
    if (!version) {
        found({.kind = FindingKind::kFileUnreadable, .file = name, .what = version.error().detail});
        return {};
    }
    if (*version > known) {
        found({.kind = FindingKind::kVersionNewer,
               .file = name,
               .what = "it has version " + std::to_string(*version) +
                       ", this hub knows versions up to " + std::to_string(known)});
    } else if (*version < known) {
        found({.kind = FindingKind::kVersionOlder,
               .file = name,
               .what = "it has version " + std::to_string(*version) + ", today's is " +
                       std::to_string(known)});
    }
    check_integrity(file, {.kind = FindingKind::kFileDamaged, .file = name, .what = {}}, found);
    check_references(file, {.kind = FindingKind::kReferenceBroken, .file = name, .what = {}},
                     found);
    return {.readable = true, .current = *version == known};
}

}  // namespace tandem::store
