#include "rowCodes.h"

#include <algorithm>
#include <cmath>

#include "dotProduct.h"

namespace familiar {
namespace {

const float largestCode = 127;
// 12 bits: 8,192 products with a code then fit an int32 sum.
const float largestQuery = 2047;

float largest(const float *values, int length) {
  float most = 0;
  for (int i = 0; i < length; i++) {
    most = std::max(most, std::fabs(values[i]));
  }
  return most;
}

} // namespace

void RowCodes::encode(int32_t i, const float *row) {
  const float most = largest(row, length);
  if (!(most > 0) || !std::isfinite(most)) {
    return; // The zero vector is like nothing: its codes and its factor stay 0.
  }
  int8_t *to = codes.data() + static_cast<size_t>(i) * static_cast<size_t>(length);
  const float scale = largestCode / most;
  for (int k = 0; k < length; k++) {
    to[k] = static_cast<int8_t>(std::lrint(row[k] * scale));
  }
  factors[static_cast<size_t>(i)] = 1 / (scale * std::sqrt(dotProduct(row, row, length)));
}

RowCodes::Query RowCodes::prepare(const float *query) const {
  Query prepared;
  prepared.numbers.resize(static_cast<size_t>(length));
  const float most = largest(query, length);
  const float scale = most > 0 ? largestQuery / most : 0;
  for (int k = 0; k < length; k++) {
    prepared.numbers[static_cast<size_t>(k)] = static_cast<int16_t>(std::lrint(query[k] * scale));
  }
  prepared.unit = scale * std::sqrt(dotProduct(query, query, length));
  return prepared;
}

float RowCodes::uncertainty(const Query &query, int32_t i) const {
  // A step has a standard deviation of its length over the square root of 12; the query's length
  // is that of the sum over all numbers.
  return 4 / std::sqrt(12.0F) * factors[static_cast<size_t>(i)] * query.unit;
}

float RowCodes::likeness(const Query &query, int32_t i) const {
  const int8_t *row = codes.data() + static_cast<size_t>(i) * static_cast<size_t>(length);
  return factors[static_cast<size_t>(i)] *
         static_cast<float>(codeProduct(query.numbers.data(), row, length));
}

} // namespace familiar
