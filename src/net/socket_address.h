#pragma once

#include "net/transport.h"

#include <sys/socket.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace tandem::net {

/// A file descriptor that is closed with its owner; -1 for none.
class FileDescriptor {
public:
    explicit FileDescriptor(int fd = -1) : fd_{fd} {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    void reset();

private:
    int fd_;
};

/// Where a socket is bound or connected: IPv4, IPv6 or a path.
class SocketAddress {
public:
    /// No value when `host` is no numeric address.
    static std::optional<SocketAddress> numeric(const std::string& host, std::uint16_t port);
    /// No value when the path is empty or has more than 107 bytes.
    static std::optional<SocketAddress> local(const std::filesystem::path& path);
    /// `address` as the system gives it, `size` bytes.
    static SocketAddress from(const sockaddr* address, socklen_t size);
    /// Where `fd` is bound.
    static SocketAddress of_socket(const FileDescriptor& fd);

    [[nodiscard]] int family() const { return storage_.ss_family; }
    [[nodiscard]] const sockaddr* get() const;
    [[nodiscard]] socklen_t size() const { return size_; }
    [[nodiscard]] std::uint16_t port() const;
    /// Numeric, without the port; an IPv4 address in IPv6 clothes (`::ffff:1.2.3.4`) as IPv4.
    [[nodiscard]] std::string host() const;
    [[nodiscard]] bool loopback() const;

private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

/// Who is at the other end of a TCP socket; no value once it has gone.
[[nodiscard]] std::optional<Peer> peer_of(const FileDescriptor& fd);
/// Output is gathered before it is sent, so the kernel need not (TCP_NODELAY).
void set_no_delay(const FileDescriptor& fd);

}  // namespace tandem::net
