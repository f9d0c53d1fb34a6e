#include "net/websocket_extension.h"

#include "net/http_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem::net {
namespace {

constexpr std::string_view kSpace = " \t";

/// Reads the words of a field value from its front.
class Words {
public:
    explicit Words(std::string_view text) : left_{text} { skip_space(); }

    [[nodiscard]] bool empty() const { return left_.empty(); }
    /// Takes `mark` and the space around it, if it comes next.
    bool take(char mark) {
        if (!left_.starts_with(mark)) return false;
        left_.remove_prefix(1);
        skip_space();
        return true;
    }
    /// A token; empty when none comes next.
    std::string_view token() {
        std::size_t end = 0;
        while (end < left_.size() && is_token(left_.substr(end, 1)))
            ++end;
        const std::string_view found = left_.substr(0, end);
        left_.remove_prefix(end);
        skip_space();
        return found;
    }
    /// The text of a quoted string, nothing when it does not end.
    std::optional<std::string> quoted() {
        std::string text;
        for (std::size_t at = 1; at < left_.size(); ++at) {
            if (left_[at] == '"') {
                left_.remove_prefix(at + 1);
                skip_space();
                return text;
            }
            if (left_[at] == '\\') ++at;
            if (at < left_.size()) text += left_[at];
        }
        return std::nullopt;
    }
    [[nodiscard]] bool quote_follows() const { return left_.starts_with('"'); }

private:
    void skip_space() {
        left_.remove_prefix(std::min(left_.find_first_not_of(kSpace), left_.size()));
    }
    std::string_view left_;
};

// There are four of permessage-deflate. So many have one twice among them, or one that nobody
// knows, and are declined for that, whatever follows.
constexpr std::size_t kParametersMax = 8;

// A quoted value must be a token too once the quotes are gone: RFC 6455 section 9.1.
bool read_parameter(Words& words, Extension& extension) {
    Extension::Parameter parameter{.name = std::string{words.token()}, .value = {}};
    if (parameter.name.empty()) return false;
    if (words.take('=')) {
        parameter.value =
            words.quote_follows() ? words.quoted() : std::optional<std::string>{words.token()};
        if (!parameter.value || !is_token(*parameter.value)) return false;
    }
    if (extension.parameters.size() < kParametersMax) {
        extension.parameters.push_back(std::move(parameter));
    }
    return true;
}

bool read_list(std::string_view value, std::vector<Extension>& into) {
    Words words{value};
    while (!words.empty()) {
        // RFC 9110 section 5.6.1: empty elements are passed over.
        if (words.take(',')) continue;
        Extension extension{.name = std::string{words.token()}, .parameters = {}};
        if (extension.name.empty()) return false;
        while (words.take(';')) {
            if (!read_parameter(words, extension)) return false;
        }
        into.push_back(std::move(extension));
        if (!words.empty() && !words.take(',')) return false;
    }
    return true;
}

// RFC 7692 section 7.1.2: a decimal number without leading zeros.
std::optional<int> read_window_bits(const std::optional<std::string>& value) {
    if (!value || value->starts_with('0')) return std::nullopt;
    const auto bits = read_decimal(*value);
    if (!bits || *bits < 8 || *bits > 15) return std::nullopt;
    return static_cast<int>(*bits);
}

/// One parameter of an offer; false declines the whole offer.
bool take_parameter(const Extension::Parameter& parameter, DeflateTerms& terms) {
    if (parameter.name == "server_no_context_takeover" ||
        parameter.name == "client_no_context_takeover") {
        return !parameter.value;  // The answer says both whatever was offered.
    }
    if (parameter.name == "client_max_window_bits") {
        // A window of any size can be read, so the client may have the one that it names.
        if (!parameter.value) return true;
        const auto bits = read_window_bits(parameter.value);
        if (bits) terms.answer += fmt::format("; client_max_window_bits={}", *bits);
        return bits.has_value();
    }
    if (parameter.name != "server_max_window_bits") return false;
    const auto bits = read_window_bits(parameter.value);
    if (!bits || *bits == 8) return false;
    terms.window_bits = *bits;
    terms.answer += fmt::format("; server_max_window_bits={}", *bits);
    return true;
}

bool named_twice(const Extension& extension, const std::string& name) {
    return std::ranges::count(extension.parameters, name, &Extension::Parameter::name) > 1;
}

std::optional<DeflateTerms> accept_offer(const Extension& offer) {
    if (offer.name != "permessage-deflate") return std::nullopt;
    DeflateTerms terms{
        .answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"};
    for (const Extension::Parameter& each : offer.parameters) {
        if (named_twice(offer, each.name) || !take_parameter(each, terms)) return std::nullopt;
    }
    return terms;
}

// What a server may say to kDeflateOffer. A window of any size can be read, so the size that it
// names is its own affair; that of ours is not to be named, for that was not offered.
bool fits_offer(const Extension& agreed) {
    bool fresh = false;
    for (const Extension::Parameter& each : agreed.parameters) {
        if (named_twice(agreed, each.name)) return false;
        if (each.name == "server_max_window_bits" && read_window_bits(each.value)) continue;
        if (each.value) return false;
        if (each.name == "server_no_context_takeover") {
            fresh = true;
        } else if (each.name != "client_no_context_takeover") {
            return false;
        }
    }
    return fresh && agreed.name == "permessage-deflate";
}

}  // namespace

Result<std::vector<Extension>> read_extensions(const Headers& headers) {
    std::vector<Extension> extensions;
    for (const auto& [name, value] : headers) {
        if (name != "sec-websocket-extensions") continue;
        if (!read_list(value, extensions)) {
            return fail(ErrorCode::kBadRequest, "Sec-WebSocket-Extensions is malformed.");
        }
    }
    return extensions;
}

std::optional<DeflateTerms> accept_deflate(const std::vector<Extension>& offers) {
    for (const Extension& offer : offers) {
        if (auto terms = accept_offer(offer)) return terms;
    }
    return std::nullopt;
}

Result<bool> deflate_agreed(const Headers& answer, bool offered) {
    auto agreed = read_extensions(answer);
    if (!agreed) return pass(agreed);
    if (agreed->empty()) return false;
    if (!offered || agreed->size() > 1 || !fits_offer(agreed->front())) {
        return fail(ErrorCode::kBadRequest, "Sec-WebSocket-Extensions was not offered so.");
    }
    return true;
}

}  // namespace tandem::net
