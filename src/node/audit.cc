#include "node/audit.h"

namespace tandem::node {

Result<store::ChainHeads> read_audit(const std::filesystem::path& data,
                                     const store::EachAuditLine& each) {
    return store::read_audit(data, each);
}

}  // namespace tandem::node
