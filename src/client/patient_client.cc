#include "client/patient_client.h"

#include <algorithm>
#include <memory>

namespace tandem::client {
namespace {

// The hub is there and says when to come back.
constexpr Duration kPutOffMost = 10min;
// It is not, or does not say.
constexpr Duration kGoneMost = 30s;
constexpr Duration kWaitMost = 60s;

bool is_passing(const Error& error) {
    switch (error.code) {
        case ErrorCode::kRateLimited:
        case ErrorCode::kUnavailable:
        case ErrorCode::kRequestTimeout:
            return true;
        default:
            return false;
    }
}

}  // namespace

Task<Result<Reply>> PatientClient::call(Call call) {
    while (true) {
        auto reply = co_await client_.call(call);
        if (reply) {
            reset();
            co_return reply;
        }
        if (!co_await wait_after(reply.error())) co_return reply;
    }
}

Task<Result<Reply>> PatientClient::call(Call call, RestClient::Piece piece) {
    const auto any = std::make_shared<bool>(false);
    const RestClient::Piece noting = [any, piece = std::move(piece)](std::string_view bytes) {
        *any = true;
        piece(bytes);
    };
    while (true) {
        auto reply = co_await client_.call(call, noting);
        if (reply) reset();
        if (reply || *any || !co_await wait_after(reply.error())) co_return reply;
    }
}

Task<bool> PatientClient::wait_after(Error why) {
    if (!is_passing(why)) {
        reset();
        co_return false;
    }
    if (why.retry_after) found_there();
    // Where nobody has ever answered, nobody is.
    if (!reached_) co_return false;
    Duration& waited = why.retry_after ? put_off_ : gone_;
    if (waited >= (why.retry_after ? kPutOffMost : kGoneMost)) co_return false;
    const Duration wait = std::min(why.retry_after.value_or(backoff_.next(random_)), kWaitMost);
    waited += wait;
    co_await pause_.wait(wait);
    co_return true;
}

void PatientClient::reset() {
    found_there();
    put_off_ = Duration{0};
}

void PatientClient::found_there() {
    reached_ = true;
    gone_ = Duration{0};
    backoff_.reset();
}

}  // namespace tandem::client
