#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

struct XML_ParserStruct;

namespace tandem::codec {

struct XmlAttribute {
    std::string space;  ///< the namespace; empty for none
    std::string name;
    std::string value;
};

/// A part of an XML document, in the order of the document.
struct XmlEvent {
    enum class Kind : std::uint8_t {
        kStart,  ///< of an element; an empty one has both
        kText,   ///< part of a text or all of it, references and CDATA resolved
        kEnd,    ///< of an element
        kDone,   ///< the document is complete and well-formed
    };
    Kind kind = Kind::kDone;
    std::size_t at = 0;                    ///< where it begins in the input, in bytes
    std::string space;                     ///< kStart: the element's namespace; empty for none
    std::string name;                      ///< kStart
    std::vector<XmlAttribute> attributes;  ///< kStart; without those of xml: and xsi:
    std::string text;                      ///< kText
};

/// Pulls an XML document part by part, without a tree and without ever looking outside of it: the
/// ground of all readers of XML. Comments are left out, wherever they are.
///
/// Refused with `kMalformedBody`: what is not well-formed (XML 1.0, Namespaces in XML 1.0), any
/// DOCTYPE before its content is read, so there are no entities but the five predefined ones, any
/// processing instruction, any encoding but UTF-8, UTF-16 and US-ASCII, and what passes the limits
/// below. The detail is `XML, byte N: why`. After a failure the same failure is given again.
class XmlEvents {
public:
    static constexpr std::size_t kPieceBytes = 1'024;
    static constexpr std::size_t kTagBytesMax = 64 * 1'024;    ///< of a tag or a comment
    static constexpr std::size_t kAttributesMax = 32;          ///< of an element
    static constexpr std::size_t kDepthMax = 1'000;            ///< of elements, known ones or not
    static constexpr std::size_t kNameBytesMax = 256 * 1'024;  ///< of all different names

    /// How the input is taken; other values than these are for tests and for long attributes.
    struct Feeding {
        std::size_t tag_bytes_max = kTagBytesMax;
        std::size_t piece_bytes = kPieceBytes;
    };

    XmlEvents(std::string_view input, const Feeding& feeding);
    explicit XmlEvents(std::string_view input) : XmlEvents{input, Feeding{}} {}
    XmlEvents(const XmlEvents&) = delete;
    XmlEvents& operator=(const XmlEvents&) = delete;
    ~XmlEvents();

    /// The next event, valid until the next call; kDone for ever when there is none.
    Result<const XmlEvent*> next();

    /// Ends the reading: `why` is what is given from now on.
    [[nodiscard]] std::unexpected<Error> malformed(std::size_t at, std::string_view why);
    /// The document is another than the one that is read here. Reads it to its end, and fails with
    /// `kUnprocessable` when it is well-formed, or else for what is not well-formed in it.
    [[nodiscard]] std::unexpected<Error> foreign(std::size_t at, std::string_view why);

    /// How much of the input was looked at so far.
    [[nodiscard]] std::size_t bytes_read() const { return fed_; }

private:
    struct Handlers;  // What expat calls.
    struct Free {
        void operator()(XML_ParserStruct* parser) const;
    };

    void refill();
    void feed();
    void refuse(std::size_t at, std::string_view why);
    bool fits(std::size_t at, std::size_t bytes);
    bool know_name(std::string_view name);
    XmlEvent& push(XmlEvent::Kind kind);
    [[nodiscard]] std::size_t position() const;

    std::string_view input_;
    Feeding feeding_;
    std::size_t fed_ = 0;
    std::unique_ptr<XML_ParserStruct, Free> parser_;
    // The events of one piece; the first count_ are in use, the others keep their memory.
    std::vector<XmlEvent> queue_;
    std::size_t count_ = 0;
    std::size_t next_ = 0;
    std::size_t unfinished_ = 0;  // Bytes of a tag or comment whose end is not fed yet.
    std::size_t depth_ = 0;
    bool suspended_ = false;      // expat waits with the rest of a piece until the queue is empty.
    bool complete_ = false;       // All is parsed.
    std::optional<Error> error_;  // Comes after what is queued.
    // expat keeps each name that it has met. Its bytes and those of a node are counted.
    std::set<std::string, std::less<>> names_;
    std::size_t name_bytes_ = 0;
};

}  // namespace tandem::codec
