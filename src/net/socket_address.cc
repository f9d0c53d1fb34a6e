#include "net/socket_address.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace tandem::net {
namespace {

// The system's socket addresses are read and written as the bytes that they are.
template <typename Address>
Address read_as(const sockaddr_storage& storage) {
    Address address{};
    std::memcpy(&address, &storage, sizeof address);
    return address;
}

bool is_mapped(const in6_addr& address) {
    constexpr std::array<std::uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(&address, kPrefix.data(), kPrefix.size()) == 0;
}

std::string text_of(int family, const void* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    check(::inet_ntop(family, address, text.data(), text.size()) != nullptr);
    return text.data();
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

void FileDescriptor::reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::optional<SocketAddress> SocketAddress::numeric(const std::string& host, std::uint16_t port) {
    SocketAddress result;
    sockaddr_in v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&result.storage_, &v4, sizeof v4);
        result.size_ = sizeof v4;
        return result;
    }
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&result.storage_, &v6, sizeof v6);
        result.size_ = sizeof v6;
        return result;
    }
    return std::nullopt;
}

std::optional<SocketAddress> SocketAddress::local(const std::filesystem::path& path) {
    sockaddr_un address{};
    const std::string& text = path.native();
    if (text.empty() || text.size() >= sizeof address.sun_path) return std::nullopt;
    address.sun_family = AF_UNIX;
    std::ranges::copy(text, std::begin(address.sun_path));
    SocketAddress result;
    std::memcpy(&result.storage_, &address, sizeof address);
    result.size_ = sizeof address;
    return result;
}

SocketAddress SocketAddress::from(const sockaddr* address, socklen_t size) {
    SocketAddress result;
    check(size <= sizeof result.storage_);
    std::memcpy(&result.storage_, address, size);
    result.size_ = size;
    return result;
}

SocketAddress SocketAddress::of_socket(const FileDescriptor& fd) {
    SocketAddress result;
    result.size_ = sizeof result.storage_;
    // sockaddr is the head of every kind of address.
    auto* to = reinterpret_cast<sockaddr*>(&result.storage_);  // NOLINT(*-reinterpret-cast)
    check(::getsockname(fd.get(), to, &result.size_) == 0);
    return result;
}

const sockaddr* SocketAddress::get() const {
    return reinterpret_cast<const sockaddr*>(&storage_);  // NOLINT(*-reinterpret-cast)
}

std::uint16_t SocketAddress::port() const {
    if (family() == AF_INET) return ntohs(read_as<sockaddr_in>(storage_).sin_port);
    if (family() == AF_INET6) return ntohs(read_as<sockaddr_in6>(storage_).sin6_port);
    return 0;
}

std::string SocketAddress::host() const {
    if (family() == AF_INET) {
        const auto v4 = read_as<sockaddr_in>(storage_);
        return text_of(AF_INET, &v4.sin_addr);
    }
    if (family() != AF_INET6) return {};
    const auto v6 = read_as<sockaddr_in6>(storage_);
    if (!is_mapped(v6.sin6_addr)) return text_of(AF_INET6, &v6.sin6_addr);
    const std::span<const std::uint8_t, 16> bytes{v6.sin6_addr.s6_addr};
    return text_of(AF_INET, bytes.last<4>().data());
}

bool SocketAddress::loopback() const {
    const std::string text = host();
    return text == "::1" || (text.starts_with("127.") && !text.contains(':'));
}

std::optional<Peer> peer_of(const FileDescriptor& fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* to = reinterpret_cast<sockaddr*>(&storage);  // NOLINT(*-reinterpret-cast)
    if (::getpeername(fd.get(), to, &size) != 0) return std::nullopt;
    const auto address = SocketAddress::from(to, size);
    return Peer{
        .address = address.host(),
        .loopback = address.loopback(),
        .tls = false,
        .local = false,
    };
}

void set_no_delay(const FileDescriptor& fd) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace tandem::net
