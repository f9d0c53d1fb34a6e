// What it costs to turn one message of a device into the request of telemetry.write: the
// catalogue's readers in each format, against a parser written by hand for this one JSON message.
//
//   build/release/bench/decode [--rounds N] [--json]
//
// Rounds are interleaved; each figure is the median of CPU time per message. The floor does what a
// hand-written parser would do and no more: it knows the shape, looks for no repeated key, checks
// no UTF-8 and no limit.
#include "base/check.h"
#include "base/checked.h"
#include "codec/csv.h"
#include "codec/json.h"
#include "contract/senml.h"
#include "contract/telemetry.h"
#include "contract/telemetry_file.h"
#include "figures.h"
#include "options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace tandem;
using namespace tandem::bench;
using namespace tandem::contract;

namespace {

constexpr int kMessages = 2'000;  // Of one way in one round.
constexpr std::string_view kMessage =
    R"({"t":1732387200123,"v":{"temperature":21.53,"humidity":48.2,"pressure":1013,)"
    R"("door_open":false,"mode":"eco"}})";

// ---------------------------------------------------------------- by hand

class ByHand {
public:
    explicit ByHand(std::string_view text) : at_{text.data()}, end_{text.data() + text.size()} {}

    bool read(TelemetryWrite& out) {
        TelemetryBody::Item& item = out.body.items.emplace_back();
        if (!word("{\"t\":")) return false;
        std::int64_t ms = 0;
        if (!number(ms) || !word(",\"v\":{")) return false;
        item.time = Instant{Duration{ms * 1'000}};
        while (true) {
            if (!member(item.values)) return false;
            if (at_ == end_) return false;
            if (*at_++ == '}') break;
        }
        return word("}") && at_ == end_;
    }

private:
    bool word(std::string_view expected) {
        if (!std::string_view{at_, end_}.starts_with(expected)) return false;
        at_ += expected.size();
        return true;
    }
    template <typename Number>
    bool number(Number& out) {
        const auto [end, error] = std::from_chars(at_, end_, out);
        at_ = end;
        return error == std::errc{};
    }
    bool text(std::string& out) {
        const char* close = std::find(++at_, end_, '"');
        if (close == end_) return false;
        out.assign(at_, close);
        at_ = close + 1;
        return true;
    }
    bool member(TelemetryBody::Values& out) {
        auto& [name, value] = out.emplace_back();
        return at_ != end_ && *at_ == '"' && text(name) && word(":") && read_value(value);
    }
    bool read_value(Value& out) {
        if (at_ == end_) return false;
        if (*at_ == '"') {
            std::string read;
            if (!text(read)) return false;
            out = std::move(read);
            return true;
        }
        if (*at_ == 't' || *at_ == 'f') {
            out = *at_ == 't';
            return word(*at_ == 't' ? "true" : "false");
        }
        const char* begin = at_;
        while (at_ != end_ && *at_ != ',' && *at_ != '}')
            ++at_;
        const std::string_view digits{begin, at_};
        if (digits.find_first_of(".eE") == std::string_view::npos) {
            std::int64_t whole = 0;
            at_ = begin;
            if (!number(whole)) return false;
            out = whole;
            return true;
        }
        double real = 0;
        at_ = begin;
        if (!number(real)) return false;
        out = real;
        return true;
    }

    const char* at_;
    const char* end_;
};

// ---------------------------------------------------------------- the ways

struct Way {
    std::string name;
    std::string bytes;
    std::function<void()> once;
    std::vector<double> ns;
};

TelemetryWrite request_of(const Input& input) {
    TelemetryWrite request;
    check(read_request(kTelemetryWrite, input, &request).has_value());
    if (request.body.form == TelemetryBody::Form::kLines) {
        check(read_file({.zone = codec::TimeZone::fixed(Duration{0})}, request.body).has_value());
    }
    check(!request.body.items.empty());
    return request;
}

std::string body_in(Encoding encoding) {
    const Value message = checked(codec::parse_json(kMessage));
    if (encoding == Encoding::kNdjson) return std::string{kMessage} + "\n";
    const TelemetryWrite request =
        request_of({.path = {{"device", "lamp-1"}},
                    .body = {.encoding = Encoding::kJson, .bytes = std::string{kMessage}}});
    const TelemetryBody::Item& item = request.body.items.front();
    if (encoding == Encoding::kCsv) {
        std::vector<std::string> names;
        std::vector<std::vector<Reading>> readings;
        for (const auto& [name, value] : item.values) {
            names.push_back(name);
            readings.push_back({{.series = name, .time = *item.time, .value = value}});
        }
        const LineWriter lines{encoding, std::move(names)};
        std::string out;
        lines.begin(out);
        lines.append(readings, false, out);
        return out;
    }
    const auto writer = make_writer(encoding);
    if (!is_senml(encoding)) {
        write_value(*writer, message);
        return writer->take();
    }
    std::vector<SenmlRow> rows;
    for (const auto& [name, value] : item.values)
        rows.push_back({.series = name, .unit = {}, .time = *item.time, .value = &value});
    check(write_senml(*writer, "lamp-1", rows).has_value());
    return writer->take();
}

std::vector<Way> make_ways() {
    std::vector<Way> ways;
    ways.push_back({.name = "by hand, JSON",
                    .bytes = std::string{kMessage},
                    .once =
                        [] {
                            TelemetryWrite request;
                            request.device = "lamp-1";
                            check(ByHand{kMessage}.read(request));
                        },
                    .ns = {}});
    for (const EncodingRow& row : encodings()) {
        if (row.bodies == Bodies::kEvents) continue;
        Input input{.path = {{"device", "lamp-1"}},
                    .body = {.encoding = row.encoding, .bytes = body_in(row.encoding)}};
        std::string bytes = input.body.bytes;
        ways.push_back({.name = std::string{row.media_type},
                        .bytes = std::move(bytes),
                        .once = [input = std::move(input)] { request_of(input); },
                        .ns = {}});
    }
    return ways;
}

void print(const std::vector<Way>& ways, bool json) {
    const double floor = median(ways.front().ns);
    if (!json)
        fmt::print("{:<26} {:>6} {:>12} {:>10}\n", "way", "bytes", "ns a message", "x by hand");
    for (const Way& way : ways) {
        const double ns = median(way.ns);
        fmt::print(
            fmt::runtime(json ? "{{\"way\":\"{}\",\"bytes\":{},\"ns\":{:.0f},\"ratio\":{:.2f}}}\n"
                              : "{:<26} {:>6} {:>12.0f} {:>10.2f}\n"),
            way.name, way.bytes.size(), ns, ns / floor);
    }
}

}  // namespace

int main(int count, char** arguments) {
    Options options{count, arguments};
    const std::size_t rounds = options.count("--rounds", 25);
    const bool json = options.flag("--json");
    options.done();
    if (rounds == 0) give_up("--rounds takes 1 or more");
    std::vector<Way> ways = make_ways();
    for (std::size_t round = 0; round < rounds; ++round) {
        for (Way& way : ways) {
            const double begin = cpu_ns();
            for (int message = 0; message < kMessages; ++message)
                way.once();
            way.ns.push_back((cpu_ns() - begin) / kMessages);
        }
    }
    print(ways, json);
    return 0;
}
