// Readings in the line protocol of InfluxDB, written to the embedded store or, as a floor, to
// SQLite with a row for each reading: what that costs. Driven by store.mjs.
//
//   build/release/bench/store make --out DIR [--devices N] [--rows N] [--parts N] [--series N]
//   build/release/bench/store chunks|rows --data DIR [--file FILE]
//
// `make` writes part-0.lines and so on, each the next part of the time of all devices, and the same
// as CSV (series, microseconds, value) for those who cannot read lines; with `--series`, devices
// that measure so much at once, as lines only. The others open the store and write what the file
// has, 5,000 lines at a time, each answered after its sync, until all of it is where it stays, and
// print what that took; without `--file`, of each file that a line of the input names, one after
// the other. The store is closed at the end of the input; of one file, that is counted too.
#include "store/embedded/store.h"

#include "base/check.h"
#include "base/checked.h"
#include "base/random.h"
#include "base/task.h"
#include "conformance/manual_executor.h"
#include "figures.h"
#include "line_protocol.h"
#include "options.h"
#include "store/embedded/sqlite.h"
#include "store/telemetry/test_rows.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace tandem;
using namespace tandem::bench;
using namespace tandem::store;

namespace {

constexpr std::array<std::string_view, 5> kNames{"temperature", "humidity", "counter", "open",
                                                 "status"};
constexpr std::size_t kLinesAtOnce = 5'000;
constexpr std::size_t kReadingsAtOnce = 25'000;  // Fewer lines of devices that measure much.
constexpr std::size_t kUnderWay = 4;             // Writes that are not answered yet.
constexpr std::int64_t kSlower = 30;             // A row every five minutes instead of ten seconds.

// ---------------------------------------------------------------- make

struct Device {
    Rows rows;
    std::vector<std::size_t> next;  // of each column
};

std::string value_text(const Column& column, std::size_t at, bool quoted) {
    switch (column.type) {
        case ValueType::kDouble:
            return fmt::format("{}", std::bit_cast<double>(column.bits[at]));
        case ValueType::kInteger:
            return fmt::format("{}{}", column.bits[at], quoted ? "i" : "");
        case ValueType::kBoolean:
            if (!quoted) return column.bits[at] != 0 ? "1" : "0";
            return column.bits[at] != 0 ? "t" : "f";
        default:
            return quoted ? fmt::format("\"{}\"", column.texts[at]) : std::string{"0"};
    }
}

void write_row(std::ofstream& lines,
               std::ofstream& csv,
               Device& device,
               std::size_t number,
               std::uint32_t row) {
    const std::int64_t first = device.rows.times.front();
    const std::int64_t time = first + (device.rows.times[row] - first) * kSlower;
    std::string fields;
    for (std::size_t at = 0; at < device.rows.columns.size(); ++at) {
        const Column& column = device.rows.columns[at];
        std::size_t& value = device.next[at];
        if (value == column.at.size() || column.at[value] != row) continue;
        if (!fields.empty()) fields += ',';
        fields += fmt::format("{}={}", kNames[at], value_text(column, value, true));
        csv << number * kNames.size() + at << ',' << time << ',' << value_text(column, value, false)
            << '\n';
        ++value;
    }
    lines << fmt::format("sensor,device=bench-{} {} {}\n", number, fields, time * 1'000);
}

void make(const std::filesystem::path& out,
          std::size_t devices,
          std::size_t rows,
          std::size_t parts) {
    std::vector<Device> all;
    for (std::size_t number = 0; number < devices; ++number) {
        all.push_back({.rows = sensor_rows(number, rows, number % 10 == 0),
                       .next = std::vector<std::size_t>(kNames.size())});
    }
    for (std::size_t part = 0; part < parts; ++part) {
        std::ofstream lines{out / fmt::format("part-{}.lines", part)};
        std::ofstream csv{out / fmt::format("part-{}.csv", part)};
        for (std::size_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row) {
            for (std::size_t number = 0; number < devices; ++number)
                write_row(lines, csv, all[number], number, static_cast<std::uint32_t>(row));
        }
        check(lines.good() && csv.good());
    }
}

// Machines that measure much: each series wanders by tenths.
void make_wide(const std::filesystem::path& out,
               std::size_t devices,
               std::size_t rows,
               std::size_t series) {
    SeededRandom random{1};
    std::vector<std::int64_t> tenths(devices * series, 200);
    std::ofstream lines{out / "part-0.lines"};
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t device = 0; device < devices; ++device) {
            lines << fmt::format("sensor,device=bench-{} ", device);
            for (std::size_t at = 0; at < series; ++at) {
                std::int64_t& value = tenths[device * series + at];
                value += static_cast<std::int64_t>(random.next() % 5) - 2;
                lines << fmt::format("{}m{}={:.1f}", at == 0 ? "" : ",", at,
                                     static_cast<double>(value) / 10);
            }
            lines << fmt::format(" {}\n", (1'700'000'000 + row * 10) * 1'000'000'000);
        }
    }
    check(lines.good());
}

// ---------------------------------------------------------------- write

class ChunkWriter {
public:
    explicit ChunkWriter(const std::filesystem::path& data) {
        EmbeddedSettings settings;
        settings.group_min_gap = 10ms;
        // Into chunks as soon as a file has been written, which takes less.
        settings.telemetry.head_age = 2s;
        store_ = checked(EmbeddedStore::open(data, settings, clock_, random_));
        ports_ = store_->attach(loop_);
    }

