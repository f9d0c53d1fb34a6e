#include "measure/recording.h"

#include "client/call.h"
#include "codec/json.h"
#include "measure/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace tandem::measure {
namespace {

using client::items_at;
using client::number_at;
using client::text_at;

constexpr double kSecondsOfDay = 86'400;
constexpr std::string_view kRequests = "tandem_requests_total";

double seconds(Duration span) {
    return static_cast<double>(span.count()) / 1e6;
}

// As many digits as a figure of a short recording is worth.
double rounded(double value) {
    if (value <= 0) return 0;
    const double scale = std::pow(10, 2 - std::floor(std::log10(value)));
    return std::round(value * scale) / scale;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Figures read_figures(std::string_view page) {
    Figures figures;
    while (!page.empty()) {
        const std::size_t end = std::min(page.find('\n'), page.size());
        const std::string_view line = page.substr(0, end);
        page.remove_prefix(std::min(end + 1, page.size()));
        const std::size_t space = line.rfind(' ');
        if (line.starts_with('#') || space == std::string_view::npos) continue;
        double value = 0;
        const char* last = line.data() + line.size();
        const auto read = std::from_chars(line.data() + space + 1, last, value);
        if (read.ec == std::errc{} && read.ptr == last) {
            figures.insert_or_assign(std::string{line.substr(0, space)}, value);
        }
    }
    return figures;
}

double sum_of(const Figures& figures,
              std::string_view name,
              const std::vector<std::string>& labels) {
    double sum = 0;
    for (auto at = figures.lower_bound(name); at != figures.end(); ++at) {
        const std::string_view line = at->first;
        if (!line.starts_with(name)) break;
        const std::string_view rest = line.substr(name.size());
        if (!rest.empty() && rest.front() != '{') continue;
        const bool fits = std::ranges::all_of(labels, [rest](const std::string& label) {
            return rest.find(label) != std::string_view::npos;
        });
        if (fits) sum += at->second;
    }
    return sum;
}

void Recording::hear(const Value& message) {
    if (const Value* gap = message.find("gap")) missed_ += number_at(*gap, "n");
    for (const Value& event : items_at(message, "ev")) {
        heard_ += 1;
        const std::string series = text_at(event, "s");
        const Value* value = event.find("v");
        if (series.empty() || value == nullptr) continue;
        take(text_at(event, "d"), number_at(event, "t"), series, *value);
    }
}

void Recording::take(const std::string& device,
                     double when,
                     const std::string& series,
                     const Value& value) {
    const auto known = devices_.find(device);
    const bool fresh = known == devices_.end() || !known->second.contains(when);
    if (fresh && full()) return;
    if (fresh) ++count_;
    Value& values = devices_[device][when];
    if (values.is_null()) values = Value::Object{};
    values.set(series, value);
}

void Recording::span(const Figures& first, const Figures& last, Duration time) {
    first_ = first;
    last_ = last;
    time_ = time;
}

double Recording::delta(std::string_view name, const std::vector<std::string>& labels) const {
    return std::max(sum_of(last_, name, labels) - sum_of(first_, name, labels), 0.0);
}

double Recording::requests(const std::vector<std::string_view>& operations) const {
    double sum = 0;
    for (const std::string_view operation : operations)
        sum += delta(kRequests, {fmt::format("op=\"{}\"", operation), "status=\"2"});
    return sum;
}

double Recording::messages() const {
    return requests({"telemetry.write", "telemetry.write_many"});
}

// What was told of by a receipt alone was as what was heard.
double Recording::scale() const {
    return heard_ > 0 ? (heard_ + missed_) / heard_ : 1;
}

double Recording::per_device_and_day(double count) const {
    const double devices = std::max(static_cast<double>(devices_.size()), 1.0);
    return rounded(count / devices / seconds(time_) * kSecondsOfDay);
}

// By how much the spans between a device's readings lie beside their mean, as a share of it: what
// nine of ten do not exceed.
double Recording::jitter() const {
    std::vector<double> shares;
    for (const auto& [device, readings] : devices_) {
        std::vector<double> gaps;
        for (auto at = readings.begin(); at != readings.end(); ++at) {
            if (const auto next = std::next(at); next != readings.end()) {
                gaps.push_back(next->first - at->first);
            }
        }
        if (gaps.size() < 2) continue;
        const double middle = std::max(mean(gaps), 1e-3);
        for (const double gap : gaps)
            shares.push_back(std::abs(gap - middle) / middle);
    }
    std::ranges::sort(shares);
    return shares.empty() ? advise::Workload{}.readings.jitter
                          : std::min(std::round(100 * percentile(shares, 0.9)) / 100, 1.0);
}

void Recording::describe_readings(advise::Workload& made) const {
    std::vector<double> bytes;
    std::vector<double> series;
    for (const auto& [device, readings] : devices_) {
        for (const auto& [when, reading] : readings) {
            bytes.push_back(static_cast<double>(codec::to_json(reading).size()));
            const auto* values = reading.get<Value::Object>();
            series.push_back(values == nullptr ? 1 : static_cast<double>(values->size()));
        }
    }
    const double count = static_cast<double>(count_) * scale();
    const double every = seconds(time_) * static_cast<double>(devices_.size()) / count;
    // To the millisecond below ten seconds, to the second above.
    const double step = every < 10 ? 1e3 : 1;
    made.readings.every =
        Duration{static_cast<std::int64_t>(std::max(std::round(every * step), 1.0) / step * 1e6)};
    made.readings.jitter = jitter();
    made.readings.series = static_cast<std::int64_t>(median(series));
    made.readings.payload = static_cast<std::int64_t>(median(bytes));
    made.readings.batch =
        messages() > 0 ? std::max<std::int64_t>(std::llround(count / messages()), 1) : 1;
}

Result<advise::Workload> Recording::workload(const advise::Workload& base) const {
    if (count_ == 0)
        return fail(ErrorCode::kInvalidField, "no device has sent a reading meanwhile");
    advise::Workload made = base;
    made.devices = static_cast<std::int64_t>(devices_.size());
    describe_readings(made);
    made.commands.per_day = per_device_and_day(requests({"commands.send", "commands.send_many"}));
    made.configuration.reads_per_day = per_device_and_day(requests({"config.get"}));
    made.configuration.changes_per_day =
        per_device_and_day(requests({"config.put", "config.patch"}));
    // Ours is one of them.
    const double watching = sum_of(last_, "tandem_subscriptions") - 1;
    made.dashboards.watching = std::max<std::int64_t>(std::llround(watching), 0);
    made.dashboards.hours_per_day = made.dashboards.watching > 0 ? 24 : 0;
    if (auto good = advise::validate(made); !good) return pass(good);
    return made;
}

std::vector<std::string> Recording::notes() const {
    const auto by = [this](const char* door) {
        const std::string label = fmt::format("door=\"{}\"", door);
        double sum = 0;
        for (const char* operation : {"op=\"telemetry.write\"", "op=\"telemetry.write_many\""})
            sum += delta(kRequests, {operation, label});
        return sum;
    };
    std::vector<std::string> notes{
        fmt::format("{:.0f} s: {} devices, {} readings in {:.0f} messages, {:.0f} over REST and "
                    "{:.0f} over WebSockets",
                    seconds(time_), devices_.size(), count_, messages(), by("rest"), by("ws"))};
    if (missed_ > 0) {
        notes.push_back(fmt::format(
            "{:.0f} events came too fast to be heard; they are taken to be like the others",
            missed_));
    }
    if (full()) notes.emplace_back("it ended early: that were as many readings as are kept");
    notes.emplace_back(
        "devices that sent nothing meanwhile are not in it. Network, power, latencies and formats "
        "are "
        "not to be seen from a hub: say them");
    return notes;
}

}  // namespace tandem::measure
