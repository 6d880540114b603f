#include "reconstruction/geometry/assignment.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>

namespace ahap {

namespace {

// Shortest augmenting paths with potentials on a matrix with rows <= columns and finite entries; column of
// each row.
std::vector<int> shortest_augmenting_paths(const Eigen::MatrixXd& cost) {
  const int rows = int(cost.rows()), cols = int(cost.cols());
  const double infinity = std::numeric_limits<double>::infinity();
  // Row and column 0 are the virtual start of each path.
  std::vector<double> u(rows + 1, 0), v(cols + 1, 0);
  std::vector<int> row_of(cols + 1, 0), previous(cols + 1, 0);
  for (int row = 1; row <= rows; ++row) {
    row_of[0] = row;
    int column = 0;
    std::vector<double> slack(cols + 1, infinity);
    std::vector<bool> visited(cols + 1, false);
    do {
      visited[column] = true;
      const int i = row_of[column];
      double step = infinity;
      int next = 0;
      for (int j = 1; j <= cols; ++j) {
        if (visited[j]) continue;
        const double reduced = cost(i - 1, j - 1) - u[i] - v[j];
        if (reduced < slack[j]) {
          slack[j] = reduced;
          previous[j] = column;
        }
        if (slack[j] < step) {
          step = slack[j];
          next = j;
        }
      }
      for (int j = 0; j <= cols; ++j) {
        if (visited[j]) {
          u[row_of[j]] += step;
          v[j] -= step;
        } else {
          slack[j] -= step;
        }
      }
      column = next;
    } while (row_of[column] != 0);
    while (column != 0) {
      row_of[column] = row_of[previous[column]];
      column = previous[column];
    }
  }
  std::vector<int> column_of(rows, -1);
  for (int j = 1; j <= cols; ++j) {
    if (row_of[j] > 0) column_of[row_of[j] - 1] = j - 1;
  }
  return column_of;
}

}  // namespace

std::vector<int> assign(const Eigen::MatrixXd& cost, double max_cost) {
  const int rows = int(cost.rows()), cols = int(cost.cols());
  std::vector<int> result(rows, -1);
  if (rows == 0 || cols == 0) return result;
  // A pair that is forbidden or too dear costs as much as staying apart and is dropped afterwards.
  double lowest = 0, highest = 0;
  for (const double c : cost.reshaped()) {
    if (!std::isfinite(c)) continue;
    lowest = std::min(lowest, c);
    highest = std::max(highest, c);
  }
  const double apart =
      std::isfinite(max_cost) ? max_cost : (highest - lowest + 1) * std::min(rows, cols) + highest;
  const Eigen::MatrixXd clipped =
      cost.unaryExpr([&](double c) { return std::isfinite(c) ? std::min(c, apart) : apart; });
  const auto possible = [&](int i, int j) { return std::isfinite(cost(i, j)) && cost(i, j) <= max_cost; };
  if (rows <= cols) {
    const std::vector<int> column_of = shortest_augmenting_paths(clipped);
    for (int i = 0; i < rows; ++i) {
      if (possible(i, column_of[i])) result[i] = column_of[i];
    }
  } else {
    const std::vector<int> row_of = shortest_augmenting_paths(clipped.transpose());
    for (int j = 0; j < cols; ++j) {
      if (possible(row_of[j], j)) result[row_of[j]] = j;
    }
  }
  return result;
}

PersonAssignment assign_people(const Eigen::MatrixXd& A, std::span<const int> view) {
  if (A.cols() != Eigen::Index(view.size())) {
    throw std::invalid_argument("assignment: " + std::to_string(A.cols()) + " columns for " +
                                std::to_string(view.size()) + " detections");
  }
  PersonAssignment result;
  result.person.assign(view.size(), -1);
  if (A.rows() == 0) return result;
  std::map<int, std::vector<int>> detections_of_view;
  for (std::size_t n = 0; n < view.size(); ++n) {
    A.col(n).maxCoeff(&result.person[n]);
    detections_of_view[view[n]].push_back(int(n));
  }
  for (const auto& [v, detections] : detections_of_view) {
    std::vector<int> people;
    for (int n : detections) people.push_back(result.person[n]);
    std::sort(people.begin(), people.end());
    if (std::adjacent_find(people.begin(), people.end()) == people.end()) continue;
    result.resolved_views.push_back(v);
    Eigen::MatrixXd cost(detections.size(), A.rows());
    for (std::size_t i = 0; i < detections.size(); ++i) cost.row(i) = -A.col(detections[i]).transpose();
    const std::vector<int> assigned = assign(cost);
    for (std::size_t i = 0; i < detections.size(); ++i) result.person[detections[i]] = assigned[i];
  }
  return result;
}

std::vector<int> cluster_detections(const Eigen::MatrixXd& similarity, std::span<const int> view,
                                    double least) {
  const int N = int(view.size());
  if (similarity.rows() != N || similarity.cols() != N) {
    throw std::invalid_argument("link_detections: the similarity matrix does not fit the detections");
  }
  // sum(a, b): total similarity between the members of two groups, -infinity between groups that share a
  // view.
  Eigen::MatrixXd sum = similarity;
  for (int a = 0; a < N; ++a) {
    for (int b = 0; b < N; ++b) {
      if (view[a] == view[b]) sum(a, b) = -std::numeric_limits<double>::infinity();
    }
  }
  std::vector<int> group(N), size(N, 1);
  std::iota(group.begin(), group.end(), 0);
  while (true) {
    double best = least;
    int first = -1, second = -1;
    for (int a = 0; a < N; ++a) {
      for (int b = a + 1; b < N && size[a] > 0; ++b) {
        if (size[b] == 0) continue;
        const double mean = sum(a, b) / (size[a] * size[b]);
        if (mean < best || (mean == best && first >= 0)) continue;
        best = mean;
        first = a;
        second = b;
      }
    }
    if (first < 0) break;
    sum.row(first) += sum.row(second);
    sum.col(first) += sum.col(second);
    size[first] += size[second];
    size[second] = 0;
    std::replace(group.begin(), group.end(), second, first);
  }
  std::vector<int> label(N, -1);
  int count = 0;
  for (int& g : group) {
    if (label[g] < 0) label[g] = count++;
    g = label[g];
  }
  return group;
}

ConflictFreeGroups::ConflictFreeGroups(std::span<const int> view) : parent_(view.size()) {
  std::iota(parent_.begin(), parent_.end(), 0);
  for (int v : view) views_.push_back({v});
}

int ConflictFreeGroups::root(int a) const {
  while (parent_[a] != a) a = parent_[a];
  return a;
}

bool ConflictFreeGroups::merge(int a, int b) {
  a = root(a);
  b = root(b);
  if (a == b) return true;
  std::vector<int> shared;
  std::set_intersection(views_[a].begin(), views_[a].end(), views_[b].begin(), views_[b].end(),
                        std::back_inserter(shared));
  if (!shared.empty()) return false;
  std::vector<int> joined;
  std::merge(views_[a].begin(), views_[a].end(), views_[b].begin(), views_[b].end(),
             std::back_inserter(joined));
  views_[a] = std::move(joined);
  parent_[b] = a;
  return true;
}

std::vector<int> ConflictFreeGroups::labels() const {
  std::map<int, int> label_of_root;
  std::vector<int> labels;
  for (int i = 0; i < int(parent_.size()); ++i) {
    labels.push_back(label_of_root.try_emplace(root(i), int(label_of_root.size())).first->second);
  }
  return labels;
}

}  // namespace ahap
