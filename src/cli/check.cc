#include "node/check.h"

#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tandem::cli {
namespace {

// What a badly damaged disk has to tell has no end.
constexpr std::uint64_t kToldMax = 1'000;

struct CheckOptions {
    std::string data;
    bool json = false;
    bool salvage = false;
};

void describe(Subcommand sub, CheckOptions& options) {
    sub.option("--data", options.data, "The data directory of a hub that does not run")
        .from_environment("TANDEM_DATA")
        .required();
    sub.flag("--json", options.json, "Print one JSON object");
    sub.flag("--salvage", options.salvage,
             "First keep what is whole and put the rest aside; nothing damaged is deleted");
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : ", ") + printable(word);
    return out;
}

using Acts = std::vector<store::SalvageAct>;

/// Says each finding in plain words, and what a kind of them means the first time.
class Words {
public:
    void add(const Acts& acts) const {
        for (const store::SalvageAct& act : acts)
            print_line("salvaged  " + printable(act.file) + ": " + printable(act.what));
    }
    void add(const store::Finding& finding) {
        if (++told_ > kToldMax) return;
        const store::FindingRow& kind = store::row(finding.kind);
        const auto tone = kind.is_damage ? Tone::kBad : Tone::kFaint;
        print_line(toned(tone, kind.is_damage ? "damage" : "note  ") + "  " +
                   printable(finding.file) + ": " + printable(finding.what));
        std::string of;
        const auto say = [&of](const std::string& more) { of += (of.empty() ? "" : "; ") + more; };
        if (finding.device) say("device " + printable(finding.device->id.text()));
        if (!finding.series.empty()) say("series " + joined(finding.series));
        if (finding.span) {
            say(store::time_words(finding.span->first) + " to " +
                store::time_words(finding.span->second));
        }
        if (finding.readings) say(fmt::format("{} readings at most", *finding.readings));
        if (!of.empty()) print_line("        " + of);
        if (!explained_.insert(finding.kind).second) return;
        print_line("        " + std::string{kind.means});
        if (!kind.next.empty()) print_line("        " + std::string{kind.next});
    }

    void end(const store::Checked& checked, Duration took) const {
        if (told_ > kToldMax) print_line(fmt::format("and {} more", told_ - kToldMax));
        std::uint64_t bytes = 0;
        for (const store::CheckedFile& file : checked.files) {
            std::string counts;
            for (const auto& [name, count] : file.counts)
                counts += fmt::format(", {} {}", count, name);
            std::ranges::replace(counts, '_', ' ');
            print_line(fmt::format("{:12}  {} bytes{}", file.name, file.bytes, counts));
            bytes += file.bytes;
        }
        const std::string looked = fmt::format("looked at {} bytes in {:.1f} s: ", bytes,
                                               std::chrono::duration<double>(took).count());
        if (checked.damages == 0) return print_line(looked + toned(Tone::kGood, "whole"));
        print_line(looked +
                   toned(Tone::kBad, fmt::format("damaged in {} {}", checked.damages,
                                                 checked.damages == 1 ? "place" : "places")));
    }

private:
    std::uint64_t told_ = 0;
    std::set<store::FindingKind> explained_;
};

/// The same for programs.
class Json {
public:
    void add(const Acts& acts) {
        for (const store::SalvageAct& act : acts)
            acts_.emplace_back(Value::Object{{"file", act.file}, {"what", act.what}});
    }
    void add(const store::Finding& finding) {
        if (findings_.size() >= kToldMax) return;
        const store::FindingRow& kind = store::row(finding.kind);
        Value::Object out{{"kind", std::string{kind.name}},
                          {"damage", kind.is_damage},
                          {"file", finding.file},
                          {"what", finding.what}};
        if (finding.device) out.emplace_back("device", finding.device->id.text());
        if (!finding.series.empty()) {
            out.emplace_back("series", Value::Array(finding.series.begin(), finding.series.end()));
        }
        if (finding.span) {
            out.emplace_back("from", store::time_words(finding.span->first));
            out.emplace_back("to", store::time_words(finding.span->second));
        }
        if (finding.readings) out.emplace_back("readings", as_number(*finding.readings));
        out.emplace_back("means", std::string{kind.means});
        if (!kind.next.empty()) out.emplace_back("next", std::string{kind.next});
        findings_.emplace_back(std::move(out));
    }

    void end(const CheckOptions& options, const store::Checked& checked, Duration took) {
        Value::Object files;
        for (const store::CheckedFile& file : checked.files) {
            Value::Object counts{{"bytes", as_number(file.bytes)}};
            for (const auto& [name, count] : file.counts)
                counts.emplace_back(name, as_number(count));
            files.emplace_back(file.name, std::move(counts));
        }
        const auto told = findings_.size();
        Value::Object out{{"data", options.data},
                          {"whole", checked.damages == 0},
                          {"damages", as_number(checked.damages)},
                          {"notes", as_number(checked.notes)},
                          {"took_ms", std::int64_t{took / 1ms}},
                          {"files", std::move(files)},
                          {"findings", std::move(findings_)},
                          {"findings_left_out", as_number(checked.damages + checked.notes - told)}};
        if (options.salvage) out.emplace_back("salvaged", std::move(acts_));
        print_json(std::move(out));
    }

private:
    static std::int64_t as_number(std::uint64_t number) {
        return static_cast<std::int64_t>(number);
    }

    Value::Array findings_;
    Value::Array acts_;
};

// What a badly damaged disk needs done has no end either.
Result<void> salvage(const CheckOptions& options, Acts& acts) {
    std::uint64_t left_out = 0;
    auto done = node::salvage(options.data, [&](const store::SalvageAct& act) {
        if (acts.size() < kToldMax) {
            acts.push_back(act);
        } else {
            ++left_out;
        }
    });
    if (left_out > 0) acts.push_back({.file = "", .what = fmt::format("and {} more", left_out)});
    return done;
}

int act(const CheckOptions& options) {
    const SystemClock clock;
    const Monotonic begun = clock.monotonic();
    Words words;
    Json json;
    if (options.salvage) {
        Acts acts;
        const auto done = salvage(options, acts);
        options.json ? json.add(acts) : words.add(acts);
        if (!done) return complain(done.error());
    }
    const auto checked = node::check(options.data, [&](const store::Finding& finding) {
        options.json ? json.add(finding) : words.add(finding);
    });
    if (!checked) return complain(checked.error());
    const Duration took = clock.monotonic() - begun;
    options.json ? json.end(options, *checked, took) : words.end(*checked, took);
    return checked->damages == 0 ? kOk : kRefused;
}

}  // namespace

void add_check(Commands commands) {
    add_subcommand<CheckOptions>(
        commands, "check",
        "Looks at all that a stopped hub keeps, every byte of it, and says what is damaged, whose "
        "readings that are and what to do. Changes nothing without --salvage. Exit code 1 when "
        "something is damaged.",
        "tandem check --data data", describe, act);
}

}  // namespace tandem::cli
