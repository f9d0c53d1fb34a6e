#pragma once

#include "auth/key.h"
#include "simulation/served_hub.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace tandem::simulation {

/// A hub whose administrator makes apps, grants and users.
struct Estate {
    explicit Estate(api::Rules rules = {}, bool verifies_passwords = true)
        : hub{{.rules = std::move(rules), .verifies_passwords = verifies_passwords}} {}

    ServedHub hub;
    /// The bearer key of the administrator, who is a person: no app manages people.
    std::string boss = key_of_user("admin");

    Answer call(const std::string& key,
                const std::string& method,
                const std::string& target,
                const std::string& body = "") {
        return ask(hub, {.method = method, .target = target, .headers = bearer(key), .body = body});
    }
    /// As the administrator; it must succeed.
    Value done(const std::string& method, const std::string& target, const std::string& body = "") {
        const Answer answer = call(boss, method, target, body);
        REQUIRE_MESSAGE(answer.status < 300, method << " " << target << ": " << answer.body);
        return answer.body.empty() ? Value{} : answer.json();
    }
    /// A fresh app's key.
    std::string make_app(const std::string& id) {
        return *done("POST", "/v1/apps", R"({"id":")" + id + R"("})")
                    .find("secret")
                    ->get<std::string>();
    }
    /// The id of a fresh grant: `body` without its braces.
    std::string grant(const std::string& body) {
        return *done("POST", "/v1/grants", "{" + body + "}").find("id")->get<std::string>();
    }
    /// A bearer key that stands for a user, as none of the doors gives one out.
    std::string key_of_user(const std::string& name, const TenantId& tenant = node::home_tenant()) {
        const std::string text = auth::make_key(PrincipalKind::kApp, hub.random);
        const auto parts = auth::read_key(text);
        REQUIRE(parts.has_value());
        hub.hub->credentials.put({.id = parts->id,
                                  .kind = PrincipalKind::kUser,
                                  .tenant = tenant,
                                  .principal = name,
                                  .scopes = Scopes::all(),
                                  .digest = hub.hub->credentials.digest_of(parts->secret),
                                  .created = hub.clock.now(),
                                  .expires = {}});
        return text;
    }
    void write(const std::string& device, const std::string& readings) {
        done("POST", "/v1/devices/" + device + "/telemetry", readings);
    }
};

using Names = std::set<std::string>;

/// What the items of a list have as their `member`.
inline Names names_in(const Value& page, std::string_view member = "id") {
    Names out;
    for (const Value& item : *page.find("items")->get<Value::Array>())
        out.insert(*item.find(member)->get<std::string>());
    return out;
}

/// The `device/series` of the events that a socket has got since the last call.
inline Names heard(Socket& socket) {
    Names out;
    for (const Value& message : socket.messages()) {
        const Value* events = message.find("ev");
        if (events == nullptr) continue;
        for (const Value& event : *events->get<Value::Array>()) {
            std::string name = *event.find("d")->get<std::string>();
            if (const Value* series = event.find("s")) name += "/" + *series->get<std::string>();
            out.insert(name);
        }
    }
    return out;
}

inline Value subscribe(Socket& socket, const std::string& body) {
    return socket.request(R"({"id":1,"op":"stream.subscribe","body":)" + body + "}");
}

}  // namespace tandem::simulation
