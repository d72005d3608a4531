#include "dotProduct.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define FAMILIAR_AVX2 1
#include <immintrin.h>
#endif

namespace familiar {
namespace {

// Eight sums side by side: without -ffast-math a compiler may not reorder a single one, and so
// could not use vector registers (SSE2, NEON).
float dotPortable(const float *x, const float *y, int length) {
  float sums[8] = {0};
  int i = 0;
  for (; i + 8 <= length; i += 8) {
    for (int lane = 0; lane < 8; lane++) {
      sums[lane] += x[i + lane] * y[i + lane];
    }
  }
  float sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) +
              ((sums[2] + sums[6]) + (sums[3] + sums[7]));
  for (; i < length; i++) {
    sum += x[i] * y[i];
  }
  return sum;
}

#ifdef FAMILIAR_AVX2
__attribute__((target("avx2,fma"))) float dotAvx2(const float *x, const float *y, int length) {
  __m256 a = _mm256_setzero_ps();
  __m256 b = _mm256_setzero_ps();
  int i = 0;
  for (; i + 16 <= length; i += 16) {
    a = _mm256_fmadd_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i), a);
    b = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 8), _mm256_loadu_ps(y + i + 8), b);
  }
  const __m256 c = _mm256_add_ps(a, b);
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(c), _mm256_extractf128_ps(c, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  float sum = _mm_cvtss_f32(_mm_add_ss(four, _mm_shuffle_ps(four, four, 0x55)));
  for (; i < length; i++) {
    sum += x[i] * y[i];
  }
  return sum;
}
#endif

using Dot = float (*)(const float *, const float *, int);

Dot chooseDot() {
#ifdef FAMILIAR_AVX2
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return dotAvx2;
  }
#endif
  return dotPortable;
}

const Dot chosen = chooseDot();

} // namespace

float dotProduct(const float *x, const float *y, int length) { return chosen(x, y, length); }

} // namespace familiar
