#include "measure/listeners.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace tandem::measure {

TEST_CASE("a table of the kernel gives the sockets that listen at a port, and no others") {
    constexpr std::string_view table =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout inode\n"
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        "
        "0 4711 1 0000000000000000 100 0 0 10 0\n"
        "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        "
        "0 4712 1 0000000000000000 20 4 30 10 -1\n"
        "   2: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A "
        "00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 "
        "0\n"
        "   3: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        "
        "0 4714 1 0000000000000000 100 0 0 10 0\n"
        "nonsense\n";
    CHECK(listening_inodes(table, 8'080) == std::vector<std::uint64_t>{4711, 4713});
    CHECK(listening_inodes(table, 8'081) == std::vector<std::uint64_t>{4714});
    CHECK(listening_inodes(table, 80).empty());
    CHECK(listening_inodes("", 80).empty());
}

TEST_CASE("who listens at a port is found, but not ourselves") {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening, 1) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const std::uint16_t port = ::ntohs(address.sin_port);
    CHECK(processes_listening(port).empty());
    const int child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    CHECK(processes_listening(port) == std::vector{child});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(processes_listening(port).empty());
    ::close(listening);
}

}  // namespace tandem::measure
