#include "store/telemetry/integer_code.h"

#include "base/check.h"

#include <algorithm>

namespace tandem::store {
namespace {

// Stored: a number never changes its meaning.
enum class Form : std::uint8_t { kLine = 0, kDistances = 1, kSteps = 2, kTurns = 3 };

std::uint64_t smaller(std::uint64_t one, std::uint64_t other) {
    return static_cast<std::int64_t>(other) < static_cast<std::int64_t>(one) ? other : one;
}

/// The smallest value and step, by sign.
struct Least {
    std::uint64_t value = 0;
    std::uint64_t step = 0;
    bool line = true;  // All steps are the same.
};

Least least_of(std::span<const std::uint64_t> values) {
    const std::uint64_t first_step = values.size() > 1 ? values[1] - values[0] : 0;
    Least least{.value = values[0], .step = first_step};
    std::uint64_t turns = 0;
    for (std::size_t at = 1; at < values.size(); ++at) {
        const std::uint64_t step = values[at] - values[at - 1];
        turns |= step ^ first_step;
        least.value = smaller(least.value, values[at]);
        least.step = smaller(least.step, step);
    }
    least.line = turns == 0;
    return least;
}

/// What the forms take, about.
struct Bits {
    std::uint64_t distances = 0;
    std::uint64_t steps = 0;
    std::uint64_t turns = 0;
};

std::uint64_t width(std::uint64_t number) {
    return static_cast<std::uint64_t>(std::bit_width(number));
}

/// Of some of the values, spread over all: which form is the smallest shows in a few, and looking
/// at each would take as long as writing it. Bits foretell the size after zstd better than bytes:
/// most numbers take one byte in any form.
Bits bits_of(std::span<const std::uint64_t> values, const Least& least) {
    constexpr std::size_t kLooks = 64;
    const std::size_t places = values.size() - 2;  // with two steps before them
    const std::size_t looks = std::min(kLooks, places);
    Bits bits;
    for (std::size_t look = 0; look < looks; ++look) {
        const std::size_t at = 2 + look * places / looks;
        const std::uint64_t step = values[at] - values[at - 1];
        const std::uint64_t step_before = values[at - 1] - values[at - 2];
        bits.distances += width(values[at] - least.value);
        bits.steps += width(step - least.step);
        bits.turns += width(zigzag(step - step_before));
    }
    return bits;
}

Form choose_form(std::span<const std::uint64_t> values, const Least& least) {
    if (least.line) return Form::kLine;  // Up to two values are one.
    const Bits bits = bits_of(values, least);
    if (bits.steps <= bits.distances && bits.steps <= bits.turns) return Form::kSteps;
    return bits.turns < bits.distances ? Form::kTurns : Form::kDistances;
}

char* write_turns(char* to, std::span<const std::uint64_t> values) {
    std::uint64_t step_before = values[1] - values[0];
    for (std::size_t at = 2; at < values.size(); ++at) {
        const std::uint64_t step = values[at] - values[at - 1];
        to = write_varint(to, zigzag(step - step_before));
        step_before = step;
    }
    return to;
}

char* write_form(char* to, Form form, const Least& least, std::span<const std::uint64_t> values) {
    *to++ = static_cast<char>(form);
    if (form == Form::kDistances) {
        to = write_varint(to, zigzag(least.value));
        for (const std::uint64_t value : values)
            to = write_varint(to, value - least.value);
        return to;
    }
    to = write_varint(to, zigzag(values[0]));
    if (form == Form::kTurns) {
        return write_turns(write_varint(to, zigzag(values[1] - values[0])), values);
    }
    to = write_varint(to, zigzag(least.step));
    if (form == Form::kLine) return to;
    for (std::size_t at = 1; at < values.size(); ++at)
        to = write_varint(to, values[at] - values[at - 1] - least.step);
    return to;
}

void read_line(ByteReader& from, std::span<std::uint64_t> values) {
    std::uint64_t value = unzigzag(from.varint());
    const std::uint64_t step = unzigzag(from.varint());
    for (std::uint64_t& to : values) {
        to = value;
        value += step;
    }
}

void read_distances(ByteReader& from, std::span<std::uint64_t> values) {
    const std::uint64_t least = unzigzag(from.varint());
    from.varints(values);
    for (std::uint64_t& value : values)
        value += least;
}

void read_steps(ByteReader& from, std::span<std::uint64_t> values) {
    values[0] = unzigzag(from.varint());
    const std::uint64_t least = unzigzag(from.varint());
    from.varints(values.subspan(1));
    for (std::size_t at = 1; at < values.size(); ++at)
        values[at] += values[at - 1] + least;
}

void read_turns(ByteReader& from, std::span<std::uint64_t> values) {
    values[0] = unzigzag(from.varint());
    std::uint64_t step = unzigzag(from.varint());
    if (values.size() == 1) return from.refuse("one value has no steps");
    values[1] = values[0] + step;
    from.varints(values.subspan(2));
    for (std::size_t at = 2; at < values.size(); ++at) {
        step += unzigzag(values[at]);
        values[at] = values[at - 1] + step;
    }
}

}  // namespace

void put_integers(std::string& out, std::span<const std::uint64_t> values) {
    check(!values.empty());
    const Least least = least_of(values);
    const Form form = choose_form(values, least);
    const std::size_t before = out.size();
    const std::size_t numbers = form == Form::kLine ? 2 : values.size() + 2;
    out.resize_and_overwrite(before + 1 + numbers * kVarintBytesMax, [&](char* begin, std::size_t) {
        return static_cast<std::size_t>(write_form(begin + before, form, least, values) - begin);
    });
}

void read_integers(ByteReader& from, std::span<std::uint64_t> values) {
    check(!values.empty());
    switch (Form{from.byte()}) {
        case Form::kLine:
            return read_line(from, values);
        case Form::kDistances:
            return read_distances(from, values);
        case Form::kSteps:
            return read_steps(from, values);
        case Form::kTurns:
            return read_turns(from, values);
    }
    from.refuse("no such form of integers");
}

}  // namespace tandem::store
