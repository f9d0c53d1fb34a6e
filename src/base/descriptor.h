#pragma once

#include <unistd.h>

#include <utility>

namespace tandem {

/// What a call of the system gave: a file, a socket. It is closed at the end; -1 is none.
class Descriptor {
public:
    explicit Descriptor(int number) : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Descriptor& operator=(Descriptor&&) = delete;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }

    [[nodiscard]] int get() const { return number_; }
    /// Whoever opened it was refused: errno says why.
    [[nodiscard]] bool is_none() const { return number_ < 0; }

private:
    int number_;
};

}  // namespace tandem
