#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace familiar {

// Rows as one byte a number: a quarter of what has to be read from memory to compare a query with
// them, which is nearly all of a search's time. Each row has its own scale, so that the error of a
// cosine stays below 0.005; whoever needs more compares the best rows exactly.
class RowCodes {
public:
  // `row(i)` returns the `dimension` numbers of row i.
  template <typename Row> RowCodes(int32_t count, int dimension, Row row) : length(dimension) {
    codes.resize(static_cast<size_t>(count) * static_cast<size_t>(dimension));
    factors.resize(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; i++) {
      encode(i, row(i));
    }
  }

  // A query in the form in which it meets the codes.
  struct Query {
    std::vector<int16_t> numbers;
    // Likeness of a row of cosine 1.
    float unit;
  };
  Query prepare(const float *query) const;

  // Ascends with the cosine between the query and row `i`; comparable for one query only.
  float likeness(const Query &query, int32_t i) const;

  // How far the likeness of row `i` may be from what its numbers would give: four standard
  // deviations, where every number is wrong by up to half a step, evenly spread.
  float uncertainty(const Query &query, int32_t i) const;

private:
  void encode(int32_t i, const float *row);

  int length;
  std::vector<int8_t> codes;
  // Of each row: the step between two codes over the row's length.
  std::vector<float> factors;
};

} // namespace familiar
