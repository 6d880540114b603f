#include "reconstruction/multiview/pointmap_alignment.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/multiview/pointmap_refinement.h"

namespace ahap {

// What stays of a pair: points and confidences at the middles of the anchors' squares, and matches.
struct SampledPair {
  int first = 0, second = 0;
  std::vector<Eigen::Vector3f> first_points, second_points;
  std::vector<float> first_confidence, second_confidence;
  std::vector<PixelMatch> matches;
  float best_match = 0;
  double mean_confidence = 0;
};

namespace {

constexpr float kLeastMatchWeight =
    5;  // of a pair's best match; below it the pair's points count (MASt3R-SfM)
constexpr std::size_t kMostMatches = 400;  // of an ordered pair
constexpr std::size_t kMostRegressed = 200;
constexpr int kRegistrationRounds = 5;

// Indices of the pixels in the middles of the anchors' squares.
std::vector<std::size_t> anchor_pixels(const PointmapView& view) {
  std::vector<std::size_t> pixels;
  for (int y = 0; y < view.height; y += kAnchorStep) {
    for (int x = 0; x < view.width; x += kAnchorStep) {
      const int row = std::min(y + kAnchorStep / 2, view.height - 1),
                column = std::min(x + kAnchorStep / 2, view.width - 1);
      pixels.push_back(std::size_t(row) * std::size_t(view.width) + std::size_t(column));
    }
  }
  return pixels;
}

template <typename Value>
std::vector<Value> at(const std::vector<std::size_t>& pixels, std::span<const Value> values) {
  std::vector<Value> chosen;
  for (const std::size_t pixel : pixels) chosen.push_back(values[pixel]);
  return chosen;
}

// At most `most` of the items, evenly from the whole list.
template <typename Item>
std::vector<Item> evenly(const std::vector<Item>& items, std::size_t most) {
  const std::size_t count = std::min(items.size(), most);
  std::vector<Item> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(items[i * items.size() / count]);
  return chosen;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// The similarity that brings `from` to `to`, with points that fit badly counting less from round to round.
std::optional<Similarity> register_points(const std::vector<Eigen::Vector3f>& from,
                                          const std::vector<Eigen::Vector3f>& to,
                                          const std::vector<float>& confidence) {
  std::vector<Eigen::Vector3d> a, b;
  std::vector<double> trust, weights;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!from[i].allFinite() || !to[i].allFinite() || !(from[i].z() > 0) || !(confidence[i] > 1)) continue;
    a.push_back(from[i].cast<double>());
    b.push_back(to[i].cast<double>());
    trust.push_back(std::log(double(confidence[i])));
  }
  weights = trust;
  std::optional<Similarity> best;
  for (int round = 0; round < kRegistrationRounds; ++round) {
    const auto found = align_points(a, b, AlignmentGroup::Sim3, weights);
    if (!found || !(found->scale > 0)) return best;
    best = found;
    std::vector<double> distance;
    for (std::size_t i = 0; i < a.size(); ++i) distance.push_back((b[i] - *found * a[i]).norm());
    const double typical = median(distance);
    if (!(typical > 0)) break;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double q = distance[i] / typical;
      weights[i] = trust[i] / (1 + q * q);
    }
  }
  return best;
}

}  // namespace

PointmapAlignment::PointmapAlignment(std::vector<PointmapView> views)
    : views_(std::move(views)), canonical_(views_.size()) {}
PointmapAlignment::~PointmapAlignment() = default;
PointmapAlignment::PointmapAlignment(PointmapAlignment&&) noexcept = default;

