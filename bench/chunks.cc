// What readings cost in chunks and in the log, without a disk: bytes, and CPU time to write and to
// read them again.
//
//   build/release/bench/chunks [--rounds N] [--json]
//
// The readings are those of simulated sensors, as the store's tests have them: temperature,
// humidity (one device of ten with all its digits), a counter, a switch, and in every fifth message
// a word. Everything that is read is compared with what was written, outside the time. Each figure
// is the median of the rounds.
#include "base/check.h"
#include "base/checked.h"
#include "figures.h"
#include "options.h"
#include "store/telemetry/chunk.h"
#include "store/telemetry/log_record.h"
#include "store/telemetry/test_rows.h"

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace tandem;
using namespace tandem::bench;
using namespace tandem::store;

namespace {

constexpr std::uint64_t kDevices = 100;

struct Figures {
    std::size_t readings = 0;
    std::size_t bytes = 0;
    std::vector<double> write_ns;  // a reading, of each round
    std::vector<double> read_ns;
};

std::vector<Rows> make_devices(std::size_t rows) {
    std::vector<Rows> devices;
    for (std::uint64_t device = 0; device < kDevices; ++device)
        devices.push_back(sensor_rows(device, rows, device % 10 == 0));
    return devices;
}

std::size_t readings_in(const std::vector<Rows>& devices) {
    std::size_t count = 0;
    for (const Rows& rows : devices)
        count += readings_of(rows);
    return count;
}

void measure_chunks(const std::vector<Rows>& devices, Figures& figures) {
    const auto each = static_cast<double>(figures.readings);
    std::vector<std::string> chunks;
    double begin = cpu_ns();
    for (const Rows& rows : devices)
        chunks.push_back(encode_chunk(rows));
    figures.write_ns.push_back((cpu_ns() - begin) / each);
    std::vector<Rows> read;
    begin = cpu_ns();
    for (const std::string& chunk : chunks)
        read.push_back(checked(checked(Chunk::open(chunk)).rows()));
    figures.read_ns.push_back((cpu_ns() - begin) / each);
    check(read == devices);
    figures.bytes = 0;
    for (const std::string& chunk : chunks)
        figures.bytes += chunk.size();
}

/// The messages of a device as the log has them: each its time and its values.
struct Message {
    std::uint64_t device = 0;
    std::int64_t time = 0;
    std::vector<Cell> cells;
};

// In the order of their coming: one of each device, then the next of each.
std::vector<Message> messages_of(const std::vector<Rows>& devices) {
    std::vector<Message> messages;
    const std::size_t rows = devices.front().times.size();
    std::vector<std::vector<std::size_t>> next(devices.size(), std::vector<std::size_t>(8));
    for (std::uint32_t row = 0; row < rows; ++row) {
        for (std::size_t device = 0; device < devices.size(); ++device) {
            Message message{.device = device + 1, .time = devices[device].times[row], .cells = {}};
            for (std::size_t at = 0; at < devices[device].columns.size(); ++at) {
                const Column& column = devices[device].columns[at];
                std::size_t& value = next[device][at];
                if (value == column.at.size() || column.at[value] != row) continue;
                Cell cell{.slot = column.slot, .type = column.type};
                if (is_text(column.type)) {
                    cell.text = column.texts[value];
                } else {
                    cell.bits = column.bits[value];
                }
                message.cells.push_back(cell);
                ++value;
            }
            messages.push_back(std::move(message));
        }
    }
    return messages;
}

void measure_log(const std::vector<Message>& messages, Figures& figures) {
    const auto each = static_cast<double>(figures.readings);
    const Instant base{Duration{messages.front().time}};
    RecordWriter writer{1, base};
    double begin = cpu_ns();
    for (const Message& message : messages) {
        writer.add(RowRecord{.device = message.device,
                             .time = message.time,
                             .first = writer.next(),
                             .values = message.cells});
    }
    figures.write_ns.push_back((cpu_ns() - begin) / each);
    figures.bytes = writer.payload().size();
    std::size_t values = 0;
    begin = cpu_ns();
    RecordReader reader{writer.payload(), 1, base};
    while (const auto record = checked(reader.next()))
        values += std::get<RowRecord>(*record).values.size();
    figures.read_ns.push_back((cpu_ns() - begin) / each);
    check(values == figures.readings);
    RecordReader again{writer.payload(), 1, base};
    for (const Message& message : messages) {
        const auto record = checked(again.next());
        check(std::ranges::equal(std::get<RowRecord>(checked(record)).values, message.cells));
    }
}

void print(std::string_view what, const Figures& figures, bool json) {
    const double bytes = static_cast<double>(figures.bytes) / static_cast<double>(figures.readings);
    const std::string_view form =
        json ? "{{\"what\":\"{}\",\"bytes\":{:.3f},\"write_ns\":{:.1f},\"read_ns\":{:.1f}}}\n"
             : "{:<24} {:>8.3f} {:>10.1f} {:>10.1f}\n";
    fmt::print(fmt::runtime(form), what, bytes, median(figures.write_ns), median(figures.read_ns));
}

}  // namespace

int main(int count, char** arguments) {
    Options options{count, arguments};
    const std::size_t rounds = options.count("--rounds", 15);
    const bool json = options.flag("--json");
    options.done();
    if (rounds == 0) give_up("--rounds takes 1 or more");
    const std::vector<Rows> full = make_devices(512);
    const std::vector<Rows> quarter = make_devices(128);
    const std::vector<Message> messages = messages_of(full);
    Figures of_full{.readings = readings_in(full), .write_ns = {}, .read_ns = {}};
    Figures of_quarter{.readings = readings_in(quarter), .write_ns = {}, .read_ns = {}};
    Figures of_log{.readings = readings_in(full), .write_ns = {}, .read_ns = {}};
    for (std::size_t round = 0; round < rounds; ++round) {
        measure_chunks(full, of_full);
        measure_chunks(quarter, of_quarter);
        measure_log(messages, of_log);
    }
    if (!json) {
        fmt::print("{:<24} {:>8} {:>10} {:>10}\n", "a reading", "bytes", "ns to write",
                   "ns to read");
    }
    print("chunks of 512 rows", of_full, json);
    print("chunks of 128 rows", of_quarter, json);
    print("log", of_log, json);
    return 0;
}
