/* Blocks of outputs, uniforms and normals (random/streams.h).
 *
 * gcc 12 does not vectorise 128-bit products, nor the packing of tails; for these two there are
 * short paths with intrinsics beside the plain ones, which give the same bits. A block of normals
 * takes the centre of the quantile on all lanes, then packs the 10 % in the tails, where a
 * logarithm and a root are needed, evaluates them together and puts them back.
 */
#include <string.h>

#include "base/elementary.h"
#include "random/streams_kernel.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512DQ__)

/* Eight lanes: start + step * G, G in halves. */
static inline __m512i eight_outputs(__m512i g_high, __m512i g_low, __m512i start_high,
                                    __m512i start_low, __m512i step_high, __m512i step_low)
{
    const __m512i lower = _mm512_set1_epi64(0xffffffff);
    const __m512i g_top = _mm512_srli_epi64(g_low, 32), step_top = _mm512_srli_epi64(step_low, 32);
    const __m512i p00 = _mm512_mul_epu32(g_low, step_low), p10 = _mm512_mul_epu32(g_top, step_low);
    const __m512i p01 = _mm512_mul_epu32(g_low, step_top), p11 = _mm512_mul_epu32(g_top, step_top);
    const __m512i middle = _mm512_add_epi64(
        _mm512_add_epi64(_mm512_srli_epi64(p00, 32), _mm512_and_si512(p10, lower)), p01);
    const __m512i carried =
        _mm512_add_epi64(_mm512_srli_epi64(p10, 32), _mm512_srli_epi64(middle, 32));
    const __m512i cross = _mm512_add_epi64(_mm512_mullo_epi64(g_high, step_low),
                                           _mm512_mullo_epi64(g_low, step_high));
    const __m512i low = _mm512_add_epi64(start_low, _mm512_mullo_epi64(g_low, step_low));
    __m512i high =
        _mm512_add_epi64(_mm512_add_epi64(start_high, p11), _mm512_add_epi64(carried, cross));
    const __mmask8 carry = _mm512_cmplt_epu64_mask(low, start_low);
    high = _mm512_mask_sub_epi64(high, carry, high, _mm512_set1_epi64(-1));
    return _mm512_rorv_epi64(_mm512_xor_si512(high, low), _mm512_srli_epi64(high, 58));
}

static void outputs(uint64_t *out, const flc_lanes *lanes, flc_u128 start, flc_u128 step)
{
    const __m512i start_high = _mm512_set1_epi64((int64_t)(uint64_t)(start >> 64));
    const __m512i start_low = _mm512_set1_epi64((int64_t)(uint64_t)start);
    const __m512i step_high = _mm512_set1_epi64((int64_t)(uint64_t)(step >> 64));
    const __m512i step_low = _mm512_set1_epi64((int64_t)(uint64_t)step);
    for (int l = 0; l < FLC_BLOCK; l += 8)
        _mm512_storeu_si512(out + l, eight_outputs(_mm512_loadu_si512(lanes->high + l),
                                                   _mm512_loadu_si512(lanes->low + l), start_high,
                                                   start_low, step_high, step_low));
}

#elif defined(__AVX2__)

/* Four lanes: start + step * G, G in halves. The products that reach only the upper half of the
 * high word are taken modulo 2^32, two at a time. */
static inline __m256i four_outputs(__m256i g_high, __m256i g_low, __m256i start_high,
                                   __m256i start_low, __m256i step_high, __m256i step_low)
{
    const __m256i lower = _mm256_set1_epi64x(0xffffffff), flip = _mm256_set1_epi64x(INT64_MIN);
    const __m256i g_top = _mm256_srli_epi64(g_low, 32), step_top = _mm256_srli_epi64(step_low, 32);
    const __m256i p00 = _mm256_mul_epu32(g_low, step_low), p10 = _mm256_mul_epu32(g_top, step_low);
    const __m256i p01 = _mm256_mul_epu32(g_low, step_top), p11 = _mm256_mul_epu32(g_top, step_top);
    const __m256i middle = _mm256_add_epi64(
        _mm256_add_epi64(_mm256_srli_epi64(p00, 32), _mm256_and_si256(p10, lower)), p01);
    const __m256i carried =
        _mm256_add_epi64(_mm256_srli_epi64(p10, 32), _mm256_srli_epi64(middle, 32));
    const __m256i crossed =
        _mm256_add_epi32(_mm256_mullo_epi32(g_high, _mm256_shuffle_epi32(step_low, 0xb1)),
                         _mm256_mullo_epi32(g_low, _mm256_shuffle_epi32(step_high, 0xb1)));
    const __m256i upper =
        _mm256_slli_epi64(_mm256_add_epi32(crossed, _mm256_srli_epi64(crossed, 32)), 32);
    const __m256i cross =
        _mm256_add_epi64(upper, _mm256_add_epi64(_mm256_mul_epu32(g_high, step_low),
                                                 _mm256_mul_epu32(g_low, step_high)));
    const __m256i product =
        _mm256_or_si256(_mm256_and_si256(p00, lower), _mm256_slli_epi64(middle, 32));
    const __m256i low = _mm256_add_epi64(start_low, product);
    const __m256i carry =
        _mm256_cmpgt_epi64(_mm256_xor_si256(start_low, flip), _mm256_xor_si256(low, flip));
    const __m256i sum =
        _mm256_add_epi64(_mm256_add_epi64(start_high, p11), _mm256_add_epi64(carried, cross));
    const __m256i high = _mm256_sub_epi64(sum, carry);
    const __m256i x = _mm256_xor_si256(high, low), turn = _mm256_srli_epi64(high, 58);
    const __m256i back = _mm256_sub_epi64(_mm256_set1_epi64x(64), turn);
    return _mm256_or_si256(_mm256_srlv_epi64(x, turn), _mm256_sllv_epi64(x, back));
}

