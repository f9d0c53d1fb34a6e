#pragma once

#include "codec/cbor.h"

namespace tandem::codec {

/// The keys of SenML as CBOR has them, RFC 8428 section 6, table 4.
inline constexpr CborLabel kSenmlLabels[] = {
    {-1, "bver"}, {-2, "bn"}, {-3, "bt"}, {-4, "bu"}, {-5, "bv"}, {-6, "bs"}, {0, "n"},  {1, "u"},
    {2, "v"},     {3, "vs"},  {4, "vb"},  {5, "s"},   {6, "t"},   {7, "ut"},  {8, "vd"},
};

}  // namespace tandem::codec
