#pragma once

#include "client/export_format.h"
#include "client/lines.h"
#include "client/patient_client.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tandem::client {

/// What of a hub is exported, and how.
struct ExportPlan {
    std::vector<std::string> devices;  ///< empty: all that match the next two
    std::string type;
    Value labels = Value::Object{};
    std::optional<Instant> from;  ///< of readings: from ≤ t < to
    std::optional<Instant> to;
    bool readings = true;
    bool csv = false;  ///< readings alone, as CSV
};

/// Takes what is made of an export, in order. Where it blocks, the hub waits.
using TextSink = std::function<Result<void>(std::string_view text)>;

/// Reads what a hub has and writes it as export_format.h says, one device after the other. Holds a
/// page of devices and a piece of one device's history. One loop; for one run.
class Exporter {
public:
    /// All but `sink` outlive it. `client` is the one that `hub` asks.
    Exporter(Executor& executor,
             PatientClient& hub,
             RestClient& client,
             const ExportPlan& plan,
             TextSink sink)
        : executor_{executor}, hub_{hub}, client_{client}, plan_{plan}, sink_{std::move(sink)} {}

    /// Told from time to time.
    using Progress = std::function<void(const ExportCounts& counts)>;
    void on_progress(Progress told) { progress_ = std::move(told); }

    /// A device that is deleted meanwhile ends where it was: what was read of it before stands.
    /// Fails as PatientClient::call(), with kNotFound for a device of the plan that is not there,
    /// and as the sink does.
    Task<Result<ExportCounts>> run(Instant made);

private:
    Task<Result<void>> named_devices();
    Task<Result<void>> listed_devices();
    Task<Result<void>> device(Value device);
    Task<Result<void>> twin(std::string id);
    Task<Result<std::vector<Value>>> series(std::string id);
    enum class Retention : std::uint8_t { kDeclared, kNone };
    Result<void> write_series(const std::string& id,
                              const std::vector<Value>& series,
                              Retention which);
    Task<Result<void>> readings(std::string id);
    [[nodiscard]] Call history_of(const std::string& id) const;
    void take(const std::string& id, std::string_view bytes);
    Result<void> take_line(const std::string& id, std::string_view line);
    [[nodiscard]] Result<void> write(const std::string& text);
    [[nodiscard]] Value asked() const;

    Executor& executor_;
    PatientClient& hub_;
    RestClient& client_;
    const ExportPlan& plan_;
    TextSink sink_;
    Progress progress_;
    ExportCounts counts_;
    std::string header_;  // Until the hub has shown that it is there.

    // Of the device whose history comes.
    Lines lines_{kExportLineMax};
    std::optional<Instant> last_;
    Result<void> taken_;
    bool any_ = false;
};

}  // namespace tandem::client
