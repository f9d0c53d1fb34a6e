#include "codec/xml_problem.h"

#include "base/check.h"
#include "codec/number.h"
#include "codec/xml_text.h"

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

}  // namespace tandem::codec
