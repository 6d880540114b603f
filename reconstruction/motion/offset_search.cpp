#include "reconstruction/motion/offset_search.h"

#include <Eigen/Dense>
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <unsupported/Eigen/FFT>

namespace ahap {
namespace {

constexpr double kPiece = 10;            // s
constexpr std::size_t kMostPieces = 24;  // of one camera
constexpr double kApart = 0.25;          // s between candidates: about the width of a correlation's peak
constexpr std::size_t kMostCandidates = 5;
constexpr std::size_t kMostPeaks = 100;  // of one drift, looked at closely
constexpr double kLeastGain = 0.5;       // of a match

struct Spectra {
  std::vector<Eigen::VectorXcd> channels;
  Eigen::VectorXcd energy, seen;
};

class Transform {
 public:
  explicit Transform(int size) : size_(size) { fft_.SetFlag(Eigen::FFT<double>::HalfSpectrum); }

  Spectra spectra(const Signal& signal) {
    Spectra spectra;
    for (Eigen::Index c = 0; c < signal.values.rows(); ++c)
      spectra.channels.push_back(forward(signal.values.row(c).transpose()));
    spectra.energy = forward(signal.values.colwise().squaredNorm().transpose());
    spectra.seen = forward(signal.seen);
    return spectra;
  }
  // sum over i of a[i] b[i - m] at m, or at m + size where m is negative.
  Eigen::VectorXd correlation(const Eigen::VectorXcd& cross) {
    Eigen::VectorXd time(size_);
    fft_.inv(time, cross, size_);
    return time;
  }

 private:
  Eigen::VectorXcd forward(const Eigen::VectorXd& signal) {
    Eigen::VectorXd padded = Eigen::VectorXd::Zero(size_);
    padded.head(signal.size()) = signal;
    Eigen::VectorXcd frequencies;
    fft_.fwd(frequencies, padded);
    return frequencies;
  }

  int size_;
  Eigen::FFT<double> fft_;
};

Eigen::VectorXcd cross(const Eigen::VectorXcd& a, const Eigen::VectorXcd& b) {
  return a.cwiseProduct(b.conjugate());
}

// What a and b gain by being the same, from the offset a.first - b.first - b.size() + 1 on.
std::vector<float> gains(Transform& transform, const Signal& a, const Spectra& A, const Signal& b,
                         const Spectra& B, double independent) {
  Eigen::VectorXcd product = Eigen::VectorXcd::Zero(A.seen.size());
  for (std::size_t c = 0; c < A.channels.size(); ++c) product += cross(A.channels[c], B.channels[c]);
  const Eigen::VectorXd together = transform.correlation(product),
                        energy_a = transform.correlation(cross(A.energy, B.seen)),
                        energy_b = transform.correlation(cross(A.seen, B.energy)),
                        shared = transform.correlation(cross(A.seen, B.seen));
  const double rounding = 1e-9 * a.values.squaredNorm() * b.values.squaredNorm(),
               each = double(a.values.rows()) * independent / kSignalRate;
  std::vector<float> gains;
  for (int m = 1 - b.size(); m < a.size(); ++m) {
    const Eigen::Index i = m < 0 ? m + together.size() : m;
    const double energies = energy_a[i] * energy_b[i],
                 r = energies > rounding ? std::clamp(together[i] / std::sqrt(energies), 0.0, 0.999) : 0.0;
    gains.push_back(float(-0.5 * std::max(0.0, shared[i]) * each * std::log1p(-r * r)));
  }
  return gains;
}

int length_of(const std::vector<Signal>& signals) {
  int longest = 0;
  for (const Signal& signal : signals) longest = std::max(longest, signal.size());
  return longest;
}

bool at_one_time(const Signal& a, const Signal& b) {
  return a.first < b.first + b.size() && b.first < a.first + a.size();
}

int samples(double seconds) {
  return int(std::lround(seconds * kSignalRate));
}

}  // namespace

SignalPieces telling_pieces(const std::vector<Signal>& signals) {
  struct Piece {
    int signal, begin, size;
    double energy;
  };
  std::vector<Piece> pieces;
  for (int s = 0; s < int(signals.size()); ++s) {
    const int count = std::max(1, int(std::ceil(signals[s].size() / (kPiece * kSignalRate))));
    for (int i = 0; i < count; ++i) {
      const int begin = int(std::int64_t(signals[s].size()) * i / count),
                end = int(std::int64_t(signals[s].size()) * (i + 1) / count);
      if (end > begin)
        pieces.push_back(
            {s, begin, end - begin, signals[s].values.middleCols(begin, end - begin).squaredNorm()});
    }
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.energy > b.energy; });
  if (pieces.size() > kMostPieces) pieces.resize(kMostPieces);
  SignalPieces cut;
  for (const Piece& piece : pieces) {
    const Signal& whole = signals[piece.signal];
    cut.pieces.push_back({whole.first + piece.begin, whole.values.middleCols(piece.begin, piece.size),
                          whole.seen.segment(piece.begin, piece.size)});
    cut.signal.push_back(piece.signal);
  }
  return cut;
}

