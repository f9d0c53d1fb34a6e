#include "simulate/fleet.h"

namespace tandem::simulate {
namespace {

using client::Call;
using client::Reply;

constexpr int kTries = 20;
constexpr Duration kStartSpread = 1s;

// Asks again where the hub only wants it slower.
Task<Result<Reply>> patiently(client::HubClient* admin, Executor* executor, Call call) {
    for (int tries = 1;; ++tries) {
        auto reply = co_await admin->call(call);
        if (reply || reply.error().code != ErrorCode::kRateLimited || tries == kTries) {
            co_return reply;
        }
        client::Pause pause{*executor};
        co_await pause.wait(reply.error().retry_after.value_or(1s));
    }
}

Call about(std::string operation, const std::string& device, Value body = {}) {
    return {.operation = std::move(operation),
            .path = Value::Object{{"device", device}},
            .body = std::move(body)};
}

Task<Result<void>> revoke_oldest(client::HubClient* admin, Executor* executor, std::string device) {
    auto keys = co_await patiently(admin, executor, about("keys.list", device));
    if (!keys) co_return pass(keys);
    const Value* oldest = nullptr;
    for (const Value& key : client::items_at(keys->body, "items")) {
        const bool older = oldest == nullptr || client::number_at(key, "created") <
                                                    client::number_at(*oldest, "created");
        if (older) oldest = &key;
    }
    if (oldest == nullptr) co_return Result<void>{};
    Call revoke = about("keys.revoke", device);
    revoke.path.set("key", client::text_at(*oldest, "id"));
    auto revoked = co_await patiently(admin, executor, revoke);
    if (!revoked) co_return pass(revoked);
    co_return Result<void>{};
}

}  // namespace

Task<Result<std::string>> enrol(client::HubClient* admin, Executor* executor, Plan plan) {
    Value device = Value::Object{
        {"name", plan.name}, {"type", plan.type}, {"labels", plan.labels}, {"schema", plan.schema}};
    auto made =
        co_await patiently(admin, executor, about("devices.put", plan.id, std::move(device)));
    if (!made) co_return pass(made);
    const Call create = about("keys.create", plan.id, Value::Object{});
    auto key = co_await patiently(admin, executor, create);
    if (!key && key.error().code == ErrorCode::kConflict) {
        auto room = co_await revoke_oldest(admin, executor, plan.id);
        if (!room) co_return pass(room);
        key = co_await patiently(admin, executor, create);
    }
    if (!key) co_return pass(key);
    co_return client::text_at(key->body, "key");
}

Task<Result<std::string>> adopt(client::HubClient* admin, Executor* executor, std::string device) {
    const Call create{.operation = "devices.create", .body = Value::Object{{"id", device}}};
    auto made = co_await patiently(admin, executor, create);
    if (!made && made.error().code != ErrorCode::kAlreadyExists) co_return pass(made);
    auto key = co_await patiently(admin, executor, about("keys.create", device, Value::Object{}));
    if (!key) co_return pass(key);
    co_return client::text_at(key->body, "key");
}

Task<void> Fleet::run() {
    running_ = devices_.size();
    if (running_ == 0) co_return;
    const Duration apart = kStartSpread / static_cast<std::int64_t>(devices_.size());
    Duration after{0};
    for (const auto& device : devices_) {
        spawn(run_one(device.get(), after));
        after += apart;
    }
    co_await over_;
}

Task<void> Fleet::run_one(Device* device, Duration after) {
    client::Pause pause{executor_};
    co_await pause.wait(after);
    if (!stopping_) co_await device->run();
    if (--running_ == 0) over_.complete(true);
}

void Fleet::stop() {
    stopping_ = true;
    for (const auto& device : devices_)
        device->stop();
}

Tally Fleet::tally() const {
    Tally sum;
    for (const auto& device : devices_)
        sum.add(device->tally());
    return sum;
}

}  // namespace tandem::simulate
