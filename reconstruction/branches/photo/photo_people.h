#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <vector>

#include "reconstruction/branches/photo/blazepose.h"
#include "reconstruction/branches/photo/movenet.h"
#include "reconstruction/observations.h"
#include "reconstruction/progress.h"
#include "reconstruction/view.h"

namespace ahap {

// Of the high threshold: the score above which somebody counts whom other views, or the frame before,
// confirm.
constexpr double kLowThresholdShare = 0.6;

// Where the networks of the photo branch lie: TensorFlow.js graph models with their weights beside them.
struct PhotoNetworkFiles {
  std::filesystem::path detector, pose, landmarks;
};

// One person of one view, as the networks see it.
struct PhotoPerson {
  PersonObservation observation;
  CocoPose pose;            // Thunder's
  BodyLandmarks landmarks;  // BlazePose's; of the picture turned by `quarter_turns`
  int quarter_turns = 0;    // clockwise, that made the picture upright
};

// Finds people in pictures.
class PeopleFinder {
 public:
  virtual ~PeopleFinder() = default;

  // Everybody with a score of at least `least_score`, the surest first.
  virtual std::vector<PhotoPerson> find_in(const Image& image, int view, double least_score) const = 0;
  // Looks for a person where others expect one: joints in pixels of the picture, their scores how sure they
  // are. What is found may be somebody else: its score says how much it looks like a person, pose_similarity
  // how well it agrees.
  virtual PhotoPerson look_for(const Image& image, int view, const CocoPose& expected) const = 0;
};

// People of photographs: MoveNet MultiPose at several sizes finds them, MoveNet Thunder locates each one's
// joints, BlazePose looks again at the region of these joints, and where both agree their mean counts
// (docs/method).
class PhotoPeople : public PeopleFinder {
 public:
  PhotoPeople(const PhotoNetworkFiles& files, torch::Device device);

  // Everybody with a score of at least `least_score`, in order of views; within a view the surest first.
  std::vector<PhotoPerson> find(const std::vector<View>& views, double least_score,
                                const Progress& progress) const;
  std::vector<PhotoPerson> find_in(const Image& image, int view, double least_score) const override;
  PhotoPerson look_for(const Image& image, int view, const CocoPose& expected) const override;

 private:
  void locate_landmarks(const Image& upright, PhotoPerson& person) const;
  // Of an upright picture, whose `first` look at it is there.
  std::vector<PoseCandidate> candidates(const Image& image, std::vector<PoseCandidate> first) const;
  // `found`: by a first look at the picture as it is.
  int quarter_turns_to_upright(const Image& image, const std::vector<PoseCandidate>& found) const;

  MoveNetMultiPose detector_;
  MoveNetThunder pose_;
  BlazePose landmarks_;
};

// Agreement of two poses, 0..1, after COCO's object keypoint similarity: by joints rather than boxes, so that
// people in front of each other stay two. `area` in square pixels: the mean of their boxes'.
double pose_similarity(const CocoPose& a, const CocoPose& b, double area);
// The same, with the mean area of their joints' extents.
double pose_similarity(const CocoPose& a, const CocoPose& b);

// The 27 points with their standard deviations, from both networks' joints: by their agreement and by
// Thunder's score.
std::array<ObservedPoint, kBodyPoints> fuse_points(const CocoPose& pose, const BodyLandmarks& landmarks,
                                                   const Box& box, int width, int height);

}  // namespace ahap
