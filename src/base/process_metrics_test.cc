#include "base/process_metrics.h"

#include <doctest/doctest.h>

#include <string>

namespace tandem {
namespace {

double cpu_seconds() {
    const std::string text = process_metrics();
    const std::string name = "\nprocess_cpu_seconds_total ";
    const auto found = text.find(name);
    REQUIRE(found != std::string::npos);
    return std::stod(text.substr(found + name.size()));
}

TEST_CASE("the processor time of the process grows with its work") {
    const double before = cpu_seconds();
    CHECK(before >= 0);
    // Ends by the very figure that it looks at: on a busy machine later, but it ends.
    volatile unsigned work = 0;
    while (cpu_seconds() < before + 0.02)
        work = work + 1;
    CHECK(cpu_seconds() >= before + 0.02);
}

TEST_CASE("it is a counter with a sentence, for whoever reads /metrics") {
    const std::string text = process_metrics();
    CHECK(text.find("# TYPE process_cpu_seconds_total counter\n") != std::string::npos);
    CHECK(text.find("# HELP process_cpu_seconds_total ") != std::string::npos);
    CHECK(text.back() == '\n');
}

}  // namespace
}  // namespace tandem
