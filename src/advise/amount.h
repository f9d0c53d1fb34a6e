#pragma once

#include "base/clock.h"

#include <string>

namespace tandem::advise {

[[nodiscard]] double seconds(Duration span);
/// `412 B`, `1.25 MB`: powers of a thousand.
[[nodiscard]] std::string bytes_text(double bytes);
/// `3.2 ms`, `45 s`, `16 min`, `2.5 h`, `3 d`.
[[nodiscard]] std::string seconds_text(double seconds);
/// `0`, `0.052`, `17`, `1,440`, `1.2 million`.
[[nodiscard]] std::string count_text(double count);
/// `0.2 mJ`, `120 J`, `3.4 kJ`.
[[nodiscard]] std::string joules_text(double joules);

}  // namespace tandem::advise
