#include "net/listener.h"

#include "net/test_sockets.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <grp.h>
#include <ifaddrs.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

using namespace tandem;
using namespace tandem::net;

namespace {

/// An IPv4 address of this machine that is not loopback; "" when it has none.
std::string outside_address() {
    ifaddrs* all = nullptr;
    REQUIRE(::getifaddrs(&all) == 0);
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> kept{all, &::freeifaddrs};
    for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
        sockaddr_in address{};
        std::memcpy(&address, each->ifa_addr, sizeof address);
        std::array<char, INET_ADDRSTRLEN> text{};
        ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
        if (!std::string_view{text.data()}.starts_with("127.")) return text.data();
    }
    return {};
}

}  // namespace

TEST_CASE("endpoint: what is accepted and what it means") {
    struct Row {
        const char* text;
        Endpoint means;
        bool loopback;
        const char* shown;
    };
    const std::vector<Row> rows{
        {"127.0.0.1:8080", {"127.0.0.1", 8080}, true, "127.0.0.1:8080"},
        {"127.9.9.9:1", {"127.9.9.9", 1}, true, "127.9.9.9:1"},
        {"localhost:0", {"localhost", 0}, true, "localhost:0"},
        {"[::1]:443", {"::1", 443}, true, "[::1]:443"},
        {"0.0.0.0:65535", {"0.0.0.0", 65'535}, false, "0.0.0.0:65535"},
        {"[fe80::1]:80", {"fe80::1", 80}, false, "[fe80::1]:80"},
        {"[::ffff:127.0.0.1]:80", {"::ffff:127.0.0.1", 80}, true, "[::ffff:127.0.0.1]:80"},
        {":8080", {"::", 8080}, false, "[::]:8080"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto endpoint = parse_endpoint(row.text);
        REQUIRE(endpoint);
        CHECK(endpoint->host == row.means.host);
        CHECK(endpoint->port == row.means.port);
        CHECK(endpoint->loopback() == row.loopback);
        CHECK(endpoint->text() == row.shown);
    }
}

TEST_CASE("endpoint: what is refused") {
    struct Row {
        const char* text;
        const char* why;
    };
    const std::vector<Row> rows{
        {"", "there is no port"},
        {"127.0.0.1", "there is no port"},
        {"127.0.0.1:", "a port is a number"},
        {"127.0.0.1:65536", "ports end at 65535"},
        {"127.0.0.1:-1", "a port has no sign"},
        {"127.0.0.1:+1", "a port has no sign"},
        {"127.0.0.1:80 ", "nothing follows the port"},
        {"127.0.0.1:0x50", "a port is decimal"},
        {"::1:80", "an IPv6 address needs brackets"},
        {"[127.0.0.1]:80", "brackets are for IPv6"},
        {"[]:80", "brackets with nothing in them"},
        {"[::1:80", "a bracket is open"},
        {"127.1:80", "short forms are read differently by different programs"},
        {"example.com:80", "a name is not resolved"},
        {"256.0.0.1:80", "no address"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CAPTURE(row.why);
        const auto endpoint = parse_endpoint(row.text);
        REQUIRE_FALSE(endpoint);
        CHECK(endpoint.error().code == ErrorCode::kInvalidField);
        CHECK(endpoint.error().detail.contains("HOST:PORT"));
    }
}

TEST_CASE("listener") {
    TestServer server;

    SUBCASE("port 0 is a free port, which endpoint() names") {
        server.open();
        CHECK(server.port() != 0);
        CHECK(server.listener->endpoint().host == "127.0.0.1");
    }
    SUBCASE("a crowd that comes at once is heard over some turns, each no longer than 4 ms") {
        server.open();
        constexpr std::size_t crowd = 100;
        std::vector<std::unique_ptr<RawClient>> clients;
        for (std::size_t at = 0; at < crowd; ++at)
            clients.push_back(std::make_unique<RawClient>(server.port()));
        REQUIRE(server.until([&] { return server.heard.size() == crowd; }));
        for (const auto& each : clients)
            each->send("a");
        const auto heard = [&] {
            return std::ranges::count_if(server.heard,
                                         [](const auto& each) { return each->bytes == "a"; });
        };
        for (const int so_far : {40, 80, 100}) {
            server.loop.turn(0ms);
            CHECK(heard() == so_far);
        }
        // Those that have been heard wait no more.
        for (const auto& each : clients)
            each->send("b");
        server.loop.turn(0ms);
        CHECK(std::ranges::all_of(server.heard,
                                  [](const auto& each) { return each->bytes == "ab"; }));
    }
    SUBCASE("localhost is this machine") {
        server.open(nullptr, "localhost");
        const RawClient client{server.port()};
        CHECK(client.connect_error() == 0);
        CHECK(server.until([&] { return server.heard.size() == 1; }));
        CHECK(server.listener->endpoint().host == "localhost");
    }
    SUBCASE("every address takes IPv4, which is shown as such") {
        server.open(nullptr, "::");
        const RawClient client{server.port()};
        REQUIRE(server.until([&] { return server.heard.size() == 1; }));
        CHECK(server.heard[0]->peer.address == "127.0.0.1");
        CHECK(server.heard[0]->peer.loopback);
    }
    SUBCASE("two listeners share a port") {
        server.open();
        auto other = Listener::open(server.loop, {.host = "127.0.0.1", .port = server.port()},
                                    nullptr, server.limits, server.metrics, server.recorder());
        CHECK(other);
    }
    SUBCASE("a port that somebody listens on is not free, also when it could be shared") {
        server.open();
        const Endpoint taken{.host = "127.0.0.1", .port = server.port()};
        const auto refused = check_free(taken);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::kUnavailable);
        CHECK(refused.error().detail == taken.text() + ": bind: Address already in use");
        server.listener.reset();
        CHECK(check_free(taken));
    }
    SUBCASE("an address that is not this machine's is refused with the reason") {
        const auto opened = Listener::open(server.loop, {.host = "192.0.2.1", .port = 0}, nullptr,
                                           server.limits, server.metrics, server.recorder());
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::kUnavailable);
        CHECK(opened.error().detail == "192.0.2.1:0: bind: Cannot assign requested address");
    }
    SUBCASE("after stop_accepting() nobody gets in; who is there stays") {
        server.prepare = [](Heard& heard) { heard.on_bytes = echo(); };
        server.open();
        const std::uint16_t port = server.port();
        RawClient client{port};
        REQUIRE(server.until([&] { return server.heard.size() == 1; }));
        server.listener->stop_accepting();
        CHECK(RawClient{port}.connect_error() == ECONNREFUSED);
        client.send("still here");
        CHECK(server.until([&] { return client.receive(), client.received() == "still here"; }));
    }
    SUBCASE("what a connection had sent when it was closed arrives after the listener's end") {
        server.open();
        RawClient client{server.port()};
        REQUIRE(server.until([&] { return server.heard.size() == 1; }));
        const std::string answer(200'000, 'a');
        server.heard[0]->transport->write(answer);
        REQUIRE(server.until([&] { return server.heard[0]->transport->queued_bytes() == 0; }));
        CHECK_FALSE(server.listener->has_unsent());
        server.heard[0]->transport->write("and the end");
        CHECK(server.listener->has_unsent());
        server.listener->close_connections();
        server.loop.turn(0ms);
        CHECK_FALSE(server.listener->has_unsent());
        server.listener.reset();
        CHECK(server.heard[0]->closed == 1);
        while (client.receive()) {
        }
        CHECK(client.received() == answer + "and the end");
        CHECK_FALSE(client.was_reset());
    }
    SUBCASE("its end aborts every connection and each protocol hears of it once") {
        server.open();
        RawClient first{server.port()};
        RawClient second{server.port()};
        REQUIRE(server.until([&] { return server.heard.size() == 2; }));
        server.heard[0]->transport->write("lost");
        server.heard[1]->transport->abort();
        server.listener.reset();
        for (const auto& heard : server.heard) {
            CHECK(heard->closed == 1);
            CHECK(heard->destroyed == 1);
        }
        server.loop.turn(0ms);
        CHECK(server.heard[0]->closed == 1);
        CHECK_FALSE(first.receive());
        CHECK(first.was_reset());
        CHECK_FALSE(second.receive());
    }
    SUBCASE("connections above the limit get 503 and are counted; a free place is used again") {
        server.limits.connections = 2;
        server.open();
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int at = 0; at < 3; ++at)
            clients.push_back(std::make_unique<RawClient>(server.port()));
        clients[2]->send("GET / HTTP/1.1\r\nHost: hub\r\n\r\n");
        REQUIRE(server.until([&] { return !clients[2]->receive(); }));
        CHECK_FALSE(clients[2]->was_reset());
        CHECK(clients[2]->received().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
        CHECK(clients[2]->received().contains("\r\nConnection: close\r\n"));
        CHECK(server.limit_hits("connections") == 1);
        CHECK(server.heard.size() == 2);
        clients.clear();
        REQUIRE(server.until([&] {
            for (const auto& heard : server.heard) {
                if (heard->transport != nullptr) heard->transport->close();
            }
            return server.listener->connections() == 0;
        }));
        const RawClient again{server.port()};
        CHECK(server.until([&] { return server.heard.size() == 3; }));
        CHECK(server.limit_hits("connections") == 1);
    }
    SUBCASE("64 of those who are refused are waited for, the others are told and closed at once") {
        server.limits.connections = 1;
        server.open();
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int at = 0; at < 80; ++at)
            clients.push_back(std::make_unique<RawClient>(server.port()));
        REQUIRE(server.until([&] { return server.limit_hits("connections") == 79; }));
        CHECK(server.listener->connections() == 65);
        CHECK_FALSE(clients.back()->receive());
        CHECK(clients.back()->received().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    }
    SUBCASE("without free descriptors who comes is told, and after 10 ms it goes on") {
        server.open();
        const RawClient first{server.port()};
        REQUIRE(server.until([&] { return server.heard.size() == 1; }));
        RawClient second{server.port()};
        rlimit before{};
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
        // Not one more than there are: descriptors are given out lowest first.
        const FileDescriptor next{::dup(second.fd())};
        const rlimit none{.rlim_cur = static_cast<rlim_t>(next.get()), .rlim_max = before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
        for (int at = 0; at < 5; ++at)
            server.loop.turn(1ms);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
        CHECK(server.limit_hits("open_files") == 1);
        CHECK(server.heard.size() == 1);
        CHECK_FALSE(second.receive());
        CHECK(second.received().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
        const RawClient third{server.port()};
        server.loop.turn(1ms);
        CHECK(server.heard.size() == 1);
        server.clock.advance(11ms);
        CHECK(server.until([&] { return server.heard.size() == 2; }));
        CHECK(server.limit_hits("open_files") == 1);
    }
    SUBCASE("an address has so many connections until they have proved who they are") {
        const std::string outside = outside_address();
        if (outside.empty()) {
            MESSAGE("skipped: this machine has no address but loopback");
            return;
        }
        server.limits.address_connections = 2;
        server.open(nullptr, "0.0.0.0");
        std::vector<std::unique_ptr<RawClient>> clients;
        const auto come = [&] {
            clients.push_back(std::make_unique<RawClient>(server.port(), 0, outside));
        };
        for (int at = 0; at < 3; ++at)
            come();
        REQUIRE(server.until([&] { return !clients[2]->receive(); }));
        CHECK(clients[2]->received().starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
        CHECK(server.limit_hits("address.connections") == 1);
        REQUIRE(server.heard.size() == 2);
        server.heard[0]->transport->trust();
        server.heard[0]->transport->trust();
        come();
        CHECK(server.until([&] { return server.heard.size() == 3; }));
        // One that has been let in by name gives no place back when it goes.
        clients[0]->close();
        REQUIRE(server.until([&] { return server.heard[0]->ended == 1; }));
        server.heard[0]->transport->close();
        REQUIRE(server.until([&] { return server.heard[0]->closed == 1; }));
        come();
        REQUIRE(server.until([&] { return !clients.back()->receive(); }));
        CHECK(server.limit_hits("address.connections") == 2);
        for (int at = 0; at < 5; ++at) {
            const RawClient inside{server.port()};
            REQUIRE(server.until(
                [&] { return server.heard.size() == 4U + static_cast<unsigned>(at); }));
        }
    }
}

TEST_CASE("local listener") {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.path() / "admin.sock";
    TestServer server;
    const auto open = [&](const std::filesystem::path& at) {
        return Listener::open_local(server.loop, at, server.limits, server.metrics,
                                    server.recorder());
    };

    SUBCASE("only its user may open the file, and the peer is local") {
        server.prepare = [](Heard& heard) { heard.on_bytes = echo(); };
        auto listener = open(path);
        REQUIRE(listener);
        CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::mask) ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
        CHECK((*listener)->endpoint().host == path.string());
        RawClient client{path};
        client.send("hello");
        CHECK(server.until([&] { return client.receive(), client.received() == "hello"; }));
        CHECK(server.heard[0]->peer.local);
        CHECK(server.heard[0]->peer.loopback);
        CHECK(server.heard[0]->peer.address.empty());
    }
    SUBCASE("a peer that has gone altogether is told once and costs no turns") {
        auto listener = open(path);
        REQUIRE(listener);
        RawClient client{path};
        client.send("last words");
        client.close();
        REQUIRE(
            server.until([&] { return !server.heard.empty() && server.heard[0]->closed == 1; }));
        CHECK(server.heard[0]->bytes == "last words");
        CHECK(server.heard[0]->ended == 1);
        CHECK((*listener)->connections() == 0);
    }
    SUBCASE("the file goes with the listener") {
        auto listener = open(path);
        REQUIRE(listener);
        listener->reset();
        CHECK_FALSE(std::filesystem::exists(path));
    }
    SUBCASE("a file that another listener has made in the meantime stays") {
        auto listener = open(path);
        REQUIRE(listener);
        std::filesystem::remove(path);
        auto successor = open(path);
        REQUIRE(successor);
        listener->reset();
        CHECK(std::filesystem::exists(path));
        CHECK(RawClient{path}.connect_error() == 0);
    }
    SUBCASE("a socket file that nobody listens on is replaced") {
        const FileDescriptor left{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const auto address = SocketAddress::local(path);
        REQUIRE(::bind(left.get(), address->get(), address->size()) == 0);
        auto listener = open(path);
        REQUIRE(listener);
        CHECK(RawClient{path}.connect_error() == 0);
    }
    SUBCASE("refused paths") {
        std::ofstream{folder.path() / "file"} << "precious";
        auto running = open(path);
        REQUIRE(running);
        struct Row {
            std::filesystem::path path;
            const char* detail;
        };
        const std::vector<Row> rows{
            {path, "another process listens on it"},
            {folder.path() / "file", "is not a socket"},
            {folder.path() / "absent" / "admin.sock", "No such file or directory"},
            {folder.path() / std::string(120, 'x'), "107 bytes at most"},
            {"", "107 bytes at most"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.detail);
            const auto refused = open(row.path);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == ErrorCode::kUnavailable);
            CHECK(refused.error().detail.contains(row.detail));
        }
        CHECK(std::filesystem::file_size(folder.path() / "file") == 8);
    }
    SUBCASE("a peer of another user is turned away even if the file lets it in") {
        if (::geteuid() != 0) {
            MESSAGE("not shown: only root can become another user");
            return;
        }
        auto listener = open(path);
        REQUIRE(listener);
        std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
        std::filesystem::permissions(path, std::filesystem::perms::all);
        const auto address = SocketAddress::local(path);
        const FileDescriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const pid_t child = ::fork();
        if (child == 0) {
            // Nothing but system calls: the child is a copy of a process with threads.
            if (::setresuid(65'534, 65'534, 65'534) != 0) ::_exit(1);
            ::_exit(::connect(fd.get(), address->get(), address->size()) == 0 ? 0 : 2);
        }
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(status == 0);
        char byte = 0;
        CHECK(server.until([&] { return ::recv(fd.get(), &byte, 1, MSG_DONTWAIT) == 0; }));
        CHECK(server.heard.empty());
        CHECK((*listener)->connections() == 0);
    }
}
