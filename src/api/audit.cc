#include "api/audit.h"

#include "base/log.h"

namespace tandem::api {
namespace {

Task<void> store_audit(World world, AuditLine line) {
    Transaction transaction;
    transaction.changes.push_back(AppendAudit{.line = std::move(line)});
    auto stored = co_await world.registry().commit(std::move(transaction));
    if (!stored) log(LogLevel::kError, "audit_not_stored", {{"why", stored.error().detail}});
}

// Whether a refusal gets a line of its own; the line that counts the others of its kind will come.
bool list_refusal(World world, const AuditLine& line) {
    Hub& hub = world.hub();
    const auto fate = hub.refusals.meet(line, world.monotonic());
    if (fate == Refusals::Fate::kDropped) {
        hub.metrics.counter("tandem_refusals_not_listed_total").add();
    }
    if (fate != Refusals::Fate::kListed) return false;
    world.executor().call_after(Refusals::kWindow, [world, line] {
        auto others = world.hub().refusals.end(line);
        if (others) spawn(store_audit(world, std::move(*others)));
    });
    return true;
}

}  // namespace

void audit(World world, AuditLine line) {
    if (tells_refusal(line.result) && !list_refusal(world, line)) return;
    spawn(store_audit(world, std::move(line)));
}

AuditLine line_of_hub(const World& world, std::string action, std::string result) {
    return {.time = world.now(),
            .tenant = world.hub().home,
            .actor = "hub",
            .credential = {},
            .address = {},
            .door = Door::kLocal,
            .action = std::move(action),
            .resource = {},
            .result = std::move(result)};
}

Task<void> audit_with_anchor(World world, AuditLine line) {
    for (AuditLine& counted : world.hub().refusals.end_all())
        co_await store_audit(world, std::move(counted));
    co_await store_audit(world, std::move(line));
    co_await note_anchor(world, 0);
}

Task<std::int64_t> note_anchor(World world, std::int64_t noted) {
    AuditQuery newest{.tenant = world.hub().home, .after = {}, .limit = 1};
    auto lines = co_await world.registry().audit(std::move(newest));
    if (!lines || lines->empty() || lines->front().number <= noted) co_return noted;
    const ChainHead head = head_after(lines->front());
    log(LogLevel::kInfo, "audit",
        {{"anchor",
          world.hub().home.text() + ":" + std::to_string(head.number) + ":" + head.hash}});
    co_return head.number;
}

}  // namespace tandem::api
