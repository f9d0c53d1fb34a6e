#include "store/embedded/archive.h"

#include "base/check.h"
#include "base/value.h"
#include "codec/json.h"
#include "store/telemetry/log_opening.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <set>

namespace tandem::store {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::string_view kManifest = "manifest.json";
constexpr std::string_view kFormat = "tandem-backup";
constexpr std::int64_t kVersion = 1;
// Of a manifest, and of a piece while reading.
constexpr std::size_t kManifestBytesMax = 16 * 1'024 * 1'024;
constexpr std::size_t kPiece = 256 * 1'024;

// Where the fields of a ustar header are: POSIX.1-2017, pax, "ustar Interchange Format".
struct HeaderField {
    std::size_t at;
    std::size_t length;
};
constexpr HeaderField kName{0, 100};
constexpr HeaderField kMode{100, 8};
constexpr HeaderField kUser{108, 8};
constexpr HeaderField kGroup{116, 8};
constexpr HeaderField kSize{124, 12};
constexpr HeaderField kTime{136, 12};
constexpr HeaderField kChecksum{148, 8};
constexpr std::size_t kTypeAt = 156;
constexpr HeaderField kMagic{257, 8};
constexpr std::string_view kMagicText{"ustar\00000", 8};
// What eleven octal digits can say; beyond, the size is binary, as GNU tar writes it.
constexpr std::uint64_t kOctalMax = (std::uint64_t{1} << 33U) - 1;

void put(std::string& header, HeaderField field, std::string_view text) {
    check(text.size() <= field.length);
    header.replace(field.at, text.size(), text);
}

void put_octal(std::string& header, HeaderField field, std::uint64_t number) {
    for (std::size_t at = field.length - 1; at > 0; --at) {
        header[field.at + at - 1] = static_cast<char>('0' + (number & 7U));
        number >>= 3U;
    }
}

void put_size(std::string& header, std::uint64_t bytes) {
    if (bytes <= kOctalMax) return put_octal(header, kSize, bytes);
    for (std::size_t at = kSize.length; at > kSize.length - 8; --at) {
        header[kSize.at + at - 1] = static_cast<char>(bytes & 0xFFU);
        bytes >>= 8U;
    }
    header[kSize.at] = static_cast<char>(0x80);
}

// The sum of all bytes, those of the checksum itself as blanks.
std::uint64_t checksum_of(std::string_view header) {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < kBlock; ++at) {
        const bool own = at >= kChecksum.at && at < kChecksum.at + kChecksum.length;
        sum += own ? std::uint64_t{' '} : static_cast<unsigned char>(header[at]);
    }
    return sum;
}

std::string header_of(std::string_view name, std::uint64_t bytes, Instant made) {
    std::string header(kBlock, '\0');
    check(name.size() < kName.length);
    put(header, kName, name);
    put_octal(header, kMode, 0600);
    put_octal(header, kUser, 0);
    put_octal(header, kGroup, 0);
    put_size(header, bytes);
    const auto seconds = std::max<std::int64_t>(0, made.time_since_epoch() / 1s);
    put_octal(header, kTime, static_cast<std::uint64_t>(seconds));
    header[kTypeAt] = '0';
    put(header, kMagic, kMagicText);
    put_octal(header, {kChecksum.at, kChecksum.length - 1}, checksum_of(header));
    header[kChecksum.at + kChecksum.length - 1] = ' ';
    return header;
}

std::string padding_after(std::uint64_t bytes) {
    return std::string((kBlock - bytes % kBlock) % kBlock, '\0');
}

std::string to_json(const Manifest& manifest) {
    Value::Array files;
    for (const ArchivedFile& file : manifest.files) {
        files.emplace_back(Value::Object{{"name", file.name},
                                         {"bytes", static_cast<std::int64_t>(file.bytes)},
                                         {"sha256", file.sha256}});
    }
    const auto made = manifest.made.time_since_epoch() / 1ms;
    return codec::to_json(Value::Object{{"format", std::string{kFormat}},
                                        {"version", kVersion},
                                        {"made", std::int64_t{made}},
                                        {"files", std::move(files)}}) +
           "\n";
}

// ---------------------------------------------------------------- reading

std::unexpected<Error> wrong(const std::string& what) {
    return fail(ErrorCode::kUnprocessable, "this is no whole backup: " + what);
}