    void write(std::vector<DeviceReadings> batch) {
        ++under_way_;
        spawn(answered(std::move(batch)));
        wait_for(kUnderWay - 1);
    }
    /// Until all that was written is in chunks.
    void settle() {
        wait_for(0);
        const auto rows = [this] { return checked(store_->figures().disk).memory.rows; };
        while (rows() > 0)
            std::this_thread::sleep_for(100ms);
    }
    void close() {
        wait_for(0);
        ports_.reset();
        store_.reset();
    }

private:
    Task<void> answered(std::vector<DeviceReadings> batch) {
        auto written = co_await ports_->ports().telemetry->write(std::move(batch));
        if (!written) give_up("a write was refused: " + written.error().detail);
        --under_way_;
    }
    void wait_for(std::size_t most) {
        check(loop_.run_until([&] { return under_way_ <= most; }));
    }

    SystemClock clock_;
    SystemRandom random_;
    conformance::ManualExecutor loop_;
    std::unique_ptr<StoreEngine> store_;
    std::unique_ptr<AttachedStores> ports_;
    std::size_t under_way_ = 0;
};

/// The floor: a row for each reading, the key of which is series and time.
class RowWriter {
public:
    explicit RowWriter(const std::filesystem::path& data) {
        std::filesystem::create_directories(data);
        file_ = checked(Connection::open(data / "rows.db", Connection::Role::kWriter));
        done(file_->execute("PRAGMA cache_size = -65536"));
        done(
            file_->execute("CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, name TEXT "
                           "UNIQUE); CREATE TABLE IF NOT EXISTS reading (series INTEGER, time "
                           "INTEGER, value, PRIMARY KEY (series, time)) WITHOUT ROWID"));
    }

    void write(const std::vector<DeviceReadings>& batch) {
        done(file_->execute("BEGIN IMMEDIATE"));
        for (const DeviceReadings& each : batch) {
            for (const Reading& reading : each.readings)
                write(each.device.id.text(), reading);
        }
        done(file_->execute("COMMIT"));
    }
    void settle() {}
    void close() { file_.reset(); }

private:
    static void done(const Result<void>& result) {
        if (!result) give_up(result.error().detail);
    }
    void write(const std::string& device, const Reading& reading) {
        auto row = file_->prepare("INSERT OR REPLACE INTO reading VALUES (?1, ?2, ?3)");
        row.bind(number_of(device + '/' + reading.series)).bind(reading.time);
        if (const auto* number = reading.value.get<double>()) {
            row.bind(*number);
        } else if (const auto* whole = reading.value.get<std::int64_t>()) {
            row.bind(*whole);
        } else if (const auto* text = reading.value.get<std::string>()) {
            row.bind(std::string_view{*text});
        } else {
            row.bind(std::int64_t{*reading.value.get<bool>() ? 1 : 0});
        }
        done(row.run());
    }
    std::int64_t number_of(const std::string& name) {
        const auto known = numbers_.find(name);
        if (known != numbers_.end()) return known->second;
        done(file_->prepare("INSERT OR IGNORE INTO series (name) VALUES (?1)").bind(name).run());
        auto found = file_->prepare("SELECT id FROM series WHERE name = ?1");
        check(checked(found.bind(name).next()));
        return numbers_[name] = found.integer(0);
    }

