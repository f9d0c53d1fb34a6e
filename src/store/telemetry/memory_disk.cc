#include "store/telemetry/memory_disk.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace tandem::store {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

// What has been written since the last sync, or how long the file has been made.
struct Pending {
    std::uint64_t offset = 0;
    std::string bytes;
    bool is_length = false;  // The file ends at `offset`.
};

void put_at(std::string& content, std::uint64_t offset, std::string_view bytes) {
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    content.replace(offset, bytes.size(), bytes);
}

// Of one sector's part of a write: what a crash leaves of it.
void tear_sector(std::string& content, std::uint64_t offset, std::string_view bytes, Random& by) {
    switch (by.next() % 4) {
        case 0:
            return;
        case 1:
            return put_at(content, offset, bytes.substr(0, by.next() % (bytes.size() + 1)));
        default:
            return put_at(content, offset, bytes);
    }
}

void apply(std::string& content, const Pending& write) {
    if (write.is_length) return content.resize(write.offset);
    put_at(content, write.offset, write.bytes);
}

void tear(std::string& content, const Pending& write, Random& by) {
    switch (by.next() % 3) {
        case 0:
            return;
        case 1:
            return apply(content, write);
        default:
            break;
    }
    if (write.is_length) return apply(content, write);
    std::string_view rest = write.bytes;
    std::uint64_t offset = write.offset;
    while (!rest.empty()) {
        const auto piece =
            std::min<std::uint64_t>(kSectorBytes - offset % kSectorBytes, rest.size());
        tear_sector(content, offset, rest.substr(0, piece), by);
        rest.remove_prefix(piece);
        offset += piece;
    }
}

std::unexpected<Error> broken(std::string_view what) {
    return fail(ErrorCode::kStorageFailed,
                "the disk in memory was told to fail this " + std::string{what});
}

}  // namespace

struct MemoryDisk::Content {
    std::string now;     // As programs see it.
    std::string synced;  // On the disk.
    std::vector<Pending> pending;
};

// `content` got the name `to`, if there is one, and lost the name `from`, if there is one.
struct MemoryDisk::Change {
    std::shared_ptr<Content> content;
    std::string from;
    std::string to;
};

class MemoryDisk::File final : public DiskFile {
public:
    File(MemoryDisk& disk, std::shared_ptr<Content> content, std::uint64_t crashes)
        : disk_{disk}, content_{std::move(content)}, crashes_{crashes} {}

    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        const Lock lock{disk_.mutex_};
        if (crashes_ != disk_.crashes_) return gone();
        const std::string& bytes = content_->now;
        if (offset >= bytes.size()) return 0;
        return std::string_view{bytes}.substr(offset).copy(into.data(), into.size());
    }

    Result<void> write(std::uint64_t offset, std::string_view bytes) override {
        const Lock lock{disk_.mutex_};
        if (crashes_ != disk_.crashes_) return gone();
        return disk_.write(*content_, offset, bytes);
    }

    Result<void> sync() override {
        const Lock lock{disk_.mutex_};
        if (crashes_ != disk_.crashes_) return gone();
        const auto pending = std::exchange(content_->pending, {});
        if (auto counted = disk_.count_sync(); !counted) return counted;
        for (const Pending& write : pending)
            apply(content_->synced, write);
        return {};
    }

    Result<void> preallocate(std::uint64_t bytes) override {
        const Lock lock{disk_.mutex_};
        if (crashes_ != disk_.crashes_) return gone();
        const std::uint64_t size = content_->now.size();
        if (bytes <= size) return {};
        if (disk_.room_for(*content_, bytes) < bytes) return fail(ErrorCode::kStorageFull);
        return disk_.write(*content_, size, std::string(bytes - size, '\0'));
    }

    [[nodiscard]] Result<std::uint64_t> size() const override {
        const Lock lock{disk_.mutex_};
        if (crashes_ != disk_.crashes_) return gone();
        return content_->now.size();
    }

private:
    static std::unexpected<Error> gone() {
        return fail(ErrorCode::kStorageFailed, "the file was open when the power failed");
    }

    MemoryDisk& disk_;
    std::shared_ptr<Content> content_;
    std::uint64_t crashes_;  // Before it was opened.
};

MemoryDisk::MemoryDisk() = default;
MemoryDisk::~MemoryDisk() = default;

Result<std::unique_ptr<DiskFile>> MemoryDisk::open(std::string_view name, Open how) {
    const Lock lock{mutex_};
    auto at = names_.find(name);
    if (at == names_.end()) {
        if (how != Open::kOrCreate) {
            return fail(ErrorCode::kStorageFailed, "no file " + std::string{name});
        }
        at = names_.emplace(name, std::make_shared<Content>()).first;
        changes_.push_back({.content = at->second, .from = {}, .to = std::string{name}});
    }
    return std::make_unique<File>(*this, at->second, crashes_);
}

