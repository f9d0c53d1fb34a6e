#pragma once

#include "client/patient_client.h"
#include "client/readings_batch.h"

#include <cstdint>
#include <functional>
#include <string>

namespace tandem::client {

/// Something of a file that was not taken.
struct Refusal {
    std::uint64_t line = 0;  ///< of the file, from 1
    std::string field;       ///< `/lamp-1/v/power`; "": the line
    std::string detail;      ///< what is wrong, or what would be accepted
};

/// Sends lines of readings and keeps account of them, line by line. One loop.
class ReadingsSender {
public:
    using Refused = std::function<void(const Refusal& refusal)>;
    struct How {
        bool make_devices = false;  ///< those that are named and missing
        bool dry_run = false;       ///< lines are read here, and the hub is not asked
    };
    /// `hub` outlives it.
    ReadingsSender(PatientClient& hub, How how, Refused refused)
        : hub_{hub}, how_{how}, refused_told_{std::move(refused)} {}

    /// Sends all of the batch, in as many bodies as the hub takes it in. What it refuses is told
    /// and counted. Fails as PatientClient::call(), and with kInvalidField where the CSV header is
    /// wrong.
    Task<Result<void>> send(ReadingsBatch batch);

    /// Whether what stands before the lines of every body is as the hub takes it. Fails with what
    /// is wrong with a CSV header.
    [[nodiscard]] static Result<void> check_head(const ReadingsBatch& empty);

    /// How many readings the hub takes in one body, as far as is known.
    [[nodiscard]] std::size_t readings_max() const { return readings_max_; }
    [[nodiscard]] std::int64_t accepted() const { return accepted_; }
    [[nodiscard]] std::int64_t refused() const { return refused_; }
    [[nodiscard]] std::int64_t devices_made() const { return devices_made_; }

private:
    struct Account {
        std::int64_t accepted = 0;
        std::int64_t refused = 0;
        std::vector<Refusal> named;
        bool devices_missing = false;  // Perhaps: some that look right were not taken.
    };

    static Result<Account> look_at(const ReadingsBatch& batch);
    Task<Result<Account>> post_all(std::shared_ptr<const ReadingsBatch> batch);
    Task<Result<Account>> post(std::shared_ptr<const ReadingsBatch> batch);
    Task<Result<bool>> make_missing(std::shared_ptr<const ReadingsBatch> batch);
    void close(const Account& account);

    PatientClient& hub_;
    How how_;
    Refused refused_told_;
    std::size_t readings_max_ = 10'000;
    std::int64_t accepted_ = 0;
    std::int64_t refused_ = 0;
    std::int64_t devices_made_ = 0;
};

/// Whether `error` is about what was sent: with other fields it might have been taken.
[[nodiscard]] bool is_of_content(const Error& error);

/// Whether a write with a precondition came too late: somebody else has made or changed the thing.
/// Where two make a device in one moment, the hub says kAlreadyExists to the second.
[[nodiscard]] bool was_overtaken(const Error& error);

}  // namespace tandem::client
