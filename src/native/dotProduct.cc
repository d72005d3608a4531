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

int32_t codesPortable(const int16_t *x, const int8_t *y, int length) {
  int32_t sum = 0;
  for (int i = 0; i < length; i++) {
    sum += static_cast<int32_t>(x[i]) * y[i];
  }
  return sum;
}

#ifdef FAMILIAR_AVX2
__attribute__((target("avx2"))) int32_t codesAvx2(const int16_t *x, const int8_t *y, int length) {
  __m256i sums = _mm256_setzero_si256();
  int i = 0;
  for (; i + 16 <= length; i += 16) {
    const __m256i codes =
        _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(y + i)));
    const __m256i numbers = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(x + i));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(numbers, codes));
  }
  __m128i four =
      _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  int32_t sum = _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0x55)));
  for (; i < length; i++) {
    sum += static_cast<int32_t>(x[i]) * y[i];
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

using Codes = int32_t (*)(const int16_t *, const int8_t *, int);

Codes chooseCodes() {
#ifdef FAMILIAR_AVX2
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) {
    return codesAvx2;
  }
#endif
  return codesPortable;
}

const Codes chosenCodes = chooseCodes();

} // namespace

float dotProduct(const float *x, const float *y, int length) { return chosen(x, y, length); }

int32_t codeProduct(const int16_t *x, const int8_t *y, int length) {
  return chosenCodes(x, y, length);
}

} // namespace familiar
