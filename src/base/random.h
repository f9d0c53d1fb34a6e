#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tandem {

/// Where randomness comes from. Any thread.
class Random {
public:
    Random() = default;
    Random(const Random&) = delete;
    Random& operator=(const Random&) = delete;
    virtual ~Random() = default;

    virtual void fill(std::span<std::uint8_t> bytes) = 0;

    [[nodiscard]] std::uint64_t next();
    /// `bytes` random bytes, as raw text.
    [[nodiscard]] std::string bytes(std::size_t count);
    /// `length` characters of `alphabet`, each equally likely. `alphabet` has 2 to 256 characters.
    [[nodiscard]] std::string text(std::size_t length, std::string_view alphabet);
};

/// The kernel's generator, getrandom(2).
class SystemRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> bytes) override;
};

/// The same bytes for the same seed: simulation and tests. One thread.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_{seed} {}
    void fill(std::span<std::uint8_t> bytes) override;

private:
    std::uint64_t state_;
};

}  // namespace tandem
