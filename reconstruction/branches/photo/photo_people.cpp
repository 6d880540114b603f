#include "reconstruction/branches/photo/photo_people.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>

#include "reconstruction/box_overlap.h"
#include "reconstruction/networks/view_workers.h"

namespace ahap {
namespace {

// Settings chosen on 57 real pictures (the open half of a benchmark): F1 0.95.
// People from 1/8 of the longer side to more than all of it; the first tells which way is up, too.
constexpr int kFirstSide = 384, kFurtherSides[] = {256, 512};
constexpr double kMinCenter = 0.1, kMinPersonScore = 0.03;  // of a candidate
constexpr double kSameCandidate = 0.45,
                 kSameCandidateBox = 0.8;  // similarity and overlap of two that are one person
constexpr double kSamePerson = 0.55, kSamePersonBox = 0.85;  // the same, of Thunder's poses
constexpr int kCountedJoints = 10;                           // the surest, whose mean score counts
constexpr double kTurnGain = 1.3;                            // how much better a turned picture must be
// No other turn is tried where the people's scores sum up to more, or one person's is higher: of people seen
// from the side or upside down the highest was 0.61.
constexpr double kUprightScores = 1.0, kUprightPerson = 0.62;
constexpr double kExpectedMargin =
    1.25;  // of the square that is looked at for an expected person, over the joints' extent
constexpr double kBoxMargin =
    0.08;  // of a box about joints, share of its longer side: a body is larger than its joints
constexpr double kFaceWeight = 0.2;  // of face points in the similarity of poses

// COCO's per-joint constants of the object keypoint similarity.
constexpr double kJointSigma[kCocoPoints] = {.026, .025, .025, .035, .035, .079, .079, .072, .072,
                                             .062, .062, .107, .107, .087, .087, .089, .089};
constexpr double kAreaOfBox = 0.53;  // a person's area, share of the box (COCO's mean)

// BlazePose's landmark of each body point.
constexpr int kLandmarkOf[kBodyPoints] = {0,  2,  5,  7,  8,  11, 12, 13, 14, 15, 16, 23, 24, 25,
                                          26, 27, 28, 29, 30, 31, 32, 19, 20, 17, 18, 9,  10};
// The COCO point that each of the others hangs on.
constexpr int kHangsOn[kBodyPoints - kCocoPoints] = {kLeftAnkle, kRightAnkle, kLeftAnkle, kRightAnkle,
                                                     kLeftWrist, kRightWrist, kLeftWrist, kRightWrist,
                                                     kNose,      kNose};

// Standard deviations, share of the person's longer box side, measured by triangulation in calibrated real
// views: by the distance of the two networks' points (share of the trunk), and by Thunder's score.
// kSigmaFactor is of both tables together: what other evidence weighs best against.
struct Row {
  double below, sigma;
};
constexpr Row kByAgreement[] = {{.05, .008}, {.1, .011}, {.2, .017}, {.3, .046}, {1e9, .08}};
constexpr Row kByScore[] = {{.2, .08},  {.3, .04},  {.4, .024}, {.5, .017},
                            {.6, .014}, {.7, .010}, {.8, .009}, {1e9, .006}};
constexpr double kSigmaFactor = 0.96;
constexpr double kAgree = 0.2;  // share of the trunk: nearer, and the mean counts
constexpr double kApart = 0.3;  // share of the trunk: farther, and an unsure joint doesn't count
constexpr double kUnsure = 0.4, kUnseen = 0.15;  // Thunder's scores
constexpr double kLandmarkSigma = 0.016;  // of points that BlazePose alone knows, share of the box side
constexpr double kAnchorSigma = 0.03;     // of the joint they hang on: larger, and they don't count
constexpr double kLandmarkVisibility = 0.5;
constexpr double kBorder = 0.005;  // of the picture's longer side: points so near to the border are cut off

template <std::size_t N>
double sigma_below(const Row (&rows)[N], double value) {
  return std::find_if(std::begin(rows), std::end(rows), [&](const Row& row) { return value < row.below; })
      ->sigma;
}

// Keeps the best of those that are one person; `people` best first.
template <typename Person, typename PoseOf, typename BoxOf>
std::vector<Person> distinct(std::vector<Person> people, PoseOf pose, BoxOf box, double same_pose,
                             double same_box) {
  std::vector<Person> kept;
  for (Person& person : people) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const Person& other) {
      const double mean_area = 0.5 * (area(box(person)) + area(box(other)));
      return overlap(box(person), box(other)) > same_box ||
             pose_similarity(pose(person), pose(other), mean_area) > same_pose;
    });
    if (!known) kept.push_back(std::move(person));
  }
  return kept;
}

