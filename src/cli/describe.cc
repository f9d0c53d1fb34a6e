#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "contract/catalogue.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tandem::cli {
namespace {

struct DescribeOptions {
    std::string out = "spec";
    bool check = false;
};

struct Document {
    std::string_view name;
    Value (*make)();
};
constexpr std::array kDocuments{Document{"openapi.json", contract::openapi},
                                Document{"asyncapi.json", contract::asyncapi},
                                Document{"errors.json", contract::error_reference}};

void describe(Subcommand sub, DescribeOptions& options) {
    sub.option("--out", options.out, "The directory to write to; made if missing").show_default();
    sub.flag("--check", options.check, "Write nothing; fail where a file says something else");
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

bool write(const std::filesystem::path& path, const std::string& content) {
    std::ofstream file{path, std::ios::binary};
    file << content;
    file.close();
    return !file.fail();
}

int act(const DescribeOptions& options) {
    const std::filesystem::path out{options.out};
    std::error_code error;
    if (!options.check) std::filesystem::create_directories(out, error);
    int worst = kOk;
    for (const Document& document : kDocuments) {
        const std::filesystem::path path = out / document.name;
        const std::string content = pretty_json(document.make());
        if (options.check) {
            if (content_of(path) == content) continue;
            complain(path.string() + " is not what the contract says; run `tandem describe`");
            worst = kRefused;
        } else if (!write(path, content)) {
            complain(path.string() + " cannot be written");
            return kUsage;
        }
    }
    return worst;
}

}  // namespace

void add_describe(Commands commands) {
    add_subcommand<DescribeOptions>(
        commands, "describe",
        "Writes the public contract: openapi.json, asyncapi.json and errors.json.",
        "tandem describe --out spec", describe, act);
}

}  // namespace tandem::cli
