#pragma once

#include "base/log.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>

namespace tandem::conformance {

/// Standard error, kept in memory for as long as this lives. The log's level is kInfo afterwards.
class CapturedLog {
public:
    CapturedLog() : memory_{::memfd_create("log", 0)}, saved_{::dup(STDERR_FILENO)} {
        REQUIRE(memory_ >= 0);
        REQUIRE(saved_ >= 0);
        ::dup2(memory_, STDERR_FILENO);
    }
    CapturedLog(const CapturedLog&) = delete;
    CapturedLog& operator=(const CapturedLog&) = delete;
    ~CapturedLog() {
        set_log_level(LogLevel::kInfo);
        ::dup2(saved_, STDERR_FILENO);
        ::close(saved_);
        ::close(memory_);
    }

    /// Its first 4 KiB.
    [[nodiscard]] std::string text() const {
        std::array<char, 4096> bytes{};
        const ssize_t got = ::pread(memory_, bytes.data(), bytes.size(), 0);
        return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }

private:
    int memory_;
    int saved_;
};

}  // namespace tandem::conformance
