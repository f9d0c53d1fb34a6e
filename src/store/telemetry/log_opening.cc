#include "store/telemetry/log_opening.h"

#include "base/check.h"

#include <algorithm>
#include <charconv>

namespace tandem::store {
namespace {

constexpr std::string_view kEnding = ".log";
constexpr std::size_t kDigits = 16;
// How far into a file without a seal before it the first frame is looked for.
constexpr std::uint64_t kFirstFrameWithin = 256 * 1'024;

// Whether a file without a seal has been written to in the life of this number.
Result<bool> is_begun(const DiskFile& file, std::uint64_t number) {
    auto opening = read_opening(file, number);
    if (!opening) return pass(opening);
    std::string bytes(kFirstFrameWithin, '\0');
    auto got = file.read(kFramesAt, bytes);
    if (!got) return pass(got);
    const auto first = std::string_view{bytes}.substr(0, *got);
    for (std::size_t at = 0; at < first.size(); at += kFrameAlignment) {
        if (read_head(first.substr(at, kFrameHeadBytes), opening->key)) return true;
    }
    return false;
}

}  // namespace

std::string segment_name(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    check(digits.size() <= kDigits);
    return std::string(kDigits - digits.size(), '0') + digits + std::string{kEnding};
}

std::optional<std::uint64_t> segment_number(std::string_view name) {
    if (name.size() != kDigits + kEnding.size() || !name.ends_with(kEnding)) return {};
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
    if (error != std::errc{} || end != name.data() + kDigits || number == 0) return {};
    return number;
}

Result<Opening> read_opening(const DiskFile& file, std::uint64_t number) {
    std::string bytes(kFramesAt, '\0');
    if (auto got = file.read(0, bytes); !got) return pass(got);
    Opening out;
    out.key.number = number;
    out.head = read_segment_head(std::string_view{bytes}.substr(0, kSealAt), number);
    if (out.head) out.key = out.head->key;
    out.seal = read_seal(std::string_view{bytes}.substr(kSealAt), out.key);
    return out;
}

Result<std::vector<SegmentFile>> open_segments(Disk& disk, Disk::Open how) {
    auto names = disk.list();
    if (!names) return pass(names);
    std::vector<SegmentFile> files;
    for (const std::string& name : *names) {
        const auto number = segment_number(name);
        if (!number) continue;
        auto file = disk.open(name, how);
        if (!file) return pass(file);
        files.push_back({.number = *number, .file = std::move(*file)});
    }
    std::ranges::sort(files, {}, &SegmentFile::number);
    return files;
}

Result<std::size_t> count_complete(std::span<const SegmentFile> files) {
    std::size_t complete = 0;
    for (std::size_t at = 0; at < files.size(); ++at) {
        auto opening = read_opening(*files[at].file, files[at].number);
        if (!opening) return pass(opening);
        if (opening->seal) complete = at + 1;
    }
    for (std::size_t at = complete + 1; at < files.size(); ++at) {
        auto begun = is_begun(*files[at].file, files[at].number);
        if (!begun) return pass(begun);
        if (*begun) complete = at;
    }
    return complete;
}

}  // namespace tandem::store
