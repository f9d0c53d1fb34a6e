#pragma once

#include "base/reader.h"
#include "codec/nesting.h"
#include "codec/order.h"
#include "codec/xml_events.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace tandem::codec {

/// SenML as XML, RFC 8428 section 7, presented as SenML as JSON is: a list of objects, one for each
/// `<senml/>`, its attributes the members. bver, bt, bv, bs, v, s, t and ut are numbers, in the
/// forms of XML Schema's double, exact where they are whole; vb is true, false, 1 or 0; all others
/// are text, those that SenML does not know among them.
///
/// See XmlEvents and Reader for what is refused with `kMalformedBody`, INF and NaN among it. A
/// document that is well-formed but not of this form is `kUnprocessable`.
class SenmlXmlReader final : public Reader {
public:
    explicit SenmlXmlReader(std::string_view input,
                            const ReaderLimits& limits = {},
                            std::size_t piece_bytes = XmlEvents::kPieceBytes);

    Result<Token> next() override;

    /// How much of the input was looked at so far.
    [[nodiscard]] std::size_t bytes_read() const { return events_.bytes_read(); }

private:
    Result<Token> step();
    Result<Token> begin(const XmlEvent& event);
    Result<Token> close();
    Result<Token> member();
    Result<Token> member_value(const XmlAttribute& attribute);
    Result<Token> number(std::string_view text);

    XmlEvents events_;
    Nesting nesting_;
    const XmlEvent* record_ = nullptr;  // Whose attributes are being presented.
    std::size_t attribute_ = 0;         // Which of them.
    bool value_due_ = false;            // Its key is presented, its value is not.
};

/// Writes what SenmlXmlReader reads: a list of objects without lists, objects or null in them, with
/// keys that are XML names of ASCII. Any other call is a programming mistake. A character that XML
/// cannot carry becomes U+FFFD.
class SenmlXmlWriter final : public Writer {
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
    void attribute(std::string_view value);

    std::string out_;
    std::string key_;
    Order order_;
};

/// Whether the outermost element of `document` is SenML's `sensml`. Looks no further than that
/// element's tag, nor than the first 64 KiB; what cannot be read is not SenML.
[[nodiscard]] bool is_senml_xml(std::string_view document);

}  // namespace tandem::codec
