#include "api/audit.h"

#include "base/log.h"

#include <fmt/format.h>

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

Task<void> Anchors::note_with(AuditLine line) {
    for (AuditLine& counted : world_.hub().refusals.end_all())
        co_await store_audit(world_, std::move(counted));
    co_await store_audit(world_, std::move(line));
    co_await note();
}

void Anchors::note_hourly() {
    world_.executor().call_after(kAnchorEvery, [this] { spawn(note_and_go_on()); });
}

Task<void> Anchors::note_and_go_on() {
    co_await note();
    note_hourly();
}

Task<void> Anchors::note() {
    for (const Tenant& tenant : world_.hub().policies.tenants())
        co_await note_of(tenant.id);
}

Task<void> Anchors::note_of(TenantId tenant) {
    AuditQuery newest{.tenant = tenant, .after = {}, .limit = 1};
    auto lines = co_await world_.registry().audit(std::move(newest));
    if (!lines) log(LogLevel::kError, "audit_not_anchored", {{"why", lines.error().detail}});
    if (!lines || lines->empty()) co_return;
    const ChainHead head = head_after(lines->front());
    std::int64_t& noted = noted_[tenant];
    if (head.number <= noted) co_return;
    noted = head.number;
    log_always("audit",
               {{"anchor", fmt::format("{}:{}:{}", tenant.text(), head.number, head.hash)}});
}

}  // namespace tandem::api
