#include "reconstruction/training/heads_stage.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "reconstruction/ahap/losses.h"
#include "reconstruction/geometry/assignment.h"
#include "reconstruction/networks/device.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/networks/square_input.h"

namespace ahap {
namespace {

// Several captures' people and maps as one input, so that one call decodes everybody.
HeadInput stacked(std::vector<HeadInput> inputs) {
  HeadInput all = inputs[0];
  int64_t views = inputs[0].human.size(0);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    HeadInput& in = inputs[i];
    in.view = in.view + views;
    views += in.human.size(0);
    for (auto member : {&HeadInput::human, &HeadInput::scene, &HeadInput::K, &HeadInput::view,
                        &HeadInput::keypoint, &HeadInput::detection, &HeadInput::mask, &HeadInput::person,
                        &HeadInput::mean_pose, &HeadInput::mean_betas, &HeadInput::mean_log_depth}) {
      if ((all.*member).defined()) all.*member = torch::cat({all.*member, in.*member});
    }
  }
  return all;
}

}  // namespace

HeadsStage::HeadsStage(AhapHeads heads, const HeadsStageOptions& options, const Smpl& body,
                       SceneBranch& scene, HumanBranch& human, int keypoint_joint, int render_threads)
    : heads(std::move(heads)),
      options_(options),
      body_(body),
      scene_(scene),
      human_(human),
      keypoint_joint_(keypoint_joint),
      captures_([this](std::uint64_t seed) { return render(seed, seed >= real_from_); }, render_threads) {}

RenderedBatch HeadsStage::render(std::uint64_t seed, bool one_frame) const {
  const auto& o = options_;
  const PseudoViews& pseudo = o.pseudo_views;
  RenderedBatch result;
  result.captures = one_frame
                        ? training_captures(seed, 1, o.world, o.camera_noise)
                        : pseudo_views(seed, pseudo.frames, pseudo.seconds_between, o.world, o.camera_noise);
  result.dense = dense_batch(result.captures, scene_.input_size(), keypoint_joint_, scene_.input_filter());
  return result;
}

HeadsStage::Example HeadsStage::example(std::uint64_t seed, bool one_frame, const RenderedBatch& rendered) {
  torch::NoGradGuard no_grad;
  const int S = scene_.input_size();
  const auto& [captures, dense] = rendered;
  Example result;
  result.seed = seed;
  result.one_frame = one_frame;
  result.scene = scene_.estimate(dense.images, {});
  const DetectionThresholds thresholds{.sure = options_.detection_threshold};
  result.human = estimate_humans(human_, pictures_of(captures), dense.images, result.scene, thresholds, {});
  result.people = int(captures[0].people.size());
  for (const RenderedCapture& capture : captures) {
    for (const RenderedView& view : capture.views) {
      Camera camera = view.camera;
      camera.K = square_placement(camera.width, camera.height, S, scene_.input_filter()).K_to_input(camera.K);
      camera.width = camera.height = S;
      result.cameras.push_back(camera);
    }
  }
  std::vector<Instance> instances(result.human.view.size(0));
  for (std::size_t n = 0; n < instances.size(); ++n) {
    instances[n].view = int(result.human.view[n].item<int64_t>());
    instances[n].pelvis = {result.human.keypoint[n][0].item<double>() / S,
                           result.human.keypoint[n][1].item<double>() / S};
  }
  result.person.assign(instances.size(), -1);
  result.target.resize(instances.size());
  for (auto* truth : {&result.rotations, &result.joints, &result.joints2d}) truth->resize(instances.size());
  for (const auto& [n, p] : match_instances(instances, dense.people)) {
    result.person[n] = dense.people[p].person;
    result.target[n] = dense.people[p];
    std::vector<torch::Tensor> rotations;
    auto joints2d = torch::zeros({kSmplJoints, 2});
    for (int j = 0; j < kSmplJoints; ++j) {
      rotations.push_back(tensor_of(dense.people[p].rotations[j]));
      for (int k = 0; k < 2; ++k) joints2d[j][k] = dense.people[p].joints2d[j][k];
    }
    result.rotations[n] = torch::stack(rotations);
    result.joints[n] = tensor_of(dense.people[p].joints);
    result.joints2d[n] = joints2d;
  }
  // The maps are kept small: the head reads the scene on the human branch's grid.
  result.scene.features = at::adaptive_avg_pool2d(result.scene.features, {result.human.features.size(2),
                                                                          result.human.features.size(3)})
                              .cpu();
  for (auto* tensor : {&result.human.features, &result.human.detection_features, &result.human.mask})
    if (tensor->defined()) *tensor = tensor->cpu();
  result.scene.depth = torch::Tensor();
  result.scene.depth_conf = torch::Tensor();
  return result;
}

