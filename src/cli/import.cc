#include "cli/command.h"
#include "cli/hub_link.h"
#include "cli/terminal.h"
#include "client/importer.h"
#include "codec/compress.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace tandem::cli {
namespace {

constexpr std::string_view kSays =
    "Reads what `tandem export` wrote, or readings in CSV, also gzipped. Devices that are missing "
    "are made, without keys: tandem device key. Reading it twice gives the same. Prints a line of "
    "JSON; what is not taken is told line by line.";
constexpr std::size_t kPiece = 64 * std::size_t{1'024};
// Each byte of gzip can become a thousand.
constexpr std::size_t kGzipPiece = 8 * std::size_t{1'024};
constexpr std::int64_t kToldMax = 100;

struct ImportOptions {
    AdministratorOptions who;
    std::string file = "-";
    std::string on_conflict = "skip";
    bool dry_run = false;
};

void describe(Subcommand sub, ImportOptions& options) {
    sub.option("file", options.file, "Where from; - is standard input").show_default();
    sub.option("--on-conflict", options.on_conflict,
               "Where the hub has a device, a document or a series otherwise: leave it, replace "
               "it, or end")
        .one_of({"skip", "replace", "fail"})
        .show_default();
    sub.flag("--dry-run", options.dry_run, "Say what would come of it, and change nothing");
    add_link_options(sub, options.who);
}

/// The text of a file or of standard input, inflated where it is gzip.
class Input {
public:
    Result<void> open(const std::string& file) {
        if (file == "-") return {};
        std::error_code ignored;
        is_file_ = std::filesystem::is_regular_file(file, ignored);
        file_.open(file, std::ios::binary);
        if (file_) return {};
        return fail(ErrorCode::kStorageFailed, file + " cannot be opened");
    }

    /// It is read without waiting for anybody.
    [[nodiscard]] bool is_file() const { return is_file_; }

    // "" at the end.
    Result<std::string> next() {
        if (!begun_) {
            if (auto good = begin(); !good) return pass(good);
        }
        if (!gzip_) return waiting_.empty() ? read() : std::exchange(waiting_, {});
        std::string out;
        while (out.empty()) {
            auto piece = zipped();
            if (!piece) return piece;
            if (piece->empty()) return at_end();
            if (auto good = gzip_->append(*piece, out); !good) return pass(good);
        }
        return out;
    }

private:
    // The next piece to inflate; "" at the end.
    Result<std::string> zipped() {
        if (waiting_.empty()) {
            auto bytes = read();
            if (!bytes) return bytes;
            waiting_ = *std::move(bytes);
        }
        std::string piece = waiting_.substr(0, kGzipPiece);
        waiting_.erase(0, piece.size());
        return piece;
    }
    Result<void> begin() {
        begun_ = true;
        auto bytes = read();
        if (!bytes) return pass(bytes);
        waiting_ = *std::move(bytes);
        if (waiting_.starts_with("\x1f\x8b")) gzip_.emplace();
        return {};
    }
    Result<std::string> read() {
        std::istream& in = file_.is_open() ? static_cast<std::istream&>(file_) : std::cin;
        std::string bytes(kPiece, '\0');
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (in.bad()) return fail(ErrorCode::kStorageFailed, "the file cannot be read");
        bytes.resize(static_cast<std::size_t>(in.gcount()));
        return bytes;
    }
    Result<std::string> at_end() const {
        if (gzip_) {
            if (auto whole = gzip_->finish(); !whole) return pass(whole);
        }
        return std::string{};
    }

    std::ifstream file_;
    std::string waiting_;  // Read and not given yet: a piece.
    std::optional<codec::GzipReader> gzip_;
    bool is_file_ = false;
    bool begun_ = false;
};

client::OnConflict conflict_named(const std::string& name) {
    if (name == "replace") return client::OnConflict::kReplace;
    return name == "fail" ? client::OnConflict::kFail : client::OnConflict::kSkip;
}

/// Tells what is not taken, up to a bound.
class Complaints {
public:
    void tell(const client::Refusal& refusal) {
        if (++told_ > kToldMax) return;
        const std::string field = refusal.field.empty() ? "" : ", " + refusal.field;
        complain(fmt::format("line {}{}: {}", refusal.line, field, refusal.detail));
    }
    void finish(std::int64_t refused) const {
        const std::int64_t more = refused - std::min(told_, kToldMax);
        if (more > 0) complain(fmt::format("{} more were not taken", more));
    }

private:
    std::int64_t told_ = 0;
};

void print_report(const ImportOptions& options, const client::ImportReport& report) {
    Value line = client::counts_value(report.taken);
    line.set("skipped", report.skipped);
    line.set("refused", report.refused);
    line.set("whole", report.whole);
    if (options.dry_run) line.set("dry_run", true);
    print_json(line);
}

int act(const ImportOptions& options) {
    Input input;
    if (auto opened = input.open(options.file); !opened) return complain(opened.error());
    auto link = HubLink::open(options.who);
    if (!link) return complain(link.error());
    const client::ImportPlan plan{.on_conflict = conflict_named(options.on_conflict),
                                  .dry_run = options.dry_run};
    Complaints complaints;
    Progress progress;
    client::Importer importer{(*link)->hub(), plan, [&] { return input.next(); },
                              [&](const client::Refusal& refusal) {
                                  progress.clear();
                                  complaints.tell(refusal);
                              }};
    importer.on_progress([&](const client::ImportReport& report) {
        progress.show(
            fmt::format("{} devices, {} readings", report.taken.devices, report.taken.readings));
    });
    // A pipe is waited for in one piece, where no signal would be heard.
    if (input.is_file()) stop_on_signals((*link)->loop());
    auto ended = finish((*link)->loop(), importer.run());
    progress.clear();
    client::ImportReport report = importer.report();
    complaints.finish(report.refused);
    const bool done = ended && *ended;
    const int failed = ended ? (done ? kOk : complain(ended->error())) : kUnfinished;
    if (!ended) complain("interrupted: what it has taken stays, and it may be begun again");
    if (done && !report.whole) {
        complain("the file is not whole: its end is missing, or counts other lines than there are");
    }
    report.whole = report.whole && done;
    print_report(options, report);
    if (!done) return failed;
    return report.refused > 0 || !report.whole ? kRefused : kOk;
}

}  // namespace

void add_import(Commands commands) {
    add_subcommand<ImportOptions>(commands, "import", std::string{kSays},
                                  "tandem import hub.ndjson --data data", describe, act);
}

}  // namespace tandem::cli
