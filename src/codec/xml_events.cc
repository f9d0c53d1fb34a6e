#include "codec/xml_events.h"

#include "base/ascii.h"
#include "base/check.h"

#include <expat.h>

#include <algorithm>
#include <new>
#include <utility>

namespace tandem::codec {
namespace {

// A line feed cannot be part of a name, and expat refuses a namespace that has one.
constexpr char kSeparator = '\n';
constexpr std::size_t kQueueMax = 64;           // Events; then expat waits.
constexpr std::size_t kNameOverheadBytes = 64;  // What a name costs besides its characters.
constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";

struct Name {
    std::string_view space;
    std::string_view local;
};

/// Takes apart what expat makes of a name: `namespace LF local LF prefix`, or less of it.
Name split(std::string_view name) {
    const std::size_t first = name.find(kSeparator);
    if (first == std::string_view::npos) return {.space = {}, .local = name};
    const std::string_view rest = name.substr(first + 1);
    return {.space = name.substr(0, first), .local = rest.substr(0, rest.find(kSeparator))};
}

bool accepted_encoding(std::string_view name) {
    constexpr std::string_view kAccepted[] = {"utf-8", "utf-16", "us-ascii"};
    return std::ranges::any_of(
        kAccepted, [&](std::string_view accepted) { return equal_ignoring_case(name, accepted); });
}

Error error_at(ErrorCode code, std::size_t at, std::string_view why) {
    return fail(code, "XML, byte " + std::to_string(at) + ": " + std::string{why}).error();
}

}  // namespace

struct XmlEvents::Handlers {
    // No exception may pass through expat: running out of memory ends the process here.
    static XmlEvents& of(void* data) noexcept { return *static_cast<XmlEvents*>(data); }

    // However it is fed, a tag that is too long is refused.
    static bool fits(XmlEvents& self) noexcept {
        const int bytes = XML_GetCurrentByteCount(self.parser_.get());
        return self.fits(self.position(), static_cast<std::size_t>(bytes));
    }

    static void start(void* data, const char* name, const char** attributes) noexcept {
        XmlEvents& self = of(data);
        if (self.error_) return;
        const std::size_t at = self.position();
        if (++self.depth_ > kDepthMax) {
            return self.refuse(at, "nested deeper than the limit `depth`");
        }
        if (!fits(self) || !self.know_name(name)) return;
        const auto count =
            static_cast<std::size_t>(XML_GetSpecifiedAttributeCount(self.parser_.get())) / 2;
        if (count > kAttributesMax) {
            return self.refuse(at, "more attributes than the limit `xml_attributes`");
        }
        XmlEvent& event = self.push(XmlEvent::Kind::kStart);
        const Name element = split(name);
        event.space = element.space;
        event.name = element.local;
        for (; *attributes != nullptr; attributes += 2) {
            if (!self.know_name(attributes[0])) return;
            const Name attribute = split(attributes[0]);
            if (attribute.space == kXml || attribute.space == kXsi) continue;
            event.attributes.push_back({.space = std::string{attribute.space},
                                        .name = std::string{attribute.local},
                                        .value = attributes[1]});
        }
    }

    static void end(void* data, const char* /*name*/) noexcept {
        XmlEvents& self = of(data);
        if (self.error_ || !fits(self)) return;
        --self.depth_;
        self.push(XmlEvent::Kind::kEnd);
    }

    static void text(void* data, const char* bytes, int length) noexcept {
        XmlEvents& self = of(data);
        if (self.error_) return;
        const std::string_view part{bytes, static_cast<std::size_t>(length)};
        const bool goes_on =
            self.count_ > 0 && self.queue_[self.count_ - 1].kind == XmlEvent::Kind::kText;
        XmlEvent& event = goes_on ? self.queue_[self.count_ - 1] : self.push(XmlEvent::Kind::kText);
        event.text += part;
    }

    static void declaration(void* data,
                            const char* /*version*/,
                            const char* encoding,
                            int /*standalone*/) noexcept {
        XmlEvents& self = of(data);
        if (!fits(self) || encoding == nullptr || accepted_encoding(encoding)) return;
        self.refuse(self.position(), "the encoding is to be UTF-8 or UTF-16");
    }

    static void comment(void* data, const char* /*text*/) noexcept {
        XmlEvents& self = of(data);
        if (!self.error_) fits(self);
    }

    static void instruction(void* data, const char* /*target*/, const char* /*text*/) noexcept {
        XmlEvents& self = of(data);
        self.refuse(self.position(), "processing instructions are not read");
    }

    static void space_declared(void* data, const char* prefix, const char* /*space*/) noexcept {
        XmlEvents& self = of(data);
        if (!self.error_ && prefix != nullptr) self.know_name("xmlns:" + std::string{prefix});
    }

    // Told of what has no handler of its own, `<!DOCTYPE` among it: before what comes after it. A
    // handler for the document type itself would be told later, at its `[` or its end.
    static void other(void* data, const char* bytes, int length) noexcept {
        const std::string_view part{bytes, static_cast<std::size_t>(length)};
        if (part.starts_with("<!DOCTYPE")) doctype(data);
    }

