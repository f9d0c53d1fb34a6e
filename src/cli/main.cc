#include "cli/command.h"
#include "node/hub.h"

int main(int argc, char** argv) {
    return tandem::cli::run(argc, argv, tandem::door::console_files());
}
