#include "simulate/device.h"

#include "base/checked.h"
#include "client/problem.h"

#include <algorithm>

namespace tandem::simulate {
namespace {

using client::Call;

// A few minutes of a slow device, ten seconds of one at 100 Hz.
constexpr std::size_t kUnsentMax = 1'000;
// One message stays well below the hub's 128 KiB.
constexpr std::size_t kBatchMax = 200;
constexpr std::size_t kInboxMax = 100;
constexpr std::size_t kDoneMax = 100;
// Longer than a group commit and a slow answer, short enough that stopping does not annoy.
constexpr Duration kDrainTime = 5s;
constexpr auto kPollWait = 20s;
constexpr Duration kHoldUnasked = 1s;
constexpr Duration kPastInterval = 10s;
// What is refused together still fits in what may be kept.
constexpr std::size_t kPastWritesMax = 4;

Call own(std::string operation, Value body = {}) {
    return {.operation = std::move(operation),
            .path = Value::Object{{"device", "me"}},
            .body = std::move(body)};
}

Call about(std::string operation, const std::string& command, Value body = {}) {
    Call call = own(std::move(operation), std::move(body));
    call.path.set("command", command);
    return call;
}

bool lost(const Error& error) {
    return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kRequestTimeout;
}

// Coming back with the same key cannot help.
bool for_good(const Error& error) {
    return error.code == ErrorCode::kUnauthenticated || error.code == ErrorCode::kForbidden;
}

}  // namespace

void Tally::add(const Tally& other) {
    measured += other.measured;
    accepted += other.accepted;
    refused += other.refused;
    dropped += other.dropped;
    commands += other.commands;
    arrivals += other.arrivals;
    failures += other.failures;
    if (!other.last_failure.empty()) last_failure = other.last_failure;
}

Device::Device(Surroundings around,
               std::unique_ptr<Model> model,
               std::unique_ptr<Link> link,
               Rhythm rhythm)
    : around_{around},
      model_{std::move(model)},
      link_{std::move(link)},
      rhythm_{rhythm},
      in_past_{rhythm.since.has_value()},
      pause_{around.executor},
      poll_pause_{around.executor},
      next_{rhythm.since} {
    link_->listen([this](const Value& message) { hear(message); },
                  [this](const client::Closing& closing) {
                      down_ = true;
                      if (closing.final()) refused_for_good_ = true;
                      pause_.wake();
                  });
}

void Device::stop() {
    stopping_ = true;
    pause_.wake();
    poll_pause_.wake();
}

Task<void> Device::run() {
    const Completion<bool> polled;
    const bool polls = link_->poller() != nullptr;
    if (polls) spawn(poll(polled));
    while (!stopping_ && !refused_for_good_) {
        co_await come_in();
        if (!down_) co_await serve();
        if (stopping_ || refused_for_good_ || !down_) continue;
        co_await pause_.wait(backoff_.next(around_.random));
    }
    co_await drain();
    stopping_ = true;
    poll_pause_.wake();
    link_->close();
    while (writes_ > 0)
        co_await pause_.wait(kDrainTime);
    if (polls) co_await polled;
}

void Device::hear(const Value& message) {
    if (const Value* command = message.find("cmd"); command != nullptr) {
        if (inbox_.size() < kInboxMax) inbox_.push_back(*command);
    } else if (message.find("ev") != nullptr) {
        config_changed_ = true;
    }
    pause_.wake();
}

// Connects, says what it is, and asks what it should be.
Task<void> Device::come_in() {
    auto opened = co_await link_->open();
    if (!opened) {
        note(opened.error());
        co_return;
    }
    down_ = false;
    if (link_->poller() == nullptr) {
        const Call subscribe{.operation = "stream.subscribe",
                             .body = Value::Object{{"kinds", Value::Array{"config"}}}};
        if (auto reply = co_await link_->client().call(subscribe); !reply) note(reply.error());
    }
    co_await apply_config();
    if (!down_) co_await report_state();
    if (down_) co_return;
    ++tally_.arrivals;
    backoff_.reset();
}

Task<void> Device::serve() {
    while (!stopping_ && !down_ && !refused_for_good_) {
        if (!owed_.empty()) {
            co_await settle();
            continue;
        }
        if (!inbox_.empty()) {
            Value command = std::move(inbox_.front());
            inbox_.pop_front();
            co_await obey(std::move(command));
            continue;
        }
        if (config_changed_) {
            config_changed_ = false;
            co_await apply_config();
            if (!down_) co_await report_state();
            continue;
        }
        measure_what_is_due();
        send_what_waits();
        co_await pause_.wait(until_next());
    }
}

// What has been measured shall arrive, if the hub is there to take it.
Task<void> Device::drain() {
    const Monotonic deadline = around_.clock.monotonic() + kDrainTime;
    while (writes_ > 0 || (!unsent_.empty() && !down_)) {
        const Duration left = deadline - around_.clock.monotonic();
        if (left <= 0us) co_return;
        send_what_waits();
        co_await pause_.wait(std::min<Duration>(left, 100ms));
    }
}

Task<void> Device::poll(Completion<bool> over) {
    client::Backoff backoff;
    while (!stopping_ && !refused_for_good_) {
        Call take = own("commands.take");
        take.query = Value::Object{{"status", "queued"}};
        take.headers = Value::Object{{"prefer", "wait=" + std::to_string(kPollWait / 1s)}};
        auto reply = co_await link_->poller()->call(take);
        if (stopping_) break;
        if (!reply) {
            note(reply.error());
            co_await poll_pause_.wait(
                reply.error().retry_after.value_or(backoff.next(around_.random)));
            continue;
        }
        backoff.reset();
        for (const Value& command : client::items_at(reply->body, "items")) {
            if (inbox_.size() < kInboxMax) inbox_.push_back(command);
        }
        // A device that asks once in a while learns of its config in the same round.
        config_changed_ = true;
        pause_.wake();
    }
    over.complete(true);
}

Task<void> Device::apply_config() {
    auto config = co_await link_->client().call(own("config.get"));
    if (!config) {
        note(config.error());
        co_return;
    }
    model_->configure(config->body);
}

Task<void> Device::report_state() {
    auto reported = co_await link_->client().call(own("state.put", model_->state()));
    if (!reported) note(reported.error());
}

Task<void> Device::obey(Value command) {
    const std::string id = client::text_at(command, "id");
    // Acknowledged before it is done: one that was cancelled meanwhile is refused here.
    auto taken = co_await link_->client().call(about("commands.ack", id));
    if (!taken) {
        note(taken.error());
        // Perhaps only the answer was lost: the hub does not hand out again what it believes taken.
        if (lost(taken.error())) inbox_.push_front(std::move(command));
        co_return;
    }
    owed_.push_back({.id = id, .outcome = carry_out(command)});
    co_await report_state();
}

// The hub waits for the results of what was acknowledged, whatever happens to the connection.
Task<void> Device::settle() {
    const Done owed = owed_.front();
    Value outcome = Value::Object{{"status", owed.outcome.done ? "done" : "failed"},
                                  {"result", owed.outcome.result}};
    auto finished =
        co_await link_->client().call(about("commands.finish", owed.id, std::move(outcome)));
    if (!finished) note(finished.error());
    if (finished || !lost(finished.error())) owed_.pop_front();
}

Outcome Device::carry_out(const Value& command) {
    const std::string id = client::text_at(command, "id");
    const auto known = std::ranges::find(done_, id, &Done::id);
    if (known != done_.end()) return known->outcome;
    const Value* params = command.find("params");
    Outcome outcome =
        model_->carry_out(client::text_at(command, "name"), params == nullptr ? Value{} : *params);
    done_.push_back({.id = id, .outcome = outcome});
    if (done_.size() > kDoneMax) done_.pop_front();
    ++tally_.commands;
    return outcome;
}

void Device::measure_what_is_due() {
    const Instant now = around_.clock.now();
    if (in_past_) measure_past(now);
    if (in_past_ || stopping_) return;
    if (!next_ || *next_ > now + 1h) next_ = now;  // The second: the clock has been set back.
    while (*next_ <= now) {
        measure();
        if (unsent_.size() > kUnsentMax) {
            ++tally_.dropped;
            unsent_.pop_front();
        }
    }
}

// No more than can be sent: nothing of it needs to be dropped.
void Device::measure_past(Instant now) {
    while (checked(next_) <= now && unsent_.size() < kBatchMax)
        measure();
    if (checked(next_) <= now) return;
    in_past_ = false;
    next_ = now + interval();
    if (rhythm_.ends_now) stop();
}

void Device::measure() {
    Value::Object values = model_->measure(checked(next_));
    tally_.measured += values.size();
    unsent_.push_back(reading_at(checked(next_), std::move(values)));
    checked(next_) += interval();
}

Duration Device::interval() const {
    if (rhythm_.interval > 0us) return rhythm_.interval;
    return std::max<Duration>(model_->interval(), in_past_ ? kPastInterval : 1ms);
}

std::size_t Device::writes_max() const {
    const std::size_t most = link_->writes_max();
    return in_past_ ? std::min(most, kPastWritesMax) : most;
}

Duration Device::until_next() const {
    Duration wait = checked(next_) - around_.clock.now();
    // Whoever has all writes under way is woken by the first that ends.
    if (in_past_ && !unsent_.empty() && writes_ == writes_max()) wait = 1h;
    if (!unsent_.empty() && writes_ < writes_max()) {
        wait = std::min(wait, Duration{hold_until_ - around_.clock.monotonic()});
    }
    return std::clamp<Duration>(wait, 1ms, 1h);
}

void Device::send_what_waits() {
    if (around_.clock.monotonic() < hold_until_) return;
    while (!unsent_.empty() && writes_ < writes_max() && !down_) {
        const auto count = static_cast<std::ptrdiff_t>(std::min(unsent_.size(), kBatchMax));
        std::vector<Value> batch{unsent_.begin(), unsent_.begin() + count};
        unsent_.erase(unsent_.begin(), unsent_.begin() + count);
        spawn(write(std::move(batch)));
    }
}

Task<void> Device::write(std::vector<Value> batch) {
    ++writes_;
    auto reply = co_await link_->client().call(own("telemetry.write", Value{batch}));
    --writes_;
    pause_.wake();
    if (reply) {
        tally_.accepted += static_cast<std::uint64_t>(client::number_at(reply->body, "accepted"));
        tally_.refused += client::items_at(reply->body, "refused").size();
        co_return;
    }
    const Error& error = reply.error();
    const bool slow_down = error.code == ErrorCode::kRateLimited;
    // Whoever writes the past as fast as may be expects that.
    if (!slow_down || !in_past_) note(error);
    if (slow_down) {
        hold_until_ = around_.clock.monotonic() + error.retry_after.value_or(kHoldUnasked);
    }
    if (slow_down || lost(error)) {
        keep_again(std::move(batch));
    } else {
        tally_.refused += batch.size();
    }
}

void Device::keep_again(std::vector<Value> batch) {
    unsent_.insert(unsent_.begin(), std::make_move_iterator(batch.begin()),
                   std::make_move_iterator(batch.end()));
    while (unsent_.size() > kUnsentMax) {
        ++tally_.dropped;
        unsent_.pop_front();
    }
}

void Device::note(const Error& error) {
    if (lost(error)) down_ = true;
    if (for_good(error)) refused_for_good_ = true;
    if (stopping_) return;  // What is cut off on purpose is no failure.
    ++tally_.failures;
    tally_.last_failure = client::describe(error);
}

}  // namespace tandem::simulate
