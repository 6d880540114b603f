#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "reconstruction/motion/timing.h"
#include "reconstruction/progress.h"

namespace ahap {

constexpr double kSignalRate = 100;  // samples of a signal per second

// What changes over time in one camera, in several channels.
struct Signal {
  int first = 0;           // sample n belongs to the camera's time (first + n) / kSignalRate
  Eigen::MatrixXd values;  // channels x samples, about 0 on average; 0 where nothing is known
  Eigen::VectorXd seen;    // 0..1, the share of channels that are known, of each sample

  int size() const { return int(values.cols()); }
  double middle() const { return (first + 0.5 * size()) / kSignalRate; }  // seconds
};

// One piece of `a`'s signals that is taken for the same as a signal of `b`.
struct SignalMatch {
  int piece = 0, signal = 0;
};

struct OffsetCandidate {
  Timing timing;      // to a sample, without sigma; of the middle of the matches
  double length = 0;  // seconds from the first match to the end of the last
  double gain = 0;    // log likelihood against that the signals have nothing in common
  double shared = 0;  // independent samples that both have
  std::vector<SignalMatch> matches;
};

struct OffsetSearch {
  double independent = 1;        // samples per second of one channel that are as good as independent
  double sharpness = 0.1;        // seconds: the width of the correlation's peak
  std::optional<Timing> near{};  // candidates are sought around it
  double within = 0;             // seconds
  double fastest_drift = 0;      // that is thought of
};

// The pieces that say most of some signals, each 10 s long at most.
struct SignalPieces {
  std::vector<Signal> pieces;
  std::vector<int> signal;  // that each of them is from
};
SignalPieces telling_pieces(const std::vector<Signal>& signals);

// The correlation of every piece with every signal over all offsets, in all channels at once and positive.
// As Gaussians of correlation r they gain -n/2 log(1 - r^2) by being the same, n independent samples. Pieces
// of one time never match the same signal. Candidates: the best offsets, best first, at least 0.25 s apart.
// Keeps references to the signals. Throws Cancelled on request.
class OffsetCorrelation {
 public:
  OffsetCorrelation(const std::vector<Signal>& pieces, const std::vector<Signal>& signals,
                    const OffsetSearch& search, const Progress& progress = {});

  std::vector<OffsetCandidate> candidates(const Progress& progress = {}) const;
  // Of given matches, between the samples as well.
  double gain(const std::vector<SignalMatch>& matches, const Timing& timing) const;
  int offsets() const { return last_ - first_; }  // that were looked at

 private:
  struct Series {
    int first = 0;  // offset of the first entry, samples
    std::vector<float> gain;
  };
  struct Peak {
    int offset = 0;  // samples
    double drift = 0, gain = 0;
  };
  static Series best_of(const std::vector<Series>& all);
  double gain_at(const Series& series, int offset) const;
  double total(int offset, double drift, std::vector<SignalMatch>* matches) const;
  std::vector<float> bounds(double drift) const;
  std::vector<Peak> peaks(const Progress& progress) const;
  void correlate(const Progress& progress);
  void measure(OffsetCandidate& candidate) const;

  const std::vector<Signal>& pieces_;
  const std::vector<Signal>& signals_;
  OffsetSearch search_;
  std::vector<std::vector<Series>> series_;  // by piece and signal
  std::vector<Series> best_;                 // by piece, the best signal at each offset
  int first_ = 0, last_ = 0;                 // offsets, samples
  double when_ = 0, length_ = 0;
};

}  // namespace ahap