static void outputs(uint64_t *out, const flc_lanes *lanes, flc_u128 start, flc_u128 step)
{
    const __m256i start_high = _mm256_set1_epi64x((int64_t)(uint64_t)(start >> 64));
    const __m256i start_low = _mm256_set1_epi64x((int64_t)(uint64_t)start);
    const __m256i step_high = _mm256_set1_epi64x((int64_t)(uint64_t)(step >> 64));
    const __m256i step_low = _mm256_set1_epi64x((int64_t)(uint64_t)step);
    for (int l = 0; l < FLC_BLOCK; l += 4) {
        const __m256i g_high = _mm256_loadu_si256((const __m256i *)(lanes->high + l));
        const __m256i g_low = _mm256_loadu_si256((const __m256i *)(lanes->low + l));
        _mm256_storeu_si256((__m256i *)(out + l), four_outputs(g_high, g_low, start_high, start_low,
                                                               step_high, step_low));
    }
}

#else

static void outputs(uint64_t *out, const flc_lanes *lanes, flc_u128 start, flc_u128 step)
{
    for (int l = 0; l < FLC_BLOCK; l++) {
        const flc_u128 g = (flc_u128)lanes->high[l] << 64 | lanes->low[l];
        const flc_u128 state = start + step * g;
        out[l] = flc_pcg64_output((uint64_t)(state >> 64), (uint64_t)state);
    }
}

#endif

/* (x >> 12) 2^-52 + 2^-53: the 52 bits as the fraction of a number in [1, 2), less 1 - 2^-53;
 * exact. */
static void uniform(double *out, const flc_lanes *lanes, flc_u128 start, flc_u128 step)
{
    uint64_t x[FLC_BLOCK];
    outputs(x, lanes, start, step);
    for (int l = 0; l < FLC_BLOCK; l++)
        out[l] = flc_from_bits(x[l] >> 12 | UINT64_C(0x3ff0000000000000)) - (1.0 - 0x1p-53);
}

/* Which of WIDE arguments have their quantile in a tail (NaN too), as bits. */
#if defined(__AVX512F__)
enum { WIDE = 8 };
static inline uint64_t tail_mask(const double *u)
{
    const __m512d size = _mm512_abs_pd(_mm512_sub_pd(_mm512_loadu_pd(u), _mm512_set1_pd(0.5)));
    return _mm512_cmp_pd_mask(size, _mm512_set1_pd(FLC_NORMAL_CENTRE), _CMP_NLE_UQ);
}
#elif defined(__AVX2__)
enum { WIDE = 4 };
static inline uint64_t tail_mask(const double *u)
{
    const __m256d q = _mm256_sub_pd(_mm256_loadu_pd(u), _mm256_set1_pd(0.5));
    const __m256d size = _mm256_andnot_pd(_mm256_set1_pd(-0.0), q);
    const __m256d centre = _mm256_set1_pd(FLC_NORMAL_CENTRE);
    return (uint64_t)_mm256_movemask_pd(_mm256_cmp_pd(size, centre, _CMP_NLE_UQ));
}
#elif defined(__SSE2__)
enum { WIDE = 2 };
static inline uint64_t tail_mask(const double *u)
{
    const __m128d q = _mm_sub_pd(_mm_loadu_pd(u), _mm_set1_pd(0.5));
    const __m128d size = _mm_andnot_pd(_mm_set1_pd(-0.0), q);
    return (uint64_t)_mm_movemask_pd(_mm_cmpnle_pd(size, _mm_set1_pd(FLC_NORMAL_CENTRE)));
}
#else
enum { WIDE = 1 };
static inline uint64_t tail_mask(const double *u)
{
    return !(flc_abs(*u - 0.5) <= FLC_NORMAL_CENTRE);
}
#endif

_Static_assert(FLC_BLOCK % 64 == 0, "tails: 64 bits at a time");

/* Rows of a block whose quantiles are taken together: the work on tails is worth little for one. */
enum { ROWS = FLC_NORMAL_ROWS, MOST = ROWS * FLC_BLOCK };

