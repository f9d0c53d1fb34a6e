#include "driver.h"

#include "../options.h"
#include "../system.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <span>

namespace tandem::bench {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kEvents = 1024;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kLastAnswers = 5 * kSecond;
// Of how many messages a sender remembers when they were sent, for each that may be in flight:
// subscribers may be behind the one that the publisher waits for.
constexpr std::size_t kMoments = 64;

// Connections are opened so many at a time: a server that looks at its sockets ten times a second
// would take minutes for one after the other, and its queue of new ones is not long.
constexpr std::size_t kOpenAtOnce = 256;

void say(const Stream& stream, const Step& step) {
    if (stream.write(step.send) != std::ssize(step.send)) give_up("load: cannot write");
}

void hear(const Stream& stream, const Step& step) {
    std::array<char, 4096> buffer{};
    std::string got;
    while (!got.contains(step.expect)) {
        const std::ptrdiff_t bytes = stream.read(buffer);
        if (bytes <= 0) give_up("load: instead of a handshake: " + got);
        got.append(buffer.data(), static_cast<std::size_t>(bytes));
    }
}

std::int64_t now_ns() {
    return nanoseconds(CLOCK_MONOTONIC);
}

}  // namespace

struct Driver::Connection {
    Stream stream;
    Inbox inbox;
    Connection* source = nullptr;  // Whose messages are answered here: its own, or a publisher's.
    std::uint64_t seen = 0;        // Of them.
    bool lost = false;

    // A sender's.
    Connection* pacer = nullptr;  // Whose answers let it send more.
    std::size_t answers = 1;      // To each message.
    std::uint64_t sent = 0;
    std::vector<std::int64_t> moments;  // When the latest messages were sent, or should have been.
    std::string unsent;
    bool blocked = false;

    std::int64_t& moment_of(std::uint64_t message) {
        return moments[message & (moments.size() - 1)];
    }
    [[nodiscard]] std::uint64_t in_flight() const { return sent - pacer->seen; }
};

Driver::Driver(const Plan& plan)
    : plan_{plan}, epoll_{::epoll_create1(EPOLL_CLOEXEC)}, buffer_(kReadBytes) {
    for (std::size_t left = plan.sockets; left > 0; left -= std::min(left, kOpenAtOnce))
        open(*plan.protocol, std::min(left, kOpenAtOnce), plan.publisher != nullptr);
    for (const auto& each : connections_)
        each->source = each->pacer = each.get();
    if (plan.publisher != nullptr) {
        open(*plan.publisher, 1, false);
        Connection& publisher = *connections_.back();
        for (const auto& each : connections_)
            each->source = &publisher;
        publisher.pacer = connections_[plan.sockets - 1].get();
        publisher.answers = plan.sockets;
        senders_.push_back(&publisher);
    } else {
        for (const auto& each : connections_)
            senders_.push_back(each.get());
    }
    for (Connection* each : senders_)
        each->moments.resize(std::bit_ceil(plan.in_flight * kMoments));
}

Driver::~Driver() {
    ::close(epoll_);
}

void Driver::open(const Protocol& protocol, std::size_t count, bool subscribes) {
    const std::size_t first = connections_.size();
    for (std::size_t at = 0; at < count; ++at) {
        connections_.push_back(
            std::make_unique<Connection>(Stream::open(plan_.port, plan_.tls), Inbox{protocol}));
    }
    const std::span opened = std::span{connections_}.subspan(first);
    std::vector<Step> steps = protocol.open;
    if (subscribes) std::ranges::copy(protocol.subscribe, std::back_inserter(steps));
    for (const Step& step : steps) {
        for (const auto& each : opened)
            say(each->stream, step);
        for (const auto& each : opened)
            hear(each->stream, step);
    }
    for (const auto& each : opened) {
        each->stream.stop_blocking();
        watch(*each, EPOLL_CTL_ADD, false);
    }
}

void Driver::watch(Connection& connection, int change, bool until_writable) const {
    connection.blocked = until_writable;
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
    if (until_writable) event.events |= EPOLLOUT;
    ::epoll_ctl(epoll_, change, connection.stream.descriptor(), &event);
}

