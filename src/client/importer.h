#pragma once

#include "client/export_format.h"
#include "client/lines.h"
#include "client/patient_client.h"
#include "client/readings_sender.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tandem::client {

/// What becomes of a device, a document or a series that the hub has otherwise than the file.
enum class OnConflict : std::uint8_t {
    kSkip,     ///< the hub's stays
    kReplace,  ///< the file's counts
    kFail,     ///< the import ends there
};

struct ImportPlan {
    OnConflict on_conflict = OnConflict::kSkip;
    bool dry_run = false;  ///< the hub is asked what it has, and told nothing
};

/// What an import came to.
struct ImportReport {
    ExportCounts taken;        ///< in the hub as the file has it; readings: accepted by it
    std::int64_t skipped = 0;  ///< devices, documents and series that were left as they were
    std::int64_t refused = 0;  ///< lines and readings
    bool whole = true;         ///< the file has its end, and all that its end counts
};

/// Gives the next piece of a text, "" at its end.
using TextSource = std::function<Result<std::string>()>;

/// Reads an export, or readings in CSV, and writes it to a hub. Holds a line and a body of
/// readings. What is done twice is as good as done once. One loop; for one run.
class Importer {
public:
    /// `hub` and `plan` outlive it. `refused` is told what is not taken, line by line.
    Importer(PatientClient& hub,
             const ImportPlan& plan,
             TextSource source,
             ReadingsSender::Refused refused)
        : hub_{hub}, plan_{plan}, source_{std::move(source)}, refused_{std::move(refused)} {}

    /// Told from time to time.
    using Progress = std::function<void(const ImportReport& report)>;
    void on_progress(Progress told) { progress_ = std::move(told); }

    /// Fails with kUnprocessable where the text is neither, as the source does, and with what the
    /// hub refuses whatever is sent. What was taken before stays taken; report() says what.
    Task<Result<void>> run();
    [[nodiscard]] ImportReport report() const;

private:
    // The present piece of the file that a device, twin or series line is about.
    struct Place {
        std::string operation;  ///< that would write it
        Value path;
        Value body;
        std::int64_t version = 0;  ///< of what the hub has; 0: nothing
        std::string field;         ///< for refusals
        bool last = false;         ///< it is not tried again
    };
    enum class Outcome : std::uint8_t {
        kTaken,
        kSkipped,
        kRefused,
        kChanged,  ///< the hub has it otherwise than a moment ago: to be read once more
    };

    Task<Result<void>> run_lines();
    Result<void> end_lines();
    Result<void> take_header(const Result<ExportRecord>& record);
    Task<Result<void>> take_line(std::string_view line);
    Task<Result<void>> take(DeviceRecord record);
    Task<Result<void>> take(TwinRecord record);
    Task<Result<void>> take(SeriesRecord record);
    Task<Result<Outcome>> settle_device(DeviceRecord record, bool last);
    Task<Result<Value>> twin_of(std::string device);
    Task<Result<Outcome>> settle_side(Place place, Value twin);
    Task<Result<Outcome>> settle_document(Place place, Value twin);
    Task<Result<void>> take_readings(std::size_t count, std::string_view text, std::uint64_t line);
    void take_end(const ExportCounts& counts);

    Task<Result<void>> run_rows();
    Task<Result<bool>> take_rows(bool last);
    Result<void> begin_rows(std::string_view head);
    bool may_go_on();

    Task<Result<Outcome>> settle(Place place, Value present);
    Task<Result<Outcome>> write(Place place);
    Task<Result<void>> flush();
    Result<bool> more();
    void refuse(std::uint64_t line, std::string field, std::string detail);
    void refuse(std::string field, std::string detail);
    void refuse(const Error& error);

    PatientClient& hub_;
    const ImportPlan& plan_;
    TextSource source_;
    ReadingsSender::Refused refused_;
    Progress progress_;
    Lines lines_{kExportLineMax};
    std::string rows_;                    // Of CSV: what is not whole yet, up to 1 MiB and a piece.
    char separator_ = ',';                // Of its cells.
    std::uint64_t line_ = 0;              // The one that is looked at, from 1.
    std::optional<ReadingsBatch> batch_;  // Not sent yet.
    std::optional<ReadingsSender> sender_;
    ExportCounts seen_;  // In the file.
    ImportReport report_;
    bool begun_ = false;  // The header has come.
    bool ended_ = false;  // The end has come.
    bool over_ = false;   // A conflict has ended it.
};

}  // namespace tandem::client
