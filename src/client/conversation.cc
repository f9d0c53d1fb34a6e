#include "client/conversation.h"

#include "client/problem.h"
#include "client/wire.h"

#include <utility>

namespace tandem::client {
namespace {

Value frame_of(const Call& call) {
    Value frame = Value::Object{{"op", call.operation}};
    if (!call.path.is_null()) frame.set("path", call.path);
    if (!call.query.is_null()) frame.set("query", call.query);
    if (!call.headers.is_null()) frame.set("headers", call.headers);
    if (!call.ack.empty()) frame.set("ack", call.ack);
    if (!call.body.is_null()) frame.set("body", call.body);
    return frame;
}

Value member(const Value& message, std::string_view key) {
    const Value* found = message.find(key);
    return found == nullptr ? Value{} : *found;
}

Conversation::Answer answer_of(const Value& message) {
    const int status = static_cast<int>(number_at(message, "status"));
    if (const Value* problem = message.find("problem")) {
        return std::unexpected(read_problem(*problem, status));
    }
    return Reply{
        .status = status, .headers = member(message, "headers"), .body = member(message, "body")};
}

}  // namespace

Conversation::Asked Conversation::ask(const Call& call) {
    const std::int64_t id = ++last_id_;
    Value frame = frame_of(call);
    frame.set("id", id);
    Asked asked{.id = id, .message = encode(encoding_, frame), .answer = {}};
    waiting_.emplace(id, asked.answer);
    return asked;
}

std::string Conversation::tell(const Call& call) const {
    return encode(encoding_, frame_of(call));
}

Result<Value::Array> Conversation::hear(std::string_view message) {
    auto read = decode(encoding_, message);
    if (!read) return pass(read);
    Value::Array rest;
    if (const auto* several = read->get<Value::Array>()) {
        for (const Value& each : *several)
            settle(each, rest);
    } else {
        settle(*read, rest);
    }
    return rest;
}

void Conversation::settle(const Value& message, Value::Array& rest) {
    const Value* id = message.find("id");
    if (id == nullptr || id->get<std::int64_t>() == nullptr) {
        rest.push_back(message);
        return;
    }
    auto found = waiting_.extract(*id->get<std::int64_t>());
    // A reply that comes after its caller lost patience is nobody's.
    if (!found.empty()) found.mapped().complete(answer_of(message));
}

void Conversation::give_up(std::int64_t id, const Error& error) {
    auto found = waiting_.extract(id);
    if (!found.empty()) found.mapped().complete(std::unexpected(error));
}

void Conversation::give_up_all(const Error& error) {
    // Whoever is resumed may ask again.
    for (auto& [id, answer] : std::exchange(waiting_, {}))
        answer.complete(std::unexpected(error));
}

}  // namespace tandem::client