// The pool at a step depends on the step alone: the captures of the steps before it, newest last. So an
// interrupted run finds it as it was.
void HeadsStage::fill_pool(std::uint64_t seed, int step_of_run) {
  const std::uint64_t per_step = options_.new_per_step, end = (seed + 1) * per_step;
  const std::uint64_t begin = end - std::min<std::uint64_t>(end, options_.pool);
  if (options_.pseudo_views.steps > 0)
    real_from_ = (seed - step_of_run + options_.pseudo_views.steps) * per_step;
  if (!pool_.empty() && (pool_.back().seed + 1 < begin || pool_.back().seed >= end)) pool_.clear();
  for (std::uint64_t s = pool_.empty() ? begin : pool_.back().seed + 1; s < end; ++s) {
    if (end - s > per_step) step(progress, "captures", 1 - double(end - s) / double(end - begin));
    pool_.push_back(example(s, s >= real_from_, captures_.take(s)));
  }
  while (pool_.front().seed < begin) pool_.pop_front();
}

HeadsStage::Batch HeadsStage::batch(std::mt19937_64& random) const {
  Batch result;
  std::vector<torch::Tensor> human_features, scene_features, views, captures;
  int view_offset = 0;
  for (int i = 0; i < options_.captures_per_step; ++i) {
    const Example& e = pool_[random() % pool_.size()];
    result.examples.push_back(&e);
    human_features.push_back(e.human.detection_features);
    scene_features.push_back(scene_at_detections(e.scene, e.human, scene_.input_size()));
    views.push_back(e.human.view + view_offset);
    captures.push_back(torch::full({e.human.view.size(0)}, int64_t(i), torch::kLong));
    for (const int p : e.person) result.person.push_back(p < 0 ? -1 : p + result.people);
    view_offset += int(e.cameras.size());
    result.people += e.people;
  }
  result.human_features = torch::cat(human_features);
  result.scene_features = torch::cat(scene_features);
  result.view = torch::cat(views);
  result.capture = torch::cat(captures);
  return result;
}

// Every detection of a person may seed a query; without seeds the first max_v N_v queries of each capture.
QueryRows HeadsStage::query_rows(const Batch& batch, std::mt19937_64& random) const {
  QueryRows rows;
  const auto capture = batch.capture.accessor<int64_t, 1>();
  const auto view = batch.view.accessor<int64_t, 1>();
  const int64_t N = batch.view.size(0);
  const int queries = heads->association->config.queries;
  if (heads->association->config.seeded_queries) {
    for (int64_t n = 0; n < N; ++n) {
      if (batch.person[n] < 0) continue;
      rows.query.push_back(int64_t(random() % queries));
      rows.capture.push_back(capture[n]);
      rows.seed.push_back(n);
    }
    return rows;
  }
  for (std::size_t c = 0; c < batch.examples.size(); ++c) {
    std::map<int64_t, int> count;
    int most = 0;
    for (int64_t n = 0; n < N; ++n)
      if (capture[n] == int64_t(c)) most = std::max(most, ++count[view[n]]);
    for (int p = 0; p < std::min(most, queries); ++p) {
      rows.query.push_back(p);
      rows.capture.push_back(int64_t(c));
      rows.seed.push_back(-1);
    }
  }
  return rows;
}

// The person of each row: its seed's, else by Hungarian matching on -A* log A.
std::vector<int> HeadsStage::person_of_rows(const Batch& batch, const QueryRows& rows,
                                            const torch::Tensor& A) const {
  const int64_t row_count = int64_t(rows.query.size()), N = batch.view.size(0);
  std::vector<int> person(row_count, -1);
  if (heads->association->config.seeded_queries) {
    for (int64_t r = 0; r < row_count; ++r) person[r] = batch.person[rows.seed[r]];
    return person;
  }
  Eigen::MatrixXd cost =
      Eigen::MatrixXd::Constant(row_count, batch.people, std::numeric_limits<double>::infinity());
  const auto log_A = torch::log(A.detach().clamp_min(1e-6)).cpu();
  const auto at = log_A.accessor<float, 2>();
  const auto capture = batch.capture.accessor<int64_t, 1>();
  for (int64_t r = 0; r < row_count; ++r) {
    for (int64_t n = 0; n < N; ++n) {
      if (batch.person[n] < 0 || capture[n] != rows.capture[r]) continue;
      double& c = cost(r, batch.person[n]);
      c = (std::isfinite(c) ? c : 0) - at[r][n];
    }
  }
  return assign(cost);
}

