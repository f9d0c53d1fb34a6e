#include "measure/path.h"

#include "advise/amount.h"
#include "base/checked.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::measure {
namespace {

using advise::Door;

constexpr std::int64_t kDaysLeast = 14;
// What a hub itself allows a connection without requests: docs/reference/limits.md, http.idle_time.
constexpr Duration kHubIdle{74'000'000};
// The least that a workload can say: advise/workload.cc.
constexpr Duration kIdleLeast{10'000'000};
// So much before a timeout of the path that what holds it open is in time, also when it is late.
constexpr double kMargin = 0.5;

std::string span(Duration time) {
    return advise::seconds_text(static_cast<double>(time.count()) / 1e6);
}

bool held(const Held& what) {
    return what.works && !what.cut.has_value();
}

bool buffered(const PathFindings& found) {
    return found.events.works && (!found.first_event || *found.first_event > kPrompt);
}

// How often something has to be said on a socket that was cut after `cut`.
Duration beat_for(Duration cut) {
    return Duration{static_cast<std::int64_t>(static_cast<double>(cut.count()) * kMargin)};
}

Diagnosis reach(const PathFindings& found) {
    std::string says = fmt::format("a request takes {}, opening a connection {}",
                                   span(found.round_trip), span(found.opening));
    if (!found.via.empty()) says += ", through " + found.via;
    if (!found.server.empty() && found.server != "tandem")
        says += ", and " + found.server + " answers";
    return {.name = "reach", .says = std::move(says)};
}

Diagnosis certificate(const TlsFinding& tls) {
    Diagnosis made{.name = "tls"};
    made.says = fmt::format("{}, {}, certificate of {} for {} more days, sessions {}", tls.version,
                            tls.cipher, tls.subject, tls.days_left,
                            tls.resumes ? "are resumed" : "are not resumed");
    if (!tls.distrust.empty()) {
        made.good = false;
        made.says = fmt::format("the certificate of {}, by {}, is not trusted: {}", tls.subject,
                                tls.issuer, tls.distrust);
    } else if (tls.days_left < kDaysLeast) {
        made.good = false;
    }
    return made;
}

Diagnosis keep_alive(const PathFindings& found) {
    Diagnosis made{.name = "keep_alive", .good = found.kept};
    if (!found.kept) {
        made.says = "each request takes a connection of its own";
    } else if (!found.idle.cut) {
        made.says = fmt::format("a connection without requests stayed for all of {}",
                                span(found.idle.watched));
    } else {
        made.says =
            fmt::format("a connection without requests is closed after {}", span(*found.idle.cut));
        if (*found.idle.cut >= kHubIdle) made.says += ", as hubs do";
    }
    return made;
}

Diagnosis upgrade(const PathFindings& found) {
    const Held& silent = found.silent;
    Diagnosis made{.name = "upgrade", .good = silent.works};
    made.says = silent.works ? "a WebSocket opens" : "no WebSocket opens: " + silent.why;
    return made;
}

Diagnosis socket_idle(const PathFindings& found) {
    Diagnosis made{.name = "socket_idle", .good = !found.silent.cut.has_value()};
    if (made.good) {
        made.says = fmt::format("a silent WebSocket stayed for all of {}; the hub pings every {}",
                                span(found.silent.watched), span(found.ping));
        return made;
    }
    made.says = fmt::format("a silent WebSocket is cut after {}", span(*found.silent.cut));
    if (held(found.beating)) {
        made.says += fmt::format("; one that said something every {} stayed for {}",
                                 span(found.beat), span(found.beating.watched));
    } else if (found.beating.cut) {
        made.says += fmt::format(", and after {} also when it says something every {}",
                                 span(*found.beating.cut), span(found.beat));
    }
    return made;
}

Diagnosis events(const PathFindings& found) {
    Diagnosis made{.name = "sse"};
    if (!found.events.works) {
        made.good = false;
        made.says = "no server-sent events: " + found.events.why;
    } else if (buffered(found)) {
        made.good = false;
        made.says = found.first_event
                        ? fmt::format("server-sent events are buffered: the first came after {}",
                                      span(*found.first_event))
                        : fmt::format("server-sent events are buffered: none came in {}",
                                      span(found.events.watched));
    } else if (found.events.cut) {
        made.good = false;
        made.says =
            fmt::format("a stream of server-sent events is cut after {}", span(*found.events.cut));
    } else {
        made.says = fmt::format("server-sent events come at once, and stayed for all of {}",
                                span(found.events.watched));
    }
    return made;
}

Diagnosis poll(const PathFindings& found) {
    Diagnosis made{.name = "long_poll", .good = held(found.poll)};
    if (made.good) {
        made.says = fmt::format("an answer may be waited for {}", span(found.poll.watched));
    } else if (found.poll.cut) {
        made.says =
            fmt::format("who waits for an answer is cut off after {}", span(*found.poll.cut));
    } else {
        made.says = "no long poll: " + found.poll.why;
    }
    return made;
}

bool socket_lives(const PathFindings& found) {
    return held(found.silent) || (found.silent.works && held(found.beating));
}

Door door_for(const PathFindings& found) {
    if (socket_lives(found)) return Door::kSocket;
    if (held(found.events) && !buffered(found)) return Door::kSse;
    return found.poll.works ? Door::kPoll : Door::kRest;
}

void take_for_door(std::vector<std::string>& take, const PathFindings& found, Door door) {
    switch (door) {
        case Door::kSocket:
            take.emplace_back("Hold a WebSocket: commands and events come at once.");
            if (found.silent.cut) {
                const Duration cut = *found.silent.cut;
                take.push_back(fmt::format(
                    "Say something on it every {} or sooner, a ping or any request: the "
                    "path cuts what is silent for {}.",
                    span(beat_for(cut)), span(cut)));
                if (cut >= kIdleLeast) {
                    take.push_back(
                        fmt::format("`tandem advise --idle-cut {}s` reckons with it.", cut / 1s));
                }
            }
            break;
        case Door::kSse:
            take.emplace_back(
                "Hear of commands and events by server-sent events, and answer over REST.");
            break;
        case Door::kPoll:
            take.emplace_back("Wait for commands and events by long poll, `Prefer: wait=N`.");
            if (found.poll.cut) {
                const auto most = static_cast<std::int64_t>(*found.poll.cut / 1s);
                take.push_back(fmt::format("Wait for less than {} each time: N of {} at most.",
                                           span(*found.poll.cut),
                                           std::max<std::int64_t>(most - 1, 0)));
            }
            break;
        case Door::kRest:
            take.emplace_back("Ask at an interval: nothing that stays open gets through.");
            break;
    }
}

void take_for_path(std::vector<std::string>& take, const PathFindings& found) {
    if (!found.kept) {
        take.emplace_back(
            "Send readings in batches, or over a socket: each request pays for a connection.");
    }
    if (found.certificate && found.certificate->days_left < kDaysLeast) {
        take.push_back(fmt::format("Renew the certificate: it ends in {} days.",
                                   found.certificate->days_left));
    }
    if (buffered(found)) {
        take.emplace_back(
            "Whoever runs the proxy can turn off its buffering: `proxy_buffering off` of nginx.");
    }
    if (found.silent.tried && !found.silent.works) {
        take.emplace_back(
            "Whoever runs the proxy can let upgrades through: HTTP/1.1 to the hub, with the "
            "headers "
            "Upgrade and Connection.");
    }
    if (!found.with_key) {
        take.emplace_back("With a key (--key) more can be tried: what stays open, and how long.");
    }
}

Value held_value(const Held& what) {
    if (!what.tried) return Value{};
    Value made = Value::Object{{"works", what.works}};
    if (!what.why.empty()) made.set("why", what.why);
    made.set("watched_ms", static_cast<std::int64_t>(what.watched / 1ms));
    if (what.cut) made.set("cut_ms", static_cast<std::int64_t>(*what.cut / 1ms));
    return made;
}

Value tls_value(const TlsFinding& tls) {
    return Value::Object{{"version", tls.version},   {"cipher", tls.cipher},
                         {"alpn", tls.protocol},     {"subject", tls.subject},
                         {"issuer", tls.issuer},     {"days_left", tls.days_left},
                         {"distrust", tls.distrust}, {"resumes", tls.resumes}};
}

double milliseconds(Duration time) {
    return static_cast<double>(time.count()) / 1e3;
}

}  // namespace

