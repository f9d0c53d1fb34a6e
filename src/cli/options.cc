#include "cli/options.h"

#include <CLI/CLI.hpp>

#include <utility>

namespace tandem::cli {

Option Option::from_environment(const std::string& name) const {
    option_->envname(name);
    return *this;
}

Option Option::show_default() const {
    option_->capture_default_str();
    return *this;
}

Option Option::required() const {
    option_->required();
    return *this;
}

Option Option::one_of(const std::vector<std::string>& accepted) const {
    option_->check(CLI::IsMember(accepted));
    return *this;
}

Option Option::within(int least, int most) const {
    option_->check(CLI::Range(least, most));
    return *this;
}

Option Option::within(double least, double most) const {
    option_->check(CLI::Range(least, most));
    return *this;
}

Option Option::one_value_each() const {
    option_->allow_extra_args(false);
    return *this;
}

Option Option::excludes(Option other) const {
    option_->excludes(other.option_);
    return *this;
}

Option Option::needs(Option other) const {
    option_->needs(other.option_);
    return *this;
}

Option Option::group(const std::string& heading) const {
    option_->group(heading);
    return *this;
}

Option Subcommand::option(const std::string& name,
                          std::string& into,
                          const std::string& says) const {
    return Option{*app_->add_option(name, into, says)};
}

Option Subcommand::option(const std::string& name,
                          std::optional<std::string>& into,
                          const std::string& says) const {
    return Option{*app_->add_option(name, into, says)};
}

Option Subcommand::option(const std::string& name,
                          std::vector<std::string>& into,
                          const std::string& says) const {
    return Option{*app_->add_option(name, into, says)};
}

Option Subcommand::option(const std::string& name, int& into, const std::string& says) const {
    return Option{*app_->add_option(name, into, says)};
}

Option Subcommand::option(const std::string& name,
                          std::optional<int>& into,
                          const std::string& says) const {
    return Option{*app_->add_option(name, into, says)};
}

Option Subcommand::option(const std::string& name,
                          std::uint64_t& into,
                          const std::string& says) const {
    return Option{*app_->add_option(name, into, says)};
}

Option Subcommand::option(const std::string& name, double& into, const std::string& says) const {
    return Option{*app_->add_option(name, into, says)};
}

Option Subcommand::flag(const std::string& name, bool& into, const std::string& says) const {
    return Option{*app_->add_flag(name, into, says)};
}

Option Subcommand::flag(const std::string& name,
                        std::function<void()> when_given,
                        const std::string& says) const {
    return Option{*app_->add_flag_callback(name, std::move(when_given), says)};
}

Subcommand Subcommand::subcommand(const std::string& name, const std::string& says) const {
    return Subcommand{*app_->add_subcommand(name, says)};
}

void Subcommand::require_subcommand() const {
    app_->require_subcommand(1);
}

void Subcommand::footer(const std::string& text) const {
    app_->footer(text);
}

void Subcommand::when_chosen(std::function<void()> act) const {
    app_->callback(std::move(act));
}

CommandLine::CommandLine(const std::string& name, const std::string& says)
    : app_{std::make_unique<CLI::App>(says, name)} {}

CommandLine::~CommandLine() = default;

Parsed CommandLine::parse(int argc, const char* const* argv) {
    try {
        app_->parse(argc, argv);
    } catch (const CLI::ParseError& stopped) {
        return app_->exit(stopped) == 0 ? Parsed::kHelped : Parsed::kWrong;
    }
    return Parsed::kChosen;
}

}  // namespace tandem::cli
