#include "store/telemetry/text_code.h"

#include "base/check.h"
#include "store/telemetry/integer_code.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tandem::store {
namespace {

// Stored: a number never changes its meaning.
enum class Form : std::uint8_t { kPlain = 0, kDictionary = 1 };

using Views = std::vector<std::string_view>;

/// The different texts in the order in which they come, and which of them is where.
struct Dictionary {
    Views entries;
    std::vector<std::uint64_t> places;
    std::size_t bytes = 0;        // of the entries
    std::size_t bytes_plain = 0;  // of all texts
};

Dictionary dictionary_of(std::span<const std::string> texts) {
    Dictionary out;
    out.places.reserve(texts.size());
    std::unordered_map<std::string_view, std::uint64_t> known;
    for (const std::string_view text : texts) {
        out.bytes_plain += text.size();
        // Most are as the one before.
        if (!out.places.empty() && out.entries[out.places.back()] == text) {
            out.places.push_back(out.places.back());
            continue;
        }
        const auto [entry, is_new] = known.try_emplace(text, out.entries.size());
        if (is_new) {
            out.entries.push_back(text);
            out.bytes += text.size();
        }
        out.places.push_back(entry->second);
    }
    return out;
}

/// All lengths, then all bytes.
template <typename Texts>
void put_plain(std::string& out, const Texts& texts) {
    std::vector<std::uint64_t> lengths;
    lengths.reserve(texts.size());
    for (const auto& text : texts)
        lengths.push_back(text.size());
    put_integers(out, lengths);
    for (const auto& text : texts)
        out += text;
}

Views read_plain(ByteReader& from, std::size_t count) {
    std::vector<std::uint64_t> lengths(count);
    read_integers(from, lengths);
    Views texts;
    if (from.failed()) return texts;
    texts.reserve(count);
    for (const std::uint64_t length : lengths)
        texts.push_back(from.take(length));
    return texts;
}

Views read_dictionary(ByteReader& from, std::size_t count) {
    const std::uint64_t distinct = from.varint();
    from.require(distinct > 0 && distinct <= count, "a dictionary of no such size");
    if (from.failed()) return {};
    const Views entries = read_plain(from, distinct);
    std::vector<std::uint64_t> places(count);
    read_integers(from, places);
    from.require(std::ranges::all_of(places, [&](auto place) { return place < distinct; }),
                 "a text is not in the dictionary");
    Views texts;
    if (from.failed()) return texts;
    texts.reserve(count);
    for (const std::uint64_t place : places)
        texts.push_back(entries[place]);
    return texts;
}

Views read_form(ByteReader& from, std::size_t count) {
    switch (Form{from.byte()}) {
        case Form::kPlain:
            return read_plain(from, count);
        case Form::kDictionary:
            return read_dictionary(from, count);
    }
    from.refuse("no such form of texts");
    return {};
}

}  // namespace

void put_texts(std::string& out, std::span<const std::string> texts) {
    check(!texts.empty());
    const Dictionary dictionary = dictionary_of(texts);
    // A length or a place is a byte or so.
    const std::size_t with = dictionary.bytes + dictionary.entries.size() + texts.size();
    if (with >= dictionary.bytes_plain + texts.size()) {
        out += static_cast<char>(Form::kPlain);
        return put_plain(out, texts);
    }
    out += static_cast<char>(Form::kDictionary);
    put_varint(out, dictionary.entries.size());
    put_plain(out, dictionary.entries);
    put_integers(out, dictionary.places);
}

void read_texts(ByteReader& from, std::span<std::string> texts, std::size_t& bytes_left) {
    check(!texts.empty());
    const Views views = read_form(from, texts.size());
    std::size_t bytes = 0;
    for (const std::string_view view : views)
        bytes += view.size();
    from.require(bytes <= bytes_left, "the texts are longer than a chunk may hold");
    if (from.failed()) return;
    bytes_left -= bytes;
    for (std::size_t at = 0; at < texts.size(); ++at)
        texts[at] = views[at];
}

}  // namespace tandem::store
