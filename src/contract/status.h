#pragma once

#include "contract/access.h"
#include "domain/store_figures.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem {

// How the figures of a store are shown; beside them, as lookup by argument wants it.

inline const contract::Shape& shape_of(const Histogram::Counts*) {
    using contract::field;
    static const contract::Shape made{
        .name = "Histogram",
        .fields = {
            field<&Histogram::Counts::bounds>(
                {.name = "bounds", .required = true, .says = "Ascending."}),
            field<&Histogram::Counts::counts>({.name = "counts",
                                               .required = true,
                                               .says = "Of each bound: at most that, and more than "
                                                       "the one before; the last: above all."}),
            field<&Histogram::Counts::sum>({.name = "sum", .required = true})}};
    return made;
}

inline const contract::Shape& shape_of(const StoreFiles*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreFiles",
        .fields = {
            field<&StoreFiles::registry>({.name = "registry", .required = true, .unit = "B"}),
            field<&StoreFiles::registry_wal>({.name = "registry_wal",
                                              .required = true,
                                              .unit = "B",
                                              .says = "SQLite's write-ahead log beside it."}),
            field<&StoreFiles::telemetry>({.name = "telemetry", .required = true, .unit = "B"}),
            field<&StoreFiles::telemetry_wal>(
                {.name = "telemetry_wal", .required = true, .unit = "B"}),
            field<&StoreFiles::log>(
                {.name = "log",
                 .required = true,
                 .unit = "B",
                 .says = "All segments, those that wait to be written again too."}),
            field<&StoreFiles::reserve>({.name = "reserve",
                                         .required = true,
                                         .unit = "B",
                                         .says = "Held for the end of keys and for audit."}),
            field<&StoreFiles::disk_free>({.name = "disk_free",
                                           .required = true,
                                           .unit = "B",
                                           .says = "That the hub may take of the file system."})}};
    return made;
}

inline const contract::Shape& shape_of(const DiskFigures::Log*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreLog",
        .fields = {
            field<&DiskFigures::Log::segments>({.name = "segments", .required = true}),
            field<&DiskFigures::Log::bytes>(
                {.name = "bytes", .required = true, .unit = "B", .says = "Written in them."}),
            field<&DiskFigures::Log::oldest>({.name = "oldest", .says = "Its oldest commit."}),
            field<&DiskFigures::Log::newest>({.name = "newest", .says = "Its newest commit."}),
            field<&DiskFigures::Log::segments_recycled>(
                {.name = "segments_recycled", .required = true}),
            field<&DiskFigures::Log::frames_damaged>({.name = "frames_damaged",
                                                      .required = true,
                                                      .says = "Found when the hub started."})}};
    return made;
}

inline const contract::Shape& shape_of(const DiskFigures::Commits*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreCommits",
        .fields = {
            field<&DiskFigures::Commits::writes>(
                {.name = "writes", .required = true, .says = "How many writes shared a commit."}),
            field<&DiskFigures::Commits::log_sync>({.name = "log_sync",
                                                    .required = true,
                                                    .unit = "s",
                                                    .says = "How long a sync of the log took."}),
            field<&DiskFigures::Commits::registry_sync>(
                {.name = "registry_sync",
                 .required = true,
                 .unit = "s",
                 .says = "How long a commit of the registry took."})}};
    return made;
}

inline const contract::Shape& shape_of(const DiskFigures::Memory*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreMemory",
        .fields = {
            field<&DiskFigures::Memory::rows>(
                {.name = "rows", .required = true, .says = "That are in no chunk yet."}),
            field<&DiskFigures::Memory::bytes>({.name = "bytes", .required = true, .unit = "B"}),
            field<&DiskFigures::Memory::bytes_limit>({.name = "bytes_limit",
                                                      .required = true,
                                                      .unit = "B",
                                                      .says = "Then they are put into chunks."})}};
    return made;
}

