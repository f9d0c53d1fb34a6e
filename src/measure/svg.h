#pragma once

#include <string>
#include <vector>

namespace tandem::measure {

// Charts as inline SVG. Colours are the page's custom properties, `var(--c0)` to `var(--c5)`, so
// that they follow its light or dark scheme and print in grey. Texts are escaped here.

/// One bar, made of parts one behind the other; with `low` and `high` a whisker around its end.
struct Bar {
    std::string name;
    std::vector<double> parts;
    std::string label;
    double low = 0;
    double high = 0;
};
struct BarChart {
    std::string title;
    std::vector<std::string> parts;  ///< what they are, for the legend; one: no legend
    std::vector<Bar> bars;
};
[[nodiscard]] std::string draw(const BarChart& chart);

/// A line through points whose coordinates are shares of the plot, 0 to 1.
struct Line {
    std::string name;
    std::vector<std::pair<double, double>> points;
};
struct LineChart {
    std::string title;
    std::vector<std::pair<double, std::string>> across;  ///< ticks
    std::vector<std::pair<double, std::string>> up;
    std::vector<Line> lines;
};
[[nodiscard]] std::string draw(const LineChart& chart);

/// Cells with a colour and a letter each.
struct GridChart {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::string> rows;  ///< from the top
    std::vector<int> colours;       ///< a row after the other
    std::vector<std::string> texts;
};
[[nodiscard]] std::string draw(const GridChart& chart);

[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace tandem::measure
