#pragma once

#include <cstdint>

namespace familiar {

// Σ x[i]·y[i] in float32, by the widest instructions that this processor has. The binary itself
// runs on any processor of its architecture.
float dotProduct(const float *x, const float *y, int length);

// Σ x[i]·y[i] in int32; with |x[i]| ≤ 2,047 it cannot overflow up to a length of 8,192.
int32_t codeProduct(const int16_t *x, const int8_t *y, int length);

} // namespace familiar