void PointmapAlignment::add(const PointmapPair& pair) {
  const int V = int(views_.size());
  if (pair.first < 0 || pair.second < 0 || pair.first >= V || pair.second >= V)
    throw std::invalid_argument("a pair names a view that is not there");
  const auto fits = [&](int v, const auto& points, const auto& confidence) {
    const std::size_t pixels =
        std::size_t(views_[std::size_t(v)].width) * std::size_t(views_[std::size_t(v)].height);
    return points.size() == pixels && confidence.size() == pixels;
  };
  if (!fits(pair.first, pair.first_points, pair.first_confidence) ||
      !fits(pair.second, pair.second_points, pair.second_confidence))
    throw std::invalid_argument("point maps do not have the size of their views");
  canonical_[std::size_t(pair.first)].add(pair.first_points, pair.first_confidence);

  const auto first = anchor_pixels(views_[std::size_t(pair.first)]),
             second = anchor_pixels(views_[std::size_t(pair.second)]);
  SampledPair kept{pair.first, pair.second, {}, {}, {}, {}, {}};
  kept.first_points = at<Eigen::Vector3f>(first, pair.first_points);
  kept.second_points = at<Eigen::Vector3f>(second, pair.second_points);
  kept.first_confidence = at<float>(first, pair.first_confidence);
  kept.second_confidence = at<float>(second, pair.second_confidence);
  for (const PixelMatch& match : pair.matches) kept.best_match = std::max(kept.best_match, match.weight);
  kept.matches = evenly(pair.matches, kMostMatches);
  double sum = 0;
  for (const auto* all : {&kept.first_confidence, &kept.second_confidence})
    for (const float value : *all) sum += std::isfinite(value) ? value : 0;
  kept.mean_confidence = sum / double(kept.first_confidence.size() + kept.second_confidence.size());
  pairs_.push_back(std::move(kept));
}

