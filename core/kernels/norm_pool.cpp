// Batch norm, 2x2 max-pool and ReLU in one, with the first and second derivative; maps lie channels innermost [n, h, w, c].
//
// With per-channel means over all n*h*w places: x = (z - mean) * rstd, u = gamma * x + beta, y = relu(pool(u)). Norm is
// monotone in z by channel, so the largest (gamma < 0: the least) z of a window is the place of its largest u; `code` says which
// place that is (0..3 by rows), or NOBODY where ReLU is off. Everything is linear in z and in what comes in, channel by channel,
// once a few sums are known: each derivative is one pass for sums and one that writes.
//
// Plain C functions without state: any number of threads may call them.
#include <algorithm>
#include <cmath>

#include "vectors.h"

namespace {

constexpr int64_t ROWS = 512;  // summed in working precision before they join a double

struct Maps {
  int64_t n, h, w, c, pool;
  int64_t total() const { return n * h * w; }
  int64_t oh() const { return h / pool; }
  int64_t ow() const { return w / pool; }
};

// For every place of a map in the order of memory, a window's columns together (two rows at a time would be half as fast):
// step(first value, columns that are there, index of the pooled value or -1 beyond the last whole window, first place of these in
// their window), then pause() every few rows.
template <class F, class G> inline void places(const Maps& m, F&& step, G&& pause) {
  const int64_t oh = m.oh(), ow = m.ow(), p = m.pool;
  int64_t done = 0;
  for (int64_t i = 0; i < m.n; ++i)
    for (int64_t r = 0; r < m.h; ++r) {
      for (int64_t q = 0; q < m.w; q += p) {
        const bool whole = r / p < oh && q / p < ow;
        step(((i * m.h + r) * m.w + q) * m.c, std::min(p, m.w - q), whole ? ((i * oh + r / p) * ow + q / p) * m.c : -1, r % p * p);
      }
      if ((done += m.w) >= ROWS) done = 0, pause();
    }
  pause();
}

template <class T> void into(Channels<T>& some, std::vector<double>& all) {
  for (size_t j = 0; j < all.size(); ++j) all[j] += some.at[j], some.at[j] = 0;
}

template <class T> void moments(const T* z, const Maps& m, double eps, T* mean, T* rstd) {
  typedef typename Of<T>::V V;
  const int64_t c = m.c, total = m.total();
  const int64_t first = std::min<int64_t>(total, m.h * m.w);
  std::vector<double> shift(c, 0.0), sum(c, 0.0), square(c, 0.0);
  Channels<T> off(c), s(c), q(c);
  for (int64_t start = 0; start < first; start += ROWS) {
    const int64_t end = std::min(first, start + ROWS);
    vectors<T>(c, [&](int64_t k, auto there) {
      V a{};
      for (int64_t row = start; row < end; ++row) a += load<V>(z + row * c + k, there);
      s.add(k, a);
    });
    into(s, shift);
  }
  for (int64_t j = 0; j < c; ++j) off.at[j] = T(shift[j] / first);
  for (int64_t start = 0; start < total; start += ROWS) {
    const int64_t end = std::min(total, start + ROWS);
    vectors<T>(c, [&](int64_t k, auto there) {
      const V o = off[k];
      V a{}, b{}, a2{}, b2{};
      int64_t row = start;
      for (; row + 1 < end; row += 2) {
        const V d = load<V>(z + row * c + k, there) - o, e = load<V>(z + (row + 1) * c + k, there) - o;
        a += d, b += d * d, a2 += e, b2 += e * e;
      }
      for (; row < end; ++row) {
        const V d = load<V>(z + row * c + k, there) - o;
        a += d, b += d * d;
      }
      s.add(k, a + a2), q.add(k, b + b2);
    });
    into(s, sum), into(q, square);
  }
  for (int64_t j = 0; j < c; ++j) {
    const double apart = sum[j] / total, variance = square[j] / total - apart * apart;
    mean[j] = T(double(off.at[j]) + apart);
    rstd[j] = T(1.0 / std::sqrt(std::max(variance, 0.0) + eps));
  }
}

// y [n, oh, ow, c], code (the same shape), picked: x at the place that was chosen.
template <class T>
void forward(const T* z, const T* gamma, const T* beta, const Maps& m, double eps, T* y, uint8_t* code, T* picked, T* mean, T* rstd) {
  typedef typename Of<T>::V V;
  typedef typename Of<T>::M M;
  typedef typename Of<T>::B B;
  moments(z, m, eps, mean, rstd);
  Channels<T> sign(m.c), centre(m.c), scale(m.c), times(m.c), plus(m.c);
  for (int64_t j = 0; j < m.c; ++j) {
    sign.at[j] = gamma[j] < 0 ? T(-1) : T(1);
    centre.at[j] = mean[j], scale.at[j] = rstd[j], times.at[j] = gamma[j], plus.at[j] = beta[j];
  }
  const int64_t p = m.pool;
  for (int64_t out = 0; out < m.n * m.oh() * m.ow(); ++out) {
    const int64_t q = out % m.ow(), r = out / m.ow() % m.oh(), i = out / m.ow() / m.oh();
    const T* at = z + ((i * m.h + r * p) * m.w + q * p) * m.c;
    vectors<T>(m.c, [&](int64_t k, auto there) {
      const V by = sign[k];
      V best = load<V>(at + k, there) * by;
      M which{};
      for (int64_t place = 1; place < p * p; ++place) {
        const V other = load<V>(at + (place / p * m.w + place % p) * m.c + k, there) * by;
        const M more = (M)(other > best);
        best = more ? other : best;
        which = more ? all<M>(place) : which;
      }
      const V x = (best * by - centre[k]) * scale[k], u = x * times[k] + plus[k];
      const M off = (M)(u <= V{});  // what is no number stays on, and is seen
      store(y + out * m.c + k, off ? V{} : u, there);
      store(picked + out * m.c + k, x, there);
      store(code + out * m.c + k, __builtin_convertvector(off ? all<M>(NOBODY) : which, B), there);
    });
  }
}

// The derivative: g [n, oh, ow, c] onto z, gamma and beta. sums over du = g where it was chosen.
template <class T>
void backward(const T* z, const T* gamma, const T* mean, const T* rstd, const T* g, const uint8_t* code, const T* picked, const Maps& m,
              T* dz, T* dgamma, T* dbeta) {
  typedef typename Of<T>::V V;
  typedef typename Of<T>::M M;
  typedef typename Of<T>::B B;
  const int64_t c = m.c, total = m.n * m.oh() * m.ow();
  std::vector<double> sum(c, 0.0), along(c, 0.0);
  Channels<T> s(c), a(c), k1(c), k2(c), k3(c);
  for (int64_t start = 0; start < total; start += ROWS) {
    const int64_t end = std::min(total, start + ROWS);
    vectors<T>(c, [&](int64_t k, auto there) {
      V p{}, q{};
      for (int64_t row = start; row < end; ++row) {
        const M on = __builtin_convertvector(load<B>(code + row * c + k, there), M) != all<M>(NOBODY);
        const V d = on ? load<V>(g + row * c + k, there) : V{};
        p += d, q += d * load<V>(picked + row * c + k, there);
      }
      s.add(k, p), a.add(k, q);
    });
    into(s, sum), into(a, along);
  }
  for (int64_t j = 0; j < c; ++j) {
    const double places = m.total(), gr = double(gamma[j]) * rstd[j], slope = gr * rstd[j] * along[j] / places;
    dgamma[j] = T(along[j]), dbeta[j] = T(sum[j]);
    k1.at[j] = T(gr), k2.at[j] = T(-slope), k3.at[j] = T(slope * mean[j] - gr * sum[j] / places);
  }
  places(m, [&](int64_t at, int64_t columns, int64_t out, int64_t place) {
    vectors<T>(c, [&](int64_t k, auto there) {
      const V one = k1[k], two = k2[k], three = k3[k];
      const V d = out < 0 ? V{} : load<V>(g + out + k, there) * one;
      const M chosen = out < 0 ? all<M>(NOBODY) : __builtin_convertvector(load<B>(code + out + k, there), M);
      for (int64_t q = 0; q < columns; ++q) {
        const int64_t here = at + q * c + k;
        store(dz + here, load<V>(z + here, there) * two + three + (chosen == all<M>(place + q) ? d : V{}), there);
      }
    });
  }, [] {});
}

// The derivative of `backward`, onto z, gamma and g, of v (for dz), a (dgamma), b (dbeta).
template <class T>
void twice(const T* z, const T* gamma, const T* mean, const T* rstd, const T* g, const uint8_t* code, const T* picked, const T* dgamma,
           const T* dbeta, const T* v, const T* a, const T* b, const Maps& m, T* gz, T* ggamma, T* gg) {
  typedef typename Of<T>::V V;
  typedef typename Of<T>::M M;
  typedef typename Of<T>::B B;
  const int64_t c = m.c;
  std::vector<double> sum(c, 0.0), along(c, 0.0), met(c, 0.0);
  Channels<T> s(c), t(c), u(c), centre(c), scale(c);
  for (int64_t j = 0; j < c; ++j) centre.at[j] = mean[j], scale.at[j] = rstd[j];
  places(m, [&](int64_t at, int64_t columns, int64_t out, int64_t place) {
    vectors<T>(c, [&](int64_t k, auto there) {
      const V mid = centre[k], by = scale[k];
      const M chosen = out < 0 ? all<M>(NOBODY) : __builtin_convertvector(load<B>(code + out + k, there), M);
      V p{}, q{}, r = out < 0 || place == 0 ? V{} : load<V>(gg + out + k, there);
      for (int64_t column = 0; column < columns; ++column) {
        const int64_t here = at + column * c + k;
        const V w = load<V>(v + here, there);
        p += w, q += w * ((load<V>(z + here, there) - mid) * by);
        r = chosen == all<M>(place + column) ? w : r;
      }
      s.add(k, p), t.add(k, q);
      if (out < 0) return;
      store(gg + out + k, r, there);  // for now v where it was chosen
      if (place == m.pool * (m.pool - 1)) u.add(k, r * load<V>(g + out + k, there));
    });
  }, [&] { into(s, sum), into(t, along), into(u, met); });
  Channels<T> v1(c), d2(c), z3(c), k4(c), gv(c), gx(c), gb(c);
  for (int64_t j = 0; j < c; ++j) {
    const double n = m.total(), r = rstd[j], gr = double(gamma[j]) * r;
    const double mean_d = dbeta[j] / n, mean_dx = dgamma[j] / n, mean_v = sum[j] / n, mean_vx = along[j] / n;
    const double rest = met[j] / n - mean_v * mean_d - mean_vx * mean_dx;
    const double e = gr * (-mean_v * mean_dx - mean_d * mean_vx) + a[j] * mean_d;
    const double ex = -2 * gr * mean_dx * mean_vx + a[j] * mean_dx;
    const double slope = r * ex + r * gr * rest;  // of x
    ggamma[j] = T(r * n * rest);
    v1.at[j] = T(-r * gr * mean_dx), d2.at[j] = T(r * (a[j] - gr * mean_vx));
    z3.at[j] = T(-slope * r), k4.at[j] = T(slope * r * mean[j] - r * e);
    gv.at[j] = T(gr), gx.at[j] = T(a[j] - gr * mean_vx), gb.at[j] = T(b[j] - gr * mean_v);
  }
  places(m, [&](int64_t at, int64_t columns, int64_t out, int64_t place) {
    vectors<T>(c, [&](int64_t k, auto there) {
      const V one = v1[k], two = d2[k], three = z3[k], four = k4[k];
      const V d = out < 0 ? V{} : load<V>(g + out + k, there) * two;
      const M chosen = out < 0 ? all<M>(NOBODY) : __builtin_convertvector(load<B>(code + out + k, there), M);
      for (int64_t q = 0; q < columns; ++q) {
        const int64_t here = at + q * c + k;
        const V flat = load<V>(v + here, there) * one + load<V>(z + here, there) * three + four;
        store(gz + here, flat + (chosen == all<M>(place + q) ? d : V{}), there);
      }
    });
  }, [] {});
  for (int64_t out = 0; out < m.n * m.oh() * m.ow() * c; out += c)
    vectors<T>(c, [&](int64_t k, auto there) {
      const M on = __builtin_convertvector(load<B>(code + out + k, there), M) != all<M>(NOBODY);
      const V onto = load<V>(gg + out + k, there) * gv[k] + load<V>(picked + out + k, there) * gx[k] + gb[k];
      store(gg + out + k, on ? onto : V{}, there);
    });
}

}  // namespace

