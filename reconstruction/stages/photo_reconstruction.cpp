#include "reconstruction/stages/photo_reconstruction.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "reconstruction/corrections.h"
#include "reconstruction/multiview/appearance.h"
#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/multiview/identity_correction.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/multiview/placed_people.h"
#include "reconstruction/multiview/verticals.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/stages/display_image.h"
#include "reconstruction/stages/known_views.h"
#include "reconstruction/stages/observation_recovery.h"
#include "reconstruction/stages/photo_evidence.h"
#include "reconstruction/stages/photo_points.h"
#include "reconstruction/stages/photo_result.h"
#include "reconstruction/stages/stage_clock.h"

namespace ahap {
namespace {

// Of the calibration; empty where there is none.
std::string calibration_of(const std::vector<View>& views) {
  const auto known =
      std::find_if(views.begin(), views.end(), [](const View& view) { return view.known.has_value(); });
  return known == views.end() ? "" : known->known->source;
}

std::vector<std::string> names_of(const std::vector<View>& views) {
  std::vector<std::string> names;
  for (const View& view : views) names.push_back(view.name);
  return names;
}

// The ids of people whose observations or bodies are not what they were, before or now; sorted.
std::vector<int> changed_people(const PhotoState& before, const PhotoState& now) {
  const auto described = [](const PhotoState& state) {
    std::set<std::pair<int, std::vector<int>>> people;
    const std::vector<int> ids = person_ids(state);
    for (std::size_t p = 0; p < ids.size(); ++p) {
      std::vector<int> observations = state.scene.people[p].observations;
      std::sort(observations.begin(), observations.end());
      people.emplace(ids[p], std::move(observations));
    }
    return people;
  };
  const auto was = described(before), is = described(now);
  std::vector<std::pair<int, std::vector<int>>> differing;
  std::set_symmetric_difference(was.begin(), was.end(), is.begin(), is.end(), std::back_inserter(differing));
  std::set<int> ids;
  for (const auto& [id, observations] : differing) ids.insert(id);
  return {ids.begin(), ids.end()};
}

// One run, from its pictures or from what an earlier one has kept.
class PhotoRun {
 public:
  PhotoRun(PhotoEvidence evidence, const Progress& progress)
      : evidence_(std::move(evidence)), progress_(progress), stages_(progress, timings_) {
    for (const View& view : *evidence_.views) pictures_.push_back(&view.image);
  }

  std::shared_ptr<const Reconstruction> run(const Options& options) {
    find_people(options.detection_threshold);
    publish();
    associate(options);
    fit_bodies();
    publish();
    estimate_depth();
    find_verticals();
    match_background(options.match_features);
    use_background();
    find_hidden_people();
    stages_.begin("bodies");
    fit_bodies();
    make_points();
    stages_.end();
    return correctable_result();
  }

  // What follows from other decisions, given what followed from those before.
  std::shared_ptr<const Reconstruction> correct(const PhotoState& before, const Decisions& decisions);

 private:
  void find_people(double threshold) {
    stages_.begin("people");
    const double high = threshold >= 0 ? threshold : evidence_.model->high_threshold;
    evidence_.found = evidence_.model->people->find(views(), kLowThresholdShare * high, stages_.within());
    for (PhotoPerson& person : evidence_.found) {
      person.observation.appearance =
          appearance_of(views()[person.observation.view].image, person.observation);
    }
    evidence_.weak = take_weak(evidence_.found, high);
    sure_ = observations_of(evidence_.found);
    for (const View& view : views()) evidence_.display.push_back(display_image(view.image));
  }

  void associate(const Options& options) {
    stages_.begin("who is who");
    evidence_.association = association_options(options);
    std::vector<ViewObservation>& known = evidence_.view_observations;
    for (const View& view : views())
      known.push_back(observation_of(view.image.width, view.image.height, view.focal_length_px, view.known,
                                     options.known_cameras));
    const std::string calibration = calibration_of(views());
    evidence_.messages = settle_scale(calibration, options.known_cameras.scale, {&sure_, 1}, known);
    state_.association = associate_and_calibrate(known, sure_, evidence_.association, stages_.within());
    for (std::string& sentence : contradictions(calibration, names_of(views()), known, sure_,
                                                state_.association, evidence_.association, stages_.within()))
      evidence_.messages.push_back(std::move(sentence));
  }

  void estimate_depth() {
    stages_.begin("depth");
    SceneBranch& scene = *evidence_.model->scene;
    auto [input, placements] = square_input(pictures_, scene.input_size(), scene.input_filter());
    evidence_.placements = std::move(placements);
    evidence_.depth = scene.estimate(input, stages_.within());
    evidence_.learned_up = learned_ups(evidence_.depth);
  }