double trunk_length(const CocoPose& pose) {
  const Eigen::Vector2d shoulders = 0.5 * (pose[kLeftShoulder].pixel + pose[kRightShoulder].pixel);
  const Eigen::Vector2d hips = 0.5 * (pose[kLeftHip].pixel + pose[kRightHip].pixel);
  Eigen::Vector2d least = pose[0].pixel, most = pose[0].pixel;
  for (const ScoredPoint& joint : pose) {
    least = least.cwiseMin(joint.pixel);
    most = most.cwiseMax(joint.pixel);
  }
  return std::max((shoulders - hips).norm(), 0.2 * (most - least).maxCoeff());
}

Box extent_of(const CocoPose& pose) {
  Box box{pose[0].pixel.x(), pose[0].pixel.y(), pose[0].pixel.x(), pose[0].pixel.y()};
  for (const ScoredPoint& joint : pose) {
    box = {std::min(box.x0, joint.pixel.x()), std::min(box.y0, joint.pixel.y()),
           std::max(box.x1, joint.pixel.x()), std::max(box.y1, joint.pixel.y())};
  }
  return box;
}

double mean_joint_score(const CocoPose& pose) {  // of the surest
  std::array<double, kCocoPoints> scores;
  std::transform(pose.begin(), pose.end(), scores.begin(),
                 [](const ScoredPoint& joint) { return joint.score; });
  std::partial_sort(scores.begin(), scores.begin() + kCountedJoints, scores.end(), std::greater<>());
  return std::accumulate(scores.begin(), scores.begin() + kCountedJoints, 0.0) / kCountedJoints;
}

// How sure it is that this is a person: all three networks' word, as one number. (The cube root keeps it in
// the range of a score.)
double confidence(const PoseCandidate& candidate, const CocoPose& pose) {
  return std::cbrt(candidate.center_score * mean_joint_score(pose) * candidate.person_score);
}

// How much a picture looks as if it were upright.
struct UprightScores {
  double sum = 0, best = 0;  // of its people's scores
};
UprightScores upright_scores(const std::vector<PoseCandidate>& candidates) {
  UprightScores scores;
  for (const PoseCandidate& candidate : candidates) {
    if (candidate.center_score <= kMinCenter) continue;
    scores.sum += candidate.person_score;
    scores.best = std::max(scores.best, candidate.person_score);
  }
  return scores;
}

// What was found in the turned picture, in pixels and axes of the picture.
void turn_back(PhotoPerson& person, int quarter_turns, int width, int height) {
  person.quarter_turns = quarter_turns;
  const auto back = [&](Eigen::Vector2d& pixel) { pixel = turned_back(pixel, quarter_turns, width, height); };
  const auto direction_back = [&](Eigen::Vector3d& d) {
    const Eigen::Vector2d xy = turned_back(d.head<2>(), quarter_turns, 0, 0);
    d.head<2>() = xy;
  };
  PersonObservation& seen = person.observation;
  for (ObservedPoint& point : seen.points) back(point.pixel);
  for (Eigen::Vector3d& landmark : seen.landmarks) direction_back(landmark);
  back(seen.ray_pixel);
  for (ScoredPoint& joint : person.pose) back(joint.pixel);
  Eigen::Vector2d a(seen.box.x0, seen.box.y0), b(seen.box.x1, seen.box.y1);
  back(a);
  back(b);
  seen.box = {std::min(a.x(), b.x()), std::min(a.y(), b.y()), std::max(a.x(), b.x()), std::max(a.y(), b.y())};
}

}  // namespace