namespace {

// From the camera of an ordered pair's second view to that of its first, in the units of their canonical
// maps.
struct PairRegistration {
  int first = 0, second = 0;
  Similarity first_from_second;
  double score = 0;
};

// Poses and scales along the tree of the best pairs, begun with the best pair's first view; returns that
// view.
int place_along_tree(std::vector<PairRegistration> edges, std::vector<PlacedView>& views) {
  std::stable_sort(edges.begin(), edges.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  const int root = edges.empty() ? 0 : edges.front().first;
  views[std::size_t(root)].placed = true;
  const auto world_from = [&](int v) {
    const PlacedView& view = views[std::size_t(v)];
    return Similarity{view.scale, view.world_from_camera.linear(), view.world_from_camera.translation()};
  };
  const auto place = [&](int v, const Similarity& world_from_view) {
    PlacedView& view = views[std::size_t(v)];
    view.placed = true;
    view.scale = world_from_view.scale;
    view.world_from_camera.linear() = world_from_view.R;
    view.world_from_camera.translation() = world_from_view.t;
  };
  for (bool more = true; more;) {
    more = false;
    for (const PairRegistration& edge : edges) {  // the best that reaches a new view
      const bool first = views[std::size_t(edge.first)].placed,
                 second = views[std::size_t(edge.second)].placed;
      if (first == second) continue;
      if (first)
        place(edge.second, world_from(edge.first) * edge.first_from_second);
      else
        place(edge.first, world_from(edge.second) * edge.first_from_second.inverse());
      more = true;
      break;
    }
  }
  return root;
}

// All lengths of the world times `factor`.
void scale_world(std::vector<PlacedView>& views, double factor) {
  for (PlacedView& view : views) {
    view.scale *= factor;
    view.world_from_camera.translation() *= factor;
  }
}

double depth_of_scene(const std::vector<PlacedView>& views) {
  std::vector<double> depths;
  for (const PlacedView& view : views) {
    for (std::size_t i = 0; view.placed && i < view.points.size(); i += kAnchorStep)
      if (view.points[i].z() > 0) depths.push_back(view.scale * double(view.points[i].z()));
  }
  return median(std::move(depths));
}

// The mean of the logarithms of the placed views' scales.
double mean_log_scale(const std::vector<PlacedView>& views) {
  double sum = 0;
  int count = 0;
  for (const PlacedView& view : views) {
    if (!view.placed) continue;
    sum += std::log(view.scale);
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

std::vector<float> depth_of(const PlacedView& view) {
  std::vector<float> depth(view.points.size(), 0);
  for (int y = 0; y < view.picture.height; ++y) {
    for (int x = 0; x < view.picture.width; ++x) {
      const float z = view.points[view.pixel(x, y)].z();
      if (z > 0)
        depth[view.pixel(x, y)] = float(z * view.scale * std::exp(view.log_depth[view.anchor(x, y)]));
    }
  }
  return depth;
}

// The matches whose pixels are in the pictures and have depth.
std::vector<PixelMatch> usable_matches(const std::vector<PixelMatch>& matches, const PlacedView& first,
                                       const PlacedView& second) {
  const auto usable = [](const PlacedView& view, const Eigen::Vector2i& pixel) {
    return pixel.x() >= 0 && pixel.y() >= 0 && pixel.x() < view.picture.width &&
           pixel.y() < view.picture.height && view.points[view.pixel(pixel.x(), pixel.y())].z() > 0;
  };
  std::vector<PixelMatch> kept;
  for (const PixelMatch& match : matches)
    if (match.weight > 0 && usable(first, match.first) && usable(second, match.second)) kept.push_back(match);
  return kept;
}

// What relates the placed views.
struct ViewRelations {
  std::vector<PairRegistration> registered;
  std::vector<MatchedViews> matched;
  std::vector<RegressedViews> regressed;
};

// Points of the second view as the pair has them, in the unit of the first one's canonical map, and its own.
RegressedViews regressed_views(const SampledPair& pair, double first_unit,
                               const std::vector<Eigen::Vector3f>& own) {
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < own.size(); ++i)
    if (own[i].z() > 0 && pair.second_points[i].allFinite()) known.push_back(i);
  RegressedViews views{pair.first, pair.second, {}, {}};
  for (const std::size_t i : evenly(known, kMostRegressed)) {
    views.of_first.push_back(first_unit * pair.second_points[i].cast<double>());
    views.of_second.push_back(own[i].cast<double>());
  }
  return views;
}

// first, second: the views' canonical points at their anchors.
void relate(const SampledPair& pair, const std::vector<Eigen::Vector3f>& first,
            const std::vector<Eigen::Vector3f>& second, const std::vector<PlacedView>& views,
            ViewRelations& relations) {
  const auto pair_from_first = register_points(first, pair.first_points, pair.first_confidence);
  const auto pair_from_second = register_points(second, pair.second_points, pair.second_confidence);
  if (!pair_from_first || !pair_from_second) return;
  const double unit = 1 / pair_from_first->scale;
  const Similarity first_from_pair{unit, Eigen::Matrix3d::Identity(), Eigen::Vector3d::Zero()};
  relations.registered.push_back(
      {pair.first, pair.second, first_from_pair * *pair_from_second, pair.mean_confidence});
  auto matches =
      usable_matches(pair.matches, views[std::size_t(pair.first)], views[std::size_t(pair.second)]);
  if (pair.best_match > kLeastMatchWeight && !matches.empty())
    relations.matched.push_back({pair.first, pair.second, std::move(matches)});
  else
    relations.regressed.push_back(regressed_views(pair, unit, second));
}

}  // namespace

std::vector<AlignedView> PointmapAlignment::solve() const {
  std::vector<std::vector<Eigen::Vector3f>> canonical, anchors;
  for (std::size_t v = 0; v < views_.size(); ++v) {
    canonical.push_back(canonical_[v].points());
    canonical.back().resize(std::size_t(views_[v].width) * std::size_t(views_[v].height),
                            Eigen::Vector3f::Zero());
    anchors.push_back(at<Eigen::Vector3f>(anchor_pixels(views_[v]), canonical.back()));
  }
  std::vector<PlacedView> placed(views_.size());
  for (std::size_t v = 0; v < views_.size(); ++v) {
    const PointmapView& view = views_[v];
    placed[v].picture = view;
    placed[v].points = canonical[v];
    placed[v].focal = focal_of_pointmap(canonical[v], view.width, view.height, view.principal_point);
    placed[v].log_depth.assign(anchors[v].size(), 0);
  }

  ViewRelations relations;
  for (const SampledPair& pair : pairs_) {
    if (pair.first == pair.second) continue;
    relate(pair, anchors[std::size_t(pair.first)], anchors[std::size_t(pair.second)], placed, relations);
  }
  const int root = place_along_tree(relations.registered, placed);
  const auto is_elsewhere = [&](const auto& pair) { return !placed[std::size_t(pair.first)].placed; };
  std::erase_if(relations.matched, is_elsewhere);
  std::erase_if(relations.regressed, is_elsewhere);
  if (const double depth = depth_of_scene(placed); depth > 0) scale_world(placed, 1 / depth);
  refine_pointmaps(placed, root, relations.matched, relations.regressed);
  scale_world(placed, std::exp(-mean_log_scale(placed)));

  std::vector<AlignedView> aligned;
  for (std::size_t v = 0; v < views_.size(); ++v) {
    AlignedView result{placed[v].placed, placed[v].focal, Eigen::Isometry3d::Identity(), depth_of(placed[v]),
                       canonical_[v].confidence()};
    if (result.placed) result.world_from_camera = placed[v].world_from_camera;
    result.confidence.resize(result.depth.size(), 0);
    aligned.push_back(std::move(result));
  }
  return aligned;
}

}  // namespace ahap
