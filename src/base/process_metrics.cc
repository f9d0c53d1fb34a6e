#include "base/process_metrics.h"

#include "base/check.h"
#include "base/metric_text.h"

#include <ctime>
#include <utility>

namespace tandem {

std::string process_metrics() {
    std::timespec used{};
    check(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
    MetricText out;
    out.family(MetricText::Type::kCounter, "process_cpu_seconds_total",
               "Processor time of the hub in seconds, user and system, of all threads.");
    out.sample(static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9);
    return std::move(out).take();
}

}  // namespace tandem