inline const contract::Shape& shape_of(const DiskFigures::Flushes*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreFlushes",
        .fields = {
            field<&DiskFigures::Flushes::done>({.name = "done", .required = true}),
            field<&DiskFigures::Flushes::failed>({.name = "failed", .required = true}),
            field<&DiskFigures::Flushes::seconds>({.name = "seconds",
                                                   .required = true,
                                                   .unit = "s",
                                                   .says = "In all that were done."}),
            field<&DiskFigures::Flushes::running>({.name = "running", .required = true}),
            field<&DiskFigures::Flushes::failing>(
                {.name = "failing",
                 .required = true,
                 .says = "Why the last one has failed, while it is tried again; else empty."})}};
    return made;
}

inline const contract::Shape& shape_of(const DiskFigures::Chunks*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreChunks",
        .fields = {field<&DiskFigures::Chunks::about>(
                       {.name = "about",
                        .required = true,
                        .says = "Exact but for those that were removed before the hub started."}),
                   field<&DiskFigures::Chunks::damaged>(
                       {.name = "damaged",
                        .required = true,
                        .says = "That could not be read and were set aside."})}};
    return made;
}

inline const contract::Shape& shape_of(const DiskFigures::Waiting*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreWaiting",
        .fields = {field<&DiskFigures::Waiting::writes>({.name = "writes", .required = true}),
                   field<&DiskFigures::Waiting::write_bytes>(
                       {.name = "write_bytes", .required = true, .unit = "B"}),
                   field<&DiskFigures::Waiting::for_flush>(
                       {.name = "for_flush",
                        .required = true,
                        .says = "Writes wait until what is in memory is in chunks."}),
                   field<&DiskFigures::Waiting::reads>({.name = "reads", .required = true}),
                   field<&DiskFigures::Waiting::readers_busy>(
                       {.name = "readers_busy", .required = true})}};
    return made;
}

inline const contract::Shape& shape_of(const DiskFigures::Refused*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreRefused",
        .fields = {
            field<&DiskFigures::Refused::full>(
                {.name = "full", .required = true, .says = "Writes: the disk was full."}),
            field<&DiskFigures::Refused::write_queue>({.name = "write_queue",
                                                       .required = true,
                                                       .says = "Writes: as many waited as may."}),
            field<&DiskFigures::Refused::read_queue>(
                {.name = "read_queue",
                 .required = true,
                 .says = "Questions: as many waited as may."})}};
    return made;
}

inline const contract::Shape& shape_of(const DiskFigures*) {
    using contract::field;
    static const contract::Shape made{
        .name = "StoreDisk",
        .fields = {
            field<&DiskFigures::files>({.name = "files", .required = true}),
            field<&DiskFigures::log>({.name = "log", .required = true}),
            field<&DiskFigures::commits>({.name = "commits", .required = true}),
            field<&DiskFigures::memory>({.name = "memory", .required = true}),
            field<&DiskFigures::flushes>({.name = "flushes", .required = true}),
            field<&DiskFigures::chunks>({.name = "chunks", .required = true}),
            field<&DiskFigures::waiting>({.name = "waiting", .required = true}),
            field<&DiskFigures::refused>({.name = "refused", .required = true}),
            field<&DiskFigures::backup_running>({.name = "backup_running", .required = true})}};
    return made;
}

}  // namespace tandem

