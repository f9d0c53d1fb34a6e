#include "door/envelope.h"

#include "base/ascii.h"

namespace tandem::door {
namespace {

constexpr std::size_t kMessagesMax = 1'000;  // In one frame.

Result<std::string> scalar_text(Reader& reader) {
    switch (reader.token()) {
        case Token::kString:
            return std::string{reader.text()};
        case Token::kBool:
            return std::string{reader.boolean() ? "true" : "false"};
        case Token::kInt:
            return std::to_string(reader.integer());
        case Token::kUint:
            return std::to_string(reader.unsigned_integer());
        case Token::kDouble: {
            const auto writer = contract::make_writer(contract::Encoding::kJson);
            writer->number(reader.number());
            return writer->take();
        }
        default:
            return contract::wrong("text, a number, true or false is expected");
    }
}

// A list means what its items with commas between mean in a URL.
Result<std::string> list_text(Reader& reader) {
    std::string out;
    bool first = true;
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kArrayEnd) return out;
        auto item = scalar_text(reader);
        if (!item) return item;
        if (!first) out += ',';
        first = false;
        out += *item;
    }
}

// As the map of a query is written in a URL: name=value with commas between.
Result<std::string> map_text(Reader& reader) {
    std::string out;
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return out;
        const std::string entry{reader.text()};
        if (auto token = reader.next(); !token) return pass(token);
        auto value = scalar_text(reader);
        if (!value) return value;
        if (!out.empty()) out += ',';
        out += entry + "=" + *value;
    }
}

Result<std::string> parameter_text(Reader& reader) {
    if (reader.token() == Token::kArrayBegin) return list_text(reader);
    if (reader.token() == Token::kObjectBegin) return map_text(reader);
    return scalar_text(reader);
}

Result<void> read_parameters(Reader& reader, std::string_view member, contract::Parameters& out) {
    const bool headers = member == "headers";
    if (reader.token() != Token::kObjectBegin) return contract::wrong("an object is expected");
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return {};
        std::string name{reader.text()};
        if (headers) name = lower_case(name);
        if (auto token = reader.next(); !token) return pass(token);
        auto text = parameter_text(reader);
        if (!text) return std::unexpected(contract::within(name, std::move(text).error()));
        out.emplace_back(std::move(name), std::move(*text));
    }
}

Result<void> read_member(RawReader& reader, const std::string& member, Envelope& out) {
    if (member == "id") {
        if (reader.token() != Token::kInt) return contract::wrong("a whole number is expected");
        out.id = reader.integer();
        return {};
    }
    if (member == "op") {
        if (reader.token() != Token::kString) return contract::wrong("text is expected");
        out.op = reader.text();
        return {};
    }
    if (member == "path") return read_parameters(reader, member, out.input.path);
    if (member == "query") return read_parameters(reader, member, out.input.query);
    if (member == "headers") return read_parameters(reader, member, out.input.headers);
    if (member == "body") {
        auto raw = reader.raw();
        if (!raw) return pass(raw);
        out.input.body.bytes = *raw;
        return {};
    }
    if (member == "ack") {
        if (reader.token() != Token::kString || reader.text() != "batch") {
            return contract::wrong("`batch` is expected");
        }
        out.batched = true;
        return {};
    }
    return contract::wrong("no such field; accepted are: id, op, path, query, headers, body, ack");
}

// Reads the value from a slice of its own: what is wrong in it must not end the frame.
Result<void> read_apart(RawReader& reader, const std::string& member, Envelope& out) {
    auto raw = reader.raw();
    if (!raw) return pass(raw);
    const auto inner =
        contract::make_raw_reader(out.input.body.encoding, *raw, contract::bulk_limits());
    if (auto token = inner->next(); !token) return pass(token);
    if (auto good = read_member(*inner, member, out); !good) {
        out.error = contract::within(member, std::move(good).error());
    }
    return {};
}

// Steps over a value of a message that is refused already: only its id is still of interest.
Result<void> read_only_id(RawReader& reader, const std::string& member, Envelope& out) {
    if (member == "id" && reader.token() == Token::kInt) out.id = reader.integer();
    if (auto skipped = reader.raw(); !skipped) return pass(skipped);
    return {};
}

Result<void> read_message(RawReader& reader, Envelope& out) {
    if (reader.token() != Token::kObjectBegin) {
        return fail(ErrorCode::kMalformedBody, "a message is an object");
    }
    while (true) {
        if (auto token = reader.next(); !token) return pass(token);
        if (reader.token() == Token::kObjectEnd) return {};
        const std::string member{reader.text()};
        if (auto token = reader.next(); !token) return pass(token);
        auto good = out.error ? read_only_id(reader, member, out) : read_apart(reader, member, out);
        if (!good) return good;
    }
}

}  // namespace

Result<std::vector<Envelope>> read_frame(contract::Encoding encoding, std::string_view frame) {
    const auto reader = contract::make_raw_reader(encoding, frame, contract::bulk_limits());
    std::vector<Envelope> out;
    const auto read_one = [&]() -> Result<void> {
        Envelope& envelope = out.emplace_back();
        envelope.input.body.encoding = encoding;
        return read_message(*reader, envelope);
    };
    if (auto token = reader->next(); !token) return pass(token);
    if (reader->token() != Token::kArrayBegin) {
        if (auto good = read_one(); !good) return pass(good);
    } else {
        const contract::Field limit{.max = kMessagesMax};
        if (auto good = contract::read_items(*reader, limit, read_one); !good) return pass(good);
    }
    if (auto end = reader->next(); !end) return pass(end);
    return out;
}

std::string write_reply(contract::Encoding encoding,
                        const Envelope& about,
                        const api::Reply& reply) {
    const auto writer = contract::make_raw_writer(encoding);
    writer->begin_object();
    if (about.id) {
        writer->key("id");
        writer->integer(*about.id);
    } else if (!about.op.empty()) {
        writer->key("op");
        writer->text(about.op);
    }
    writer->key("status");
    writer->integer(reply.status);
    // What the body is written in goes without saying, unless it is not what the socket speaks.
    const bool other = !reply.problem && !reply.body.empty() && reply.encoding != encoding;
    if (!reply.headers.empty() || other) {
        writer->key("headers");
        writer->begin_object();
        if (other) {
            writer->key("content-type");
            writer->text(contract::row(reply.encoding).media_type);
        }
        for (const auto& [name, value] : reply.headers) {
            writer->key(name);
            writer->text(value);
        }
        writer->end_object();
    }
    if (!reply.body.empty()) {
        writer->key(reply.problem ? "problem" : "body");
        writer->raw(reply.body);
    }
    writer->end_object();
    return writer->take();
}

}  // namespace tandem::door