// One row per person and capture, in the view of a random detection of the person (at run time: the reference
// view).
HeadsStage::Decoding HeadsStage::people_to_decode(const Batch& batch, const std::vector<int>& person_of_row,
                                                  const torch::Tensor& person_features,
                                                  std::mt19937_64& random) const {
  std::map<int, int64_t> row_of_person;
  for (std::size_t r = 0; r < person_of_row.size(); ++r) {
    if (person_of_row[r] < 0) continue;
    if (!row_of_person.count(person_of_row[r]) || random() % 2) row_of_person[person_of_row[r]] = int64_t(r);
  }
  const torch::Device device = person_features.device();
  Decoding result;
  std::vector<HeadInput> inputs;
  int person_offset = 0;
  for (const Example* e : batch.examples) {
    std::vector<int64_t> detections, rows;
    for (int p = 0; p < e->people; ++p) {
      const auto row = row_of_person.find(person_offset + p);
      std::vector<int64_t> mine;
      for (std::size_t n = 0; n < e->person.size(); ++n)
        if (e->person[n] == p) mine.push_back(int64_t(n));
      if (row == row_of_person.end() || mine.empty() || int(result.people.size()) >= options_.people_per_step)
        continue;
      detections.push_back(mine[random() % mine.size()]);
      rows.push_back(row->second);
      result.people.push_back({e, int(detections.back())});
    }
    if (!detections.empty()) {
      const auto features = person_features.index_select(0, torch::tensor(rows, torch::kLong).to(device));
      inputs.push_back(to(head_input(e->scene, e->human, detections, features, scene_.input_size()), device));
    }
    person_offset += e->people;
  }
  if (!inputs.empty()) result.input = stacked(std::move(inputs));
  return result;
}

HeadsStage::Truth HeadsStage::truth_of(const Decoding& decoding, torch::Device device) const {
  std::vector<torch::Tensor> rotations, joints, betas;
  std::vector<float> log_depth;
  const double f60_over_size = focal_60(1);
  for (const auto& [e, n] : decoding.people) {
    const PersonTarget& t = e->target[n];
    rotations.push_back(e->rotations[n]);
    joints.push_back(e->joints[n]);
    betas.push_back(torch::from_blob(const_cast<float*>(t.betas.data()), {kSmplBetas}).clone());
    log_depth.push_back(float(t.log_range + kLogDistance + std::log(f60_over_size)));
  }
  return {torch::stack(rotations).to(device), torch::stack(joints).to(device), torch::stack(betas).to(device),
          torch::tensor(log_depth).to(device)};
}