Result<void> MemoryDisk::rename(std::string_view from, std::string_view to) {
    const Lock lock{mutex_};
    const auto at = names_.find(from);
    if (at == names_.end()) {
        return fail(ErrorCode::kStorageFailed, "no file " + std::string{from});
    }
    auto content = std::move(at->second);
    names_.erase(at);
    names_.insert_or_assign(std::string{to}, content);
    changes_.push_back(
        {.content = std::move(content), .from = std::string{from}, .to = std::string{to}});
    return {};
}

Result<void> MemoryDisk::remove(std::string_view name) {
    const Lock lock{mutex_};
    const auto at = names_.find(name);
    if (at == names_.end()) {
        return fail(ErrorCode::kStorageFailed, "no file " + std::string{name});
    }
    changes_.push_back({.content = at->second, .from = std::string{name}, .to = {}});
    names_.erase(at);
    return {};
}

Result<std::vector<std::string>> MemoryDisk::list() {
    const Lock lock{mutex_};
    std::vector<std::string> names;
    for (const auto& [name, content] : names_)
        names.push_back(name);
    return names;
}

Result<void> MemoryDisk::sync() {
    const Lock lock{mutex_};
    changes_.clear();
    if (auto counted = count_sync(); !counted) return counted;
    durable_names_ = names_;
    return {};
}

void MemoryDisk::crash(Random& random) {
    const Lock lock{mutex_};
    ++crashes_;
    syncs_left_ = writes_left_ = 0;
    for (Change& change : std::exchange(changes_, {})) {
        if (random.next() % 2 == 0) continue;
        // A file whose making was lost cannot be renamed.
        const auto from = durable_names_.find(change.from);
        const bool there = from != durable_names_.end() && from->second == change.content;
        if (!change.from.empty() && !there) continue;
        if (there) durable_names_.erase(from);
        if (!change.to.empty()) durable_names_[change.to] = std::move(change.content);
    }
    names_ = durable_names_;
    for (const auto& [name, content] : names_) {
        for (const Pending& write : std::exchange(content->pending, {}))
            tear(content->synced, write, random);
        content->now = content->synced;
    }
}

void MemoryDisk::fail_sync(std::uint64_t nth) {
    const Lock lock{mutex_};
    syncs_left_ = nth;
}

std::uint64_t MemoryDisk::syncs() const {
    const Lock lock{mutex_};
    return syncs_;
}

void MemoryDisk::fail_write(std::uint64_t nth) {
    const Lock lock{mutex_};
    writes_left_ = nth;
}

void MemoryDisk::limit(std::uint64_t bytes) {
    const Lock lock{mutex_};
    limit_ = bytes;
}

std::uint64_t MemoryDisk::used() const {
    const Lock lock{mutex_};
    return used_bytes();
}

Result<void> MemoryDisk::resize(std::string_view name, std::uint64_t bytes) {
    const Lock lock{mutex_};
    const auto found = names_.find(name);
    if (found == names_.end()) {
        return fail(ErrorCode::kStorageFailed, "no file " + std::string{name});
    }
    Content& content = *found->second;
    if (room_for(content, bytes) < bytes) return fail(ErrorCode::kStorageFull, "the disk is full");
    content.now.resize(bytes);
    content.pending.push_back({.offset = bytes, .bytes = {}, .is_length = true});
    return {};
}

void MemoryDisk::flip(std::string_view name, std::uint64_t at, unsigned bit) {
    const Lock lock{mutex_};
    const auto found = names_.find(name);
    check(found != names_.end());
    for (std::string* bytes : {&found->second->now, &found->second->synced}) {
        if (at < bytes->size()) (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << (bit % 8)));
    }
}

Result<void> MemoryDisk::write(Content& content, std::uint64_t offset, std::string_view bytes) {
    const bool fails = writes_left_ == 1;
    writes_left_ -= std::min<std::uint64_t>(writes_left_, 1);
    const std::uint64_t end = room_for(content, offset + bytes.size());
    const std::uint64_t fitting = end - std::min(end, offset);
    const auto done = bytes.substr(0, fails ? bytes.size() / 2 : fitting);
    put_at(content.now, offset, done);
    content.pending.push_back({.offset = offset, .bytes = std::string{done}, .is_length = false});
    if (fails) return broken("write");
    if (done.size() < bytes.size()) return fail(ErrorCode::kStorageFull, "the disk is full");
    return {};
}

std::uint64_t MemoryDisk::used_bytes() const {
    std::uint64_t used = 0;
    for (const auto& [name, content] : names_)
        used += content->now.size();
    return used;
}

// Where a write up to `end` has to stop.
std::uint64_t MemoryDisk::room_for(const Content& content, std::uint64_t end) const {
    if (!limit_ || end <= content.now.size()) return end;
    const std::uint64_t left = *limit_ - std::min(*limit_, used_bytes());
    return std::min(end, content.now.size() + left);
}

Result<void> MemoryDisk::count_sync() {
    ++syncs_;
    const bool fails = syncs_left_ == 1;
    syncs_left_ -= std::min<std::uint64_t>(syncs_left_, 1);
    if (fails) return broken("sync");
    return {};
}

}  // namespace tandem::store
