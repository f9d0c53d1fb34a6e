#include "net/output_queue.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tandem::net {
namespace {

// Small writes gather in strings of about this size: larger ones would be moved around while they
// grow, smaller ones would need more iovecs.
constexpr std::size_t kPieceBytes = std::size_t{16} * 1'024;
// Fewer pieces than this are not worth moving to the front.
constexpr std::size_t kCompactFrom = 32;

// Lists and strings that a thread keeps for its queues: as many as are filled and emptied in a
// turn.
constexpr std::size_t kSpares = 256;
// A list with more room was of one slow reader, and a longer string of one long answer.
constexpr std::size_t kSparePieces = 64;
constexpr std::size_t kSpareBytes = std::size_t{4} * 1'024;
constexpr std::size_t kLeastBytes = 64;

}  // namespace

struct OutputQueue::Spare {
    std::vector<std::vector<Piece>> lists;
    std::vector<std::string> strings;
};

OutputQueue::Spare& OutputQueue::spare() {
    thread_local Spare own;  // NOLINT(misc-use-internal-linkage): it is of this function
    return own;
}

std::string_view OutputQueue::text_of(const Piece& piece) {
    if (const auto* owned = std::get_if<std::string>(&piece)) return *owned;
    return std::get_if<SharedBytes>(&piece)->bytes();
}

std::string OutputQueue::take_string() {
    auto& strings = spare().strings;
    if (strings.empty()) return {};
    std::string taken = std::move(strings.back());
    strings.pop_back();
    return taken;
}

void OutputQueue::append(std::string_view bytes) {
    if (bytes.empty()) return;
    bytes_ += bytes.size();
    make_room();
    auto* last = pieces_.empty() ? nullptr : std::get_if<std::string>(&pieces_.back());
    if (last != nullptr && last->size() + bytes.size() <= kPieceBytes) {
        last->append(bytes);
        return;
    }
    std::string fresh = take_string();
    fresh = bytes;
    pieces_.emplace_back(std::move(fresh));
}

void OutputQueue::append(const SharedBytes& bytes) {
    if (bytes.empty()) return;
    if (owns_small_ && bytes.bytes().size() <= kPieceBytes) return append(bytes.bytes());
    bytes_ += bytes.bytes().size();
    auto* last = pieces_.empty() ? nullptr : std::get_if<SharedBytes>(&pieces_.back());
    if (last != nullptr && last->join(bytes)) return;
    make_room();
    pieces_.emplace_back(bytes);
}

void OutputQueue::own_small(bool on) {
    if (std::exchange(owns_small_, on) || !on) return;
    std::vector<Piece> own;
    for (std::size_t at = first_; at < pieces_.size(); ++at) {
        const std::string_view text = text_of(pieces_[at]);
        auto* last = own.empty() ? nullptr : std::get_if<std::string>(&own.back());
        if (!std::holds_alternative<SharedBytes>(pieces_[at]) || text.size() > kPieceBytes) {
            own.push_back(std::move(pieces_[at]));
        } else if (last != nullptr && last->size() + text.size() <= kPieceBytes) {
            last->append(text);
        } else {
            own.emplace_back(std::string{text});
        }
    }
    pieces_ = std::move(own);
    first_ = 0;
}

std::span<iovec> OutputQueue::describe(std::span<iovec> vectors) const {
    std::size_t used = 0;
    std::size_t skipped = offset_;
    for (std::size_t at = first_; at < pieces_.size() && used < vectors.size(); ++at) {
        const std::string_view text = text_of(pieces_[at]).substr(std::exchange(skipped, 0));
        // writev(2) takes what it only reads without const.
        vectors[used++] = {
            .iov_base = const_cast<char*>(text.data()),  // NOLINT(*-const-cast)
            .iov_len = text.size(),
        };
    }
    return vectors.first(used);
}

std::size_t OutputQueue::copy(std::span<std::uint8_t> to) const {
    std::size_t copied = 0;
    std::size_t skipped = offset_;
    for (std::size_t at = first_; at < pieces_.size() && copied < to.size(); ++at) {
        const std::string_view text =
            text_of(pieces_[at]).substr(std::exchange(skipped, 0), to.size() - copied);
        std::memcpy(to.data() + copied, text.data(), text.size());
        copied += text.size();
    }
    return copied;
}

void OutputQueue::drop(std::size_t count) {
    check(count <= bytes_);
    bytes_ -= count;
    if (bytes_ == 0) {
        clear();
        return;
    }
    offset_ += count;
    for (std::size_t size = text_of(pieces_[first_]).size(); offset_ >= size;
         size = text_of(pieces_[first_]).size()) {
        offset_ -= size;
        pieces_[first_++] = std::string{};
    }
    // A reader that never catches up must not make the list of pieces grow for ever; half of it
    // at a time makes moving cheap.
    if (first_ < kCompactFrom || first_ < pieces_.size() / 2) return;
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
}

void OutputQueue::make_room() {
    auto& lists = spare().lists;
    if (pieces_.capacity() > 0 || lists.empty()) return;
    pieces_ = std::move(lists.back());
    lists.pop_back();
}

void OutputQueue::clear() {
    auto& [lists, strings] = spare();
    for (Piece& piece : pieces_) {
        auto* owned = std::get_if<std::string>(&piece);
        if (owned == nullptr || strings.size() >= kSpares) continue;
        if (owned->capacity() > kSpareBytes || owned->capacity() < kLeastBytes) continue;
        strings.push_back(std::move(*owned));
    }
    pieces_.clear();
    if (pieces_.capacity() > 0 && pieces_.capacity() <= kSparePieces && lists.size() < kSpares) {
        lists.push_back(std::exchange(pieces_, {}));
    }
    pieces_ = {};
    first_ = 0;
    offset_ = 0;
    bytes_ = 0;
}

}  // namespace tandem::net
