#include "domain/store_figures.h"

namespace tandem {

std::string_view name_of(StoreState state) {
    switch (state) {
        case StoreState::kFull:
            return "full";
        case StoreState::kFailed:
            return "failed";
        case StoreState::kWriting:
            break;
    }
    return "writing";
}

}  // namespace tandem