    std::unique_ptr<Connection> file_;
    std::map<std::string, std::int64_t> numbers_;
};

/// The number behind `word` in a file that the kernel makes.
std::uint64_t told(const char* file, std::string_view word) {
    std::ifstream lines{file};
    std::uint64_t number = 0;
    for (std::string each; lines >> each;) {
        if (each == word) lines >> number;
    }
    return number;
}

/// What this process has sent to the disk, in bytes.
std::uint64_t bytes_written() {
    return told("/proc/self/io", "write_bytes:");
}

/// What it has in memory of its own, in KiB.
std::uint64_t own_memory() {
    return told("/proc/self/status", "RssAnon:");
}

std::vector<std::string> lines_of(const std::string& file) {
    std::ifstream lines{file};
    if (!lines) give_up("cannot read " + file);
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);)
        all.push_back(std::move(line));
    return all;
}

/// What has been used since it was made.
class Spent {
public:
    void print(std::size_t readings) const {
        const double cpu_s = (cpu_ns() - cpu_) / 1e9;
        const double wall_s = static_cast<double>(nanoseconds(CLOCK_MONOTONIC) - wall_) / 1e9;
        fmt::print(
            "{{\"readings\":{},\"cpu_s\":{:.4f},\"wall_s\":{:.4f},\"written\":{},"
            "\"own_kib\":{}}}\n",
            readings, cpu_s, wall_s, bytes_written() - written_, own_memory());
        std::fflush(stdout);
    }

private:
    std::uint64_t written_ = bytes_written();
    double cpu_ = cpu_ns();
    std::int64_t wall_ = nanoseconds(CLOCK_MONOTONIC);
};

/// Gives how many readings there were.
template <typename Writer>
std::size_t write_lines(Writer& writer, const std::vector<std::string>& all) {
    std::size_t readings = 0;
    for (std::size_t at = 0; at < all.size();) {
        std::vector<DeviceReadings> batch;
        const std::size_t before = readings;
        while (at < all.size() && batch.size() < kLinesAtOnce &&
               readings - before < kReadingsAtOnce) {
            batch.push_back(read_line(all[at++]));
            readings += batch.back().readings.size();
        }
        writer.write(std::move(batch));
    }
    return readings;
}

template <typename Writer>
void write_file(const std::filesystem::path& data, const std::string& file) {
    const auto all = lines_of(file);
    const Spent spent;
    Writer writer{data};
    const std::size_t readings = write_lines(writer, all);
    writer.close();
    spent.print(readings);
}

template <typename Writer>
void write_files(const std::filesystem::path& data) {
    Writer writer{data};
    for (std::string file; std::getline(std::cin, file);) {
        const auto all = lines_of(file);
        const Spent spent;
        const std::size_t readings = write_lines(writer, all);
        writer.settle();
        spent.print(readings);
    }
    writer.close();
}

template <typename Writer>
void write(const std::filesystem::path& data, const std::string& file) {
    if (file.empty()) {
        write_files<Writer>(data);
    } else {
        write_file<Writer>(data, file);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) give_up("say make, chunks or rows");
    const std::string what = arguments[1];
    Options options{count - 1, arguments + 1};
    if (what == "make") {
        const std::string out = options.text("--out", "");
        const std::size_t devices = options.count("--devices", 200);
        const std::size_t rows = options.count("--rows", 2'304);
        const std::size_t parts = options.count("--parts", 5);
        const std::size_t series = options.count("--series", 0);
        options.done();
        if (series > 0) {
            make_wide(out, devices, rows, series);
        } else {
            make(out, devices, rows, parts);
        }
    } else if (what == "chunks" || what == "rows") {
        const std::string data = options.text("--data", "");
        const std::string file = options.text("--file", "");
        options.done();
        if (what == "chunks") {
            write<ChunkWriter>(data, file);
        } else {
            write<RowWriter>(data, file);
        }
    } else {
        give_up("say make, chunks or rows");
    }
    return 0;
}
