#pragma once

#include "advise/plan.h"
#include "base/clock.h"
#include "base/value.h"

#include <optional>
#include <string>
#include <vector>

namespace tandem::measure {

/// What the end of the path shows of TLS. Whose end that is, the path decides.
struct TlsFinding {
    std::string version;
    std::string cipher;
    std::string protocol;  ///< of ALPN; empty: none was agreed on
    std::string subject;
    std::string issuer;
    std::int64_t days_left = 0;  ///< of the certificate
    std::string distrust;        ///< why it is not trusted; empty when it is
    bool resumes = false;        ///< a second connection took up the first one's session
};

/// How something that stays open has fared.
struct Held {
    bool tried = false;
    bool works = false;           ///< it came to be
    std::string why;              ///< it did not
    Duration watched{0};          ///< for how long
    std::optional<Duration> cut;  ///< after so long it was ended, and not by us
};

/// What a path to a hub allows, as it was seen.
struct PathFindings {
    std::string url;
    bool tls = false;
    bool with_key = false;
    std::string unreachable;  ///< why nothing answers; empty when something does
    std::optional<TlsFinding> certificate;
    std::string server;      ///< who answers, by its own words
    std::string via;         ///< proxies that say that they are there
    Duration opening{0};     ///< of a connection, TLS included
    Duration round_trip{0};  ///< of a request, the hub's work included
    bool kept = false;       ///< a second request went over the first one's connection
    Held idle;               ///< a connection that is kept, without requests
    Held silent;             ///< a WebSocket that says nothing of itself
    Held beating;  ///< the same with a request every `beat`; tried where the first was cut
    Duration beat{0};
    Duration ping{0};  ///< the hub pings after such a silence
    Held events;       ///< server-sent events, of which there are none but the hub's own comments
    std::optional<Duration> first_event;  ///< until the first of it was there
    Held poll;                            ///< long poll, in vain
};

/// One thing about the path, in words. Where it is not good, something is in the way.
struct Diagnosis {
    std::string name;
    bool good = true;
    std::string says;
};

/// What follows from what was seen.
struct PathVerdict {
    std::vector<Diagnosis> lines;
    advise::Door door = advise::Door::kRest;  ///< for what has to come down at once
    std::vector<std::string> take;            ///< what to do, each a sentence

    [[nodiscard]] bool good() const;
};
[[nodiscard]] PathVerdict judge(const PathFindings& found);

/// Later than this the first of a stream has waited in a buffer.
inline constexpr Duration kPrompt{2'000'000};

[[nodiscard]] Value path_value(const PathFindings& found, const PathVerdict& verdict);
[[nodiscard]] std::string path_text(const PathFindings& found, const PathVerdict& verdict);

}  // namespace tandem::measure
