#include "node/settings.h"

#include "node/issuers.h"
#include "node/limits.h"
#include "node/private_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

namespace tandem::node {
namespace {

std::unexpected<Error> wrong(std::string_view key, std::string_view accepted) {
    return fail_field(std::string{key}, std::string{key} + ": " + std::string{accepted});
}

Result<void> set_bool(std::string_view key, const std::string& text, bool& to) {
    if (text != "true" && text != "false") return wrong(key, "true or false is accepted");
    to = text == "true";
    return {};
}

Result<double> read_number(std::string_view key, const std::string& text, double min, double max) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || !(number >= min) ||
        number > max) {
        std::ostringstream accepted;
        accepted << "a number from " << min << " to " << max << " is accepted";
        return wrong(key, accepted.str());
    }
    return number;
}

Result<void> set_choice(std::string_view key,
                        const std::string& text,
                        std::initializer_list<std::string_view> choices,
                        std::string& to) {
    if (std::ranges::find(choices, text) == choices.end()) {
        std::string accepted;
        for (const std::string_view each : choices) {
            accepted += (accepted.empty() ? "" : ", ") + std::string{each};
        }
        return wrong(key, accepted + " are accepted");
    }
    to = text;
    return {};
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in{text};
    for (std::string item; std::getline(in, item, ',');) {
        if (!item.empty()) out.push_back(item);
    }
    return out;
}

Result<void> set_limit(Settings& settings, std::string_view name, const std::string& text) {
    const LimitRow* row = find_limit(name);
    if (row == nullptr) {
        std::string accepted = "no such limit; there are:";
        for (const LimitRow& each : limit_rows())
            accepted += " " + std::string{each.name};
        return wrong("limits." + std::string{name}, accepted);
    }
    auto number = read_number("limits." + std::string{name}, text, row->seconds ? 0.001 : 1, 1e9);
    if (!number) return pass(number);
    settings.limits[std::string{name}] = *number;
    return {};
}