/* The lanes of some rows whose quantile lies in a tail, and min(u, 1 - u) of each. */
struct tails {
    double smaller[MOST]; /* packed; then the magnitude of the quantile */
    uint16_t lanes[MOST];
    size_t count;
};

static void pack_tails(struct tails *tails, const double *u, size_t lanes)
{
    size_t count = 0;
    for (size_t begin = 0; begin < lanes; begin += 64) {
        uint64_t bits = 0;
        for (size_t l = 0; l < 64; l += WIDE)
            bits |= tail_mask(u + begin + l) << l;
        for (; bits; bits &= bits - 1) {
            const size_t l = begin + (size_t)__builtin_ctzll(bits);
            tails->lanes[count] = (uint16_t)l;
            tails->smaller[count++] = 1.0 - u[l] < u[l] ? 1.0 - u[l] : u[l];
        }
    }
    tails->count = count;
}

static void unpack_tails(double *x, const struct tails *tails, const double *u)
{
    for (size_t i = 0; i < tails->count; i++) {
        const size_t l = tails->lanes[i];
        x[l] = flc_copy_sign(tails->smaller[i], u[l] - 0.5);
    }
}

/* flc_log to the bit, of a finite number of at least 2^-1022. */
static inline double log_of_normal(double x)
{
    const uint64_t root = UINT64_C(0x3fe6a09e667f3bcd); /* sqrt(1/2) */
    const uint64_t moved = flc_bits(x) + (UINT64_C(0x3ff0000000000000) - root);
    const double k = flc_from_bits((moved >> 52) | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023);
    const double f = flc_from_bits((moved & UINT64_C(0x000fffffffffffff)) + root) - 1.0;
    return flc_log_reduced(k, f, 0.0);
}

/* In place, a whole number of vectors at a time. Beyond FLC_NORMAL_MIDDLE the result is no use. */
static void tail_magnitudes(struct tails *tails)
{
    const size_t padded = (tails->count + 7) & ~(size_t)7;
    for (size_t i = tails->count; i < padded; i++)
        tails->smaller[i] = 0.0625;
    for (size_t i = 0; i < padded; i++)
        tails->smaller[i] = flc_normal_quantile_middle(sqrt(-log_of_normal(tails->smaller[i])));
}

/* Quantiles of `lanes` values (a multiple of FLC_BLOCK, at most MOST) of u in [2^-53, 1 - 2^-53].
 */
static void middle_quantiles(double *restrict x, const double *restrict u, size_t lanes)
{
    struct tails tails;
    for (size_t l = 0; l < lanes; l++)
        x[l] = flc_normal_quantile_centre(u[l] - 0.5);
    pack_tails(&tails, u, lanes);
    tail_magnitudes(&tails);
    unpack_tails(x, &tails, u);
}

static void normal(double *out, const flc_lanes *lanes, const flc_u128 *start, const flc_u128 *step,
                   size_t rows)
{
    double u[MOST];
    for (size_t row = 0; row < rows; row++)
        uniform(u + row * FLC_BLOCK, lanes, start[row], step[row]);
    middle_quantiles(out, u, rows * FLC_BLOCK);
}

/* What the middle piece cannot do: arguments closer to 0 or 1, or not in (0,1) at all. */
static void far_quantiles(double *x, const double *u, size_t count)
{
    for (size_t l = 0; l < count; l++)
        if (!(u[l] >= 0x1p-53 && u[l] <= 1.0 - 0x1p-53))
            x[l] = flc_normal_quantile(u[l]);
}

/* Of FLC_BLOCK lanes, the first `lanes` of which are wanted; x is not u. */
static void block_quantiles(double *restrict x, const double *restrict u, size_t lanes)
{
    uint64_t far = 0;
    for (size_t l = 0; l < FLC_BLOCK; l++)
        far |= u[l] >= 0x1p-53 && u[l] <= 1.0 - 0x1p-53 ? 0 : 1;
    middle_quantiles(x, u, FLC_BLOCK);
    if (far)
        far_quantiles(x, u, lanes);
}

static void quantile(double *x, const double *u, size_t count)
{
    double given[FLC_BLOCK], found[FLC_BLOCK];
    for (size_t done = 0; done < count; done += FLC_BLOCK) {
        const size_t lanes = count - done < FLC_BLOCK ? count - done : FLC_BLOCK;
        if (lanes == FLC_BLOCK && x != u) {
            block_quantiles(x + done, u + done, lanes);
            continue;
        }
        for (size_t l = 0; l < FLC_BLOCK; l++)
            given[l] = l < lanes ? u[done + l] : 0.5;
        block_quantiles(found, given, lanes);
        memcpy(x + done, found, lanes * sizeof *x);
    }
}

FLC_API const struct flc_streams_kernels FLC_ISA_TABLE(flc_streams_kernels) = {
    outputs, uniform, normal, quantile, middle_quantiles};
