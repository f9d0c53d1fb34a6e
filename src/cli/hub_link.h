#pragma once

#include "cli/administrator.h"
#include "client/patient_client.h"

#include <memory>

namespace tandem::cli {

/// The hub, or `--data` for the one that runs on a directory; `--data` counts where both are given.
void add_link_options(Subcommand sub, AdministratorOptions& options);

/// A connection to a hub for work of many requests: at a URL with a key, or through the
/// administrative socket of a data directory.
class HubLink {
public:
    /// Fails with kInvalidField for options that cannot be used, with kNotFound for what is no data
    /// directory, and with kUnavailable, saying how to start one, when no hub runs there.
    static Result<std::unique_ptr<HubLink>> open(const AdministratorOptions& options);

    [[nodiscard]] net::Loop& loop() { return loop_; }
    [[nodiscard]] client::RestClient& client() { return client_; }
    [[nodiscard]] client::PatientClient& hub() { return hub_; }

private:
    HubLink(const client::Access& access, const std::filesystem::path& data);

    SystemClock clock_;
    SystemRandom random_;
    net::Loop loop_{clock_};
    client::RestClient client_;
    client::PatientClient hub_{loop_, random_, client_};
};

}  // namespace tandem::cli
