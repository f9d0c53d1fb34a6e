#pragma once

#include "advise/workload.h"
#include "base/value.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::measure {

/// The figures of a page of metrics, by the line's text before the value: name and labels.
using Figures = std::map<std::string, double, std::less<>>;
/// Reads a page in Prometheus' text format; what is no figure is passed over.
[[nodiscard]] Figures read_figures(std::string_view page);
/// The sum of the figures of that name whose labels have all of `labels`, such as
/// `op="config.get"`.
[[nodiscard]] double sum_of(const Figures& figures,
                            std::string_view name,
                            const std::vector<std::string>& labels = {});

/// What a hub's public faces told in some time: events of readings, and two pages of metrics. From
/// it comes the workload that this was.
class Recording {
public:
    /// So many readings are kept; then full().
    static constexpr std::size_t kReadingsMost = 200'000;

    /// A message of the stream: events of readings are taken, gaps are counted.
    void hear(const Value& message);
    [[nodiscard]] bool full() const { return count_ >= kReadingsMost; }
    [[nodiscard]] std::size_t readings() const { return count_; }

    /// The pages of the beginning and of the end, which are `time` apart. One subscription is that
    /// of whoever records.
    void span(const Figures& first, const Figures& last, Duration time);

    /// What it was. What traffic does not show, network and power above all, is as in `base`.
    /// Fails with kInvalidField when no device has sent a reading.
    [[nodiscard]] Result<advise::Workload> workload(const advise::Workload& base) const;
    /// What it was made from, each a line.
    [[nodiscard]] std::vector<std::string> notes() const;

private:
    void take(const std::string& device,
              double when,
              const std::string& series,
              const Value& value);
    [[nodiscard]] double delta(std::string_view name, const std::vector<std::string>& labels) const;
    [[nodiscard]] double requests(const std::vector<std::string_view>& operations) const;
    [[nodiscard]] double messages() const;
    [[nodiscard]] double scale() const;
    [[nodiscard]] double per_device_and_day(double count) const;
    [[nodiscard]] double jitter() const;
    void describe_readings(advise::Workload& made) const;

    // The values of each reading by series, by device and by its time in milliseconds. Never more
    // than kReadingsMost in all.
    std::map<std::string, std::map<double, Value>> devices_;
    std::size_t count_ = 0;
    double heard_ = 0;   // Events.
    double missed_ = 0;  // Events that the hub has told of by a receipt only.
    Figures first_;
    Figures last_;
    Duration time_{0};
};

}  // namespace tandem::measure