double pose_similarity(const CocoPose& a, const CocoPose& b, double mean_area) {
  double sum = 0, weights = 1e-12;
  for (int k = 0; k < kCocoPoints; ++k) {
    const double sigma = 2 * kJointSigma[k];
    const double weight = std::sqrt(a[k].score * b[k].score) * (k < kLeftShoulder ? kFaceWeight : 1);
    sum += weight * std::exp(-(a[k].pixel - b[k].pixel).squaredNorm() /
                             (2 * kAreaOfBox * mean_area * sigma * sigma + 1e-12));
    weights += weight;
  }
  return sum / weights;
}

double pose_similarity(const CocoPose& a, const CocoPose& b) {
  return pose_similarity(a, b, 0.5 * (area(extent_of(a)) + area(extent_of(b))));
}

std::array<ObservedPoint, kBodyPoints> fuse_points(const CocoPose& pose, const BodyLandmarks& landmarks,
                                                   const Box& box, int width, int height) {
  std::array<ObservedPoint, kBodyPoints> points;
  const double size = std::max(box.x1 - box.x0, box.y1 - box.y0), trunk = trunk_length(pose);
  for (int k = 0; k < kCocoPoints; ++k) {
    const Eigen::Vector2d& other = landmarks.points[kLandmarkOf[k]].pixel;
    const double apart = (pose[k].pixel - other).norm() / trunk, score = pose[k].score;
    points[k].pixel = apart < kAgree ? Eigen::Vector2d(0.5 * (pose[k].pixel + other)) : pose[k].pixel;
    if (score < kUnseen || (apart >= kApart && score < kUnsure)) continue;
    points[k].sigma = kSigmaFactor * size *
                      std::hypot(sigma_below(kByAgreement, apart), sigma_below(kByScore, score)) /
                      std::sqrt(2.0);
  }
  for (int k = kCocoPoints; k < kBodyPoints; ++k) {
    const Landmark& landmark = landmarks.points[kLandmarkOf[k]];
    const ObservedPoint& anchor = points[kHangsOn[k - kCocoPoints]];
    points[k].pixel = landmark.pixel;
    if (landmark.visibility > kLandmarkVisibility && anchor.observed() && anchor.sigma < kAnchorSigma * size)
      points[k].sigma = kLandmarkSigma * size;
  }
  const double border = kBorder * std::max(width, height);
  for (ObservedPoint& point : points) {
    const bool inside = point.pixel.x() > border && point.pixel.y() > border &&
                        point.pixel.x() < width - border && point.pixel.y() < height - border;
    if (!inside) point.sigma = 0;
  }
  return points;
}

PhotoPeople::PhotoPeople(const PhotoNetworkFiles& files, torch::Device device)
    : detector_(files.detector, device), pose_(files.pose, device), landmarks_(files.landmarks, device) {}

std::vector<PoseCandidate> PhotoPeople::candidates(const Image& image,
                                                   std::vector<PoseCandidate> first) const {
  std::vector<PoseCandidate> all = std::move(first);
  for (const int side : kFurtherSides) {
    std::vector<PoseCandidate> more = detector_.detect(image, side);
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  std::erase_if(all, [](const PoseCandidate& candidate) {
    return candidate.center_score <= kMinCenter || candidate.person_score <= kMinPersonScore;
  });
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.person_score > b.person_score; });
  return distinct(
      std::move(all), [](const auto& c) { return c.pose; }, [](const auto& c) { return c.box; },
      kSameCandidate, kSameCandidateBox);
}

int PhotoPeople::quarter_turns_to_upright(const Image& image, const std::vector<PoseCandidate>& found) const {
  const UprightScores as_it_is = upright_scores(found);
  if (as_it_is.sum > kUprightScores || as_it_is.best > kUprightPerson) return 0;
  const Image small = resized(image, kFirstSide);
  int best = 0;
  double most = kTurnGain * as_it_is.sum;
  for (int turns = 1; turns < 4; ++turns) {
    const double sum = upright_scores(detector_.detect(turned(small, turns), kFirstSide)).sum;
    if (sum > most) most = sum, best = turns;
  }
  return best;
}

