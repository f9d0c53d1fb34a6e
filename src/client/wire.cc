#include "client/wire.h"

#include "client/problem.h"
#include "codec/percent.h"
#include "codec/xml_problem.h"
#include "contract/catalogue.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::client {
namespace {

// What a hub wraps a value in that it took alone: most in telemetry.query, whose readings stand
// seven levels deep, and a message of a socket adds one. A twin's documents stand in two.
constexpr std::size_t kAround = 8;

std::string text_of(const Value& value);

// Lists have commas between their items, objects (labels) too: `site=hall-3,line=2`.
std::string text_of(const Value::Array& items) {
    std::string out;
    for (const Value& item : items)
        out += (out.empty() ? "" : ",") + text_of(item);
    return out;
}

std::string text_of(const Value::Object& members) {
    std::string out;
    for (const auto& [key, value] : members) {
        out += (out.empty() ? "" : ",") + key + "=" + text_of(value);
    }
    return out;
}

/// A parameter as the text that stands in a URL or a header field.
std::string text_of(const Value& value) {
    if (const auto* text = value.get<std::string>()) return *text;
    if (const auto* items = value.get<Value::Array>()) return text_of(*items);
    if (const auto* members = value.get<Value::Object>()) return text_of(*members);
    return value.is_null() ? std::string{} : encode(contract::Encoding::kJson, value);
}

Result<std::string> fill_path(std::string_view path, const Value& parameters) {
    std::string out;
    while (true) {
        const std::size_t open = path.find('{');
        out += path.substr(0, open);
        if (open == std::string_view::npos) return out;
        const std::size_t close = path.find('}', open);
        const std::string_view name = path.substr(open + 1, close - open - 1);
        const Value* found = parameters.find(name);
        if (found == nullptr || text_of(*found).empty()) {
            return fail_field("#path/" + std::string{name}, "this parameter is needed");
        }
        out += codec::percent_encode(text_of(*found));
        path.remove_prefix(close + 1);
    }
}

std::string query_text(const Value& query) {
    std::string out;
    const auto* members = query.get<Value::Object>();
    if (members == nullptr) return out;
    for (const auto& [name, value] : *members) {
        if (value.is_null()) continue;
        out += out.empty() ? '?' : '&';
        out += codec::percent_encode(name) + "=" + codec::percent_encode(text_of(value));
    }
    return out;
}

Value lower_case_headers(const net::Headers& headers) {
    Value out = Value::Object{};
    for (const auto& [name, value] : headers) {
        std::string lower = name;
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        out.set(lower, value);
    }
    return out;
}

// The bare media type of a response; problems count as what they are written in.
std::optional<contract::Encoding> encoding_of_body(const Value& headers) {
    const std::string type = text_at(headers, "content-type");
    for (const contract::EncodingRow& each : contract::encodings()) {
        if (each.encoding != each.syntax) continue;
        if (type.starts_with(contract::problem_type(each.encoding))) return each.encoding;
    }
    return contract::encoding_of(type);
}

Result<Value> read_body(const net::HttpResponse& response, const Value& headers) {
    if (response.body.empty()) return Value{};
    const auto encoding = encoding_of_body(headers);
    if (!encoding) {
        return fail(code_of_status(response.status),
                    fmt::format("an answer {} of type \"{}\"; is this a hub?", response.status,
                                text_at(headers, "content-type")));
    }
    if (text_at(headers, "content-type").starts_with("application/problem+xml")) {
        return codec::parse_xml_problem(response.body);
    }
    return decode(*encoding, response.body);
}

void add_retry_after(Error& error, const Value& headers) {
    if (error.retry_after) return;
    const std::string text = text_at(headers, "retry-after");
    if (text.empty() || text.size() > 5 ||
        !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
        return;  // A date, or nothing.
    }
    error.retry_after = std::chrono::seconds{std::stoi(text)};
}

// A reading with its time is the same reading however often it arrives; one of now is another.
bool has_times(const Value& body) {
    if (const auto* items = body.get<Value::Array>()) return std::ranges::all_of(*items, has_times);
    const Value* values = body.find("v");
    return body.find("t") != nullptr && values != nullptr &&
           values->get<Value::Object>() != nullptr;
}

}  // namespace

std::string encode(contract::Encoding encoding, const Value& value) {
    const auto writer = contract::make_writer(encoding);
    write_value(*writer, value);
    return writer->take();
}

Result<Value> decode(contract::Encoding encoding, std::string_view bytes) {
    const auto reader = contract::make_reader(encoding, bytes, contract::bulk_limits(kAround));
    if (auto token = reader->next(); !token) return pass(token);
    auto value = read_value(*reader);
    if (!value) return value;
    if (auto end = reader->next(); !end) return pass(end);
    return value;
}

Result<net::HttpRequest> http_request(const Call& call, contract::Encoding encoding) {
    const contract::Operation* operation = contract::find_operation(call.operation);
    if (operation == nullptr) return fail(ErrorCode::kUnknownOperation, call.operation);
    if (operation->path.empty()) {
        return fail(ErrorCode::kBadRequest, call.operation + " exists on a WebSocket only");
    }
    auto target = fill_path(operation->path, call.path);
    if (!target) return pass(target);
    const std::string media_type{contract::row(encoding).media_type};
    net::HttpRequest request{.method = std::string{contract::name_of(operation->method)},
                             .target = *target + query_text(call.query),
                             .host = {},
                             .headers = {},
                             .body = {}};
    if (call.headers.find("accept") == nullptr) request.headers.emplace_back("Accept", media_type);
    if (const auto* headers = call.headers.get<Value::Object>()) {
        for (const auto& [name, value] : *headers)
            request.headers.emplace_back(name, text_of(value));
    }
    if (!call.body.is_null()) {
        request.headers.emplace_back("Content-Type", media_type);
        request.body = encode(encoding, call.body);
    } else {
        request.body = call.bytes;
    }
    return request;
}

Result<Reply> http_reply(const net::HttpResponse& response) {
    const Value headers = lower_case_headers(response.headers);
    auto body = read_body(response, headers);
    if (!body) return pass(body);
    if (response.status < 200 || response.status > 299) {
        Error error = read_problem(*body, response.status);
        add_retry_after(error, headers);
        return std::unexpected(std::move(error));
    }
    return Reply{.status = response.status, .headers = headers, .body = *std::move(body)};
}

bool repeatable(const Call& call) {
    const contract::Operation* operation = contract::find_operation(call.operation);
    if (operation == nullptr) return false;
    if (operation->method != contract::Method::kPost) return true;
    return call.operation == "telemetry.write" && has_times(call.body);
}

}  // namespace tandem::client
