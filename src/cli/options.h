#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The library that parses is known to options.cc alone: it takes longer to compile than a
// subcommand does.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tandem::cli {

/// An option or a positional of a subcommand, while that is described. A handle: copies mean the
/// same option.
class Option {
public:
    explicit Option(CLI::Option& option) : option_{&option} {}

    /// Where its value comes from when the command line does not say it.
    Option from_environment(const std::string& name) const;
    /// The help shows the value that the variable has now.
    Option show_default() const;
    Option required() const;
    Option one_of(const std::vector<std::string>& accepted) const;
    Option within(int least, int most) const;
    Option within(double least, double most) const;
    /// Repeated for each value, rather than followed by several.
    Option one_value_each() const;
    Option excludes(Option other) const;
    Option needs(Option other) const;
    /// The heading of the help under which it is.
    Option group(const std::string& heading) const;

private:
    CLI::Option* option_;
};

/// A subcommand, or the program itself, while it is described: what it takes, and where that goes.
/// Variables live as long as the command line. A handle: copies mean the same subcommand.
class Subcommand {
public:
    explicit Subcommand(CLI::App& app) : app_{&app} {}

    /// `--name`, or without the dashes a positional.
    Option option(const std::string& name, std::string& into, const std::string& says) const;
    Option option(const std::string& name,
                  std::optional<std::string>& into,
                  const std::string& says) const;
    Option option(const std::string& name,
                  std::vector<std::string>& into,
                  const std::string& says) const;
    Option option(const std::string& name, int& into, const std::string& says) const;
    Option option(const std::string& name, std::optional<int>& into, const std::string& says) const;
    Option option(const std::string& name, std::uint64_t& into, const std::string& says) const;
    Option option(const std::string& name, double& into, const std::string& says) const;
    Option flag(const std::string& name, bool& into, const std::string& says) const;
    Option flag(const std::string& name,
                std::function<void()> when_given,
                const std::string& says) const;

    Subcommand subcommand(const std::string& name, const std::string& says) const;
    /// A command line without one of its subcommands is wrong.
    void require_subcommand() const;
    /// What the help ends with.
    void footer(const std::string& text) const;
    void when_chosen(std::function<void()> act) const;

private:
    CLI::App* app_;
};

enum class Parsed {
    kChosen,  ///< a subcommand, which has been told
    kHelped,  ///< help was asked for, and is printed
    kWrong,   ///< why is printed
};

/// Everything that a program takes.
class CommandLine {
public:
    CommandLine(const std::string& name, const std::string& says);
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;
    ~CommandLine();

    [[nodiscard]] Subcommand program() const { return Subcommand{*app_}; }
    [[nodiscard]] Parsed parse(int argc, const char* const* argv);

private:
    std::unique_ptr<CLI::App> app_;
};

}  // namespace tandem::cli
