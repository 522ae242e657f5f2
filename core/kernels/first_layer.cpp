// The first convolution of a network, its batch norm, max-pool and ReLU in one, for pictures of a few channels [n, cin, h, w] that
// nobody differentiates. Results lie channels innermost [n, oh, ow, c].
//
// The mean of what a convolution gives is linear in the mean of the picture's patches, and its variance quadratic in their
// covariance: nine numbers by channel of the picture, once, for whatever weights. So norm and convolution are one row of weights and
// one offset by channel, u = row . patch + offset, and no map of u is ever written: the largest of a window is all that leaves, with
// `code`, its place (0..3 by rows), or NOBODY where ReLU is off. Given the code everything is linear: rows onto maps (chosen,
// gathered) and maps onto rows (collected), each the other's derivative to whatever order.
//
// Plain C functions without state: any number of threads may call them.
#include <algorithm>

#include "vectors.h"

namespace {

constexpr int64_t TAPS = 9;
#ifdef __AVX512F__
constexpr int64_t WIDE = 4, ROWS_AT_ONCE = 2;
#else
constexpr int64_t WIDE = 1, ROWS_AT_ONCE = 1;
#endif

struct Pictures {
  int64_t n, cin, h, w, c, stride, pool;
  int64_t zh() const { return (h - 1) / stride + 1; }
  int64_t zw() const { return (w - 1) / stride + 1; }
  int64_t oh() const { return zh() / pool; }
  int64_t ow() const { return zw() / pool; }
  int64_t taps() const { return cin * TAPS; }
};

// One picture with a border of zeros, so that every patch is whole.
template <class T> struct Bordered {
  int64_t width, plane;
  std::vector<T> at;
  explicit Bordered(const Pictures& p) : width(p.w + 2), plane((p.h + 2) * width), at(p.cin * plane, T(0)) {}
  void take(const T* picture, const Pictures& p) {
    for (int64_t ci = 0; ci < p.cin; ++ci)
      for (int64_t r = 0; r < p.h; ++r)
        std::memcpy(at.data() + ci * plane + (r + 1) * width + 1, picture + (ci * p.h + r) * p.w, p.w * sizeof(T));
  }
};

// Rows [c, taps] and offsets [c], turned so that channels are innermost, whole vectors long.
template <class T> struct Turned {
  int64_t wide;
  std::vector<T> rows, offset;
  Turned(const T* given, const T* plus, const Pictures& p)
      : wide((p.c + lanes<T> - 1) / lanes<T> * lanes<T>), rows(p.taps() * wide, T(0)), offset(wide, T(0)) {
    for (int64_t j = 0; j < p.c; ++j) {
      for (int64_t t = 0; t < p.taps(); ++t) rows[t * wide + j] = given[j * p.taps() + t];
      offset[j] = plus[j];
    }
  }
};

// body(first channel, vectors, lanes there in each) for all channels, as many vectors at once as fit the registers; only the last
// vector may be partial, and comes alone.
template <class T, int64_t MOST, class F> inline void blocks(int64_t c, F&& body) {
  constexpr std::integral_constant<int64_t, lanes<T>> whole;
  int64_t k = 0;
  if constexpr (MOST >= 4)
    for (; k + 4 * lanes<T> <= c; k += 4 * lanes<T>) body(k, std::integral_constant<int64_t, 4>{}, whole);
  if constexpr (MOST >= 2)
    for (; k + 2 * lanes<T> <= c; k += 2 * lanes<T>) body(k, std::integral_constant<int64_t, 2>{}, whole);
  for (; k + lanes<T> <= c; k += lanes<T>) body(k, std::integral_constant<int64_t, 1>{}, whole);
  if (k < c) body(k, std::integral_constant<int64_t, 1>{}, c - k);
}

// u at the places of one window, of which POOL x POOL lie `step` apart, from the patches that begin at `x`.
template <class T, int64_t POOL, int64_t N>
inline void window(const T* x, int64_t step, const Bordered<T>& picture, const Turned<T>& by, int64_t cin, int64_t k,
                   typename Of<T>::V (&u)[POOL * POOL][N]) {
  typedef typename Of<T>::V V;
  for (int64_t v = 0; v < N; ++v)
    for (int64_t place = 0; place < POOL * POOL; ++place) u[place][v] = load<V>(by.offset.data() + k + v * lanes<T>, lanes<T>);
  for (int64_t ci = 0; ci < cin; ++ci)
#pragma GCC unroll 3
    for (int64_t dy = 0; dy < 3; ++dy)
#pragma GCC unroll 3
      for (int64_t dx = 0; dx < 3; ++dx) {
        const T* row = by.rows.data() + (ci * TAPS + dy * 3 + dx) * by.wide + k;
        V weight[N];
        for (int64_t v = 0; v < N; ++v) weight[v] = load<V>(row + v * lanes<T>, lanes<T>);
        for (int64_t place = 0; place < POOL * POOL; ++place) {
          const T value = x[ci * picture.plane + (place / POOL * step + dy) * picture.width + place % POOL * step + dx];
          for (int64_t v = 0; v < N; ++v) u[place][v] += weight[v] * value;
        }
      }
}

// y and code; where the code is GIVEN, u at the places that it says and 0 where it says nobody.
template <class T, int64_t POOL, bool GIVEN>
void over_windows(const T* rows, const T* offset, const T* x, const Pictures& p, T* y, uint8_t* code) {
  typedef typename Of<T>::V V;
  typedef typename Of<T>::M M;
  typedef typename Of<T>::B B;
  const Turned<T> by(rows, offset, p);
  Bordered<T> picture(p);
  const int64_t oh = p.oh(), ow = p.ow(), step = p.stride;
  for (int64_t i = 0; i < p.n; ++i) {
    picture.take(x + i * p.cin * p.h * p.w, p);
    blocks<T, WIDE>(p.c, [&](int64_t k, auto several, auto there) {
      constexpr int64_t N = several;
      for (int64_t r = 0; r < oh; ++r)
        for (int64_t q = 0; q < ow; ++q) {
          V u[POOL * POOL][N];
          const T* corner = picture.at.data() + (r * picture.width + q) * POOL * step;
          window<T, POOL, N>(corner, step, picture, by, p.cin, k, u);
          for (int64_t v = 0; v < N; ++v) {
            const int64_t out = ((i * oh + r) * ow + q) * p.c + k + v * lanes<T>;
            V best = u[0][v];
            M which{};
            if constexpr (GIVEN) {
              which = __builtin_convertvector(load<B>(code + out, there), M);
              for (int64_t place = 1; place < POOL * POOL; ++place) best = which == all<M>(place) ? u[place][v] : best;
              store(y + out, which == all<M>(NOBODY) ? V{} : best, there);
            } else {
              for (int64_t place = 1; place < POOL * POOL; ++place) {
                const M more = (M)(u[place][v] > best);
                best = more ? u[place][v] : best;
                which = more ? all<M>(place) : which;
              }
              const M off = (M)(best <= V{});  // what is no number stays on, and is seen
              store(y + out, off ? V{} : best, there);
              store(code + out, __builtin_convertvector(off ? all<M>(NOBODY) : which, B), there);
            }
          }
        }
    });
  }
}

// g [n, oh, ow, c] onto rows [c, taps] (the sum of g times the patch that was chosen) and offsets [c] (the sum of g).
template <class T, int64_t POOL>
void collect(const T* g, const uint8_t* code, const T* x, const Pictures& p, T* rows, T* offset) {
  typedef typename Of<T>::V V;
  typedef typename Of<T>::M M;
  typedef typename Of<T>::B B;
  const int64_t oh = p.oh(), ow = p.ow(), step = p.stride;
  std::vector<double> onto(p.c * p.taps(), 0.0), sum(p.c, 0.0);
  Bordered<T> picture(p);
  for (int64_t i = 0; i < p.n; ++i) {
    picture.take(x + i * p.cin * p.h * p.w, p);
    blocks<T, ROWS_AT_ONCE>(p.c, [&](int64_t k, auto several, auto there) {
      constexpr int64_t N = several;
      for (int64_t ci = 0; ci < p.cin; ++ci) {
        V along[TAPS][N] = {}, total[N] = {};
        for (int64_t r = 0; r < oh; ++r)
          for (int64_t q = 0; q < ow; ++q) {
            const T* corner = picture.at.data() + ci * picture.plane + (r * picture.width + q) * POOL * step;
            V slope[N];
            M which[N];
            for (int64_t v = 0; v < N; ++v) {
              const int64_t out = ((i * oh + r) * ow + q) * p.c + k + v * lanes<T>;
              slope[v] = load<V>(g + out, there);
              which[v] = __builtin_convertvector(load<B>(code + out, there), M);
            }
            for (int64_t place = 0; place < POOL * POOL; ++place) {
              const T* patch = corner + place / POOL * step * picture.width + place % POOL * step;
              for (int64_t v = 0; v < N; ++v) {
                const V on = which[v] == all<M>(place) ? slope[v] : V{};
                total[v] += on;
#pragma GCC unroll 9
                for (int64_t t = 0; t < TAPS; ++t) along[t][v] += on * patch[t / 3 * picture.width + t % 3];
              }
            }
          }
        for (int64_t v = 0; v < N; ++v)
          for (int64_t lane = 0, j = k + v * lanes<T>; lane < lanes<T> && j < p.c; ++lane, ++j) {
            for (int64_t t = 0; t < TAPS; ++t) onto[j * p.taps() + ci * TAPS + t] += along[t][v][lane];
            if (ci == 0) sum[j] += total[v][lane];
          }
      }
    });
  }
  for (size_t j = 0; j < onto.size(); ++j) rows[j] = T(onto[j]);
  for (int64_t j = 0; j < p.c; ++j) offset[j] = T(sum[j]);
}

// Mean [taps] and covariance [taps, taps] of the patches at all places of the convolution, the border's zeros among them.
//
// Columns of one parity lie next to each other (stride 2), so that places next to each other are a vector. Sums begin at the mean of
// the first picture: squares of numbers far from 0 would leave nothing of how they differ.
template <class T> void patches(const T* x, const Pictures& p, double* mean, double* covariance) {
  typedef typename Of<T>::V V;
  typedef typename Of<T>::M M;
  typedef typename Of<T>::D D;
  constexpr int64_t L = lanes<T>, FLUSH = 8;  // rows that are summed in working precision
  const int64_t zh = p.zh(), zw = p.zw(), s = p.stride, taps = p.taps();
  const int64_t half = (zw + L - 1) / L * L + 2, rows = (zh - 1) * s + 3;  // columns of one parity, whole vectors and two beyond
  std::vector<T> about(p.cin), at(p.cin * rows * s * half);
  for (int64_t ci = 0; ci < p.cin; ++ci) {
    double sum = 0;
    for (int64_t j = 0; j < p.h * p.w; ++j) sum += x[ci * p.h * p.w + j];
    about[ci] = T(sum / (p.h * p.w));
    std::fill_n(at.data() + ci * rows * s * half, rows * s * half, -about[ci]);  // what stays of it is the border
  }
  M beyond{};  // the columns of a row's last vector that are none
  for (int64_t lane = 0; lane < L; ++lane) beyond[lane] = lane < zw - (zw - 1) / L * L ? 0 : -1;
  const auto line = [&](int64_t ci, int64_t row, int64_t dx) { return at.data() + ((ci * rows + row) * s + dx % s) * half + dx / s; };
  std::vector<double> sum(taps, 0.0), square(taps * taps, 0.0);
  for (int64_t i = 0; i < p.n; ++i) {
    for (int64_t ci = 0; ci < p.cin; ++ci)
      for (int64_t row = 1; row <= std::min(p.h, rows - 1); ++row)
        for (int64_t parity = 0; parity < s; ++parity) {
          T* to = at.data() + ((ci * rows + row) * s + parity) * half;
          const T* from = x + ((i * p.cin + ci) * p.h + row - 1) * p.w - 1;
          const int64_t begin = parity == 0;  // column 0 is border
          for (int64_t q = begin; q * s + parity <= p.w && q < half; ++q) to[q] = from[q * s + parity] - about[ci];
        }
    // three taps next to each other against three such
    for (int64_t a = 0; a < p.cin * 3; ++a)
      for (int64_t b = a; b < p.cin * 3; ++b) {
        D met[3][3] = {}, alone[3] = {};
        for (int64_t start = 0; start < zh; start += FLUSH) {
          V m[3][3] = {}, s1[3] = {};
          for (int64_t r = start; r < std::min(zh, start + FLUSH); ++r) {
            const T *la[3], *lb[3];
            for (int64_t d = 0; d < 3; ++d) la[d] = line(a / 3, r * s + a % 3, d), lb[d] = line(b / 3, r * s + b % 3, d);
            const auto step = [&](int64_t q, auto last) {
              V va[3];
              for (int64_t d = 0; d < 3; ++d) {
                va[d] = load<V>(la[d] + q, L);
                if constexpr (last) va[d] = beyond ? V{} : va[d];
                s1[d] += va[d];
              }
              for (int64_t e = 0; e < 3; ++e) {
                const V vb = load<V>(lb[e] + q, L);
                for (int64_t d = 0; d < 3; ++d) m[d][e] += va[d] * vb;
              }
            };
            int64_t q = 0;
            for (; q + L < zw; q += L) step(q, std::false_type{});
            step(q, std::true_type{});
          }
          for (int64_t d = 0; d < 3; ++d) {
            alone[d] += __builtin_convertvector(s1[d], D);
            for (int64_t e = 0; e < 3; ++e) met[d][e] += __builtin_convertvector(m[d][e], D);
          }
        }
        for (int64_t d = 0; d < 3; ++d)
          for (int64_t lane = 0; lane < L; ++lane) {
            if (a == b) sum[a * 3 + d] += alone[d][lane];
            for (int64_t e = 0; e < 3; ++e) square[(a * 3 + d) * taps + b * 3 + e] += met[d][e][lane];
          }
      }
  }
  const double places = double(p.n) * zh * zw;
  for (int64_t t = 0; t < taps; ++t)
    for (int64_t u = t / 3 * 3; u < taps; ++u) {
      const double found = square[t * taps + u] / places - sum[t] / places * (sum[u] / places);
      covariance[t * taps + u] = covariance[u * taps + t] = found;
    }
  for (int64_t t = 0; t < taps; ++t) mean[t] = sum[t] / places + double(about[t / TAPS]);
}

}  // namespace

