#include "contract/precondition.h"

#include "base/fault.h"

#include <algorithm>
#include <charconv>

namespace tandem::contract {
namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// The next element of a list with commas between; `text` is cut.
std::string_view take_element(std::string_view& text) {
    const std::size_t comma = text.find(',');
    const std::string_view element = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    return element;
}

std::int64_t version_of(std::string_view tag) {
    std::int64_t version = -1;
    const std::string_view inside = tag.substr(1, tag.size() - 2);
    const auto [end, error] =
        std::from_chars(inside.data(), inside.data() + inside.size(), version);
    return error == std::errc{} && end == inside.data() + inside.size() ? version : -1;
}

}  // namespace

bool EntityTags::match(std::int64_t version) const {
    if (any) return version > 0;
    return std::ranges::find(versions, version) != versions.end();
}

std::string Preferences::applied() const {
    return wait ? "wait=" + std::to_string(*wait / 1s) : std::string{};
}

std::string entity_tag(std::int64_t version) {
    return "\"" + std::to_string(version) + "\"";
}

Result<void> check_preconditions(const std::optional<EntityTags>& if_match,
                                 const std::optional<EntityTags>& if_none_match,
                                 std::int64_t version) {
    const bool met = (!if_match || if_match->match(version)) &&
                     (!if_none_match || !if_none_match->match(version));
    if (met || has_fault(Fault::kPreconditionIgnored)) return {};
    return fail(ErrorCode::kPreconditionFailed, version == 0
                                                    ? "it does not exist yet: its version is \"0\""
                                                    : "the version is " + entity_tag(version) +
                                                          ": read it again and repeat the change");
}

Result<void> Codec<EntityTags>::read(Reader&, EntityTags&, const Field&) {
    return wrong("this belongs into the header fields");
}
Result<void> Codec<EntityTags>::read_text(std::string_view text, EntityTags& out, const Field&) {
    if (trim(text) == "*") {
        out.any = true;
        return {};
    }
    while (!text.empty()) {
        const std::string_view tag = take_element(text);
        if (tag.empty()) continue;  // Lists may have empty elements, RFC 9110 section 5.6.1.
        if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') {
            return wrong("strong entity tags are expected, as in \"3\", or *");
        }
        out.versions.push_back(version_of(tag));
    }
    return {};
}
void Codec<EntityTags>::write(Writer& writer, const EntityTags&) {
    writer.null();
}
Value Codec<EntityTags>::schema(const Field&) {
    return Value::Object{{"type", "string"},
                         {"pattern", R"re(^(\*|"[^"]*"(, *"[^"]*")*)$)re"},
                         {"description", "`*`, or entity tags with commas between."}};
}

Result<void> Codec<Preferences>::read(Reader&, Preferences&, const Field&) {
    return wrong("this belongs into the header fields");
}
// Unknown preferences are ignored, as RFC 7240 section 2 wants it.
Result<void> Codec<Preferences>::read_text(std::string_view text, Preferences& out, const Field&) {
    while (!text.empty()) {
        const std::string_view preference = take_element(text);
        if (preference == "return=minimal") out.minimal = true;
        if (!preference.starts_with("wait=")) continue;
        std::int64_t seconds = 0;
        const std::string_view number = preference.substr(5);
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), seconds);
        if (error != std::errc{} || end != number.data() + number.size() || seconds < 0) {
            return wrong("wait=N with N in seconds, 0 to 60, is expected");
        }
        out.wait =
            std::min<Duration>(kWaitMax, std::chrono::seconds{std::min<std::int64_t>(seconds, 60)});
    }
    return {};
}
void Codec<Preferences>::write(Writer& writer, const Preferences&) {
    writer.null();
}
Value Codec<Preferences>::schema(const Field&) {
    return Value::Object{
        {"type", "string"},
        {"description", "RFC 7240: wait=N (seconds, 60 at most), return=minimal."}};
}

}  // namespace tandem::contract