// What a decoded person's loss is in the reference view and, moved into the world by its true camera, in
// every other view in which the person is detected (L_reproj, L_2D).
void HeadsStage::add_reprojection(const DecodedPerson& decoded, const torch::Tensor& log_depth,
                                  const torch::Tensor& joints, const std::optional<SurfacePair>& surface,
                                  Reprojection& sums) const {
  const Example* example = decoded.example;
  const int n = decoded.detection;
  const torch::Device device = joints.device();
  const auto there = [&](const auto& matrix) { return tensor_of(matrix).to(device); };
  const PersonTarget& target = example->target[n];
  const Camera& reference = example->cameras[target.view];
  const double f = reference.K(0, 0), S = scene_.input_size();
  const auto z = torch::exp(log_depth) * (f / focal_60(S));
  const auto pixel = example->human.keypoint[n].to(device);
  const auto keypoint =
      torch::stack({(pixel[0] - reference.K(0, 2)) / f * z, (pixel[1] - reference.K(1, 2)) / f * z, z});
  const auto to_camera = there(target.camera_from_ray).t();  // of points as rows
  const auto in_reference = torch::matmul(joints, to_camera) + keypoint;
  const double metres = std::exp(target.log_range + kLogDistance), z_true = metres * f / S;
  const Eigen::Vector2d true_pixel = target.keypoint * S - reference.K.block<2, 1>(0, 2);
  const auto keypoint_true =
      there(Eigen::Vector3d(true_pixel.x() / f * z_true, true_pixel.y() / f * z_true, z_true));
  sums.translation.push_back((keypoint - keypoint_true).abs().mean());
  if (surface) {
    const auto K = there(Eigen::Matrix3d(reference.K));
    sums.surface2d.push_back(
        image_distance(projected(torch::matmul(surface->vertices, to_camera) + keypoint, K) / S,
                       projected(torch::matmul(surface->truth, to_camera) + keypoint_true, K) / S) *
        metres);
  }
  for (std::size_t m = 0; m < example->person.size(); ++m) {
    if (example->person[m] != example->person[n] || (int(m) != n && !example->one_frame)) continue;
    const PersonTarget& other = example->target[m];
    const Camera& camera = example->cameras[other.view];
    const Eigen::Isometry3d other_from_reference = camera.camera_from_world() * reference.world_from_camera;
    const auto X = torch::matmul(in_reference, there(Eigen::Matrix3d(other_from_reference.linear())).t()) +
                   there(Eigen::Vector3d(other_from_reference.translation()));
    // In body heights rather than pixels: far and near people count alike.
    const auto distance =
        image_distance(projected(X, there(Eigen::Matrix3d(camera.K))) / S, example->joints2d[m].to(device)) *
        std::exp(other.log_range + kLogDistance);
    if (int(m) == n) {
      sums.own2d.push_back(distance);
    } else {
      sums.cross2d.push_back(distance);
      const auto relative = torch::matmul(X - X[keypoint_joint_], there(other.camera_from_ray));
      sums.cross3d.push_back((relative - example->joints[m].to(device)).abs().mean());
    }
  }
}

torch::Tensor HeadsStage::loss(std::uint64_t seed, int step_of_run, Measures& terms) {
  std::mt19937_64 random(seed);
  fill_pool(seed, step_of_run);
  const Batch all = batch(random);
  const torch::Device device = device_of(*heads);
  torch::Tensor total = heads->association->temperature.sum() * 0;
  if (all.view.size(0) < 2) return total;
  const auto tokens = heads->association->contextualise(
      heads->fusion(all.human_features.to(device), all.scene_features.to(device)), all.view.to(device));
  const QueryRows rows = query_rows(all, random);
  if (rows.query.empty()) return total;
  const AssociationOutput identity = heads->association(tokens, all.capture.to(device), rows);
  const std::vector<int> person_of_row = person_of_rows(all, rows, identity.A);

  HeadLossWeights w = options_.weights;
  if (step_of_run < w.projection_from_step) w.joints2d = w.vertices2d = w.cross_joints2d = 0;
  const auto add = [&](const char* name, double weight, const torch::Tensor& value) {
    terms[name] = value.item<double>();
    if (weight > 0) total = total + weight * value;
  };
  add("assign", w.assign,
      assignment_loss(identity.A, assignment_target(person_of_row, all.person).to(device)));
  add("contrastive", w.contrastive,
      contrastive_loss(identity.embedding, positive_pairs(all.person, all.view).to(device),
                       options_.temperature));
  const Decoding decoding = people_to_decode(all, person_of_row, identity.person_features, random);
  if (decoding.people.empty()) return total;
  const HeadOutput out = heads->head(decoding.input);
  const Truth truth = truth_of(decoding, device);

  // Ray frame, relative to the key point.
  const auto P = int64_t(decoding.people.size());
  const auto nowhere = torch::zeros({P, 3}, truth.joints.options());
  const auto at_keypoint = [&](const torch::Tensor& joints) {
    return joints.slice(1, keypoint_joint_, keypoint_joint_ + 1);
  };
  const auto fk = body_.joints(out.betas, out.rotations, nowhere);
  const auto joints = fk - at_keypoint(fk);
  torch::Tensor vertices, vertices_true;
  if (w.vertices3d > 0 || w.vertices2d > 0) {
    vertices = body_(out.betas, out.rotations, nowhere).vertices - at_keypoint(fk);
    const SmplOutput body = body_(truth.betas, truth.rotations, nowhere);
    vertices_true = body.vertices - at_keypoint(body.joints);
  }
  Reprojection reprojection;
  for (int64_t p = 0; p < P; ++p) {
    std::optional<SurfacePair> surface;
    if (w.vertices2d > 0) surface = {vertices[p], vertices_true[p]};
    add_reprojection(decoding.people[p], out.log_depth[p], joints[p], surface, reprojection);
  }
  const auto mean = [](const std::vector<torch::Tensor>& values) {
    return values.empty() ? torch::zeros({}) : torch::stack(values).mean();
  };
  add("rotations", w.rotations, (out.rotations - truth.rotations).abs().mean());
  add("betas", w.betas, (out.betas - truth.betas).abs().mean());
  add("depth", w.depth, (out.log_depth - truth.log_depth).abs().mean());
  add("translation", w.translation, mean(reprojection.translation));
  add("joints3d", w.joints3d, (joints - truth.joints).abs().mean());
  add("joints2d", w.joints2d, mean(reprojection.own2d));
  add("cross_joints2d", w.cross_joints2d, mean(reprojection.cross2d));
  add("cross_joints3d", w.cross_joints3d, mean(reprojection.cross3d));
  if (w.vertices3d > 0) add("vertices3d", w.vertices3d, (vertices - vertices_true).abs().mean());
  if (w.vertices2d > 0) add("vertices2d", w.vertices2d, mean(reprojection.surface2d));
  return total;
}

