// The floor: what the system alone takes for a door's bytes. A bare loop that reads, knows from the
// count of bytes how many messages they were, and writes as many prepared answers. It parses
// nothing, unmasks nothing and keeps nothing but that count.
//
//   floor --http|--ws|--fanout [--path /empty] [--bytes 120]
//
// --http    an answer 204 for each POST of so many bytes to that path
// --ws      an unmasked frame of so many bytes for each masked one
// --fanout  the same to every other socket, for each frame of the one that opened ?publish
//
// One thread, level-triggered, one recv and one send per readable socket and turn. A socket that
// does not take all of an answer ends it: windows have to be smaller than the system's buffers.
#include "options.h"
#include "system.h"
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::bench {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kEvents = 1024;

struct Prepared {
    bool upgrades = false;
    bool fans_out = false;
    std::size_t request_bytes = 0;
    std::size_t answer_bytes = 0;
    std::string answers;  // As many as one read can ask for.
};

struct Peer {
    bool upgraded = false;
    bool publishes = false;
    std::size_t begun_bytes = 0;  // Of a message that has not come whole.
};

void write_whole(int socket, std::string_view bytes) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == ECONNRESET || errno == EPIPE)) return;  // recv will say so.
    if (sent != static_cast<ssize_t>(bytes.size())) give_up("floor: a socket is full");
}

int listen_somewhere() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0) give_up("floor: no socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, plain, size) != 0 || ::listen(listener, 4096) != 0 ||
        ::getsockname(listener, plain, &size) != 0) {
        give_up("floor: cannot listen");
    }
    fmt::print("listening on {}\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
}

class Floor {
public:
    explicit Floor(Prepared prepared)
        : prepared_{std::move(prepared)},
          listener_{listen_somewhere()},
          epoll_{::epoll_create1(0)},
          buffer_(kReadBytes) {
        watch(listener_);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, kEvents> events{};
        while (true) {
            const int ready = ::epoll_wait(epoll_, events.data(), kEvents, -1);
            for (int at = 0; at < ready; ++at) {
                const int socket = events[static_cast<std::size_t>(at)].data.fd;
                if (socket == listener_)
                    accept();
                else
                    read(socket);
            }
        }
    }

private:
    void watch(int socket) const {
        epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    }

    void accept() {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
        if (socket < 0) return;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const auto place = static_cast<std::size_t>(socket);
        peers_.resize(std::max(peers_.size(), place + 1));
        peers_[place] = {.upgraded = !prepared_.upgrades};
        watch(socket);
    }

    void read(int socket) {
        const ssize_t got = ::recv(socket, buffer_.data(), buffer_.size(), 0);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) close(socket);
            return;
        }
        Peer& peer = peers_[static_cast<std::size_t>(socket)];
        if (!peer.upgraded) {
            upgrade(socket, peer, {buffer_.data(), static_cast<std::size_t>(got)});
            return;
        }
        const std::size_t bytes = peer.begun_bytes + static_cast<std::size_t>(got);
        peer.begun_bytes = bytes % prepared_.request_bytes;
        if (bytes >= prepared_.request_bytes) answer(socket, bytes / prepared_.request_bytes);
    }

    // The handshake is taken to come in one piece, as the load generator sends it.
    void upgrade(int socket, Peer& peer, std::string_view request) {
        peer.upgraded = true;
        peer.publishes = request.contains("publish ");
        if (prepared_.fans_out && !peer.publishes) subscribers_.push_back(socket);
        write_whole(socket, kUpgraded);
    }

    void answer(int socket, std::size_t messages) {
        const std::string_view bytes{prepared_.answers.data(), messages * prepared_.answer_bytes};
        if (!prepared_.fans_out) {
            write_whole(socket, bytes);
            return;
        }
        for (const int subscriber : subscribers_)
            write_whole(subscriber, bytes);
    }

    void close(int socket) {
        std::erase(subscribers_, socket);
        ::close(socket);
    }

    Prepared prepared_;
    int listener_;
    int epoll_;
    std::vector<char> buffer_;
    std::vector<Peer> peers_;  // By file descriptor, of which there are no more than rlimits say.
    std::vector<int> subscribers_;
};

Prepared prepare(Options& options) {
    const bool http = options.flag("--http");
    const bool fans_out = options.flag("--fanout");
    const bool echoes = options.flag("--ws");
    const std::string path = options.text("--path", "/empty");
    const std::string payload = payload_of(options.count("--bytes", 120));
    options.done();
    if (int{http} + int{fans_out} + int{echoes} != 1) give_up("floor --http|--ws|--fanout");

    const std::string request =
        http ? post_of(path, payload) : masked_frame_of(kText, payload, 0x1234'5678);
    const std::string answer = http ? std::string{kNoContent} : frame_of(kText, payload);
    Prepared out{.upgrades = !http,
                 .fans_out = fans_out,
                 .request_bytes = request.size(),
                 .answer_bytes = answer.size(),
                 .answers = {}};
    for (std::size_t bytes = 0; bytes <= kReadBytes; bytes += request.size())
        out.answers += answer;
    return out;
}

}  // namespace
}  // namespace tandem::bench

int main(int count, char** arguments) {
    tandem::bench::Options options{count, arguments};
    tandem::bench::open_file_limit();
    tandem::bench::Floor{tandem::bench::prepare(options)}.run();
}