bool PathVerdict::good() const {
    return std::ranges::all_of(lines, &Diagnosis::good);
}

PathVerdict judge(const PathFindings& found) {
    PathVerdict verdict;
    if (found.certificate) verdict.lines.push_back(certificate(checked(found.certificate)));
    if (!found.unreachable.empty()) {
        verdict.lines.push_back({.name = "reach", .good = false, .says = found.unreachable});
        return verdict;
    }
    verdict.lines.insert(verdict.lines.begin(), reach(found));
    verdict.lines.push_back(keep_alive(found));
    if (found.silent.tried) verdict.lines.push_back(upgrade(found));
    if (found.with_key) {
        if (found.silent.works) verdict.lines.push_back(socket_idle(found));
        verdict.lines.push_back(events(found));
        verdict.lines.push_back(poll(found));
        verdict.door = door_for(found);
        take_for_door(verdict.take, found, verdict.door);
    }
    take_for_path(verdict.take, found);
    return verdict;
}

Value path_value(const PathFindings& found, const PathVerdict& verdict) {
    Value::Array lines;
    for (const Diagnosis& each : verdict.lines) {
        lines.push_back(
            Value::Object{{"name", each.name}, {"good", each.good}, {"says", each.says}});
    }
    Value::Array take;
    for (const std::string& each : verdict.take)
        take.emplace_back(each);
    Value made = Value::Object{{"kind", "doctor"},
                               {"url", found.url},
                               {"good", verdict.good()},
                               {"reached", found.unreachable.empty()},
                               {"lines", std::move(lines)},
                               {"take", std::move(take)},
                               {"server", found.server},
                               {"via", found.via},
                               {"opening_ms", milliseconds(found.opening)},
                               {"round_trip_ms", milliseconds(found.round_trip)},
                               {"kept", found.kept},
                               {"idle", held_value(found.idle)},
                               {"socket", held_value(found.silent)},
                               {"socket_beating", held_value(found.beating)},
                               {"sse", held_value(found.events)},
                               {"long_poll", held_value(found.poll)}};
    if (found.with_key && found.unreachable.empty()) {
        made.set("door", std::string{advise::name_of(verdict.door)});
        made.set("sse_buffered", buffered(found));
    }
    made.set("tls", found.certificate ? tls_value(checked(found.certificate)) : Value{});
    return made;
}

std::string path_text(const PathFindings& found, const PathVerdict& verdict) {
    std::string out = "The path to " + found.url + "\n\n";
    for (const Diagnosis& each : verdict.lines)
        out += fmt::format("  {} {:<12} {}\n", each.good ? "ok " : "NOT", each.name, each.says);
    if (!verdict.take.empty()) out += "\n";
    for (const std::string& each : verdict.take)
        out += "  " + each + "\n";
    return out;
}

}  // namespace tandem::measure