OffsetCorrelation::OffsetCorrelation(const std::vector<Signal>& pieces, const std::vector<Signal>& signals,
                                     const OffsetSearch& search, const Progress& progress)
    : pieces_(pieces), signals_(signals), search_(search) {
  if (pieces.empty() || signals.empty()) return;
  int begin = pieces[0].first, end = begin;
  first_ = pieces[0].first - signals[0].first, last_ = first_;
  for (const Signal& piece : pieces) {
    begin = std::min(begin, piece.first);
    end = std::max(end, piece.first + piece.size());
    for (const Signal& signal : signals) {
      first_ = std::min(first_, piece.first - signal.first - signal.size());
      last_ = std::max(last_, piece.first - signal.first + piece.size());
    }
  }
  length_ = (end - begin) / kSignalRate;
  when_ = 0.5 * (begin + end) / kSignalRate;
  if (search.near) {
    const int middle = samples(search.near->offset(when_)), within = samples(search.within);
    first_ = std::max(first_, middle - within);
    last_ = std::max(first_, std::min(last_, middle + within + 1));
  }
  correlate(progress);
}

void OffsetCorrelation::correlate(const Progress& progress) {
  // Signals may be much longer than others: transforms of several sizes.
  const int longest = length_of(pieces_);
  std::map<int, Transform> transforms;
  std::vector<int> sizes;
  std::vector<Spectra> spectra;
  for (const Signal& signal : signals_) {
    step(progress, "", 0);
    sizes.push_back(int(std::bit_ceil(unsigned(longest + signal.size()))));
    spectra.push_back(transforms.try_emplace(sizes.back(), sizes.back()).first->second.spectra(signal));
  }
  series_.resize(pieces_.size());
  for (std::size_t p = 0; p < pieces_.size(); ++p) {
    step(progress, "", 0);
    std::map<int, Spectra> of_piece;  // by size
    for (auto& [size, transform] : transforms) of_piece[size] = transform.spectra(pieces_[p]);
    for (std::size_t s = 0; s < signals_.size(); ++s) {
      series_[p].push_back({pieces_[p].first - signals_[s].first - signals_[s].size() + 1,
                            gains(transforms.at(sizes[s]), pieces_[p], of_piece[sizes[s]], signals_[s],
                                  spectra[s], search_.independent)});
    }
    best_.push_back(best_of(series_[p]));
  }
}

OffsetCorrelation::Series OffsetCorrelation::best_of(const std::vector<Series>& all) {
  int first = all[0].first, last = first;
  for (const Series& series : all) {
    first = std::min(first, series.first);
    last = std::max(last, series.first + int(series.gain.size()));
  }
  Series best{.first = first, .gain = std::vector<float>(std::size_t(last - first))};
  for (const Series& series : all) {
    for (std::size_t i = 0; i < series.gain.size(); ++i) {
      float& gain = best.gain[i + std::size_t(series.first - first)];
      gain = std::max(gain, series.gain[i]);
    }
  }
  return best;
}

double OffsetCorrelation::gain_at(const Series& series, int offset) const {
  const int i = offset - series.first;
  return i >= 0 && i < int(series.gain.size()) ? double(series.gain[std::size_t(i)]) : 0.0;
}

// Best matches of the pieces at an offset of the time `when_`: greedy.
double OffsetCorrelation::total(int offset, double drift, std::vector<SignalMatch>* matches) const {
  struct Entry {
    double gain;
    SignalMatch match;
  };
  std::vector<Entry> entries;
  for (int p = 0; p < int(pieces_.size()); ++p) {
    const int here = offset + samples(drift * (pieces_[p].middle() - when_));
    for (int s = 0; s < int(signals_.size()); ++s) {
      const double gain = gain_at(series_[p][s], here);
      if (gain > kLeastGain) entries.push_back({gain, {p, s}});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.gain > b.gain; });
  double sum = 0;
  std::vector<SignalMatch> taken;
  for (const auto& [gain, match] : entries) {
    const bool free = std::none_of(taken.begin(), taken.end(), [&](const SignalMatch& other) {
      return other.piece == match.piece ||
             (other.signal == match.signal && at_one_time(pieces_[other.piece], pieces_[match.piece]));
    });
    if (!free) continue;
    taken.push_back(match);
    sum += gain;
  }
  if (matches) *matches = std::move(taken);
  return sum;
}

