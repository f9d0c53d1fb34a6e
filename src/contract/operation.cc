#include "contract/operation.h"

#include "base/check.h"

#include <algorithm>

namespace tandem::contract {
namespace {

std::string_view place_of(From from) {
    if (from == From::kPath) return "#path";
    return from == From::kQuery ? "#query" : "#header";
}

Error located(From from, std::string_view name, Error error) {
    for (FieldError& field : error.fields) {
        field.pointer.insert(0, std::string{place_of(from)} + "/" + std::string{name});
    }
    return error;
}

std::string accepted(const Shape& shape, From from) {
    std::string out;
    for (const Field& field : shape.fields) {
        if (field.from != from) continue;
        if (!out.empty()) out += ", ";
        out += field.name;
    }
    return out.empty() ? "none" : out;
}

Result<void> read_parameter(const Shape& shape,
                            From from,
                            const std::pair<std::string, std::string>& parameter,
                            void* to,
                            std::vector<bool>& seen) {
    const Field* field = shape.find(parameter.first, from);
    if (field == nullptr) {
        if (from == From::kHeader) return {};  // Most header fields are nobody's parameters.
        Error unknown = wrong("no such parameter; accepted are: " + accepted(shape, from)).error();
        return std::unexpected(located(from, parameter.first, std::move(unknown)));
    }
    const auto index = static_cast<std::size_t>(field - shape.fields.data());
    if (seen[index]) {
        return std::unexpected(located(from, field->name, wrong("given more than once").error()));
    }
    seen[index] = true;
    if (auto good = field->type->read_text(parameter.second, field->member(to), *field); !good) {
        return std::unexpected(located(from, field->name, std::move(good).error()));
    }
    return {};
}

Result<void> read_parameters(const Shape& shape,
                             From from,
                             const Parameters& parameters,
                             void* to) {
    std::vector<bool> seen(shape.fields.size());
    for (const auto& parameter : parameters) {
        if (auto good = read_parameter(shape, from, parameter, to, seen); !good) return good;
    }
    for (std::size_t at = 0; at < seen.size(); ++at) {
        const Field& field = shape.fields[at];
        if (field.from != from || !field.required || seen[at]) continue;
        return std::unexpected(
            located(from, field.name, wrong("this parameter is needed").error()));
    }
    return {};
}

const Field* whole_body(const Shape& shape) {
    const auto found = std::ranges::find(shape.fields, From::kBody, &Field::from);
    return found == shape.fields.end() ? nullptr : &*found;
}

ReaderLimits limits_of(const Operation& operation) {
    return operation.bulk ? bulk_limits() : ReaderLimits{};
}

Result<void> read_whole_body(const Operation& operation, const Encoded& body, void* to) {
    const ReaderLimits limits = limits_of(operation);
    if (const Field* whole = whole_body(*operation.request)) {
        return whole->type->read_body(body, limits, whole->member(to), *whole);
    }
    return read_encoded(
        body, limits, [&](Reader& reader) { return read_object(reader, *operation.request, to); });
}

// A field that is missing or wrong may hide that the body is no JSON at all further on: the body
// is read to its end before the field is blamed, so that every format gives the same verdict.
Result<void> blame(const Operation& operation, const Encoded& body, Error error) {
    // What is too large is not read on.
    if (error.code == ErrorCode::kMalformedBody || error.code == ErrorCode::kBodyTooLarge ||
        is_file(body.encoding)) {
        return std::unexpected(std::move(error));
    }
    const auto reader = make_reader(body.encoding, body.bytes, limits_of(operation));
    while (true) {
        auto token = reader->next();
        if (!token) return pass(token);
        if (*token == Token::kEnd) return std::unexpected(std::move(error));
    }
}

Result<void> read_body(const Operation& operation, const Encoded& body, void* to) {
    const bool takes_body = std::ranges::any_of(operation.request->fields, [](const Field& field) {
        return field.from == From::kField || field.from == From::kBody;
    });
    if (body.bytes.empty()) {
        if (!takes_body) return {};
        const Field* whole = whole_body(*operation.request);
        const bool needed = std::ranges::any_of(operation.request->fields, [](const Field& field) {
            return field.required && (field.from == From::kField || field.from == From::kBody);
        });
        if (!needed) return {};
        return whole != nullptr ? wrong("a body is needed")
                                : wrong("a body with an object is needed");
    }
    // An operation without fields takes the empty object, which many clients send.
    auto good = read_whole_body(operation, body, to);
    if (!good) return blame(operation, body, std::move(good).error());
    return {};
}

}  // namespace

std::string_view name_of(Method method) {
    switch (method) {
        case Method::kGet:
            return "GET";
        case Method::kPost:
            return "POST";
        case Method::kPut:
            return "PUT";
        case Method::kPatch:
            return "PATCH";
        case Method::kDelete:
            break;
    }
    return "DELETE";
}

Result<void> read_request(const Operation& operation, const Input& input, void* to) {
    const Shape& shape = *operation.request;
    if (auto good = read_parameters(shape, From::kPath, input.path, to); !good) return good;
    if (auto good = read_parameters(shape, From::kQuery, input.query, to); !good) return good;
    if (auto good = read_parameters(shape, From::kHeader, input.headers, to); !good) return good;
    return read_body(operation, input.body, to);
}

std::string write_response(const Shape& shape, const void* from, Encoding encoding) {
    const auto writer = make_writer(encoding);
    const Field* whole = whole_body(shape);
    if (whole == nullptr) {
        write_object(*writer, shape, from);
    } else {
        // member() only computes an address; nothing is written through it.
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): see above
        whole->type->write(*writer, whole->member(const_cast<void*>(from)));
    }
    return writer->take();
}

Result<std::string> write_answer(const Shape& shape, const void* from, Encoding encoding) {
    if (row(encoding).bodies == Bodies::kAny) return write_response(shape, from, encoding);
    check(shape.write_readings != nullptr);
    return shape.write_readings(from, encoding);
}

}  // namespace tandem::contract