    // The second line of defence: not reached, for other() comes first.
    static void doctype(void* data) noexcept {
        XmlEvents& self = of(data);
        self.refuse(self.position(), "a DOCTYPE is not read");
    }
    // NOLINTNEXTLINE(readability-function-size): the parameters are expat's
    static void entity(void* data,
                       const char* /*name*/,
                       int /*is_parameter*/,
                       const char* /*value*/,
                       int /*length*/,
                       const char* /*base*/,
                       const char* /*system*/,
                       const char* /*public_id*/,
                       const char* /*notation*/) noexcept {
        doctype(data);
    }
};

void XmlEvents::Free::operator()(XML_ParserStruct* parser) const {
    XML_ParserFree(parser);
}

XmlEvents::XmlEvents(std::string_view input, const Feeding& feeding)
    : input_{input}, feeding_{feeding}, parser_{XML_ParserCreateNS(nullptr, kSeparator)} {
    if (parser_ == nullptr) throw std::bad_alloc{};
    XML_Parser parser = parser_.get();
    XML_SetUserData(parser, this);
    XML_SetReturnNSTriplet(parser, 1);  // Other prefixes are other names to expat.
    XML_SetElementHandler(parser, &Handlers::start, &Handlers::end);
    XML_SetCharacterDataHandler(parser, &Handlers::text);
    XML_SetXmlDeclHandler(parser, &Handlers::declaration);
    XML_SetCommentHandler(parser, &Handlers::comment);
    XML_SetProcessingInstructionHandler(parser, &Handlers::instruction);
    XML_SetStartNamespaceDeclHandler(parser, &Handlers::space_declared);
    XML_SetDefaultHandler(parser, &Handlers::other);
    XML_SetEndDoctypeDeclHandler(parser, &Handlers::doctype);
    XML_SetEntityDeclHandler(parser, &Handlers::entity);
}

XmlEvents::~XmlEvents() = default;

std::size_t XmlEvents::position() const {
    const XML_Index at = XML_GetCurrentByteIndex(parser_.get());
    return at < 0 ? fed_ : static_cast<std::size_t>(at);
}

void XmlEvents::refuse(std::size_t at, std::string_view why) {
    if (error_) return;
    error_ = error_at(ErrorCode::kMalformedBody, at, why);
    XML_StopParser(parser_.get(), XML_FALSE);
}

bool XmlEvents::fits(std::size_t at, std::size_t bytes) {
    if (bytes <= feeding_.tag_bytes_max) return true;
    refuse(at, "a tag or comment is longer than the limit `xml_tag_bytes`");
    return false;
}

XmlEvent& XmlEvents::push(XmlEvent::Kind kind) {
    if (count_ == queue_.size()) queue_.emplace_back();
    XmlEvent& event = queue_[count_++];
    event.kind = kind;
    event.at = position();
    event.attributes.clear();
    event.text.clear();
    if (count_ == kQueueMax) XML_StopParser(parser_.get(), XML_TRUE);
    return event;
}

bool XmlEvents::know_name(std::string_view name) {
    if (names_.contains(name)) return true;
    name_bytes_ += name.size() + kNameOverheadBytes;
    if (name_bytes_ > kNameBytesMax) {
        refuse(position(), "more different names than the limit `xml_name_bytes`");
        return false;
    }
    names_.emplace(name);
    return true;
}

Result<const XmlEvent*> XmlEvents::next() {
    if (next_ == count_) refill();
    if (next_ < count_) return &queue_[next_++];
    if (error_) return std::unexpected(*error_);
    static const XmlEvent done;
    return &done;
}

// Feeds until there is an event, or nothing more to come.
void XmlEvents::refill() {
    count_ = next_ = 0;
    while (count_ == 0 && !error_ && !complete_)
        feed();
}

// Has expat look at what it holds back, or at one piece more.
void XmlEvents::feed() {
    XML_Parser parser = parser_.get();
    XML_Status status = XML_STATUS_ERROR;
    if (suspended_) {
        status = XML_ResumeParser(parser);
    } else {
        // expat begins an unfinished tag anew with each piece, so a long one comes in pieces that
        // double.
        const std::size_t piece = unfinished_ < kPieceBytes ? feeding_.piece_bytes : unfinished_;
        const std::string_view part = input_.substr(fed_, piece);
        fed_ += part.size();
        status = XML_Parse(parser, part.data(), static_cast<int>(part.size()),
                           fed_ == input_.size() ? XML_TRUE : XML_FALSE);
    }
    if (error_) return;
    suspended_ = status == XML_STATUS_SUSPENDED;
    if (suspended_) return;
    if (status == XML_STATUS_ERROR) {
        const XML_Error code = XML_GetErrorCode(parser);
        check(code != XML_ERROR_NO_MEMORY);
        error_ = error_at(ErrorCode::kMalformedBody, position(), XML_ErrorString(code));
        return;
    }
    complete_ = fed_ == input_.size();
    unfinished_ = fed_ - std::min(fed_, position());
    if (!complete_) fits(position(), unfinished_);
}

std::unexpected<Error> XmlEvents::malformed(std::size_t at, std::string_view why) {
    count_ = next_ = 0;
    error_ = error_at(ErrorCode::kMalformedBody, at, why);
    return std::unexpected(*error_);
}

std::unexpected<Error> XmlEvents::foreign(std::size_t at, std::string_view why) {
    while (true) {
        auto event = next();
        if (!event) return pass(event);
        if ((*event)->kind == XmlEvent::Kind::kDone) break;
    }
    error_ = error_at(ErrorCode::kUnprocessable, at, why);
    return std::unexpected(*error_);
}

}  // namespace tandem::codec
