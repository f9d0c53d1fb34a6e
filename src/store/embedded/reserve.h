#pragma once

#include <cstdint>
#include <filesystem>

namespace tandem::store {

/// Room on the disk that is held by a file of nothing, for the little that has to be written when
/// there is no other. One thread.
class Reserve {
public:
    /// 0 bytes: nothing is held.
    Reserve(std::filesystem::path file, std::uint64_t bytes);

    /// Whether it has been given up, by this process or one before, and is not held again.
    [[nodiscard]] bool is_given_up() const;

    /// Holds the room again where the disk has twice as much to give. Whether it is held.
    bool keep();
    /// Gives the room to whoever writes next; false when there is none.
    bool give_up();

private:
    std::filesystem::path file_;
    std::uint64_t bytes_;
    bool held_ = false;
};

}  // namespace tandem::store
