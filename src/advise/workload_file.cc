#include "advise/workload.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

namespace tandem::advise {
namespace {

// A scalar as set_field() takes it.
Result<std::string> text_of(const std::string& key, const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* flag = node.as_boolean()) return std::string{flag->get() ? "true" : "false"};
    if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
    if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
    return wrong(key, "a text, a number, true or false is accepted");
}

bool is_section(std::string_view name) {
    return std::ranges::any_of(workload_fields(), [name](const WorkloadField& field) {
        return field.key.size() > name.size() && field.key.starts_with(name) &&
               field.key[name.size()] == '.';
    });
}

Result<void> set_table(Workload& workload, const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string{name.str()};
        if (key == "preset") continue;  // Was taken first.
        if (const auto* inner = node.as_table()) {
            if (!prefix.empty() || !is_section(key)) return wrong(key, "there is no such section");
            if (auto good = set_table(workload, *inner, key + "."); !good) return good;
            continue;
        }
        auto text = text_of(key, node);
        if (!text) return pass(text);
        if (auto good = set_field(workload, key, *text); !good) return good;
    }
    return {};
}

Result<Workload> begin_with(const toml::table& table, const Workload& base) {
    const toml::node* named = table.get("preset");
    if (named == nullptr) return base;
    const auto* text = named->as_string();
    if (text == nullptr) return wrong("preset", "the name of one is accepted");
    return preset(text->get());
}

// Numbers and switches stand as they are, everything else in quotes.
bool is_bare(std::string_view text) {
    if (text == "true" || text == "false") return true;
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == '-'; });
}

}  // namespace

Result<Workload> read_workload(std::string_view toml, const Workload& base) {
    // The library throws; nothing of it leaves this function.
    try {
        const toml::table table = toml::parse(toml);
        auto made = begin_with(table, base);
        if (!made) return made;
        if (auto good = set_table(*made, table, ""); !good) return pass(good);
        if (auto good = validate(*made); !good) return pass(good);
        return made;
    } catch (const toml::parse_error& error) {
        return wrong("line " + std::to_string(error.source().begin.line),
                     std::string{error.description()});
    }
}

std::string write_workload(const Workload& workload) {
    std::string out;
    std::string_view section;
    for (const WorkloadField& field : workload_fields()) {
        const std::size_t dot = field.key.find('.');
        const std::string_view of =
            dot == std::string_view::npos ? std::string_view{} : field.key.substr(0, dot);
        if (of != section) {
            section = of;
            out += fmt::format("\n[{}]\n", section);
        }
        const std::string text = field.get(workload);
        const std::string_view name = of.empty() ? field.key : field.key.substr(dot + 1);
        if (field.key != "name" && is_bare(text)) {
            out += fmt::format("{} = {}\n", name, text);
            continue;
        }
        std::string quoted;
        for (const char c : text)
            quoted += c == '"' || c == '\\' ? std::string{'\\'} + c : std::string{c};
        out += fmt::format("{} = \"{}\"\n", name, quoted);
    }
    return out;
}

}  // namespace tandem::advise