// What all pieces gain, each with its best signal whatever the others match: at each offset of the time
// `when_`.
std::vector<float> OffsetCorrelation::bounds(double drift) const {
  std::vector<float> sums(std::size_t(last_ - first_));
  for (std::size_t p = 0; p < pieces_.size(); ++p) {
    const Series& best = best_[p];
    const int shift = first_ + samples(drift * (pieces_[p].middle() - when_)) - best.first;
    const int begin = std::max(0, -shift), end = std::min(int(sums.size()), int(best.gain.size()) - shift);
    for (int i = begin; i < end; ++i) sums[std::size_t(i)] += best.gain[std::size_t(i + shift)];
  }
  return sums;
}

std::vector<OffsetCorrelation::Peak> OffsetCorrelation::peaks(const Progress& progress) const {
  if (best_.empty()) return {};  // nothing to compare
  std::vector<double> drifts = {search_.near ? search_.near->drift : 0};
  const double apart = length_ > 0 ? search_.sharpness / length_ : 1;
  for (double more = apart; more <= search_.fastest_drift; more += apart) {
    drifts.push_back(drifts[0] + more);
    drifts.push_back(drifts[0] - more);
  }
  const auto better = [](const Peak& a, const Peak& b) { return a.gain > b.gain; };
  std::vector<Peak> all;
  for (const double drift : drifts) {
    step(progress, "", 0);
    const std::vector<float> sums = bounds(drift);
    std::vector<Peak> found;
    for (std::size_t i = 1; i + 1 < sums.size(); ++i) {
      if (sums[i] > sums[i - 1] && sums[i] >= sums[i + 1])
        found.push_back({first_ + int(i), drift, double(sums[i])});
    }
    std::stable_sort(found.begin(), found.end(), better);
    if (found.size() > kMostPeaks) found.resize(kMostPeaks);
    all.insert(all.end(), found.begin(), found.end());
  }
  for (Peak& peak : all) peak.gain = total(peak.offset, peak.drift, nullptr);
  std::stable_sort(all.begin(), all.end(), better);
  return all;
}

std::vector<OffsetCandidate> OffsetCorrelation::candidates(const Progress& progress) const {
  std::vector<OffsetCandidate> best;
  for (const Peak& peak : peaks(progress)) {
    if (best.size() == kMostCandidates || peak.gain <= 0) break;
    const double seconds = peak.offset / kSignalRate;
    const bool apart = std::none_of(best.begin(), best.end(), [&](const OffsetCandidate& better) {
      return std::abs(better.timing.offset(when_) - seconds) < kApart;
    });
    if (!apart) continue;
    OffsetCandidate& candidate = best.emplace_back();
    candidate.timing = {.seconds = seconds, .drift = peak.drift, .when = when_};
    candidate.gain = total(peak.offset, peak.drift, &candidate.matches);
    measure(candidate);
  }
  return best;
}

// Where the matches are in time, and what they share.
void OffsetCorrelation::measure(OffsetCandidate& candidate) const {
  double begin = std::numeric_limits<double>::infinity(), end = -begin;
  for (const SignalMatch& match : candidate.matches) {
    const Signal& piece = pieces_[match.piece];
    begin = std::min(begin, piece.first / kSignalRate);
    end = std::max(end, (piece.first + piece.size()) / kSignalRate);
    const Signal& signal = signals_[match.signal];
    const int shift = piece.first - signal.first - samples(candidate.timing.offset(piece.middle()));
    for (int i = std::max(0, -shift); i < std::min(piece.size(), signal.size() - shift); ++i)
      candidate.shared += piece.seen[i] * signal.seen[i + shift];
  }
  candidate.shared *= double(pieces_[0].values.rows()) * search_.independent / kSignalRate;
  candidate.length = end - begin;
  candidate.timing.seconds = candidate.timing.offset(0.5 * (begin + end));
  candidate.timing.when = 0.5 * (begin + end);
}

double OffsetCorrelation::gain(const std::vector<SignalMatch>& matches, const Timing& timing) const {
  double sum = 0;
  for (const SignalMatch& match : matches) {
    const double offset = timing.offset(pieces_[match.piece].middle()) * kSignalRate;
    const Series& series = series_[match.piece][match.signal];
    // The parabola through the three nearest samples.
    const int nearest = int(std::lround(offset));
    const double x = offset - nearest, before = gain_at(series, nearest - 1), here = gain_at(series, nearest),
                 after = gain_at(series, nearest + 1);
    sum += here + 0.5 * x * (after - before) + 0.5 * x * x * (after - 2 * here + before);
  }
  return sum;
}

}  // namespace ahap
