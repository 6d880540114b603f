#pragma once

#include <algorithm>
#include <cmath>

namespace ahap {

// Linear RGB. Four lanes, the last one unused, so that a colour is one register.
class LinearColor {
 public:
  using Lanes = float __attribute__((vector_size(16)));

  LinearColor() = default;
  LinearColor(float r, float g, float b) : v_{r, g, b, 0} {}
  explicit LinearColor(Lanes v) : v_(v) {}
  static LinearColor grey(float value) { return {value, value, value}; }

  float operator[](int channel) const { return v_[channel]; }
  Lanes lanes() const { return v_; }

  LinearColor& operator+=(LinearColor o) { return v_ += o.v_, *this; }
  LinearColor& operator*=(LinearColor o) { return v_ *= o.v_, *this; }
  LinearColor& operator*=(float s) { return v_ *= s, *this; }
  friend LinearColor operator+(LinearColor a, LinearColor b) { return LinearColor(a.v_ + b.v_); }
  friend LinearColor operator-(LinearColor a, LinearColor b) { return LinearColor(a.v_ - b.v_); }
  friend LinearColor operator*(LinearColor a, LinearColor b) { return LinearColor(a.v_ * b.v_); }
  friend LinearColor operator*(LinearColor a, float s) { return LinearColor(a.v_ * s); }
  friend LinearColor operator*(float s, LinearColor a) { return LinearColor(a.v_ * s); }

 private:
  Lanes v_ = {0, 0, 0, 0};
};

inline LinearColor mix(LinearColor a, LinearColor b, float t) {
  return a + t * (b - a);
}

// Hue, saturation and value 0..1 each, as a painter means them on a screen.
inline LinearColor linear_from_hsv(float hue, float saturation, float value) {
  const auto channel = [&](float n) {
    const float k = std::fmod(n + hue * 6, 6.f);
    const float c = value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.f, 1.f));
    return c * (c * (c * 0.3053f + 0.6822f) + 0.0125f);  // the sRGB curve, within 0.002
  };
  return {channel(5), channel(3), channel(1)};
}

}  // namespace ahap
