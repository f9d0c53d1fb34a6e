#include "domain/command.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <vector>

using namespace tandem;

namespace {

using Status = Command::Status;

constexpr Instant kNoon{Duration{1'700'000'000'000'000}};
constexpr std::array kAll{Status::kQueued, Status::kDelivered, Status::kAcknowledged, Status::kDone,
                          Status::kFailed, Status::kExpired,   Status::kCancelled};
const CommandRules kRules;

Command command(Status status = Status::kQueued) {
    return {.id = CommandId{"c1"},
            .device = {.tenant = TenantId{"home"}, .id = DeviceId{"lamp-1"}},
            .name = "set",
            .params = Value::Object{{"level", 3}},
            .status = status,
            .attempt = 1,
            .created = kNoon,
            .expires = kNoon + 1h,
            .lease_until = {},
            .updated = {},
            .progress = {},
            .result = {},
            .sent_by = "user:admin",
            .version = 1};
}

// What one step makes of each status; none where it is refused with kConflict.
struct Row {
    Status before = Status::kQueued;
    std::optional<Status> after;
};

void check_rows(const std::array<Row, 7>& rows,
                const std::function<Result<Command>(Command)>& step) {
    for (const Row& row : rows) {
        CAPTURE(name_of(row.before));
        const auto made = step(command(row.before));
        REQUIRE(made.has_value() == row.after.has_value());
        if (!made) {
            CHECK(made.error().code == ErrorCode::kConflict);
            CHECK(made.error().detail == "the command is " + std::string{name_of(row.before)});
            continue;
        }
        CHECK(made->status == *row.after);
        const bool changed = made->status != row.before;
        CHECK(made->version == (changed ? 2 : 1));
        CHECK(made->updated.has_value() == changed);
        if (!changed) CHECK(*made == command(row.before));
    }
}

}  // namespace

TEST_CASE("status of a command") {
    SUBCASE("every status is found by its name") {
        for (const Status status : kAll)
            CHECK(command_status(name_of(status)) == status);
        CHECK(name_of(Status::kQueued) == "queued");
        CHECK(name_of(Status::kCancelled) == "cancelled");
        CHECK(!command_status(""));
        CHECK(!command_status("Queued"));
    }
    SUBCASE("done, failed, expired and cancelled are the end") {
        for (const Status status : kAll) {
            CAPTURE(name_of(status));
            const bool open = status == Status::kQueued || status == Status::kDelivered ||
                              status == Status::kAcknowledged;
            CHECK(is_final(status) == !open);
        }
    }
}

TEST_CASE("life of a command") {
    using enum Command::Status;

    SUBCASE("a device may have so many commands and no more") {
        const CommandRules rules{.queue = 2};
        CHECK(admit(0, rules));
        CHECK(admit(1, rules));
        const auto full = admit(2, rules);
        REQUIRE(!full);
        CHECK(full.error().code == ErrorCode::kQueueFull);
        CHECK(full.error().limit == "commands.queue");
        CHECK(full.error().retry_after == rules.lease);
    }
    SUBCASE("each delivery is counted, to a poll with a lease and to a socket without") {
        const Command polled = deliver(command(), 30s, kNoon + 1s);
        CHECK(polled.status == kDelivered);
        CHECK(polled.attempt == 2);
        CHECK(polled.lease_until == kNoon + 31s);
        CHECK(polled.updated == kNoon + 1s);
        CHECK(polled.version == 2);
        const Command pushed = deliver(polled, {}, kNoon + 2s);
        CHECK(pushed.attempt == 3);
        CHECK(!pushed.lease_until);
        CHECK(pushed.version == 3);
    }
    SUBCASE("acknowledging") {
        check_rows({{{kQueued, kAcknowledged},
                     {kDelivered, kAcknowledged},
                     {kAcknowledged, kAcknowledged},
                     {kDone, {}},
                     {kFailed, {}},
                     {kExpired, {}},
                     {kCancelled, {}}}},
                   [](Command one) { return acknowledge(std::move(one), kNoon + 1s); });
    }
    SUBCASE("an acknowledged command has no lease to lose") {
        const auto taken = acknowledge(deliver(command(), 30s, kNoon), kNoon + 1s);
        REQUIRE(taken);
        CHECK(!taken->lease_until);
        CHECK(!after_time(*taken, kNoon + 31s, kRules));
    }
    SUBCASE("a lease that is renewed ends so long from now, and the attempt is the same") {
        const Command leased = deliver(command(), 30s, kNoon);
        const auto longer = renew(leased, 60s, kNoon + 29s);
        REQUIRE(longer);
        CHECK(longer->status == kDelivered);
        CHECK(longer->lease_until == kNoon + 89s);
        CHECK(longer->attempt == leased.attempt);
        CHECK(longer->version == leased.version + 1);
        CHECK(!after_time(*longer, kNoon + 89s - Duration{1}, kRules));
        CHECK(after_time(*longer, kNoon + 89s, kRules)->status == kQueued);
    }
    SUBCASE("only a lease can be renewed") {
        for (const Status status : kAll) {
            CAPTURE(name_of(status));
            const auto refused = renew(command(status), 30s, kNoon);
            REQUIRE(!refused);
            CHECK(refused.error().code == ErrorCode::kConflict);
        }
    }
    SUBCASE("progress is told of a command that is worked on, and of no other") {
        for (const Status status : kAll) {
            CAPTURE(name_of(status));
            const auto told = report_progress(command(status), Value{40}, kNoon + 1s);
            REQUIRE(told.has_value() == (status == kAcknowledged));
            if (!told) {
                CHECK(told.error().code == ErrorCode::kConflict);
                continue;
            }
            CHECK(told->progress == Value{40});
            CHECK(told->version == 2);
            CHECK(told->updated == kNoon + 1s);
            CHECK(*report_progress(*told, Value{40}, kNoon + 2s) == *told);
            const auto more = report_progress(*told, Value{60}, kNoon + 2s);
            CHECK(more->version == 3);
            CHECK(finish(*more, true, {}, kNoon + 3s)->progress == Value{60});
        }
    }
    SUBCASE("what a poll has leased holds up what follows; nothing else does") {
        CHECK(holds_up(deliver(command(), 30s, kNoon)));
        CHECK(!holds_up(deliver(command(), {}, kNoon)));
        for (const Status status : kAll)
            CHECK(!holds_up(command(status)));
    }
    SUBCASE("queued ones are handed out in order, up to one that is leased, and in time") {
        const auto named = [](const char* id, Command made) {
            made.id = CommandId{id};
            return made;
        };
        Command brief = named("c2", command());
        brief.expires = kNoon + 5s;
        const std::vector<Command> open{named("c0", command(kAcknowledged)),
                                        named("c1", command()),
                                        brief,
                                        named("c3", command()),
                                        named("c4", deliver(command(), 30s, kNoon)),
                                        named("c5", command())};
        const auto ids = [&](std::size_t limit, Instant now) {
            std::string out;
            for (const Command& each : next_queued(open, limit, now))
                out += each.id.text() + " ";
            return out;
        };
        CHECK(ids(10, kNoon + 5s - Duration{1}) == "c1 c2 c3 ");
        CHECK(ids(10, kNoon + 5s) == "c1 c3 ");
        CHECK(ids(1, kNoon) == "c1 ");
    }
    SUBCASE("finishing well") {
        check_rows({{{kQueued, kDone},
                     {kDelivered, kDone},
                     {kAcknowledged, kDone},
                     {kDone, kDone},
                     {kFailed, {}},
                     {kExpired, {}},
                     {kCancelled, {}}}},
                   [](Command one) { return finish(std::move(one), true, {}, kNoon + 1s); });
    }
    SUBCASE("finishing badly") {
        check_rows({{{kQueued, kFailed},
                     {kDelivered, kFailed},
                     {kAcknowledged, kFailed},
                     {kDone, {}},
                     {kFailed, kFailed},
                     {kExpired, {}},
                     {kCancelled, {}}}},
                   [](Command one) { return finish(std::move(one), false, {}, kNoon + 1s); });
    }
    SUBCASE("the first outcome stands") {
        const auto done = finish(command(kAcknowledged), true, Value{1}, kNoon + 1s);
        REQUIRE(done);
        CHECK(done->result == Value{1});
        const auto again = finish(*done, true, Value{1}, kNoon + 2s);
        REQUIRE(again);
        CHECK(*again == *done);
        CHECK(!finish(*done, true, Value{2}, kNoon + 2s));
        CHECK(!finish(*done, false, Value{1}, kNoon + 2s));
    }
    SUBCASE("cancelling") {
        check_rows({{{kQueued, kCancelled},
                     {kDelivered, kCancelled},
                     {kAcknowledged, {}},
                     {kDone, {}},
                     {kFailed, {}},
                     {kExpired, {}},
                     {kCancelled, kCancelled}}},
                   [](Command one) { return cancel(std::move(one), kNoon + 1s); });
    }
}

TEST_CASE("time and a command") {
    using enum Command::Status;

    SUBCASE("a command expires when its time has come, not a moment before") {
        for (const Status status : {kQueued, kDelivered}) {
            CAPTURE(name_of(status));
            const Command waiting = command(status);
            CHECK(!after_time(waiting, waiting.expires - Duration{1}, kRules));
            const auto late = after_time(waiting, waiting.expires, kRules);
            REQUIRE(late);
            CHECK(late->status == kExpired);
            CHECK(late->updated == waiting.expires);
            CHECK(late->version == 2);
        }
    }
    SUBCASE("a device that is at work has a grace") {
        const Command working = command(kAcknowledged);
        const Instant end = working.expires + kRules.finish_grace;
        CHECK(!after_time(working, working.expires, kRules));
        CHECK(!after_time(working, end - Duration{1}, kRules));
        REQUIRE(after_time(working, end, kRules));
        CHECK(after_time(working, end, kRules)->status == kExpired);
    }
    SUBCASE("what has ended stays as it ended") {
        for (const Status status : {kDone, kFailed, kExpired, kCancelled}) {
            CAPTURE(name_of(status));
            CHECK(!after_time(command(status), Instant::max(), kRules));
        }
    }
    SUBCASE("a lease that has passed puts the command back into the queue") {
        const Command leased = deliver(command(), 30s, kNoon);
        CHECK(!after_time(leased, kNoon + 30s - Duration{1}, kRules));
        const auto back = after_time(leased, kNoon + 30s, kRules);
        REQUIRE(back);
        CHECK(back->status == kQueued);
        CHECK(back->attempt == leased.attempt);
        CHECK(!back->lease_until);
        CHECK(back->version == leased.version + 1);
    }
    SUBCASE("a command whose lease and time have both passed expires") {
        const auto late = after_time(deliver(command(), 30s, kNoon), kNoon + 2h, kRules);
        REQUIRE(late);
        CHECK(late->status == kExpired);
    }
    SUBCASE("a command on a socket has no lease: only the socket's end puts it back") {
        const Command pushed = deliver(command(), {}, kNoon);
        CHECK(!after_time(pushed, kNoon + 59min, kRules));
        const auto back = after_disconnect(pushed, kNoon + 1s);
        REQUIRE(back);
        CHECK(back->status == kQueued);
        CHECK(back->updated == kNoon + 1s);
    }
    SUBCASE("the end of a socket is nothing to other commands") {
        CHECK(!after_disconnect(deliver(command(), 30s, kNoon), kNoon));
        for (const Status status : kAll) {
            if (status == kDelivered) continue;
            CAPTURE(name_of(status));
            CHECK(!after_disconnect(command(status), kNoon));
        }
    }
}
