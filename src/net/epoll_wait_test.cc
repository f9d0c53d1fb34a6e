#include "net/epoll_wait.h"

#include "net/test_sockets.h"

#include <doctest/doctest.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>

using namespace tandem;
using namespace tandem::net;

namespace {

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): the calls are plain functions
int calls = 0;
int waited_ms = 0;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

template <int Errno>
int refuses(int /*epoll*/,
            epoll_event* /*events*/,
            int /*most*/,
            const timespec* /*timeout*/,
            const sigset_t* /*signals*/) {
    ++calls;
    errno = Errno;
    return -1;
}

int in_milliseconds(int epoll, epoll_event* events, int most, int ms) {
    waited_ms = ms;
    return ::epoll_wait(epoll, events, most, ms);
}

// An epoll descriptor with one that can be made ready.
class Waited {
public:
    Waited() {
        epoll_event event{.events = EPOLLIN, .data = {}};
        event.data.u64 = 7;
        REQUIRE(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &event) == 0);
    }
    void wake() {
        const std::uint64_t one = 1;
        REQUIRE(::write(event_.get(), &one, sizeof one) == sizeof one);
    }
    [[nodiscard]] int epoll() const { return epoll_.get(); }

private:
    FileDescriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    FileDescriptor event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

// The kernel's structure is packed: nothing may refer to its members.
std::uint64_t number_of(const epoll_event& event) {
    return event.data.u64;
}

void check_falls_back(EpollWait::Precise refusing) {
    calls = 0;
    Waited waited;
    EpollWait wait{refusing, in_milliseconds};
    CHECK(wait.is_precise());
    std::array<epoll_event, 4> events{};
    CHECK(wait.wait(waited.epoll(), events, 0us) == 0);
    CHECK_FALSE(wait.is_precise());
    // Up to the next millisecond, not down to a loop that spins.
    CHECK(wait.wait(waited.epoll(), events, 1'200us) == 0);
    CHECK(waited_ms == 2);
    waited.wake();
    CHECK(wait.wait(waited.epoll(), events, 60s) == 1);
    CHECK(number_of(events[0]) == 7);
    // It is not asked for again.
    CHECK(calls == 1);
}

}  // namespace

TEST_CASE("a wait to the microsecond gives what is ready, or nothing in the end") {
    Waited waited;
    EpollWait wait;
    std::array<epoll_event, 4> events{};
    CHECK(wait.wait(waited.epoll(), events, 300us) == 0);
    waited.wake();
    CHECK(wait.wait(waited.epoll(), events, 60s) == 1);
    CHECK(number_of(events[0]) == 7);
}

TEST_CASE("a kernel that does not know epoll_pwait2 is waited on in milliseconds") {
    check_falls_back(refuses<ENOSYS>);
}

TEST_CASE("so is one behind a seccomp filter that does not") {
    check_falls_back(refuses<EPERM>);
}

TEST_CASE("a signal ends a wait, and the precise one stays") {
    calls = 0;
    Waited waited;
    EpollWait wait{refuses<EINTR>};
    std::array<epoll_event, 4> events{};
    CHECK(wait.wait(waited.epoll(), events, 0us) == 0);
    CHECK(wait.is_precise());
    CHECK(calls == 1);
}
