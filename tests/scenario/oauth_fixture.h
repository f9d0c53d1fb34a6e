#pragma once

#include "codec/base64.h"
#include "codec/percent.h"
#include "scenario/access_fixture.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tandem::simulation {

// RFC 7636, appendix B.
inline const std::string kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline const std::string kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
inline const std::string kOrigin = "http://127.0.0.1:8080";
inline const std::string kRedirect = "https://app.example/done";

using Parameters = std::vector<std::pair<std::string, std::string>>;

inline std::string coded(const Parameters& parameters) {
    std::string out;
    for (const auto& [name, value] : parameters)
        out += (out.empty() ? "" : "&") + name + "=" + codec::percent_encode(value);
    return out;
}

inline std::string text_in(const Value& body, std::string_view name) {
    const Value* found = body.find(name);
    const auto* text = found == nullptr ? nullptr : found->get<std::string>();
    return text == nullptr ? std::string{} : *text;
}

inline std::string basic(const std::string& id, const std::string& secret) {
    return "Basic " + codec::base64_encode(id + ":" + secret);
}

/// An estate with the public app `wall`, the service `robot`, and a user of each kind.
struct OAuthEstate : Estate {
    explicit OAuthEstate(api::Rules rules = {}) : Estate{std::move(rules), false} {
        done("POST", "/v1/apps",
             R"({"id":"wall","name":"The wall","public":true,"redirect_uris":[")" + kRedirect +
                 R"(","http://127.0.0.1/cb"]})");
        robot = make_app("robot");
        hub.make_device("lamp-1");
        hub.make_device("lamp-2");
        grant(
            R"("app":"robot","scopes":["telemetry:read","telemetry:write"],"devices":["lamp-1"])");
        anna = session_of("anna", "operator");
    }

    std::string robot;  ///< its secret
    std::string anna;   ///< the cookie of her session

    /// A fresh user who is logged in.
    std::string session_of(const std::string& name, const std::string& role) {
        done("POST", "/v1/users",
             R"({"id":")" + name + R"(","role":")" + role + R"(","password":"a word of theirs"})");
        return cookie_of(name);
    }
    std::string cookie_of(const std::string& name, const TenantId& tenant = node::home_tenant()) {
        return "tandem-session=" + hub.hub->sessions.begin({.kind = PrincipalKind::kUser,
                                                            .tenant = tenant,
                                                            .id = name,
                                                            .credential = {},
                                                            .scopes = Scopes::all()},
                                                           hub.clock.monotonic());
    }

    Answer form(const std::string& target,
                const Parameters& parameters,
                net::Headers headers = {}) {
        headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        return ask(hub, {.method = "POST",
                         .target = target,
                         .headers = std::move(headers),
                         .body = coded(parameters)});
    }
    Answer token(const Parameters& parameters, const std::string& authorization = "") {
        net::Headers headers;
        if (!authorization.empty()) headers.emplace_back("Authorization", authorization);
        return form("/oauth/token", parameters, std::move(headers));
    }
    Answer page(const std::string& target, const std::string& cookie) {
        return ask(hub, {.target = target, .headers = {{"Cookie", cookie}}});
    }
    Answer decide(const std::string& target,
                  const Parameters& parameters,
                  const std::string& cookie) {
        return form(target, parameters, {{"Cookie", cookie}, {"Origin", kOrigin}});
    }
    Answer me(const std::string& bearer_token) { return call(bearer_token, "GET", "/v1/me"); }

    static Parameters request(const std::string& scope = "telemetry:read self:read") {
        return {{"client_id", "wall"},
                {"redirect_uri", kRedirect},
                {"response_type", "code"},
                {"scope", scope},
                {"state", "xyz"},
                {"code_challenge", kChallenge},
                {"code_challenge_method", "S256"}};
    }
    /// Where the browser is sent after the user has said so.
    std::string sent_to(Parameters parameters, const std::string& decision, std::string cookie) {
        parameters.emplace_back("decision", decision);
        const Answer answer = decide("/oauth/authorize", parameters, cookie);
        REQUIRE_MESSAGE(answer.status == 303, answer.body);
        return answer.field("location");
    }
    static std::string parameter(const std::string& uri, const std::string& name) {
        const auto query = codec::parse_query(std::string_view{uri}.substr(uri.find('?') + 1));
        REQUIRE(query);
        for (const auto& [each, value] : *query) {
            if (each == name) return value;
        }
        return {};
    }
    std::string code(const std::string& scope = "telemetry:read self:read") {
        return parameter(sent_to(request(scope), "allow", anna), "code");
    }
    static Parameters exchange(const std::string& code) {
        return {{"grant_type", "authorization_code"},
                {"client_id", "wall"},
                {"code", code},
                {"redirect_uri", kRedirect},
                {"code_verifier", kVerifier}};
    }
    /// What the wall gets after anna has agreed.
    Value tokens(const std::string& scope = "telemetry:read self:read") {
        const Answer answer = token(exchange(code(scope)));
        REQUIRE_MESSAGE(answer.status == 200, answer.body);
        return answer.json();
    }
    Answer refresh(const std::string& refresh_token, Parameters also = {}) {
        also.emplace_back("grant_type", "refresh_token");
        also.emplace_back("refresh_token", refresh_token);
        also.emplace_back("client_id", "wall");
        return token(also);
    }
    bool audited(const std::string& line) {
        const auto lines = hub.audit();
        return std::ranges::find(lines, line) != lines.end();
    }
};

/// What an answer of the endpoints says that is wrong; "" for nothing.
inline std::string error_in(const Answer& answer) {
    return answer.status == 200 ? std::string{} : text_in(answer.json(), "error");
}

}  // namespace tandem::simulation
