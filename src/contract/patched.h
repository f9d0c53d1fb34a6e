#pragma once

#include "contract/encoding.h"
#include "contract/shape.h"

#include <string_view>

namespace tandem::contract {

/// `fields` with a merge patch applied, read again as the contract describes them.
template <typename Fields>
Result<Fields> patched(const Fields& fields, const Value& change) {
    if (change.get<Value::Object>() == nullptr) return wrong("an object is expected");
    const auto reread = [](std::string_view text, auto read) -> Result<void> {
        const auto reader = make_reader(Encoding::kJson, text, {});
        if (auto token = reader->next(); !token) return pass(token);
        return read(*reader);
    };
    const auto writer = make_writer(Encoding::kJson);
    write_object(*writer, shape<Fields>(), &fields);
    Value value;
    auto parsed = reread(writer->take(), [&](Reader& reader) -> Result<void> {
        auto read = read_value(reader);
        if (!read) return pass(read);
        value = std::move(*read);
        return {};
    });
    if (!parsed) return pass(parsed);
    merge_patch(value, change);
    const auto again = make_writer(Encoding::kJson);
    write_value(*again, value);
    Fields out;
    auto good = reread(again->take(),
                       [&](Reader& reader) { return read_object(reader, shape<Fields>(), &out); });
    if (!good) return pass(good);
    return out;
}

}  // namespace tandem::contract
