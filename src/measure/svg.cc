#include "measure/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace tandem::measure {
namespace {

constexpr double kWidth = 720;
constexpr double kNames = 210;
constexpr double kBarHeight = 20;
constexpr double kBarStep = 30;
constexpr double kLegend = 26;
constexpr double kLabel = 90;
constexpr int kColours = 6;

std::string begin(const std::string& title, double height) {
    return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth,
                       height, escape_html(title));
}

std::string text(double x, double y, std::string_view words, std::string_view more = "") {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}{}>{}</text>\n", x, y,
                       more.empty() ? "" : " ", more, escape_html(words));
}

std::string box(double x, double y, double width, double height, int colour) {
    return fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
        "fill=\"var(--c{})\"/>\n",
        x, y, std::max(width, 0.0), height, colour % kColours);
}

struct Point {
    double x = 0;
    double y = 0;
};

std::string stroke(Point from, Point to, std::string_view more = "") {
    return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"{}{}/>\n",
                       from.x, from.y, to.x, to.y, more.empty() ? "" : " ", more);
}

std::string whisker(double low, double high, double y) {
    constexpr double half = 4;
    constexpr std::string_view kind = "class=\"whisker\"";
    return stroke({low, y}, {high, y}, kind) + stroke({low, y - half}, {low, y + half}, kind) +
           stroke({high, y - half}, {high, y + half}, kind);
}

std::string legend(const std::vector<std::string>& names, double y) {
    std::string out;
    double x = 0;
    for (std::size_t at = 0; at < names.size(); ++at) {
        out += box(x, y - 10, 12, 12, static_cast<int>(at));
        out += text(x + 17, y, names[at]);
        x += 30 + 7.2 * static_cast<double>(names[at].size());
    }
    return out;
}

double total(const Bar& bar) {
    return std::accumulate(bar.parts.begin(), bar.parts.end(), 0.0);
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string draw(const BarChart& chart) {
    const bool several = chart.parts.size() > 1;
    const double top = several ? kLegend : 4;
    const double height = top + kBarStep * static_cast<double>(chart.bars.size());
    double most = 1e-12;
    for (const Bar& bar : chart.bars)
        most = std::max({most, total(bar), bar.high});
    const double room = kWidth - kNames - kLabel;
    std::string out = begin(chart.title, height);
    if (several) out += legend(chart.parts, 14);
    double y = top;
    for (const Bar& bar : chart.bars) {
        out += text(0, y + 15, bar.name);
        double x = kNames;
        for (std::size_t at = 0; at < bar.parts.size(); ++at) {
            const double width = bar.parts[at] / most * room;
            out += box(x, y, width, kBarHeight, static_cast<int>(at));
            x += width;
        }
        double end = x;
        if (bar.high > bar.low) {
            const double low = kNames + bar.low / most * room;
            const double high = kNames + bar.high / most * room;
            out += whisker(low, high, y + kBarHeight / 2);
            end = std::max(end, high);
        }
        out += text(end + 6, y + 15, bar.label, "class=\"value\"");
        y += kBarStep;
    }
    return out + "</svg>\n";
}

std::string draw(const LineChart& chart) {
    constexpr double left = 60;
    constexpr double plot = 260;
    constexpr double top = 10;
    constexpr double names_width = 230;
    const double height = top + plot + 30;
    const double width = kWidth - left - names_width;
    std::string out = begin(chart.title, height);
    for (const auto& [share, name] : chart.across) {
        const double x = left + share * width;
        out += stroke({x, top}, {x, top + plot});
        out += text(x, top + plot + 18, name, "text-anchor=\"middle\"");
    }
    for (const auto& [share, name] : chart.up) {
        const double y = top + (1 - share) * plot;
        out += stroke({left, y}, {left + width, y});
        out += text(left - 6, y + 4, name, "text-anchor=\"end\"");
    }
    for (std::size_t at = 0; at < chart.lines.size(); ++at) {
        const Line& line = chart.lines[at];
        std::string points;
        for (const auto& [x, y] : line.points) {
            points += fmt::format("{:.1f},{:.1f} ", left + x * width,
                                  top + (1 - std::clamp(y, 0.0, 1.0)) * plot);
        }
        const auto colour = static_cast<int>(at) % kColours;
        // The colours begin again with the other dashes.
        const bool solid = (at + at / kColours) % 2 == 0;
        const std::string_view dashes = solid ? "none" : "6 3";
        out += fmt::format(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"var(--c{})\" "
            "stroke-width=\"2\" stroke-dasharray=\"{}\"/>\n",
            points, colour, dashes);
        const double y = top + 14 + 20 * static_cast<double>(at);
        out += fmt::format(
            "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{2:.1f}\" y2=\"{1:.1f}\" "
            "style=\"stroke:var(--c{3});stroke-width:3;stroke-dasharray:{4}\"/>\n",
            left + width + 12, y - 4, left + width + 30, colour, dashes);
        out += text(left + width + 36, y, line.name);
    }
    return out + "</svg>\n";
}

std::string draw(const GridChart& chart) {
    constexpr double left = 70;
    constexpr double cell_height = 26;
    const double height = cell_height * static_cast<double>(chart.rows.size()) + 24;
    const double cell = (kWidth - left) / static_cast<double>(chart.columns.size());
    std::string out = begin(chart.title, height);
    for (std::size_t row = 0; row < chart.rows.size(); ++row) {
        const double y = cell_height * static_cast<double>(row);
        out += text(left - 8, y + 17, chart.rows[row], "text-anchor=\"end\"");
        for (std::size_t column = 0; column < chart.columns.size(); ++column) {
            const std::size_t at = row * chart.columns.size() + column;
            const double x = left + cell * static_cast<double>(column);
            out += box(x + 1, y + 1, cell - 2, cell_height - 2, chart.colours[at]);
            out +=
                text(x + cell / 2, y + 17, chart.texts[at], "text-anchor=\"middle\" class=\"on\"");
        }
    }
    for (std::size_t column = 0; column < chart.columns.size(); ++column) {
        out += text(left + cell * (static_cast<double>(column) + 0.5), height - 6,
                    chart.columns[column], "text-anchor=\"middle\"");
    }
    return out + "</svg>\n";
}

}  // namespace tandem::measure
