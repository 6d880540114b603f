#pragma once

#include <Eigen/Core>
#include <limits>
#include <span>
#include <vector>

namespace ahap {

// The one-to-one assignment of least total cost between rows and columns (Hungarian method, O(n^3)); returns
// the column of each row, -1 for a row left alone. Rectangular matrices leave the surplus alone. An infinite
// (or NaN) cost forbids a pair; leaving a pair apart costs max_cost, so that no pair of higher cost is
// made.
std::vector<int> assign(const Eigen::MatrixXd& cost,
                        double max_cost = std::numeric_limits<double>::infinity());

// person(n) = argmax_p A[p, n], with one person at most once per view.
struct PersonAssignment {
  std::vector<int> person;  // of each detection, -1 for nobody
  std::vector<int>
      resolved_views;  // views whose argmax gave one person two detections; solved one-to-one on A
};

// A (people x detections): weight of detection n for person p; view: of each detection.
PersonAssignment assign_people(const Eigen::MatrixXd& A, std::span<const int> view);

// Mean similarity from which detections are taken for one person.
constexpr double kSamePerson = 0.3;

// Groups of detections that never hold two of one view, by average linkage: the two groups of the largest
// mean similarity become one, as long as it is at least `least`. similarity: symmetric. Returns the 0-based
// group of each detection, numbered by first appearance.
std::vector<int> cluster_detections(const Eigen::MatrixXd& similarity, std::span<const int> view,
                                    double least);

// Groups of detections that never hold two of one view: a union-find that refuses conflicting unions.
class ConflictFreeGroups {
 public:
  explicit ConflictFreeGroups(std::span<const int> view);

  // Joins the groups of a and b. False, and nothing changes, when they hold detections of one view.
  bool merge(int a, int b);
  bool same(int a, int b) const { return root(a) == root(b); }
  // 0-based group of each detection, numbered by first appearance.
  std::vector<int> labels() const;

 private:
  int root(int a) const;
  std::vector<int> parent_;
  std::vector<std::vector<int>> views_;  // sorted, of each root
};

}  // namespace ahap