std::vector<PhotoPerson> PhotoPeople::find_in(const Image& image, int view, double least_score) const {
  std::vector<PoseCandidate> first = detector_.detect(image, kFirstSide);
  const int turns = quarter_turns_to_upright(image, first);
  const Image upright_copy = turns ? turned(image, turns) : Image();
  const Image& upright = turns ? upright_copy : image;
  if (turns) first = detector_.detect(upright, kFirstSide);
  std::vector<PhotoPerson> people;
  for (const PoseCandidate& candidate : candidates(upright, std::move(first))) {
    const Box& box = candidate.box;
    const double side = std::max({box.x1 - box.x0, box.y1 - box.y0, 1.0});
    const PictureRegion about_box{
        .center = {0.5 * (box.x0 + box.x1), 0.5 * (box.y0 + box.y1)}, .side = side, .angle = 0};
    PhotoPerson person;
    person.pose = pose_.locate(upright, about_box, &candidate.pose);
    person.observation.view = view;
    person.observation.score = confidence(candidate, person.pose);
    person.observation.box = {std::max(box.x0, 0.0), std::max(box.y0, 0.0),
                              std::min(box.x1, double(upright.width)),
                              std::min(box.y1, double(upright.height))};
    if (person.observation.score >= least_score) people.push_back(std::move(person));
  }
  std::stable_sort(people.begin(), people.end(),
                   [](const auto& a, const auto& b) { return a.observation.score > b.observation.score; });
  people = distinct(
      std::move(people), [](const auto& p) { return p.pose; },
      [](const auto& p) { return p.observation.box; }, kSamePerson, kSamePersonBox);
  for (PhotoPerson& person : people) {
    locate_landmarks(upright, person);
    if (turns) turn_back(person, turns, image.width, image.height);
  }
  return people;
}

void PhotoPeople::locate_landmarks(const Image& upright, PhotoPerson& person) const {
  person.landmarks = landmarks_.locate(upright, landmark_region(person.pose));
  PersonObservation& seen = person.observation;
  seen.points = fuse_points(person.pose, person.landmarks, seen.box, upright.width, upright.height);
  for (int k = 0; k < kBodyPoints; ++k) {
    const Landmark& landmark = person.landmarks.points[kLandmarkOf[k]];
    seen.landmarks[k] = landmark.body;
    seen.visibility[k] = landmark.visibility;
  }
  seen.ray_pixel = person.landmarks.region.center;
}

PhotoPerson PhotoPeople::look_for(const Image& image, int view, const CocoPose& expected) const {
  const Box extent = extent_of(expected);
  const double side = kExpectedMargin * std::max({extent.x1 - extent.x0, extent.y1 - extent.y0, 8.0});
  const PictureRegion region{
      .center = {0.5 * (extent.x0 + extent.x1), 0.5 * (extent.y0 + extent.y1)}, .side = side, .angle = 0};
  PhotoPerson person;
  person.pose = pose_.locate(image, region, &expected);
  Box box = extent_of(person.pose);
  const double margin = kBoxMargin * std::max(box.x1 - box.x0, box.y1 - box.y0);
  box = {std::max(box.x0 - margin, 0.0), std::max(box.y0 - margin, 0.0),
         std::min(box.x1 + margin, double(image.width)), std::min(box.y1 + margin, double(image.height))};
  person.observation.view = view;
  person.observation.box = box;
  person.observation.score = mean_joint_score(person.pose);
  locate_landmarks(image, person);
  return person;
}

std::vector<PhotoPerson> PhotoPeople::find(const std::vector<View>& views, double least_score,
                                           const Progress& progress) const {
  std::vector<std::vector<PhotoPerson>> found(views.size());
  for_each_view(int(views.size()), "people", progress,
                [&](int v) { found[v] = find_in(views[v].image, v, least_score); });
  std::vector<PhotoPerson> people;
  for (std::size_t v = 0; v < views.size(); ++v) {
    std::move(found[v].begin(), found[v].end(), std::back_inserter(people));
  }
  return people;
}

}  // namespace ahap
