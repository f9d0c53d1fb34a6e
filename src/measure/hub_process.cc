#include "measure/hub_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace tandem::measure {
namespace {

constexpr std::string_view kListening = "listening on ";

// What /proc/PID/task/*/schedstat begins with: nanoseconds on a processor.
double cpu_of_tasks(const std::filesystem::path& folder) {
    double nanoseconds = 0;
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator{folder / "task", gone}) {
        std::ifstream file{task.path() / "schedstat"};
        double one = 0;
        if (file >> one) nanoseconds += one;
    }
    return nanoseconds / 1e9;
}

double anonymous_memory(const std::filesystem::path& folder) {
    std::ifstream file{folder / "status"};
    std::string word;
    while (file >> word) {
        double kilobytes = 0;
        if (word == "RssAnon:" && file >> kilobytes) return kilobytes * 1'024;
    }
    return 0;
}

[[noreturn]] void become(const std::vector<std::string>& words, int output) {
    // Whoever measures may be killed: the hub must not outlive it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(output, STDOUT_FILENO);
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT(*-const-cast): execv's
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

}  // namespace

Usage usage_of(int pid) {
    const std::filesystem::path folder = "/proc/" + std::to_string(pid);
    return {.cpu = cpu_of_tasks(folder), .memory = anonymous_memory(folder)};
}

double own_cpu() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// What the program prints, read until the line that matters; the rest is dropped.
class HubProcess::Output final : private net::EventHandler {
public:
    Output(net::Loop& loop, int fd, Started started)
        : loop_{loop}, fd_{fd}, started_{std::move(started)} {
        loop_.watch(fd_, EPOLLIN, *this);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() override { stop(); }

private:
    void on_events(std::uint32_t /*events*/) override {
        std::array<char, 4'096> room{};
        const ssize_t got = ::read(fd_, room.data(), room.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) {
            stop();
            return tell(fail(ErrorCode::kUnavailable, "the hub that is measured did not start"));
        }
        text_.append(room.data(), static_cast<std::size_t>(got));
        take_lines();
    }

    void take_lines() {
        for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
            const std::string line = text_.substr(0, end);
            text_.erase(0, end + 1);
            if (line.starts_with(kListening)) tell(line.substr(kListening.size()));
        }
    }

    void tell(Result<std::string> url) {
        if (const Started told = std::exchange(started_, {})) told(std::move(url));
    }

    void stop() {
        if (fd_ < 0) return;
        loop_.unwatch(fd_);
        ::close(std::exchange(fd_, -1));
    }

    net::Loop& loop_;
    int fd_;
    Started started_;
    std::string text_;
};

Result<std::unique_ptr<HubProcess>> HubProcess::start(net::Loop& loop,
                                                      const std::vector<std::string>& words,
                                                      Started started) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return fail(ErrorCode::kUnavailable, "no pipe for the hub that is measured");
    }
    const int pid = ::fork();
    if (pid == 0) become(words, pipe[1]);
    ::close(pipe[1]);
    if (pid < 0) {
        ::close(pipe[0]);
        return fail(ErrorCode::kUnavailable, "no process for the hub that is measured");
    }
    return std::unique_ptr<HubProcess>{new HubProcess(loop, pid, pipe[0], std::move(started))};
}

HubProcess::HubProcess(net::Loop& loop, int pid, int output, Started started)
    : pid_{pid}, output_{std::make_unique<Output>(loop, output, std::move(started))} {}

HubProcess::~HubProcess() {
    output_.reset();
    ::kill(pid_, SIGKILL);  // Its data goes with it.
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace tandem::measure
