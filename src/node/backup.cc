#include "node/backup.h"

#include "base/checked.h"
#include "base/descriptor.h"
#include "base/random.h"
#include "base/system_error.h"
#include "codec/json.h"
#include "door/backup.h"
#include "net/http_parser.h"
#include "node/new_file.h"
#include "node/secrets.h"
#include "store/embedded/restore.h"
#include "store/embedded/store.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace tandem::node {
namespace {

// ---------------------------------------------------------------- from a hub that runs

// Nothing when no hub listens.
Result<std::optional<Descriptor>> connect_to(const std::filesystem::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket.string();
    if (path.size() >= sizeof address.sun_path) {
        return fail(ErrorCode::kInvalidField, "the path " + path + " is too long for a socket");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    Descriptor made{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (made.is_none()) return fail_with_errno("make a socket for", socket);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the C API's base class
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(made.get(), where, sizeof address) == 0) return made;
    if (errno == ENOENT || errno == ECONNREFUSED) return std::optional<Descriptor>{};
    return fail_with_errno("connect to", socket);
}

// Reads the one answer, and gives its body away as it comes.
class AnswerReader {
public:
    explicit AnswerReader(NewFile& to) : to_{to} {}

    // False once the answer is whole. Fails with what the hub refused with.
    Result<bool> take(std::span<const std::uint8_t> bytes) {
        while (!in_body_ && !bytes.empty()) {
            if (auto done = take_head(bytes); !done) return pass(done);
        }
        while (in_body_ && !bytes.empty()) {
            const std::size_t before = bytes.size();
            auto whole = body_.read(bytes, piece_);
            if (!whole) return pass(whole);
            if (auto done = pass_on(*whole); !done) return pass(done);
            if (*whole) return false;
            if (bytes.size() == before) break;
        }
        return true;
    }

private:
    Result<void> take_head(std::span<const std::uint8_t>& bytes) {
        auto step = head_.read(bytes, headers_);
        if (!step) return pass(step);
        if (*step == net::HeadReader::Step::kStartLine) {
            good_ = head_.line().starts_with("HTTP/1.1 200");
        }
        return *step == net::HeadReader::Step::kEnd ? begin_body() : Result<void>{};
    }
    Result<void> begin_body() {
        auto framing = net::read_framing(headers_, net::HttpVersion::k11);
        if (!framing) return pass(framing);
        in_body_ = true;
        return body_.start(*framing, std::numeric_limits<std::size_t>::max());
    }
    Result<void> pass_on(bool whole) {
        if (good_) {
            auto put = to_.write(piece_);
            piece_.clear();
            return put;
        }
        if (!whole) return {};
        auto problem = codec::parse_json(piece_);
        const Value* detail = problem ? problem->find("detail") : nullptr;
        const bool told = detail != nullptr && detail->get<std::string>() != nullptr;
        return fail(ErrorCode::kUnavailable,
                    told ? *detail->get<std::string>() : "the hub refuses to make a backup");
    }

    NewFile& to_;
    net::Limits limits_;
    net::HeadReader head_{limits_};
    net::BodyReader body_{limits_};
    net::Headers headers_;
    std::string piece_;
    bool in_body_ = false;
    bool good_ = false;
};

Result<void> copy_answer(int socket, NewFile& part) {
    const std::string request =
        "POST " + std::string{door::kBackupPath} +
        " HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\ncontent-length: 0\r\n\r\n";
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != std::ssize(request)) {
        return fail_with_errno("ask", "the hub");
    }
    AnswerReader answer{part};
    std::vector<std::uint8_t> bytes(256 * 1'024);
    while (true) {
        const auto got = ::recv(socket, bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            return fail(ErrorCode::kUnavailable,
                        "the hub has broken off the backup; its log says why");
        }
        auto more = answer.take(std::span{bytes}.first(static_cast<std::size_t>(got)));
        if (!more) return pass(more);
        if (!*more) return {};
    }
}

// ---------------------------------------------------------------- from a directory

Result<void> copy_directory(const std::filesystem::path& data, NewFile& part) {
    const SystemClock clock;
    SystemRandom random;
    auto store = store::EmbeddedStore::open(data, {}, clock, random);
    if (!store) return pass(store);
    auto source = begin_backup(**store, data);
    if (!source) return pass(source);
    while (true) {
        auto piece = (*source)->next();
        if (!piece) return pass(piece);
        if (!*piece) return {};
        if (auto put = part.write(checked(*piece)); !put) return put;
    }
}

Result<void> copy(const std::filesystem::path& data, NewFile& part) {
    auto socket = connect_to(data / "admin.sock");
    if (!socket) return pass(socket);
    if (!*socket) return copy_directory(data, part);
    return copy_answer(checked(*socket).get(), part);
}

Archive archive_of(const store::Manifest& manifest) {
    Archive out{.made = manifest.made, .files = {}};
    for (const auto& file : manifest.files)
        out.files.push_back({.name = file.name, .bytes = file.bytes});
    return out;
}

}  // namespace

Result<std::unique_ptr<BackupSource>> begin_backup(store::EmbeddedStore& store,
                                                   const std::filesystem::path& data) {
    std::ifstream in{data / "secrets", std::ios::binary};
    std::string secrets{std::istreambuf_iterator<char>{in}, {}};
    if (!in || secrets.empty()) {
        return fail(ErrorCode::kStorageFailed, "the file secrets cannot be read");
    }
    std::vector<BackupFile> also;
    also.push_back({.name = "secrets", .bytes = std::move(secrets)});
    return store.begin_backup(std::move(also));
}

Result<Archive> back_up(const std::filesystem::path& data,
                        const std::filesystem::path& file,
                        bool replace) {
    std::error_code ignored;
    if (!std::filesystem::exists(data / "registry.db", ignored)) {
        return fail(ErrorCode::kNotFound, data.string() + " is no hub's data");
    }
    if (!replace && std::filesystem::exists(file, ignored)) {
        return fail(ErrorCode::kAlreadyExists, file.string() + " exists: --force replaces it");
    }
    NewFile part{file};
    if (auto made = part.open(); !made) return pass(made);
    if (auto done = copy(data, part); !done) return pass(done);
    if (auto synced = part.sync(); !synced) return pass(synced);
    // What cannot be read back is no backup: better known now.
    auto manifest = store::verify_archive(part.path());
    if (!manifest) return pass(manifest);
    if (auto kept = part.keep_as(file); !kept) return pass(kept);
    return archive_of(*manifest);
}

Result<Archive> restore(const std::filesystem::path& file, const std::filesystem::path& data) {
    auto manifest = store::restore_archive(file, data);
    if (!manifest) return pass(manifest);
    return archive_of(*manifest);
}

}  // namespace tandem::node
