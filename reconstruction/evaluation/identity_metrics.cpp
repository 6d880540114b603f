#include "reconstruction/evaluation/identity_metrics.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>

#include "reconstruction/box_overlap.h"
#include "reconstruction/geometry/assignment.h"

namespace ahap {
namespace {

constexpr double kForbidden = std::numeric_limits<double>::infinity();

// The true box of each predicted one, -1 for none: one-to-one, of the largest total overlap.
std::vector<int> match_boxes(const IdentifiedBoxes& predicted, const IdentifiedBoxes& truth) {
  Eigen::MatrixXd cost = Eigen::MatrixXd::Constant(predicted.size(), truth.size(), kForbidden);
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    for (std::size_t j = 0; j < truth.size(); ++j) {
      const double common = overlap(predicted[i].box, truth[j].box);
      if (predicted[i].view == truth[j].view && common >= kSameBox) cost(i, j) = 1 - common;
    }
  }
  return assign(cost);
}

// Leaves out the true boxes that need not be found, with the predicted ones that are theirs.
void leave_out_hard_boxes(IdentifiedBoxes& predicted, IdentifiedBoxes& truth) {
  const std::vector<int> match = match_boxes(predicted, truth);
  IdentifiedBoxes kept;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    if (match[i] < 0 || !truth[match[i]].hard) kept.push_back(predicted[i]);
  predicted = std::move(kept);
  std::erase_if(truth, [](const IdentifiedBox& box) { return box.hard; });
}

// Frames in which a predicted and a true identity have one box.
class CommonBoxes {
 public:
  void add(const IdentifiedBoxes& predicted, const IdentifiedBoxes& truth) {
    for (const IdentifiedBox& p : predicted) {
      for (const IdentifiedBox& t : truth) {
        if (p.id > 0 && p.view == t.view && overlap(p.box, t.box) >= kSameBox) ++count_[{p.id, t.id}];
      }
    }
  }

  // The naming with most common boxes, and how many these are.
  int best_naming(std::vector<std::pair<int, int>>& names) const {
    std::set<int> predicted, truth;
    for (const auto& [pair, count] : count_) {
      predicted.insert(pair.first);
      truth.insert(pair.second);
    }
    const std::vector<int> p(predicted.begin(), predicted.end()), t(truth.begin(), truth.end());
    Eigen::MatrixXd cost = Eigen::MatrixXd::Zero(p.size(), t.size());
    for (std::size_t i = 0; i < p.size(); ++i)
      for (std::size_t j = 0; j < t.size(); ++j) cost(i, j) = -count(p[i], t[j]);
    int common = 0;
    const std::vector<int> match = assign(cost);
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (match[i] < 0 || count(p[i], t[match[i]]) == 0) continue;
      common += count(p[i], t[match[i]]);
      names.emplace_back(p[i], t[match[i]]);
    }
    return common;
  }

 private:
  int count(int predicted, int truth) const {
    const auto found = count_.find({predicted, truth});
    return found == count_.end() ? 0 : found->second;
  }
  std::map<std::pair<int, int>, int> count_;
};

// Counts of CLEAR MOT, frame after frame.
class ClearMot {
 public:
  explicit ClearMot(IdentityScores& scores) : scores_(scores) {}

  void add(IdentifiedBoxes predicted, IdentifiedBoxes truth) {
    scores_.true_boxes += int(truth.size());
    // Whom a view found under one id before, it goes on finding under it while the boxes agree.
    std::erase_if(truth, [&](const IdentifiedBox& t) {
      const auto known = last_.find({t.view, t.id});
      if (known == last_.end()) return false;
      const auto same = std::find_if(predicted.begin(), predicted.end(), [&](const IdentifiedBox& p) {
        return p.view == t.view && p.id == known->second && overlap(p.box, t.box) >= kSameBox;
      });
      if (same == predicted.end()) return false;
      predicted.erase(same);
      return true;
    });
    const std::vector<int> match = match_boxes(predicted, truth);
    for (std::size_t i = 0; i < match.size(); ++i) {
      if (match[i] < 0) {
        ++scores_.false_alarms;
        continue;
      }
      const IdentifiedBox& found = truth[match[i]];
      if (predicted[i].id <= 0) continue;  // found, as nobody
      const auto [known, is_new] = last_.try_emplace({found.view, found.id}, predicted[i].id);
      if (!is_new && known->second != predicted[i].id) ++scores_.switches;
      known->second = predicted[i].id;
    }
    scores_.misses +=
        int(truth.size()) - int(std::count_if(match.begin(), match.end(), [](int m) { return m >= 0; }));
  }

 private:
  IdentityScores& scores_;
  std::map<std::pair<int, int>, int> last_;  // predicted id by view and true id
};

}  // namespace

IdentityScores identity_scores(std::span<const IdentifiedBoxes> predicted,
                               std::span<const IdentifiedBoxes> truth) {
  if (predicted.size() != truth.size()) {
    throw std::invalid_argument("metric: " + std::to_string(predicted.size()) + " frames against " +
                                std::to_string(truth.size()));
  }
  IdentityScores scores;
  CommonBoxes boxes;
  ClearMot mot(scores);
  double predicted_boxes = 0;
  for (std::size_t frame = 0; frame < truth.size(); ++frame) {
    IdentifiedBoxes p = predicted[frame], t = truth[frame];
    leave_out_hard_boxes(p, t);
    predicted_boxes += double(p.size());
    boxes.add(p, t);
    mot.add(std::move(p), std::move(t));
  }
  const double common = boxes.best_naming(scores.names), true_boxes = scores.true_boxes;
  scores.precision = {common, predicted_boxes};
  scores.recall = {common, true_boxes};
  scores.f1 = {2 * common, predicted_boxes + true_boxes};
  scores.mota = {true_boxes - scores.misses - scores.false_alarms - scores.switches, true_boxes};
  return scores;
}

}  // namespace ahap
