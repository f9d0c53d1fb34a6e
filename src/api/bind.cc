#include "api/bind.h"

#include "contract/precondition.h"

namespace tandem::api::detail {

Result<Reply> write_reply(const contract::Operation& operation,
                          const AnswerHead& head,
                          const void* body,
                          contract::Encoding accept) {
    Reply reply{.status = head.status != 0 ? head.status : operation.status, .encoding = accept};
    if (head.version) reply.headers.emplace_back("etag", contract::entity_tag(*head.version));
    if (!head.location.empty()) reply.headers.emplace_back("location", head.location);
    if (!head.preference_applied.empty()) {
        reply.headers.emplace_back("preference-applied", head.preference_applied);
    }
    reply.source = head.source;
    reply.holds = head.holds;
    reply.budget = head.budget;
    if (operation.response == nullptr || reply.status == 204 || reply.source != nullptr) {
        return reply;
    }
    auto written = contract::write_answer(*operation.response, body, accept);
    if (!written) return pass(written);
    reply.body = std::move(*written);
    return reply;
}

Task<Result<void>> read_aside(World world,
                              const contract::Operation* operation,
                              contract::Input input,
                              std::shared_ptr<void> request) {
    auto read = [operation, input = std::move(input), request = std::move(request)] {
        return contract::read_request(*operation, input, request.get());
    };
    co_return co_await aside(world, std::move(read));
}

Task<Result<Reply>> write_aside(World world, std::move_only_function<Result<Reply>()> write) {
    co_return co_await aside(world, std::move(write));
}

}  // namespace tandem::api::detail
