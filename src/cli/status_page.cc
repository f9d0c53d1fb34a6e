#include "cli/status_page.h"

#include "cli/text.h"
#include "client/call.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace tandem::cli {
namespace {

using client::items_at;
using client::number_at;
using client::text_at;

// A member that is an object, or an empty one.
const Value& part(const Value& of, std::string_view name) {
    static const Value nothing = Value::Object{};
    const Value* found = of.find(name);
    return found == nullptr ? nothing : *found;
}

bool flag_at(const Value& of, std::string_view name) {
    const auto* set = part(of, name).get<bool>();
    return set != nullptr && *set;
}

std::string count_at(const Value& of, std::string_view name) {
    return count_text(static_cast<std::uint64_t>(std::max(0.0, number_at(of, name))));
}

std::string bytes_at(const Value& of, std::string_view name) {
    return bytes_text(number_at(of, name));
}

std::string line(std::string_view name, const std::string& says) {
    return fmt::format("{:<12} {}", name, says);
}

std::string moment(const Value& of, std::string_view name) {
    const std::chrono::sys_seconds time{
        std::chrono::seconds{static_cast<std::int64_t>(number_at(of, name) / 1'000)}};
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", time);
}

std::vector<double> numbers_at(const Value& of, std::string_view name) {
    std::vector<double> out;
    for (const Value& each : items_at(of, name))
        out.push_back(each.as_double());
    return out;
}

Histogram::Counts histogram_at(const Value& of, std::string_view name) {
    const Value& from = part(of, name);
    Histogram::Counts out{.bounds = numbers_at(from, "bounds"), .counts = {}, .sum = 0};
    for (const double count : numbers_at(from, "counts"))
        out.counts.push_back(static_cast<std::uint64_t>(count));
    out.counts.resize(out.bounds.size() + 1);
    out.sum = number_at(from, "sum");
    return out;
}

std::string sync_text(const Histogram::Counts& sync) {
    if (sync.total() == 0) return "none";
    const auto within = [&](double share) { return sync.below(share) * 1'000; };
    return fmt::format("half within {:g} ms, 99 % within {:g} ms ({})", within(0.5), within(0.99),
                       count_text(sync.total()));
}

std::string addresses_text(const Value& status) {
    std::string out;
    for (const Value& each : items_at(status, "addresses")) {
        if (const auto* text = each.get<std::string>()) out += (out.empty() ? "" : ", ") + *text;
    }
    return out.empty() ? "none open" : printable(out);
}

std::string pace_text(const Value& status) {
    if (status.find("messages_per_second") == nullptr) return "";
    return fmt::format("; {:.1f} a second over the last minute",
                       number_at(status, "messages_per_second"));
}

void add_hub(const Value& status, std::vector<std::string>& out) {
    const Duration up =
        std::chrono::milliseconds{static_cast<std::int64_t>(number_at(status, "uptime"))};
    out.push_back(fmt::format("tandem {}, up {}, {}", printable(text_at(status, "version")),
                              span_text(up), flag_at(status, "ready") ? "ready" : "not ready"));
    const Value& open = part(status, "connections");
    out.push_back(line("doors", addresses_text(status)));
    out.push_back(line("connections", fmt::format("{} at rest, {} at ws", count_at(open, "rest"),
                                                  count_at(open, "ws"))));
    out.push_back(line("devices", count_at(status, "devices")));
    const Value& store = part(status, "store");
    out.push_back(line("messages", fmt::format("{} since the start{}", count_at(store, "messages"),
                                               pace_text(status))));
    out.push_back(
        line("readings", fmt::format("{} new, {} replaced, {} repeated", count_at(store, "stored"),
                                     count_at(store, "replaced"), count_at(store, "repeated"))));
    out.push_back(line("store", fmt::format("{}, {}, {}", printable(text_at(store, "engine")),
                                            printable(text_at(store, "durability")),
                                            printable(text_at(store, "state")))));
}

StoreFiles files_of(const Value& files) {
    const auto bytes = [&](std::string_view name) {
        return static_cast<std::uint64_t>(std::max(0.0, number_at(files, name)));
    };
    return {.registry = bytes("registry"),
            .registry_wal = bytes("registry_wal"),
            .telemetry = bytes("telemetry"),
            .telemetry_wal = bytes("telemetry_wal"),
            .log = bytes("log"),
            .reserve = bytes("reserve"),
            .disk_free = bytes("disk_free")};
}

void add_log(const Value& log, std::vector<std::string>& out) {
    std::string says = count_at(log, "segments") + " segments, " + bytes_at(log, "bytes");
    if (log.find("oldest") != nullptr) {
        says += fmt::format(", from {} to {}", moment(log, "oldest"), moment(log, "newest"));
    }
    out.push_back(line("log", says + ", " + count_at(log, "segments_recycled") + " recycled"));
}

void add_memory(const Value& disk, std::vector<std::string>& out) {
    const Value& memory = part(disk, "memory");
    out.push_back(
        line("memory", fmt::format("{} rows, {} of {}", count_at(memory, "rows"),
                                   bytes_at(memory, "bytes"), bytes_at(memory, "bytes_limit"))));
    const Value& flushes = part(disk, "flushes");
    out.push_back(
        line("flushes", fmt::format("{} in {:.1f} s, {} failed{}", count_at(flushes, "done"),
                                    number_at(flushes, "seconds"), count_at(flushes, "failed"),
                                    flag_at(flushes, "running") ? ", one is running" : "")));
    const Value& chunks = part(disk, "chunks");
    out.push_back(line("chunks", fmt::format("about {}, {} damaged", count_at(chunks, "about"),
                                             count_at(chunks, "damaged"))));
}

void add_commits(const Value& disk, std::vector<std::string>& out) {
    const Value& commits = part(disk, "commits");
    const Histogram::Counts writes = histogram_at(commits, "writes");
    const double mean = writes.total() == 0 ? 0 : writes.sum / static_cast<double>(writes.total());
    out.push_back(
        line("commits", fmt::format("{} of {:.1f} writes each", count_text(writes.total()), mean)));
    out.push_back(line("sync", "log: " + sync_text(histogram_at(commits, "log_sync"))));
    out.push_back(line("", "registry: " + sync_text(histogram_at(commits, "registry_sync"))));
    const Value& waiting = part(disk, "waiting");
    out.push_back(
        line("waiting", fmt::format("{} writes, {} questions", count_at(waiting, "writes"),
                                    count_at(waiting, "reads"))));
    const Value& refused = part(disk, "refused");
    out.push_back(
        line("refused", fmt::format("{} for a full disk, {} for a full queue of writes, {} of "
                                    "questions",
                                    count_at(refused, "full"), count_at(refused, "write_queue"),
                                    count_at(refused, "read_queue"))));
    if (flag_at(disk, "backup_running")) out.push_back(line("backup", "one is running"));
}

}  // namespace

std::vector<std::string> warning_lines(const Value& status) {
    std::vector<std::string> out;
    for (const Value& each : items_at(status, "warnings"))
        out.push_back(printable(text_at(each, "says")));
    return out;
}

std::vector<std::string> status_lines(const Value& status) {
    std::vector<std::string> out;
    add_hub(status, out);
    const Value* disk = part(status, "store").find("disk");
    if (disk == nullptr) return out;
    for (std::string& each : file_lines(files_of(part(*disk, "files"))))
        out.push_back(std::move(each));
    add_log(part(*disk, "log"), out);
    add_memory(*disk, out);
    add_commits(*disk, out);
    return out;
}

std::vector<std::string> file_lines(const StoreFiles& files) {
    const auto bytes = [](std::uint64_t size) { return bytes_text(static_cast<double>(size)); };
    const auto database = [&](std::uint64_t size, std::uint64_t wal) {
        return wal == 0 ? bytes(size) : bytes(size) + ", and " + bytes(wal) + " in its -wal";
    };
    return {line("disk", bytes(files.disk_free) + " free, " + bytes(files.reserve) + " in reserve"),
            line("registry.db", database(files.registry, files.registry_wal)),
            line("telemetry.db", database(files.telemetry, files.telemetry_wal)),
            line("log/", bytes(files.log))};
}

}  // namespace tandem::cli