#define SIZES int64_t n, int64_t cin, int64_t h, int64_t w, int64_t c, int64_t stride, int64_t pool
#define PICTURES Pictures{n, cin, h, w, c, stride, pool}
#define EXPORT(T, suffix)                                                                                                           \
  extern "C" void first_layer_patches_##suffix(const T* x, SIZES, double* mean, double* covariance) {                               \
    patches<T>(x, PICTURES, mean, covariance);                                                                                      \
  }                                                                                                                                 \
  extern "C" void first_layer_chosen_##suffix(const T* rows, const T* offset, const T* x, SIZES, T* y, uint8_t* code) {             \
    (pool == 2 ? over_windows<T, 2, false> : over_windows<T, 1, false>)(rows, offset, x, PICTURES, y, code);                        \
  }                                                                                                                                 \
  extern "C" void first_layer_gathered_##suffix(const T* rows, const T* offset, const T* x, uint8_t* code, SIZES, T* y) {           \
    (pool == 2 ? over_windows<T, 2, true> : over_windows<T, 1, true>)(rows, offset, x, PICTURES, y, code);                          \
  }                                                                                                                                 \
  extern "C" void first_layer_collected_##suffix(const T* g, const uint8_t* code, const T* x, SIZES, T* rows, T* offset) {          \
    (pool == 2 ? collect<T, 2> : collect<T, 1>)(g, code, x, PICTURES, rows, offset);                                                \
  }

EXPORT(float, f32)
EXPORT(double, f64)
