#pragma once

#include "base/random.h"
#include "base/reader.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::codec {

/// Random values that lean towards the edges of what they are made of.
class Values {
public:
    explicit Values(std::uint64_t seed) : random_{seed} {}

    Value any(int depth) {
        switch (below(depth > 0 ? 9 : 7)) {
            case 0:
                return {};
            case 1:
                return below(2) == 0;
            case 2:
                return integer();
            case 3:
                return Value{random_.next()};
            case 4:
                return number();
            case 5:
                return text();
            case 6:
                return below(50);
            case 7:
                return array(depth - 1);
            default:
                return object(depth - 1);
        }
    }

private:
    int below(std::uint64_t end) { return static_cast<int>(random_.next() % end); }

    std::int64_t integer() {
        const auto wide = static_cast<std::int64_t>(random_.next());
        return wide >> below(64);
    }

    double number() {
        if (below(4) == 0) return static_cast<double>(integer());
        if (below(4) == 0) return std::ldexp(below(4096) - 2048, below(60) - 40);
        if (below(4) == 0) return below(2) == 0 ? 0.0 : -0.0;
        const auto bits = std::bit_cast<double>(random_.next());
        return std::isfinite(bits) ? bits : 1.5;
    }

    std::string text() {
        constexpr std::string_view kPieces[] = {
            "a",      "\"",         "\\",        "/",
            "\n",     "\x01",       "\x7f",      std::string_view{"\0", 1},
            "zz",     " ",          "{",         "\r",
            "\t",     "<",          "&",         "]]>",
            "\uFFFE", "\uFFFF",     "\u00e9",    "\u20ac",
            "\uFFFD", "\U0010FFFF", "\U0001D11E"};
        std::string out;
        const int pieces = below(4) == 0 ? below(300) : below(6);
        for (int at = 0; at < pieces; ++at)
            out += kPieces[static_cast<std::size_t>(below(std::size(kPieces)))];
        return out;
    }

    Value array(int depth) {
        Value::Array out;
        const int items = below(8) == 0 ? below(40) : below(4);
        for (int at = 0; at < items; ++at)
            out.push_back(any(depth));
        return out;
    }

    Value object(int depth) {
        Value out{Value::Object{}};
        const int members = below(8) == 0 ? below(40) : below(4);
        for (int at = 0; at < members; ++at) {
            std::string key = text();
            if (key.size() <= ReaderLimits{}.key_bytes) out.set(key, any(depth));
        }
        return out;
    }

    SeededRandom random_;
};

}  // namespace tandem::codec