namespace tandem::contract {

// ---------------------------------------------------------------- messages

struct WarningView {
    std::string name;
    std::string says;
};
inline const Shape& shape_of(const WarningView*) {
    static const Shape made{
        .name = "Warning",
        .fields = {
            field<&WarningView::name>(
                {.name = "name", .required = true, .says = "It never changes its meaning."}),
            field<&WarningView::says>(
                {.name = "says", .required = true, .says = "What is wrong, and what to do."})}};
    return made;
}

struct ConnectionsView {
    std::uint64_t rest = 0;
    std::uint64_t ws = 0;
};
inline const Shape& shape_of(const ConnectionsView*) {
    static const Shape made{
        .name = "Connections",
        .fields = {field<&ConnectionsView::rest>({.name = "rest", .required = true}),
                   field<&ConnectionsView::ws>({.name = "ws", .required = true})}};
    return made;
}

struct StoreView {
    std::string engine;
    std::string durability;
    std::string state;
    std::uint64_t messages = 0;
    std::uint64_t stored = 0;
    std::uint64_t replaced = 0;
    std::uint64_t repeated = 0;
    std::uint64_t changes = 0;
    std::optional<DiskFigures> disk;
};
inline const Shape& shape_of(const StoreView*) {
    static const Shape made{
        .name = "Store",
        .fields = {
            field<&StoreView::engine>(
                {.name = "engine", .required = true, .choices = {"embedded", "memory"}}),
            field<&StoreView::durability>({.name = "durability",
                                           .required = true,
                                           .choices = {"batch", "interval", "relaxed", "memory"}}),
            field<&StoreView::state>({.name = "state",
                                      .required = true,
                                      .choices = {"writing", "full", "failed"},
                                      .says = "Reads are answered in each of them."}),
            field<&StoreView::messages>(
                {.name = "messages",
                 .required = true,
                 .says = "Writes of readings since the hub started, of one device or of many."}),
            field<&StoreView::stored>(
                {.name = "stored", .required = true, .says = "Readings that were new."}),
            field<&StoreView::replaced>(
                {.name = "replaced", .required = true, .says = "Readings that got another value."}),
            field<&StoreView::repeated>({.name = "repeated",
                                         .required = true,
                                         .says = "Readings that were there already."}),
            field<&StoreView::changes>(
                {.name = "changes", .required = true, .says = "Transactions of the registry."}),
            field<&StoreView::disk>({.name = "disk", .says = "None where nothing is kept."})}};
    return made;
}

struct StatusView {
    std::string version;
    Instant started;
    Duration uptime{0};
    bool ready = false;
    std::vector<WarningView> warnings;
    std::vector<std::string> addresses;
    ConnectionsView connections;
    std::uint64_t devices = 0;
    std::optional<double> messages_per_second;
    StoreView store;
};
inline const Shape& shape_of(const StatusView*) {
    static const Shape made{
        .name = "Status",
        .fields = {
            field<&StatusView::version>({.name = "version", .required = true}),
            field<&StatusView::started>({.name = "started", .required = true}),
            field<&StatusView::uptime>({.name = "uptime", .required = true, .unit = "ms"}),
            field<&StatusView::ready>(
                {.name = "ready",
                 .required = true,
                 .says = "As /readyz: whether the hub takes what is written to it."}),
            field<&StatusView::warnings>({.name = "warnings",
                                          .required = true,
                                          .says = "The worst first; none of a healthy hub."}),
            field<&StatusView::addresses>(
                {.name = "addresses", .required = true, .says = "Of the doors."}),
            field<&StatusView::connections>(
                {.name = "connections", .required = true, .says = "Open at each door."}),
            field<&StatusView::devices>({.name = "devices", .required = true}),
            field<&StatusView::messages_per_second>(
                {.name = "messages_per_second",
                 .says = "Writes of readings, over the last minute."}),
            field<&StatusView::store>({.name = "store", .required = true})}};
    return made;
}

[[nodiscard]] StoreView view_of(const StoreFigures& figures);

// ---------------------------------------------------------------- operations

inline const auto kHubStatus = operation<Empty, StatusView>({
    .name = "hub.status",
    .path = "/v1/status",
    .scope = Scope::kMetricsRead,
    .urgency = Urgency::kVital,
    .says = "Tells how the hub is: what is wrong with it, who is connected, what its store holds.",
    .example = "{}",
    .answer =
        R"({"version":"0.1.0","started":1732300000000,"uptime":86600000,"ready":true,)"
        R"("warnings":[],"addresses":["http://127.0.0.1:8080"],"connections":{"rest":1,"ws":12},)"
        R"("devices":2,"store":{"engine":"embedded",)"
        R"("durability":"batch","state":"writing","messages":10396000,"stored":41584000,)"
        R"("replaced":0,"repeated":12,"changes":2040}})",
});

}  // namespace tandem::contract
