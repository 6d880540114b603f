#include "reconstruction/motion/sound_signal.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unsupported/Eigen/FFT>

namespace ahap {
namespace {

constexpr int kBands = 8;
constexpr double kLowest = 150, kHighest = 3600;  // Hz: above hum and rumble, below what 8 kHz hold
constexpr double kWindow = 0.032;                 // s
constexpr double kFloor = 0.05;  // of a band's mean energy: what is quieter counts as silence

// Energy in each band, bands x instants.
Eigen::MatrixXd band_energies(const std::vector<float>& samples, int rate) {
  const int window = 2 * int(kWindow * rate / 2), count = int(double(samples.size()) / rate * kSignalRate);
  Eigen::VectorXd shape(window);
  for (int i = 0; i < window; ++i) shape[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * (i + 0.5) / window);
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  Eigen::MatrixXd energies = Eigen::MatrixXd::Zero(kBands, count);
  Eigen::VectorXd piece(window);
  Eigen::VectorXcd spectrum;
  for (int n = 0; n < count; ++n) {
    const std::int64_t begin = std::llround(n / kSignalRate * rate) - window / 2;
    for (int i = 0; i < window; ++i) {
      const std::int64_t at = begin + i;
      piece[i] =
          at >= 0 && at < std::int64_t(samples.size()) ? shape[i] * double(samples[std::size_t(at)]) : 0;
    }
    fft.fwd(spectrum, piece);
    for (Eigen::Index k = 1; k < spectrum.size(); ++k) {
      const double frequency = double(k) * rate / window,
                   band = kBands * std::log(frequency / kLowest) / std::log(kHighest / kLowest);
      if (band >= 0 && band < kBands) energies(Eigen::Index(band), n) += std::norm(spectrum[k]);
    }
  }
  return energies;
}

}  // namespace

Signal sound_signal(const std::vector<float>& samples, int rate) {
  const Eigen::MatrixXd energies = band_energies(samples, rate);
  Signal signal;
  signal.values = Eigen::MatrixXd::Zero(kBands, energies.cols());
  signal.seen = Eigen::VectorXd::Ones(energies.cols());
  for (int band = 0; band < kBands && energies.cols() > 0; ++band) {
    const double floor = kFloor * energies.row(band).mean();
    if (floor <= 0) continue;
    for (Eigen::Index n = 1; n < energies.cols(); ++n) {
      signal.values(band, n) =
          std::max(0.0, std::log((energies(band, n) + floor) / (energies(band, n - 1) + floor)));
    }
    auto row = signal.values.row(band);
    row.array() -= row.mean();
    const double spread = std::sqrt(row.squaredNorm() / double(row.size()));
    if (spread > 0) row /= spread;
  }
  return signal;
}

}  // namespace ahap
