#pragma once

#include "base/reader.h"
#include "codec/nesting.h"
#include "codec/order.h"
#include "codec/xml_events.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::codec {

/// JSON's values as XML, as the functions json-to-xml and xml-to-json of XPath and XQuery Functions
/// and Operators 3.1 have them (sections 17.5.3 and 17.5.4). The elements map, array, string,
/// number, boolean and null; a member of a map has its name in the attribute `key`;
/// `escaped="true"` and `escaped-key="true"` say that JSON's escapes stand in the text or the key,
/// for what XML cannot carry.
///
/// The elements are in that namespace, or all in none. Numbers are JSON's, booleans also 1 and 0,
/// with white space around. Comments and white space between elements are skipped; attributes of
/// the prefixes xml and xsi too.
///
/// See XmlEvents and Reader for what is refused with `kMalformedBody`. A document that is
/// well-formed but not of this form is `kUnprocessable`, with what would be accepted.
class XmlReader final : public Reader {
public:
    explicit XmlReader(std::string_view input,
                       const ReaderLimits& limits = {},
                       const XmlEvents::Feeding& feeding = {})
        : events_{input, feeding}, nesting_{limits}, string_bytes_max_{limits.string_bytes} {}

    Result<Token> next() override;

    /// How much of the input was looked at so far.
    [[nodiscard]] std::size_t bytes_read() const { return events_.bytes_read(); }

private:
    enum class Kind : std::uint8_t { kMap, kArray, kString, kNumber, kBoolean, kNull };

    /// An element that has begun and is not presented yet.
    struct Element {
        Kind kind = Kind::kNull;
        std::size_t at = 0;
        bool escaped = false;
        bool key_escaped = false;
        bool has_key = false;
        std::string key;
    };

    Result<Token> step();
    Result<Token> begin(const XmlEvent& event);
    const char* read_element(const XmlEvent& event);
    const char* read_attribute(const XmlAttribute& attribute);
    Result<Token> key();
    Result<Token> value();
    Result<Token> string();
    Result<Token> number();
    Result<Token> boolean_word();
    Result<Token> null();
    Result<Token> close();
    Result<void> content(std::size_t bytes_max);
    Result<void> unescape(std::string& text);

    XmlEvents events_;
    Nesting nesting_;
    std::size_t string_bytes_max_;
    std::optional<std::string> space_;  // The namespace of the outermost element, so of all.
    Element element_;
    bool value_due_ = false;  // element_'s key is presented, its value is not.
    std::string content_;     // What stands in a string, number, boolean or null.
};

/// Writes what XmlReader reads: a declaration, then the value, in the namespace, without spaces
/// between elements. Escapes are used only where XML cannot carry a character.
class XmlWriter final : public Writer {
public:
    void null() override;
    void boolean(bool value) override;
    void integer(std::int64_t value) override;
    void unsigned_integer(std::uint64_t value) override;
    void number(double value) override;
    void text(std::string_view value) override;
    void begin_array() override;
    void end_array() override;
    void begin_object() override;
    void key(std::string_view key) override;
    void end_object() override;
    [[nodiscard]] std::string take() override;

private:
    void open(std::string_view element);
    void begin(std::string_view element, bool object);
    void scalar(std::string_view element, std::string_view text);

    std::string out_;
    std::string key_;  // The attribute of the element that comes next.
    Order order_;
};

[[nodiscard]] Result<Value> parse_xml(std::string_view text, const ReaderLimits& limits = {});
[[nodiscard]] std::string to_xml(const Value& value);

}  // namespace tandem::codec
