#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::bench {

/// Ends the program with a line on stderr: a benchmark that cannot run as asked says nothing else.
[[noreturn]] inline void give_up(std::string_view why) {
    fmt::print(stderr, "{}\n", why);
    std::_Exit(2);
}

/// The command line as `--name value` pairs and `--name` flags. Whoever asks for all options that
/// there are calls `done()` after that, and what nobody asked for ends the program.
class Options {
public:
    Options(int count, char** arguments) : left_{arguments + 1, arguments + count} {}

    bool flag(std::string_view name) {
        for (auto each = left_.begin(); each != left_.end(); ++each) {
            if (*each != name) continue;
            left_.erase(each);
            return true;
        }
        return false;
    }

    std::string text(std::string_view name, std::string_view otherwise) {
        for (auto each = left_.begin(); each != left_.end() && each + 1 != left_.end(); ++each) {
            if (*each != name) continue;
            std::string value = *(each + 1);
            left_.erase(each, each + 2);
            return value;
        }
        return std::string{otherwise};
    }

    double number(std::string_view name, double otherwise) {
        const std::string given = text(name, "");
        if (given.empty()) return otherwise;
        double value = 0;
        const char* end = given.data() + given.size();
        const auto [stop, error] = std::from_chars(given.data(), end, value);
        if (error != std::errc{} || stop != end || !(value >= 0)) {
            give_up(fmt::format("{} takes a number, not {}", name, given));
        }
        return value;
    }

    std::size_t count(std::string_view name, std::size_t otherwise) {
        return static_cast<std::size_t>(number(name, static_cast<double>(otherwise)));
    }

    void done() const {
        if (!left_.empty()) give_up(fmt::format("{} is not known", left_.front()));
    }

private:
    std::vector<std::string> left_;
};

}  // namespace tandem::bench