std::optional<std::uint64_t> read_octal(std::string_view header, HeaderField field) {
    std::uint64_t number = 0;
    bool any = false;
    for (const char c : header.substr(field.at, field.length)) {
        if (c == '\0' || c == ' ') break;
        if (c < '0' || c > '7') return {};
        number = number << 3U | static_cast<std::uint64_t>(c - '0');
        any = true;
    }
    if (!any) return {};
    return number;
}

std::optional<std::uint64_t> read_size(std::string_view header) {
    const std::string_view field = header.substr(kSize.at, kSize.length);
    if (static_cast<unsigned char>(field[0]) != 0x80) return read_octal(header, kSize);
    std::uint64_t number = 0;
    for (std::size_t at = 1; at < field.size(); ++at) {
        if (number > std::numeric_limits<std::uint64_t>::max() >> 8U) return {};
        number = number << 8U | static_cast<unsigned char>(field[at]);
    }
    return number;
}

// Only names that a data directory has: no way leads out of it.
bool is_known(std::string_view name) {
    constexpr std::string_view log = "log/";
    if (name.starts_with(log)) return segment_number(name.substr(log.size())).has_value();
    return name == "registry.db" || name == "telemetry.db" || name == "secrets" ||
           name == kManifest;
}

Result<ArchivedFile> read_file_row(const Value& row) {
    const Value* name = row.find("name");
    const Value* bytes = row.find("bytes");
    const Value* sha256 = row.find("sha256");
    const bool good = name != nullptr && name->get<std::string>() != nullptr && bytes != nullptr &&
                      bytes->get<std::int64_t>() != nullptr && sha256 != nullptr &&
                      sha256->get<std::string>() != nullptr;
    if (!good) return wrong("its manifest is damaged");
    return ArchivedFile{.name = *name->get<std::string>(),
                        .bytes = static_cast<std::uint64_t>(*bytes->get<std::int64_t>()),
                        .sha256 = *sha256->get<std::string>()};
}

Result<Manifest> read_manifest(std::string_view text) {
    ReaderLimits limits;
    limits.array_items = 100'000;
    limits.nodes = 1'000'000;
    auto value = codec::parse_json(text, limits);
    if (!value) return wrong("its manifest cannot be read");
    const Value* format = value->find("format");
    const Value* version = value->find("version");
    const Value* made = value->find("made");
    const Value* files = value->find("files");
    const bool good = format != nullptr && *format == Value{std::string{kFormat}} &&
                      version != nullptr && version->get<std::int64_t>() != nullptr &&
                      made != nullptr && made->get<std::int64_t>() != nullptr && files != nullptr &&
                      files->get<Value::Array>() != nullptr;
    if (!good) return wrong("its manifest is damaged");
    // What a clock can say, before it is counted in microseconds.
    constexpr std::int64_t far = 400'000'000'000'000;
    const std::int64_t ms = *made->get<std::int64_t>();
    if (*version->get<std::int64_t>() < 1 || ms < -far || ms > far) {
        return wrong("its manifest is damaged");
    }
    if (*version->get<std::int64_t>() > kVersion) {
        return fail(ErrorCode::kUnprocessable, "a newer tandem has made this backup");
    }
    Manifest manifest{.made = Instant{ms * 1ms}, .files = {}};
    for (const Value& row : *files->get<Value::Array>()) {
        auto file = read_file_row(row);
        if (!file) return pass(file);
        manifest.files.push_back(std::move(*file));
    }
    return manifest;
}

class ArchiveReader {
public:
    ArchiveReader(std::istream& in, ArchiveSink& sink) : in_{in}, sink_{sink} {}

    Result<Manifest> read() {
        while (true) {
            if (auto got = take(kBlock); !got) return pass(got);
            auto header = read_archive_header(buffer_);
            if (!header) return pass(header);
            if (!names_.insert(header->name).second) return wrong(header->name + " comes twice");
            if (header->name == kManifest) return finish(header->bytes);
            if (auto done = copy(*header); !done) return pass(done);
        }
    }

private:
    Result<void> take(std::size_t bytes) {
        buffer_.resize(bytes);
        in_.read(buffer_.data(), static_cast<std::streamsize>(bytes));
        if (in_.bad()) return fail(ErrorCode::kStorageFailed, "the backup cannot be read");
        if (static_cast<std::size_t>(in_.gcount()) != bytes) return wrong("its end is missing");
        return {};
    }