Measures HeadsStage::validate() {
  torch::NoGradGuard no_grad;
  const torch::Device device = device_of(*heads);
  if (validation_.empty()) {
    for (int i = 0; i < options_.validation_captures; ++i) {
      const std::uint64_t seed = kValidationSeed / 64 + 10'000 + i;
      validation_.push_back(example(seed, /*one_frame=*/true, render(seed, /*one_frame=*/true)));
    }
  }
  double right = 0, pairs = 0, precision_right = 0, claimed = 0, joint_error = 0, initial_error = 0,
         depth = 0, depth_before = 0;
  int people = 0;
  for (const Example& e : validation_) {
    if (e.person.empty()) continue;
    const auto identities = associate(
        heads->fusion, heads->association, e.human.detection_features.to(device),
        scene_at_detections(e.scene, e.human, scene_.input_size()).to(device), e.human.view.to(device));
    const auto& guess = identities.person_of_detection;
    for (std::size_t a = 0; a < guess.size(); ++a) {
      for (std::size_t b = a + 1; b < guess.size(); ++b) {
        if (e.person[a] < 0 || e.person[b] < 0 || e.target[a].view == e.target[b].view) continue;
        const bool same = e.person[a] == e.person[b], said = guess[a] >= 0 && guess[a] == guess[b];
        pairs += same, right += same && said, claimed += said, precision_right += same && said;
      }
    }
    std::vector<int64_t> detections, rows;
    for (std::size_t n = 0; n < guess.size(); ++n) {
      if (guess[n] < 0 || e.person[n] < 0 || std::find(rows.begin(), rows.end(), guess[n]) != rows.end())
        continue;
      detections.push_back(int64_t(n));
      rows.push_back(guess[n]);
    }
    if (detections.empty()) continue;
    const auto features =
        identities.person_features.index_select(0, torch::tensor(rows, torch::kLong).to(device));
    const HeadInput in = to(head_input(e.scene, e.human, detections, features, scene_.input_size()), device);
    const HeadOutput out = heads->head(in);
    const auto zero = torch::zeros({int64_t(detections.size()), 3}, out.betas.options());
    const auto relative = [&](const torch::Tensor& joints) {
      return (joints - joints.slice(1, keypoint_joint_, keypoint_joint_ + 1)).cpu();
    };
    const auto after = relative(body_.joints(out.betas, out.rotations, zero));
    const auto before = relative(body_.joints(in.mean_betas, matrix_from_6d(in.mean_pose), zero));
    for (std::size_t i = 0; i < detections.size(); ++i, ++people) {
      const PersonTarget& t = e.target[detections[i]];
      const auto truth = tensor_of(t.joints);
      joint_error += (after[i] - truth).norm(2, 1).mean().item<double>();
      initial_error += (before[i] - truth).norm(2, 1).mean().item<double>();
      const double e_true = t.log_range + kLogDistance + std::log(focal_60(1));
      depth += std::abs(out.log_depth[i].item<double>() - e_true);
      depth_before += std::abs(in.mean_log_depth[i].item<double>() - e_true);
    }
  }
  const double n = std::max(1, people);
  return {{"association_recall", right / std::max(1.0, pairs)},
          {"association_precision", precision_right / std::max(1.0, claimed)},
          {"mpjpe", joint_error / n},
          {"mpjpe_before", initial_error / n},
          {"log_depth", depth / n},
          {"log_depth_before", depth_before / n}};
}

}  // namespace ahap
