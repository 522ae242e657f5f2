// Vectors of 64 bytes that hold channels next to each other. GCC's and clang's vector extension, no intrinsics.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace {

constexpr uint8_t NOBODY = 255;

// V: as many lanes of T as fit; M, B, D: whole numbers, bytes and doubles of as many.
template <class T> struct Of;
template <> struct Of<float> {
  typedef float V __attribute__((vector_size(64)));
  typedef int32_t M __attribute__((vector_size(64)));
  typedef uint8_t B __attribute__((vector_size(16)));
  typedef double D __attribute__((vector_size(128)));
};
template <> struct Of<double> {
  typedef double V __attribute__((vector_size(64)));
  typedef int64_t M __attribute__((vector_size(64)));
  typedef uint8_t B __attribute__((vector_size(8)));
  typedef double D __attribute__((vector_size(64)));
};

template <class T> constexpr int64_t lanes = 64 / sizeof(T);

template <class R, class T> inline R load(const T* from, int64_t some) {
  R value{};
  if (some * (int64_t)sizeof(T) == (int64_t)sizeof(R)) std::memcpy(&value, from, sizeof(R));
  else std::memcpy(&value, from, some * sizeof(T));
  return value;
}
template <class R, class T> inline void store(T* to, const R& value, int64_t some) {
  if (some * (int64_t)sizeof(T) == (int64_t)sizeof(R)) std::memcpy(to, &value, sizeof(R));
  else std::memcpy(to, &value, some * sizeof(T));
}

template <class M> inline M all(int64_t value) {
  typedef std::remove_reference_t<decltype(M{}[0])> Lane;
  return M{} + Lane(value);
}

// Numbers by channel, whole vectors long.
template <class T> struct Channels {
  std::vector<T> at;
  explicit Channels(int64_t c) : at((c + lanes<T> - 1) / lanes<T> * lanes<T>, T(0)) {}
  typename Of<T>::V operator[](int64_t k) const { return load<typename Of<T>::V>(at.data() + k, lanes<T>); }
  void add(int64_t k, typename Of<T>::V value) { store(at.data() + k, (*this)[k] + value, lanes<T>); }
};

// body(k, lanes there) for every vector of channels; whole ones get a constant.
template <class T, class F> inline void vectors(int64_t c, F&& body) {
  int64_t k = 0;
  for (; k + lanes<T> <= c; k += lanes<T>) body(k, std::integral_constant<int64_t, lanes<T>>{});
  if (k < c) body(k, c - k);
}

}  // namespace
