#include "door/answer.h"

#include "auth/key.h"
#include "base/ascii.h"
#include "codec/percent.h"
#include "contract/precondition.h"

#include <algorithm>
#include <array>

namespace tandem::door {
namespace {

// None of them is a parameter of an operation.
constexpr std::array<std::string_view, 19> kSecretNames{
    "token",         "access_token",  "refresh_token", "id_token",
    "auth",          "authorization", "bearer",        "jwt",
    "api_key",       "apikey",        "key",           "password",
    "secret",        "client_secret", "ticket",        "client_assertion",
    "code_verifier", "device_code",   "claim_code"};

// Keys of devices and apps, access and refresh tokens.
bool is_secret(std::string_view value) {
    constexpr std::array<std::string_view, 4> marks{"tdk_", "tak_", "tat_", "trt_"};
    return std::ranges::any_of(marks, [&](auto mark) { return value.starts_with(mark); });
}

// In a path there are names that others chose, `tdk_lamp` among them: a whole key or token,
// checksum and all.
bool is_whole_secret(std::string_view segment) {
    return auth::read_key(segment) || auth::read_bearer("tat_", segment) ||
           auth::read_bearer("trt_", segment);
}

bool names_a_secret(std::string_view name) {
    return std::ranges::any_of(
        kSecretNames, [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

// `a=1; b=2`: the value of `name`, RFC 6265 section 4.2.1.
std::string cookie_value(std::string_view cookies, std::string_view name) {
    while (!cookies.empty()) {
        const std::size_t end = cookies.find(';');
        std::string_view pair = cookies.substr(0, end);
        cookies = end == std::string_view::npos ? std::string_view{} : cookies.substr(end + 1);
        while (pair.starts_with(' '))
            pair.remove_prefix(1);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
            return std::string{pair.substr(equals + 1)};
        }
    }
    return {};
}

bool only_reads(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// `target` with its cursor replaced: where the next page is.
std::string next_target(std::string_view target, const std::string& cursor) {
    const std::size_t mark = target.find('?');
    std::string out{target.substr(0, mark)};
    std::string_view query =
        mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
    char separator = '?';
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        if (pair.empty() || pair.starts_with("cursor=")) continue;
        out += separator;
        out += pair;
        separator = '&';
    }
    return out + separator + "cursor=" + codec::percent_encode(cursor);
}

// draft-ietf-httpapi-ratelimit-headers: the budget's name, its quota, what is left, until when.
void add_budget(net::Headers& headers, const auth::BudgetLeft& left) {
    const std::string name = "\"" + std::string{name_of(left.budget)} + "\"";
    const auto quota = static_cast<std::int64_t>(left.rate.burst);
    // What is counted is requests, unless it is said.
    const std::string_view unit = left.budget == auth::Budget::kRequests ? "" : R"(;qu="readings")";
    headers.emplace_back("ratelimit-policy", name + ";q=" + std::to_string(quota) +
                                                 std::string{unit} +
                                                 ";w=" + std::to_string(window_of(left.rate)));
    headers.emplace_back("ratelimit", name + ";r=" + std::to_string(left.remaining) +
                                          ";t=" + std::to_string(left.reset_seconds));
}

void add_for_status(net::Headers& headers, int status) {
    if (status == 401) headers.emplace_back("www-authenticate", "Bearer realm=\"tandem\"");
    if (status == 426) {
        headers.emplace_back("upgrade", "websocket");
        headers.emplace_back("connection", "upgrade");
        headers.emplace_back("sec-websocket-version", "13");
    }
}

}  // namespace

net::HttpResponse reply_answer(api::Reply reply, std::string_view target) {
    net::HttpResponse answer{
        .status = reply.status, .headers = std::move(reply.headers), .body = std::move(reply.body)};
    answer.holds = std::move(reply.holds);
    if (!answer.body.empty() || reply.source != nullptr) {
        const contract::EncodingRow& row = contract::row(reply.encoding);
        answer.headers.emplace_back(
            "content-type",
            std::string{reply.problem ? contract::problem_type(reply.encoding) : row.media_type});
    }
    if (reply.next) {
        answer.headers.emplace_back("link",
                                    "<" + next_target(target, *reply.next) + ">; rel=\"next\"");
    }
    if (reply.budget) add_budget(answer.headers, *reply.budget);
    answer.headers.emplace_back("vary", "Accept, Accept-Encoding, Authorization, Cookie, Origin");
    answer.headers.emplace_back("cache-control", "no-store");
    answer.headers.emplace_back("x-content-type-options", "nosniff");
    add_for_status(answer.headers, answer.status);
    return answer;
}

net::HttpResponse problem_answer(const Error& error, contract::Encoding encoding) {
    return reply_answer(api::problem_reply(error, encoding), {});
}

net::HttpResponse method_refused(std::string_view method,
                                 std::string_view allow,
                                 contract::Encoding encoding) {
    constexpr std::array<std::string_view, 9> known{"GET",    "HEAD",    "POST",    "PUT",  "PATCH",
                                                    "DELETE", "OPTIONS", "CONNECT", "TRACE"};
    if (std::ranges::find(known, method) == known.end()) {
        return problem_answer(fail(ErrorCode::kNotImplemented, "this method is not known").error(),
                              encoding);
    }
    auto answer = problem_answer(
        fail(ErrorCode::kMethodNotAllowed, "accepted here are: " + std::string{allow}).error(),
        encoding);
    answer.headers.emplace_back("allow", std::string{allow});
    return answer;
}

std::string joined_header(const net::HttpRequest& request, std::string_view name) {
    std::string out;
    for (const auto& [field, value] : request.headers) {
        if (field != name) continue;
        if (!out.empty()) out += ", ";
        out += value;
    }
    return out;
}

Task<void> room(std::shared_ptr<net::Exchange> exchange) {
    Completion<bool> there;
    exchange->on_room([there]() mutable { there.complete(true); });
    co_await there;
}

contract::Encoding problem_encoding(const net::HttpRequest& request) {
    const auto accepted = contract::choose_encoding(joined_header(request, "accept"),
                                                    {.bodies = contract::Bodies::kReadings});
    return contract::row(accepted.value_or(contract::Encoding::kJson)).syntax;
}

std::string cookie_of(const net::HttpRequest& request, std::string_view name) {
    return cookie_value(joined_header(request, "cookie"), name);
}

std::string_view cookie_name(bool tls) {
    return tls ? "__Host-tandem-session" : "tandem-session";
}

Result<api::Proof> read_proof(const net::HttpRequest& request,
                              const net::Peer& peer,
                              const DoorSettings& settings) {
    api::Proof proof{.certificate = peer.certificate};
    if (settings.local) {
        proof.local = true;
        proof.actor = settings.owner;
        return proof;
    }
    const std::string* authorization = net::find_header(request.headers, "authorization");
    if (authorization != nullptr) {
        const std::size_t space = authorization->find(' ');
        if (!equal_ignoring_case(std::string_view{*authorization}.substr(0, space), "bearer") ||
            space == std::string::npos) {
            return fail(ErrorCode::kUnauthenticated, "send a key: Authorization: Bearer <key>");
        }
        proof.bearer = authorization->substr(authorization->find_first_not_of(' ', space));
        return proof;
    }
    proof.cookie = cookie_of(request, cookie_name(peer.tls));
    if (!proof.cookie.empty() && !only_reads(request.method) &&
        net::find_header(request.headers, "origin") == nullptr) {
        return fail(ErrorCode::kOriginRefused,
                    "a session changes things only from a page of this hub: Origin is missing");
    }
    return proof;
}

Result<void> refuse_secrets(const net::HttpRequest& request) {
    const auto refusal = [] {
        return fail(ErrorCode::kSecretInUrl,
                    "URLs end up in logs: send the key as `Authorization: Bearer <key>`, on a "
                    "WebSocket as a ticket or in the first message");
    };
    auto query = codec::parse_query(request.query());
    if (!query) return fail(ErrorCode::kBadRequest, "the query cannot be decoded");
    for (const auto& [name, value] : *query) {
        if (names_a_secret(name) || is_secret(value)) return refusal();
    }
    std::string_view path = request.path();
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        if (is_whole_secret(path.substr(0, slash))) return refusal();
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    }
    return {};
}

}  // namespace tandem::door
