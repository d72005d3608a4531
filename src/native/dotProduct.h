#pragma once

namespace familiar {

// Σ x[i]·y[i] in float32, by the widest instructions that this processor has. The binary itself
// runs on any processor of its architecture.
float dotProduct(const float *x, const float *y, int length);

} // namespace familiar
