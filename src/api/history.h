#pragma once

#include "api/call.h"
#include "api/device_state.h"
#include "api/world.h"
#include "contract/telemetry.h"
#include "contract/telemetry_file.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::api {

// What telemetry.read and telemetry.query have in common.

/// A page is in memory as a whole, as values and as the answer.
inline constexpr std::size_t kPageWeight = 4 * 1'024 * 1'024;

/// What of a device's history is asked for: the same for each of its pages.
struct Plan {
    DeviceRef device;
    std::vector<std::string> series;
    SeriesChoice readable;           ///< of the device's series
    std::vector<std::string> units;  ///< of each series; empty: not known
    std::vector<Instant> kept_from;  ///< of each series: what is older is not shown
    TimeRange range;
    std::optional<Buckets> buckets;
    std::vector<std::string> aggregate;
    std::optional<std::size_t> points;  ///< thinned to so many
    std::size_t limit = 0;              ///< rows of a series in one page
    std::size_t weight = kPageWeight;   ///< of all values in one page, about; see weight_of()
    bool newest_first = false;
    std::optional<Monotonic> deadline;

    [[nodiscard]] std::size_t weight_of_each() const {
        return weight / std::max<std::size_t>(1, series.size());
    }
};

/// What is known of the series of one device.
class SeriesFacts {
public:
    SeriesFacts(const World& world, const DeviceState& state);
    /// `labels`: the device's.
    SeriesFacts(const World& world, const Labels& labels, const std::vector<Series>& declared);

    struct Facts {
        std::string unit;   ///< empty: not known
        Instant kept_from;  ///< what is older is not shown any more, erased or not
    };
    [[nodiscard]] const Facts& of(std::string_view series) const;

private:
    static Facts facts_of(const World& world, const Labels& labels, const Series* series);

    std::map<std::string, Facts, std::less<>> declared_;
    Facts others_;
};

/// The plan without its device. The cursor, if any, is telemetry.read's own. Fails with
/// kInvalidField on what does not go together.
[[nodiscard]] Result<Plan> plan_of(const World& world,
                                   const contract::HistoryFields& asked,
                                   bool newest_first);
/// Lets the plan begin behind a page. Fails with kInvalidField for `#query/cursor`.
[[nodiscard]] Result<void> continue_from(const std::string& cursor, Plan& plan);
/// Completes the plan with the device; its series are all that have readings and may be read where
/// none are named. Fails with kForbidden for one that is named and may not be read.
Task<Result<Plan>> plan_device(World world, Plan plan, DeviceRef device, SeriesFacts facts);

/// One page. Its `next` says where the next one begins, if there is more.
Task<Result<contract::History>> read_page(World world, std::shared_ptr<const Plan> plan);
[[nodiscard]] std::size_t weight_of(const contract::History& history);

/// The pages of one device, one after the other.
class Pages {
public:
    /// `left`: so many rows of a series at most; none: all.
    Pages(Plan plan, std::optional<std::int64_t> left);

    /// The next page, as lines of `lines`, which outlive the call.
    Task<Result<std::string>> next(World world, const contract::LineWriter* lines);
    [[nodiscard]] bool over() const { return over_; }

private:
    std::shared_ptr<Plan> plan_;
    std::size_t left_;
    bool over_ = false;
};

/// The history of one device as lines, made while they are sent: no more than a page of it is in
/// memory.
[[nodiscard]] std::shared_ptr<BodySource> lines_of(Plan plan,
                                                   contract::Encoding encoding,
                                                   std::optional<std::int64_t> limit,
                                                   WaitingRoom::Place place);

}  // namespace tandem::api