    Result<void> take_padding(std::uint64_t bytes) { return take(padding_after(bytes).size()); }

    Result<void> copy(const ArchiveHeader& header) {
        if (auto begun = sink_.begin(header.name); !begun) return begun;
        for (std::uint64_t left = header.bytes; left > 0; left -= buffer_.size()) {
            if (auto got = take(std::min<std::uint64_t>(left, kPiece)); !got) return got;
            hash_.add(buffer_);
            if (auto put = sink_.add(buffer_); !put) return put;
        }
        if (auto ended = sink_.end(); !ended) return ended;
        found_.push_back({.name = header.name, .bytes = header.bytes, .sha256 = hash_.finish()});
        return take_padding(header.bytes);
    }

    Result<Manifest> finish(std::uint64_t bytes) {
        if (bytes > kManifestBytesMax) return wrong("its manifest is too long");
        if (auto got = take(bytes); !got) return pass(got);
        auto manifest = read_manifest(buffer_);
        if (!manifest) return manifest;
        std::map<std::string_view, const ArchivedFile*> said;
        for (const ArchivedFile& file : manifest->files)
            said.emplace(file.name, &file);
        for (const ArchivedFile& file : found_) {
            const auto row = said.find(file.name);
            if (row == said.end() || *row->second != file) {
                return wrong(file.name + " is not what the manifest says");
            }
        }
        if (manifest->files.size() != found_.size()) return wrong("a file is missing");
        for (const std::string_view name : {"registry.db", "telemetry.db", "secrets"}) {
            if (!names_.contains(name)) return wrong(std::string{name} + " is missing");
        }
        return manifest;
    }

    std::istream& in_;
    ArchiveSink& sink_;
    std::string buffer_;
    Sha256 hash_;
    std::vector<ArchivedFile> found_;
    std::set<std::string, std::less<>>
        names_;  // As many as files; each has its header in the file.
};

class NoSink final : public ArchiveSink {
public:
    Result<void> begin(const std::string& /*name*/) override { return {}; }
    Result<void> add(std::string_view /*bytes*/) override { return {}; }
    Result<void> end() override { return {}; }
};

}  // namespace

std::string ArchiveWriter::begin(std::string name, std::uint64_t bytes) {
    std::string header = header_of(name, bytes, manifest_.made);
    manifest_.files.push_back({.name = std::move(name), .bytes = bytes, .sha256 = {}});
    return header;
}

void ArchiveWriter::add(std::string_view bytes) {
    hash_.add(bytes);
}

std::string ArchiveWriter::end() {
    manifest_.files.back().sha256 = hash_.finish();
    return padding_after(manifest_.files.back().bytes);
}

std::string ArchiveWriter::finish() {
    const std::string text = to_json(manifest_);
    // Two blocks of zeros are the end of a tar file.
    return header_of(kManifest, text.size(), manifest_.made) + text + padding_after(text.size()) +
           std::string(2 * kBlock, '\0');
}

Result<ArchiveHeader> read_archive_header(std::string_view block) {
    check(block.size() == kBlock);
    if (read_octal(block, kChecksum) != checksum_of(block)) return wrong("an entry is damaged");
    const std::string_view field = block.substr(kName.at, kName.length);
    ArchiveHeader header{.name = std::string{field.substr(0, field.find('\0'))}, .bytes = 0};
    if (block[kTypeAt] != '0' || !is_known(header.name)) {
        return wrong("it has an entry that no backup has");
    }
    const auto bytes = read_size(block);
    if (!bytes) return wrong("the size of " + header.name + " is damaged");
    header.bytes = *bytes;
    return header;
}

Result<Manifest> read_archive(std::istream& in, ArchiveSink& sink) {
    return ArchiveReader{in, sink}.read();
}

Result<Manifest> read_archive(const std::filesystem::path& file, ArchiveSink& sink) {
    std::ifstream in{file, std::ios::binary};
    if (!in) return fail(ErrorCode::kStorageFailed, "the backup cannot be opened");
    return read_archive(in, sink);
}

Result<Manifest> verify_archive(const std::filesystem::path& file) {
    NoSink nowhere;
    return read_archive(file, nowhere);
}

}  // namespace tandem::store
