#include "codec/xml_problem.h"

#include "base/check.h"
#include "codec/number.h"
#include "codec/xml_events.h"
#include "codec/xml_text.h"

#include <charconv>
#include <optional>
#include <utility>

namespace tandem::codec {
namespace {

constexpr std::string_view kNamespace = "urn:ietf:rfc:7807";  // Still that one, RFC 9457.

}  // namespace

// The start of the element that comes next, without its `>`. Gives its name.
std::string XmlProblemWriter::open() {
    std::string name = "i";
    if (out_.empty()) name = "problem";
    if (order_.in_object()) name = std::exchange(key_, {});
    order_.value();
    const bool outermost = out_.empty();
    if (outermost) out_ = kXmlDeclaration;
    out_ += '<';
    out_ += name;
    if (outermost) append_xml_attribute(out_, "xmlns", kNamespace);
    return name;
}

void XmlProblemWriter::begin(bool object) {
    check(object || !out_.empty());  // A problem is an object.
    open_.push_back(open());
    out_ += '>';
    order_.begin(object, out_.size());
}

void XmlProblemWriter::end(bool object) {
    order_.end(object);
    out_ += "</" + open_.back() + ">";
    open_.pop_back();
}

void XmlProblemWriter::scalar(std::string_view text) {
    check(!out_.empty());  // A problem is an object.
    const std::string name = open();
    out_ += '>';
    append_xml_text(out_, text);
    out_ += "</" + name + ">";
}

void XmlProblemWriter::null() {
    scalar("");
}
void XmlProblemWriter::boolean(bool value) {
    scalar(value ? "true" : "false");
}
void XmlProblemWriter::integer(std::int64_t value) {
    scalar(std::to_string(value));
}
void XmlProblemWriter::unsigned_integer(std::uint64_t value) {
    scalar(std::to_string(value));
}
void XmlProblemWriter::number(double value) {
    scalar(number_text(value));
}
void XmlProblemWriter::text(std::string_view value) {
    scalar(xml_replaced(value));
}
void XmlProblemWriter::begin_array() {
    begin(false);
}
void XmlProblemWriter::end_array() {
    end(false);
}
void XmlProblemWriter::begin_object() {
    begin(true);
}
void XmlProblemWriter::key(std::string_view key) {
    check(is_xml_name(key));
    order_.key();
    key_ = key;
}
void XmlProblemWriter::end_object() {
    end(true);
}
std::string XmlProblemWriter::take() {
    order_.finish();
    return std::exchange(out_, {});
}

namespace {

constexpr std::size_t kProblemDepth = 8;

// An element that has begun.
struct Open {
    std::string name;
    std::string text;
    Value::Object members;
    Value::Array items;
};

bool is_number(std::string_view name) {
    return name == "status" || name == "retry_after_ms";
}

Value value_of(Open element) {
    if (!element.items.empty()) return Value{std::move(element.items)};
    if (!element.members.empty()) return Value{std::move(element.members)};
    std::int64_t number = 0;
    const std::string& text = element.text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (is_number(element.name) && whole) return number;
    return Value{std::move(element.text)};
}

// The innermost element ends: it becomes a part of the one around it, or the problem itself.
std::optional<Value> close(std::vector<Open>& open) {
    Open element = std::move(open.back());
    open.pop_back();
    if (open.empty()) return Value{std::move(element.members)};
    std::string name = element.name;
    if (name == "i") {
        open.back().items.push_back(value_of(std::move(element)));
    } else {
        open.back().members.emplace_back(std::move(name), value_of(std::move(element)));
    }
    return {};
}

// What has been read of a problem.
struct Reading {
    std::vector<Open> open;
    std::optional<Value> problem;
};

// Takes one event in. False at the end of the document.
Result<bool> take(XmlEvents& events, const XmlEvent& part, Reading& reading) {
    switch (part.kind) {
        case XmlEvent::Kind::kStart:
            if (part.space != kNamespace || reading.open.size() >= kProblemDepth) {
                return events.foreign(part.at, "a problem of RFC 9457 is expected");
            }
            reading.open.push_back({.name = part.name});
            break;
        case XmlEvent::Kind::kText:
            if (!reading.open.empty()) reading.open.back().text += part.text;
            break;
        case XmlEvent::Kind::kEnd:
            reading.problem = close(reading.open);
            break;
        case XmlEvent::Kind::kDone:
            return false;
    }
    return true;
}

}  // namespace

Result<Value> parse_xml_problem(std::string_view text) {
    XmlEvents events{text};
    Reading reading;
    while (true) {
        auto event = events.next();
        if (!event) return pass(event);
        auto more = take(events, **event, reading);
        if (!more) return pass(more);
        if (*more) continue;
        if (!reading.problem) return events.foreign(0, "a problem of RFC 9457 is expected");
        return std::move(*reading.problem);
    }
}

}  // namespace tandem::codec
