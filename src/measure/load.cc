#include "measure/load.h"

#include "measure/alarm.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace tandem::measure {
namespace {

constexpr Duration kPatience = 5s;
constexpr double kMillion = 1e6;

double since(const net::Loop& loop, Monotonic when) {
    return static_cast<double>((loop.clock().monotonic() - when).count());
}

/// One run, kept by everything that is under way for it.
struct Run : std::enable_shared_from_this<Run> {
    Run(net::Loop& on, Random& with, const Pace& at, Send by)
        : loop{on}, random{with}, pace{at}, send{std::move(by)}, alarm{on} {}

    void begin();
    void fire();
    void finish();
    [[nodiscard]] Monotonic due(std::uint64_t number) const;

    net::Loop& loop;
    Random& random;
    Pace pace;
    Send send;
    Alarm alarm;
    Sent sent;
    Monotonic began{};
    std::vector<double> early;  // Of each message by how much it is out of step, as a share.
    std::uint64_t next = 0;
    std::uint64_t count = 0;
    std::uint64_t under_way = 0;
    Completion<bool> over;
};

void note(Sent& sent, const Result<void>& result) {
    if (result) {
        ++sent.answered;
        return;
    }
    ++sent.failed;
    if (sent.first_failure.empty()) {
        sent.first_failure =
            std::string{row(result.error().code).name} + " " + result.error().detail;
    }
}

Task<void> one(std::shared_ptr<Run> run, std::uint64_t number, Monotonic due) {
    ++run->under_way;
    run->sent.lateness.push_back(since(run->loop, due));
    const auto result = co_await run->send(number % run->pace.senders, number);
    note(run->sent, result);
    if (result) run->sent.latencies.push_back(since(run->loop, due));
    --run->under_way;
    run->finish();
}

void Run::begin() {
    began = loop.clock().monotonic();
    const double seconds = static_cast<double>(pace.time.count()) / kMillion;
    count = std::max<std::uint64_t>(
        static_cast<std::uint64_t>(std::llround(pace.per_second * seconds)), 1);
    constexpr double steps = 1'000;
    for (std::uint64_t at = 0; at < count; ++at) {
        const double share = static_cast<double>(random.next() % 1'000) / steps;
        early.push_back(pace.jitter * (share - 0.5));
    }
    fire();
}

Monotonic Run::due(std::uint64_t number) const {
    const double step = static_cast<double>(number) + 0.5 + early[number];
    return began + Duration{std::llround(step * kMillion / pace.per_second)};
}

void Run::fire() {
    const Monotonic now = loop.clock().monotonic();
    while (next < count && due(next) <= now) {
        const std::uint64_t number = next++;
        spawn(one(shared_from_this(), number, due(number)));
    }
    if (next < count) {
        alarm.set(due(next), [run = shared_from_this()] { run->fire(); });
        return;
    }
    // What has no answer by then has none.
    alarm.set(now + kPatience, [run = shared_from_this()] { run->over.complete(true); });
    finish();
}

void Run::finish() {
    if (next < count || under_way > 0) return;
    loop.post([run = shared_from_this()] { run->over.complete(true); });
}

/// What the senders of a run flat out share.
struct Crowd {
    Sent sent;
    Monotonic end{};
    std::uint64_t next = 0;
    std::size_t busy = 0;
    Completion<bool> over;
};

Task<void> keep_sending(net::Loop* loop,
                        std::shared_ptr<Crowd> crowd,
                        Send send,
                        std::size_t sender) {
    while (loop->clock().monotonic() < crowd->end) {
        const Monotonic began = loop->clock().monotonic();
        const auto result = co_await send(sender, crowd->next++);
        note(crowd->sent, result);
        if (!result) break;
        crowd->sent.latencies.push_back(since(*loop, began));
    }
    if (--crowd->busy == 0) crowd->over.complete(true);
}

}  // namespace

Task<Sent> send_at_rate(net::Loop* loop, Random* random, Pace pace, Send send) {
    auto run = std::make_shared<Run>(*loop, *random, pace, std::move(send));
    run->begin();
    co_await run->over;
    run->sent.seconds = since(*loop, run->began) / kMillion;
    run->sent.unanswered = run->under_way;
    Sent sent = std::move(run->sent);
    run->sent = {};
    run->alarm.set(run->began, [] {});  // Lets go of what it held.
    co_return sent;
}

Task<Sent> send_flat_out(net::Loop* loop, Pace pace, Send send) {
    auto crowd = std::make_shared<Crowd>();
    const Monotonic began = loop->clock().monotonic();
    crowd->end = began + pace.time;
    crowd->busy = pace.senders;
    for (std::size_t sender = 0; sender < pace.senders; ++sender)
        spawn(keep_sending(loop, crowd, send, sender));
    co_await crowd->over;
    crowd->sent.seconds = since(*loop, began) / kMillion;
    co_return std::move(crowd->sent);
}

}  // namespace tandem::measure
