#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <string>
#include <string_view>

namespace tandem::scenario {

/// Reads a page in Prometheus' text format 0.0.4 and says what is wrong with it, as `promtool check
/// metrics` would: https://prometheus.io/docs/instrumenting/exposition_formats/
class PrometheusPage {
public:
    explicit PrometheusPage(std::string_view text) {
        while (!text.empty() && wrong_.empty()) {
            const std::size_t end = text.find('\n');
            if (end == std::string_view::npos) {
                say("the last line has no end", text);
                break;
            }
            line(text.substr(0, end));
            text.remove_prefix(end + 1);
        }
        for (const auto& [name, count] : counts_) {
            if (wrong_.empty() && infinite_[name] != count) say("+Inf differs from _count", name);
        }
    }

    /// "" when it is as it should be.
    [[nodiscard]] const std::string& wrong() const { return wrong_; }
    /// Of `name{labels}`; fails the test where there is none.
    [[nodiscard]] double value(const std::string& sample) const {
        const auto found = values_.find(sample);
        REQUIRE_MESSAGE(found != values_.end(), sample);
        return found->second;
    }
    [[nodiscard]] bool has(const std::string& sample) const { return values_.contains(sample); }
    [[nodiscard]] bool helps(const std::string& family) const { return helped_.contains(family); }

private:
    void say(std::string_view why, std::string_view line) {
        if (wrong_.empty()) wrong_ = std::string{why} + ": " + std::string{line};
    }

    static bool is_name(std::string_view text) {
        const auto good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
        return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
               std::ranges::all_of(text, good);
    }

    static std::string_view word(std::string_view& rest) {
        const std::string_view out = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), out.size() + 1));
        return out;
    }

    void line(std::string_view text) {
        if (text.starts_with("# HELP ")) return help(text.substr(7), text);
        if (text.starts_with("# TYPE ")) return type(text.substr(7), text);
        if (text.starts_with("#")) return say("a comment that says nothing", text);
        sample(text);
    }

    void help(std::string_view rest, std::string_view text) {
        const std::string name{word(rest)};
        if (types_.contains(name)) say("HELP after TYPE", text);
        if (rest.empty()) say("HELP without words", text);
        if (!helped_.emplace(name, rest).second) say("HELP twice", text);
    }

    void type(std::string_view rest, std::string_view text) {
        const std::string name{word(rest)};
        if (!is_name(name)) say("no name", text);
        if (!types_.emplace(name, rest).second) say("a family in two pieces", text);
        if (rest == "counter" && !name.ends_with("_total")) say("a counter without _total", text);
        if (rest != "counter" && name.ends_with("_total")) say("_total, and no counter", text);
        if (rest != "counter" && rest != "gauge" && rest != "histogram") say("no type", text);
        family_ = name;
        bucket_ = 0;
    }

    void sample(std::string_view text) {
        const std::size_t space = text.rfind(' ');
        if (space == std::string_view::npos) return say("no value", text);
        const std::string key{text.substr(0, space)};
        const std::string_view digits = text.substr(space + 1);
        double value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size()) say("no number", text);
        if (!values_.emplace(key, value).second) say("a sample twice", text);
        const std::size_t brace = key.find('{');
        labels(
            brace == std::string::npos ? std::string_view{} : std::string_view{key}.substr(brace),
            text);
        of_family(key.substr(0, brace), key, value, text);
    }

    void of_family(const std::string& name,
                   const std::string& key,
                   double value,
                   std::string_view text) {
        if (types_[family_] != "histogram") {
            if (name != family_) say("a sample outside of its family", text);
            if (types_[family_] == "counter" && value < 0) say("a counter below 0", text);
            return;
        }
        if (name == family_ + "_sum") return;
        const std::string labelled = without_bound(key.substr(name.size()));
        if (name == family_ + "_count") {
            counts_[family_ + labelled] = value;
        } else if (name == family_ + "_bucket") {
            if (bucket_of_ == labelled && value < bucket_) say("buckets do not add up", text);
            bucket_ = value;
            bucket_of_ = labelled;
            if (key.find("le=\"+Inf\"") != std::string::npos) infinite_[family_ + labelled] = value;
        } else {
            say("a sample outside of its family", text);
        }
    }

    // The labels but `le`, which is the last: `file="log",le="0.1"`.
    static std::string without_bound(std::string labels) {
        const std::size_t only = labels.find("{le=\"");
        if (only != std::string::npos) return "";
        const std::size_t last = labels.find(",le=\"");
        if (last != std::string::npos) labels.replace(last, std::string::npos, "}");
        return labels;
    }

    void labels(std::string_view text, std::string_view line) {
        if (text.empty()) return;
        if (!text.ends_with("}")) return say("labels without an end", line);
        text = text.substr(1, text.size() - 2);
        while (!text.empty()) {
            const std::size_t equals = text.find("=\"");
            if (equals == std::string_view::npos) return say("a label without a value", line);
            if (!is_name(text.substr(0, equals))) return say("a label without a name", line);
            const std::size_t end = text.find('"', equals + 2);
            if (end == std::string_view::npos) return say("a label without an end", line);
            text.remove_prefix(end + 1);
            if (text.starts_with(",")) text.remove_prefix(1);
        }
    }

    std::string wrong_;
    std::string family_;
    double bucket_ = 0;
    std::string bucket_of_;
    std::map<std::string, std::string> types_;
    std::map<std::string, std::string> helped_;
    std::map<std::string, double> values_;
    std::map<std::string, double> counts_;
    std::map<std::string, double> infinite_;
};

}  // namespace tandem::scenario