  void find_verticals() {
    if (estimated_views(state_.association) < 2) return;
    stages_.begin("background");
    const auto up = rough_up(state_.association, evidence_.learned_up);
    if (!up) return;
    add_verticals(agreeing_verticals(pictures_, evidence_.view_observations, sure_, state_.association, *up,
                                     stages_.within()),
                  evidence_.view_observations);
  }

  void match_background(const FeatureMatcher& match) {
    if (estimated_views(state_.association) > 1 && match)
      evidence_.matches = match(pictures_, stages_.within());
  }

  void use_background() {
    if (estimated_views(state_.association) < 2) return;
    BackgroundRefinement refined =
        refine_with_background(evidence_.view_observations, sure_, state_.association, evidence_.matches,
                               evidence_.association, {}, stages_.within());
    state_.association = std::move(refined.association);
    state_.matches = std::move(refined.matches);
  }

  void find_hidden_people() {
    stages_.begin("hidden people");
    settle_single_observations(state_.association, evidence_.found);
    recover_people(views(), *evidence_.model->people, evidence_.weak, state_.association, evidence_.found,
                   stages_.within());
  }

  void fit_bodies() {
    state_.scene =
        place_people(evidence_.model->fitted_body, evidence_.view_observations, evidence_.learned_up,
                     state_.association, observations_of(evidence_.found), state_.world, stages_.within());
    pose_bodies();
  }

  void pose_bodies() {
    state_.vertices.clear();
    for (const PlacedPerson& person : state_.scene.people)
      state_.vertices.push_back(vertices_of(evidence_.model->body, person.body.smpl));
  }

  void make_points() {
    stages_.begin("points");
    state_.points = std::make_shared<PointCloud>(photo_points(evidence_, state_, stages_.within()));
  }

  std::shared_ptr<Reconstruction> result() const {
    auto result = std::make_shared<Reconstruction>(photo_result(evidence_, state_));
    result->timings = timings_;
    return result;
  }

  std::shared_ptr<const Reconstruction> correctable_result();

  void publish() const {
    if (!progress_.publish) return;
    auto partial = result();
    partial->partial = true;
    partial->messages.clear();  // they are about the end of a run
    progress_.publish(partial);
  }

  const std::vector<View>& views() const { return *evidence_.views; }

  PhotoEvidence evidence_;
  PhotoState state_;
  const Progress& progress_;
  std::vector<StageTiming> timings_;
  StageClock stages_;
  std::vector<const Image*> pictures_;
  std::vector<PersonObservation> sure_;  // found with a high score
};

class KeptPhotoRun : public CorrectableRun {
 public:
  KeptPhotoRun(PhotoEvidence evidence, PhotoState state)
      : evidence_(std::move(evidence)), state_(std::move(state)) {}

  std::shared_ptr<const Reconstruction> with_decisions(const Decisions& decisions,
                                                       const Progress& progress) const override {
    torch::NoGradGuard no_grad;
    return PhotoRun(evidence_, progress).correct(state_, decisions);
  }
  std::size_t bytes(std::set<const void*>& counted) const override {
    return bytes_of(evidence_, state_, counted);
  }

 private:
  PhotoEvidence evidence_;
  PhotoState state_;
};

std::shared_ptr<const Reconstruction> PhotoRun::correctable_result() {
  const auto result = this->result();
  result->run = std::make_shared<KeptPhotoRun>(std::move(evidence_), std::move(state_));
  return result;
}

std::shared_ptr<const Reconstruction> PhotoRun::correct(const PhotoState& before,
                                                        const Decisions& decisions) {
  stages_.begin("who is who");
  state_ = before;
  state_.decided = decisions;
  sure_ = observations_of(evidence_.found);
  std::vector<int> labels = decisions.person_ids;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    if (labels[n] <= 0 || is_left_out(state_, int(n), sure_[n].view)) labels[n] = -1;
  }
  CorrectedAssociation corrected = correct_identities(evidence_.view_observations, sure_, before.association,
                                                      labels, evidence_.association, stages_.within());
  state_.association = std::move(corrected.association);
  if (!corrected.cameras_kept) {
    use_background();
    stages_.begin("bodies");
    fit_bodies();
    make_points();
  } else {
    stages_.begin("bodies");
    state_.scene = replace_people(evidence_.model->fitted_body, state_.association, sure_, before.scene,
                                  stages_.within());
    pose_bodies();
    make_points();
    state_.points = std::make_shared<PointCloud>(
        with_points_of_people(*before.points, *state_.points, changed_people(before, state_)));
  }
  stages_.end();
  return correctable_result();
}

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct_photographs(const std::vector<View>& views,
                                                              std::shared_ptr<const PhotoModel> model,
                                                              const Options& options,
                                                              const Progress& progress) {
  torch::NoGradGuard no_grad;
  PhotoEvidence evidence;
  evidence.views = std::make_shared<std::vector<View>>(views);
  evidence.model = std::move(model);
  evidence.max_points = options.max_points;
  return PhotoRun(std::move(evidence), progress).run(options);
}

}  // namespace ahap
