#pragma once

#include "base/executor.h"

#include <ucontext.h>

#include <cstddef>

namespace tandem::simulation {

/// A thread that runs only while somebody lets it, on a stack of its own.
class Fiber {
public:
    explicit Fiber(Work body);
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    ~Fiber();

    /// Lets it run until it yields or ends. Not from a fiber.
    void run();
    /// Goes back to whoever has let it run. By the fiber itself.
    void yield();
    [[nodiscard]] bool ended() const { return ended_; }

private:
    static void enter(unsigned high, unsigned low);
    void body();

    Work body_;
    bool ended_ = false;
    void* stack_;
    ucontext_t own_{};
    ucontext_t caller_{};
    // What the sanitizers want to know of stacks.
    const void* caller_stack_ = nullptr;
    std::size_t caller_size_ = 0;
    void* own_fake_ = nullptr;
    void* caller_fake_ = nullptr;
    void* own_tsan_ = nullptr;
    void* caller_tsan_ = nullptr;
};

}  // namespace tandem::simulation