Result<void> set_durability(Settings& settings, std::string_view key, const std::string& text) {
    constexpr std::string_view interval = "interval=";
    if (text == "batch" || text == "relaxed") {
        settings.durability = text;
        return {};
    }
    if (!text.starts_with(interval)) {
        return wrong(key, "batch, interval=MILLISECONDS, relaxed are accepted");
    }
    auto number = read_number(key, text.substr(interval.size()), 1, 10'000);
    if (!number) return pass(number);
    settings.durability = "interval";
    settings.sync_interval = Duration{static_cast<std::int64_t>(*number * 1'000)};
    return {};
}

// 12h or 90d.
std::optional<Duration> read_span(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit{end, text.data() + text.size()};
    if (error != std::errc{} || number < 1 || number > 100'000) return std::nullopt;
    if (unit == "h") return std::chrono::hours{number};
    if (unit == "d") return std::chrono::days{number};
    return std::nullopt;
}

Result<void> set_retention(Settings& settings, std::string_view key, const std::string& text) {
    RetentionRules rules;
    for (const std::string& item : split(text)) {
        const std::size_t colon = item.rfind(':');
        const bool of_label = colon != std::string::npos;
        const std::string label = of_label ? item.substr(0, colon) : std::string{};
        const std::size_t equals = label.find('=');
        const auto span = read_span(of_label ? item.substr(colon + 1) : item);
        const bool named = equals != std::string::npos && equals > 0;
        if (!span || of_label != named || (!of_label && rules.all)) {
            return wrong(key,
                         "spans like 12h or 90d are accepted, of a label as room=lab:12h, "
                         "with commas between them");
        }
        if (of_label) {
            rules.labels.push_back({.name = label.substr(0, equals),
                                    .value = label.substr(equals + 1),
                                    .span = *span});
        } else {
            rules.all = span;
        }
    }
    settings.retention = std::move(rules);
    return {};
}

using Setter = Result<void> (*)(Settings& settings, std::string_view key, const std::string& text);
struct Row {
    std::string_view key;
    Setter set;
};

const std::array kRows{
    Row{"listen",
        [](Settings& settings, std::string_view key, const std::string& text) -> Result<void> {
            auto endpoint = net::parse_endpoint(text);
            if (!endpoint) return wrong(key, "HOST:PORT is accepted");
            settings.listen = *endpoint;
            return {};
        }},
    Row{"data",
        [](Settings& settings, std::string_view key, const std::string& text) -> Result<void> {
            if (text.empty()) return wrong(key, "a directory is accepted");
            settings.data = text;
            return {};
        }},
    Row{"store",
        [](Settings& settings, std::string_view key, const std::string& text) {
            return set_choice(key, text, {"embedded", "memory"}, settings.store);
        }},
    Row{"durability", set_durability},
    Row{"tls_cert",
        [](Settings& settings, std::string_view /*key*/, const std::string& text) -> Result<void> {
            settings.tls_cert = text;
            return {};
        }},
    Row{"tls_key",
        [](Settings& settings, std::string_view /*key*/, const std::string& text) -> Result<void> {
            settings.tls_key = text;
            return {};
        }},
    Row{"tls_client_ca",
        [](Settings& settings, std::string_view /*key*/, const std::string& text) -> Result<void> {
            settings.tls_client_ca = text;
            return {};
        }},
    Row{"insecure_listen",
        [](Settings& settings, std::string_view key, const std::string& text) {
            return set_bool(key, text, settings.insecure_listen);
        }},
    Row{"backend",
        [](Settings& settings, std::string_view key, const std::string& text) {
            return set_choice(key, text, {"auto", "epoll"}, settings.backend);
        }},
    Row{"loops",
        [](Settings& settings, std::string_view key, const std::string& text) -> Result<void> {
            int loops = 0;
            const auto [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), loops);
            const bool whole = error == std::errc{} && end == text.data() + text.size();
            if (!whole || loops < 0 || loops > 256) {
                return wrong(key, "a whole number from 0 to 256 is accepted");
            }
            settings.loops = loops;
            return {};
        }},
    Row{"deflate",
        [](Settings& settings, std::string_view key, const std::string& text) {
            return set_bool(key, text, settings.deflate);
        }},
    Row{"origins",
        [](Settings& settings, std::string_view /*key*/, const std::string& text) -> Result<void> {
            settings.origins = split(text);
            return {};
        }},
    Row{"public_hosts",
        [](Settings& settings, std::string_view /*key*/, const std::string& text) -> Result<void> {
            settings.public_hosts = split(text);
            return {};
        }},
    Row{"max_future_ms",
        [](Settings& settings, std::string_view key, const std::string& text) -> Result<void> {
            auto number = read_number(key, text, 0, 1e12);
            if (!number) return pass(number);
            settings.max_future = Duration{static_cast<std::int64_t>(*number * 1'000)};
            return {};
        }},
    Row{"retention", set_retention},
    Row{"gather_ms",
        [](Settings& settings, std::string_view key, const std::string& text) -> Result<void> {
            auto number = read_number(key, text, 0, 1'000);
            if (!number) return pass(number);
            settings.gather = Duration{static_cast<std::int64_t>(*number * 1'000)};
            return {};
        }},
    Row{"user",
        [](Settings& settings, std::string_view /*key*/, const std::string& text) -> Result<void> {
            settings.user = text;
            return {};
        }},
    Row{"sandbox",
        [](Settings& settings, std::string_view key, const std::string& text) {
            return set_bool(key, text, settings.sandbox);
        }},
    Row{"log_level",
        [](Settings& settings, std::string_view key, const std::string& text) {
            return set_choice(key, text, {"debug", "info", "warning", "error"}, settings.log_level);
        }},
};

// What a hub that runs cannot change.
struct Fixed {
    std::string_view key;
    bool (*same)(const Settings& left, const Settings& right);
};
template <auto Member>
bool same(const Settings& left, const Settings& right) {
    return left.*Member == right.*Member;
}
const std::array kFixed{
    Fixed{"listen",
          [](const Settings& left, const Settings& right) {
              return left.listen.text() == right.listen.text();
          }},
    Fixed{"data", same<&Settings::data>},
    Fixed{"store", same<&Settings::store>},
    Fixed{"durability",
          [](const Settings& left, const Settings& right) {
              return left.durability == right.durability &&
                     left.sync_interval == right.sync_interval;
          }},
    Fixed{"tls_cert",
          [](const Settings& left, const Settings& right) {
              return left.tls_cert.empty() == right.tls_cert.empty();
          }},
    Fixed{"insecure_listen", same<&Settings::insecure_listen>},
    Fixed{"backend", same<&Settings::backend>},
    Fixed{"loops", same<&Settings::loops>},
    Fixed{"deflate", same<&Settings::deflate>},
    Fixed{"origins", same<&Settings::origins>},
    Fixed{"public_hosts", same<&Settings::public_hosts>},
    Fixed{"max_future_ms", same<&Settings::max_future>},
    Fixed{"retention", same<&Settings::retention>},
    Fixed{"gather_ms", same<&Settings::gather>},
    Fixed{"limits", same<&Settings::limits>},
    Fixed{"issuers", same<&Settings::issuers_text>},
    Fixed{"user", same<&Settings::user>},
    Fixed{"sandbox", same<&Settings::sandbox>},
};

// A scalar or a list of texts as set() takes it.
Result<std::string> text_of(std::string_view key, const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* flag = node.as_boolean()) return std::string{flag->get() ? "true" : "false"};
    if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
    if (const auto* number = node.as_floating_point()) return std::to_string(number->get());
    if (const auto* list = node.as_array()) {
        std::string out;
        for (const toml::node& item : *list) {
            const auto* text = item.as_string();
            if (text == nullptr) return wrong(key, "a list of texts is accepted");
            out += (out.empty() ? "" : ",") + text->get();
        }
        return out;
    }
    return wrong(key, "a text, a number, true or false is accepted");
}

Result<void> set_issuers(Settings& settings, const toml::node& node) {
    const auto* tables = node.as_array();
    if (tables == nullptr) return wrong("issuers", "[[issuers]] tables are accepted");
    auto issuers = read_issuers(*tables);
    if (!issuers) return pass(issuers);
    settings.issuers = std::move(*issuers);
    std::ostringstream text;
    text << *tables;
    settings.issuers_text = text.str();
    return {};
}

Result<void> set_table(Settings& settings, const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string{name.str()};
        if (const auto* inner = node.as_table()) {
            // `[limits.http]` and `head_bytes = …` say `http.head_bytes` too.
            if (prefix.empty() && key != "limits") return wrong(key, "no such table");
            if (auto good = set_table(settings, *inner, key + "."); !good) return good;
            continue;
        }
        if (key == "issuers") {
            if (auto good = set_issuers(settings, node); !good) return good;
            continue;
        }
        auto text = text_of(key, node);
        if (!text) return pass(text);
        if (auto good = set(settings, key, *text); !good) return good;
    }
    return {};
}

}  // namespace

Result<void> set(Settings& settings, std::string_view key, const std::string& text) {
    constexpr std::string_view limits = "limits.";
    if (key.starts_with(limits)) return set_limit(settings, key.substr(limits.size()), text);
    const auto found = std::ranges::find(kRows, key, &Row::key);
    if (found == kRows.end()) {
        std::string accepted = "no such setting; there are:";
        for (const Row& row : kRows)
            accepted += " " + std::string{row.key};
        return wrong(key, accepted);
    }
    return found->set(settings, key, text);
}

Result<void> read_settings_file(Settings& settings, const std::string& file) {
    const auto text = read_private(file, Others::kRead, Owner::kThisUserOrRoot);
    if (!text) return fail(ErrorCode::kInvalidField, text.error().detail);
    // The one place that lets a library throw.
    try {
        const toml::table table = toml::parse(*text, file);
        // Settings that were lost would become their defaults unnoticed.
        if (table.empty()) {
            return fail(ErrorCode::kInvalidField,
                        file + ": holds no settings; restore it, or leave --config out");
        }
        auto good = set_table(settings, table, "");
        if (!good) good.error().detail = file + ": " + good.error().detail;
        return good;
    } catch (const toml::parse_error& error) {
        const auto line = error.source().begin.line;
        return fail(ErrorCode::kInvalidField,
                    file + ":" + std::to_string(line) + ": " + std::string{error.description()});
    }
}

Result<void> validate(const Settings& settings) {
    if (settings.tls_cert.empty() != settings.tls_key.empty()) {
        return wrong("tls_key", "--tls-cert and --tls-key belong together");
    }
    if (!settings.tls_client_ca.empty() && settings.tls_cert.empty()) {
        return wrong("tls_client_ca", "--tls-client-ca needs --tls-cert and --tls-key");
    }
    if (settings.tls_cert.empty() && !settings.listen.loopback() && !settings.insecure_listen) {
        return wrong("listen",
                     "keys would cross the network in the clear: give --tls-cert and --tls-key, "
                     "listen on 127.0.0.1, or insist with --insecure-listen");
    }
    const Tuning tuning = tuning_of(settings);
    const net::Limits& limits = tuning.door.connection;
    if (limits.dead_after <= limits.ping_interval) {
        return wrong("limits",
                     "ws.dead_after has to be longer than ws.ping_interval: who is asked "
                     "after a silence needs time to answer");
    }
    return {};
}

std::vector<std::string> take_over(Settings& running, const Settings& fresh) {
    std::vector<std::string> others;
    for (const Fixed& each : kFixed) {
        if (!each.same(running, fresh)) others.emplace_back(each.key);
    }
    if (!running.tls_cert.empty() && !fresh.tls_cert.empty()) {
        running.tls_cert = fresh.tls_cert;
        running.tls_key = fresh.tls_key;
        running.tls_client_ca = fresh.tls_client_ca;
    }
    running.log_level = fresh.log_level;
    return others;
}

}  // namespace tandem::node
