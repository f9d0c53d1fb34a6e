#pragma once

namespace tandem::node {

/// Before secrets are in memory and files are made: this process leaves no core behind, other
/// processes of its user cannot look into it, and nobody else can read its files.
void harden();

}  // namespace tandem::node
