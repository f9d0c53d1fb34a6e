#include "net/shared_bytes.h"

namespace tandem::net {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} * 1'024;
// What is longer has a block of its own: it gains nothing from neighbours.
constexpr std::size_t kAloneBytes = kBlockBytes / 8;

}  // namespace

SharedLog& SharedLog::of_this_thread() {
    thread_local SharedLog own;  // NOLINT(misc-use-internal-linkage): it is of this function
    return own;
}

char* SharedLog::make_room(std::size_t size) {
    if (size > kAloneBytes) {
        block_ = std::make_shared_for_overwrite<char[]>(size);  // NOLINT(*-avoid-c-arrays)
        used_ = kBlockBytes;
        last_ = block_.get();
    } else {
        if (block_ == nullptr || size > kBlockBytes - used_) {
            block_ = std::make_shared_for_overwrite<char[]>(kBlockBytes);  // NOLINT(*-c-arrays)
            used_ = 0;
        }
        last_ = block_.get() + used_;
        used_ += size;
    }
    last_bytes_ = size;
    return last_;
}

}  // namespace tandem::net