Phase Driver::run(double seconds) {
    phase_ = {};
    sent_ = awaited_ = 0;
    began_ = now_ns();
    const auto end = began_ + static_cast<std::int64_t>(seconds * kSecond);
    send_until(end);
    while (awaited_ > 0 && now_ns() < end + kLastAnswers)
        wait(end + kLastAnswers);
    phase_.seconds = static_cast<double>(now_ns() - began_) / kSecond;
    phase_.errors += awaited_;
    return phase_;
}

void Driver::send_until(std::int64_t end) {
    sending_ = true;
    const bool at_a_rate = plan_.per_second > 0;
    for (Connection* sender : senders_) {
        while (!at_a_rate && sender->in_flight() < plan_.in_flight)
            queue(*sender, now_ns());
        flush(*sender);
    }
    for (std::int64_t now = now_ns(); now < end; now = now_ns()) {
        if (at_a_rate) send_what_is_due(now);
        wait(at_a_rate ? std::min(due(), end) : end);
    }
    sending_ = false;
}

void Driver::send_what_is_due(std::int64_t now) {
    while (due() <= now) {
        Connection& sender = *senders_[sent_ % senders_.size()];
        if (sender.in_flight() >= plan_.in_flight) break;
        queue(sender, due());
    }
    for (Connection* sender : senders_) {
        if (!sender->unsent.empty() && !sender->blocked) flush(*sender);
    }
}

std::int64_t Driver::due() const {
    return began_ +
           static_cast<std::int64_t>(static_cast<double>(sent_) / plan_.per_second * kSecond);
}

void Driver::queue(Connection& sender, std::int64_t moment) {
    const auto& messages =
        (plan_.publisher != nullptr ? plan_.publisher : plan_.protocol)->messages;
    sender.unsent += messages[next_message_++ % messages.size()];
    sender.moment_of(sender.sent++) = moment;
    awaited_ += sender.answers;
    ++sent_;
}

void Driver::flush(Connection& sender) {
    if (sender.lost || sender.unsent.empty()) return;
    const std::ptrdiff_t taken = sender.stream.write(sender.unsent);
    if (taken < 0) {
        lose(sender);
        return;
    }
    sender.unsent.erase(0, static_cast<std::size_t>(taken));
    const bool blocked = !sender.unsent.empty();
    if (blocked != sender.blocked) watch(sender, EPOLL_CTL_MOD, blocked);
}

void Driver::wait(std::int64_t until) {
    std::array<epoll_event, kEvents> events{};
    const std::int64_t left = std::max<std::int64_t>(until - now_ns(), 0);
    const timespec patience{.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
    const int ready = ::epoll_pwait2(epoll_, events.data(), kEvents, &patience, nullptr);
    for (int at = 0; at < ready; ++at) {
        const epoll_event& event = events[static_cast<std::size_t>(at)];
        auto& connection = *static_cast<Connection*>(event.data.ptr);
        if (connection.lost) continue;
        if ((event.events & EPOLLOUT) != 0) flush(connection);
        if ((event.events & ~EPOLLOUT) != 0) read(connection);
    }
}

void Driver::read(Connection& connection) {
    std::size_t answers = 0;
    std::ptrdiff_t bytes = 0;
    do {
        bytes = connection.stream.read(buffer_);
        if (bytes <= 0) break;
        const auto more = connection.inbox.take({buffer_.data(), static_cast<std::size_t>(bytes)});
        if (!more) bytes = -1;
        answers += more.value_or(0);
    } while (bytes > 0 && connection.stream.has_tls());
    if (bytes < 0)
        lose(connection);
    else if (answers > 0)
        take(connection, answers);
}

void Driver::take(Connection& connection, std::size_t answers) {
    Connection& source = *connection.source;
    const bool paces = source.pacer == &connection;
    const bool at_a_rate = plan_.per_second > 0;
    if (connection.seen + answers > source.sent) {  // More than was asked for.
        lose(connection);
        return;
    }
    const std::int64_t now = now_ns();
    for (std::size_t at = 0; at < answers && (paces || at_a_rate); ++at)
        phase_.latency.add(now - source.moment_of(connection.seen + at));
    connection.seen += answers;
    phase_.answers += answers;
    awaited_ -= answers;
    if (!sending_ || at_a_rate || !paces) return;
    for (std::size_t at = 0; at < answers; ++at)
        queue(source, now);
    if (!source.blocked) flush(source);
}

void Driver::lose(Connection& connection) {
    connection.lost = true;
    ++phase_.errors;
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.stream.descriptor(), nullptr);
}

}  // namespace tandem::bench
