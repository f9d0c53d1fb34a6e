#include "node/harden.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace tandem::node {

void harden() {
    // None of these can fail with these arguments.
    static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
    constexpr rlimit none{.rlim_cur = 0, .rlim_max = 0};
    static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
    ::umask(0077);
}

}  // namespace tandem::node
