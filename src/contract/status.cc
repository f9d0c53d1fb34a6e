#include "contract/status.h"

namespace tandem::contract {

StoreView view_of(const StoreFigures& figures) {
    return {.engine = std::string{figures.engine},
            .durability = std::string{figures.durability},
            .state = std::string{name_of(figures.state)},
            .messages = figures.messages,
            .stored = figures.stored,
            .replaced = figures.replaced,
            .repeated = figures.repeated,
            .changes = figures.changes,
            .disk = figures.disk};
}

}  // namespace tandem::contract
