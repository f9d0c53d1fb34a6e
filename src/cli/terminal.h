#pragma once

#include "base/error.h"
#include "base/value.h"

#include <string_view>

namespace tandem::cli {

/// One line on standard output, flushed: whoever reads a pipe sees it at once.
void print_line(std::string_view line);
/// `bytes` on standard output as they are. Fails with kStorageFailed where they cannot be written.
[[nodiscard]] Result<void> put_out(std::string_view bytes);
/// A value as one line of JSON.
void print_json(const Value& value);
/// One line on standard error, `tandem: …`.
void complain(std::string_view line);
/// The error as a line on standard error; gives the exit code that fits it.
[[nodiscard]] int complain(const Error& error);

/// How something is said of a piece of output.
enum class Tone { kPlain, kFaint, kGood, kBad };
/// `text` in the colour of its tone, where standard output is a terminal and NO_COLOR is not set.
[[nodiscard]] std::string toned(Tone tone, std::string_view text);

/// A line on standard error that is written over, for long work; nothing when that is no terminal.
class Progress {
public:
    Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }

    void show(std::string_view line);
    void clear();

private:
    bool shown_ = false;
    bool terminal_ = false;
};

}  // namespace tandem::cli
