#include "cli/audit_pages.h"

#include "client/call.h"
#include "contract/shape.h"

#include <algorithm>
#include <array>

namespace tandem::cli {
namespace {

using client::text_at;

constexpr std::int64_t kPage = 1'000;  // The most that audit.list gives at once.

// One page after the other, from the oldest line on.
Task<Result<void>> pages(HubLink* link, const std::function<Result<void>(const AuditLine&)>* each) {
    client::Call who{.operation = "me.get"};
    auto me = co_await link->hub().call(std::move(who));
    if (!me) co_return pass(me);
    const TenantId tenant{text_at(me->body, "tenant")};
    Value query = Value::Object{{"limit", kPage}, {"since", 0}};
    while (true) {
        client::Call call{.operation = "audit.list", .query = query};
        auto page = co_await link->hub().call(std::move(call));
        if (!page) co_return pass(page);
        for (const Value& item : client::items_at(page->body, "items")) {
            auto line = audit_line_of(item, tenant);
            if (!line) co_return pass(line);
            if (auto taken = (*each)(*line); !taken) co_return taken;
        }
        std::string next = text_at(page->body, "next");
        if (next.empty()) co_return Result<void>{};
        query = Value::Object{{"limit", kPage}, {"cursor", std::move(next)}};
    }
}

}  // namespace

Result<AuditLine> audit_line_of(const Value& item, const TenantId& tenant) {
    const auto unreadable = [] {
        return fail(ErrorCode::kMalformedBody, "what the hub sent is no audit line");
    };
    constexpr std::array doors{Door::kRest, Door::kPoll, Door::kSse, Door::kWs, Door::kLocal};
    const std::string door_name = text_at(item, "door");
    const auto* const door =
        std::ranges::find_if(doors, [&](Door each) { return name_of(each) == door_name; });
    const Value* time = item.find("time");
    const Value* number = item.find("number");
    const Value* count = item.find("count");
    if (door == doors.end() || time == nullptr || number == nullptr || count == nullptr) {
        return unreadable();
    }
    const auto when = contract::instant_of(*time);
    const auto* place = number->get<std::int64_t>();
    const auto* many = count->get<std::int64_t>();
    if (!when || place == nullptr || many == nullptr) return unreadable();
    return AuditLine{.time = *when,
                     .tenant = tenant,
                     .actor = text_at(item, "actor"),
                     .credential = text_at(item, "credential"),
                     .address = text_at(item, "address"),
                     .door = *door,
                     .action = text_at(item, "action"),
                     .resource = text_at(item, "resource"),
                     .result = text_at(item, "result"),
                     .count = *many,
                     .kind = text_at(item, "kind"),
                     .number = *place,
                     .previous = text_at(item, "prev")};
}

Result<void> read_audit(HubLink& link, const std::function<Result<void>(const AuditLine&)>& each) {
    auto read = finish(link.loop(), pages(&link, &each));
    if (!read) return fail(ErrorCode::kUnavailable, "interrupted");
    return *read;
}

}  // namespace tandem::cli