#define EXPORT(T, suffix)                                                                                                        \
  extern "C" void norm_pool_forward_##suffix(const T* z, const T* gamma, const T* beta, int64_t n, int64_t h, int64_t w, int64_t c, \
                                             int64_t pool, double eps, T* y, uint8_t* code, T* picked, T* mean, T* rstd) {       \
    forward<T>(z, gamma, beta, Maps{n, h, w, c, pool}, eps, y, code, picked, mean, rstd);                                        \
  }                                                                                                                              \
  extern "C" void norm_pool_backward_##suffix(const T* z, const T* gamma, const T* mean, const T* rstd, const T* g,              \
                                              const uint8_t* code, const T* picked, int64_t n, int64_t h, int64_t w, int64_t c,  \
                                              int64_t pool, T* dz, T* dgamma, T* dbeta) {                                        \
    backward<T>(z, gamma, mean, rstd, g, code, picked, Maps{n, h, w, c, pool}, dz, dgamma, dbeta);                               \
  }                                                                                                                              \
  extern "C" void norm_pool_twice_##suffix(const T* z, const T* gamma, const T* mean, const T* rstd, const T* g,                 \
                                           const uint8_t* code, const T* picked, const T* dgamma, const T* dbeta, const T* v,    \
                                           const T* a, const T* b, int64_t n, int64_t h, int64_t w, int64_t c, int64_t pool,     \
                                           T* gz, T* ggamma, T* gg) {                                                            \
    twice<T>(z, gamma, mean, rstd, g, code, picked, dgamma, dbeta, v, a, b, Maps{n, h, w, c, pool}, gz, ggamma, gg);             \
  }

EXPORT(float, f32)
EXPORT(double, f64)
