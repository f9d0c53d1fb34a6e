#pragma once

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace tandem::store {

/// Starts a thread that no signal is delivered to: those are the loops'.
template <typename Body>
[[nodiscard]] std::thread start_thread(Body body) {
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread started{std::move(body)};
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

}  // namespace tandem::store
