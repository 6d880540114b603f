#include "reconstruction/training/heads_stage.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "reconstruction/identity/assignment.h"
#include "reconstruction/networks/device.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/tensor_eigen.h"

namespace ahap {

HeadsStage::HeadsStage(AhapHeads heads, const HeadsStageOptions& options, const Smpl& body, SceneBranch& scene,
                       HumanBranch& human, int keypoint_joint, int render_threads)
    : heads(std::move(heads)),
      options_(options),
      body_(body),
      scene_(scene),
      human_(human),
      keypoint_joint_(keypoint_joint),
      captures_([this](std::uint64_t seed) { return render(seed, seed >= real_from_); }, render_threads) {}

RenderedBatch HeadsStage::render(std::uint64_t seed, bool one_moment) const {
  const auto& o = options_;
  const PseudoViews& pseudo = o.pseudo_views;
  RenderedBatch result;
  result.captures = one_moment ? training_captures(seed, 1, o.world, o.camera_noise)
                               : pseudo_views(seed, pseudo.frames, pseudo.seconds_between, o.world, o.camera_noise);
  result.dense = dense_batch(result.captures, scene_.input_size(), keypoint_joint_, scene_.input_filter());
  return result;
}

HeadsStage::Example HeadsStage::example(std::uint64_t seed, bool one_moment, const RenderedBatch& rendered) {
  torch::NoGradGuard no_grad;
  const int S = scene_.input_size();
  const auto& [captures, dense] = rendered;
  Example result;
  result.seed = seed;
  result.one_moment = one_moment;
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
    instances[n].pelvis = {result.human.keypoint[n][0].item<double>() / S, result.human.keypoint[n][1].item<double>() / S};
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
  result.scene.features = at::adaptive_avg_pool2d(result.scene.features,
                                                  {result.human.features.size(2), result.human.features.size(3)});
  result.scene.depth = torch::Tensor();
  result.scene.depth_conf = torch::Tensor();
  return result;
}

// The pool at a step depends on the step alone: the captures of the steps before it, newest last. So an interrupted run
// finds it as it was.
void HeadsStage::fill_pool(std::uint64_t seed, int step_of_run) {
  const std::uint64_t per_step = options_.new_per_step, end = (seed + 1) * per_step;
  const std::uint64_t begin = end - std::min<std::uint64_t>(end, options_.pool);
  if (options_.pseudo_views.steps > 0) real_from_ = (seed - step_of_run + options_.pseudo_views.steps) * per_step;
  if (!pool_.empty() && (pool_.back().seed + 1 < begin || pool_.back().seed >= end)) pool_.clear();
  for (std::uint64_t s = pool_.empty() ? begin : pool_.back().seed + 1; s < end; ++s) {
    if (end - s > per_step) step(progress, "captures", 1 - double(end - s) / double(end - begin));
    pool_.push_back(example(s, s >= real_from_, captures_.take(s)));
  }
  while (pool_.front().seed < begin) pool_.pop_front();
}

torch::Tensor HeadsStage::loss(std::uint64_t seed, int step_of_run, Measures& terms) {
  std::mt19937_64 random(seed);
  fill_pool(seed, step_of_run);

  std::vector<const Example*> batch;
  for (int i = 0; i < options_.captures_per_step; ++i) batch.push_back(&pool_[random() % pool_.size()]);

  // All captures side by side: views and people are numbered over the whole batch.
  std::vector<torch::Tensor> human_features, scene_features, views, captures;
  std::vector<int> person;  // over the batch, -1: nobody
  int view_offset = 0, person_offset = 0;
  for (std::size_t c = 0; c < batch.size(); ++c) {
    const Example& e = *batch[c];
    const int64_t N = e.human.view.size(0);
    human_features.push_back(e.human.detection_features);
    scene_features.push_back(scene_at_detections(e.scene, e.human, scene_.input_size()));
    views.push_back(e.human.view + view_offset);
    captures.push_back(torch::full({N}, int64_t(c), torch::kLong));
    for (const int p : e.person) person.push_back(p < 0 ? -1 : p + person_offset);
    view_offset += int(e.cameras.size());
    person_offset += e.people;
  }
  const torch::Device device = device_of(*heads);
  const auto view = torch::cat(views), capture = torch::cat(captures);
  const int64_t N = view.size(0);
  if (N < 2) return heads->association->temperature.sum() * 0;
  const auto tokens = heads->association->contextualise(
      heads->fusion(torch::cat(human_features).to(device), torch::cat(scene_features).to(device)), view.to(device));

  // Rows: every detection of a person may seed a query; without seeds the first max_v N_v queries of each capture.
  QueryRows rows;
  const bool seeded = heads->association->config.seeded_queries;
  const auto capture_at = capture.accessor<int64_t, 1>();
  const auto view_at = view.accessor<int64_t, 1>();
  if (seeded) {
    for (int64_t n = 0; n < N; ++n) {
      if (person[n] < 0) continue;
      rows.query.push_back(int64_t(random() % heads->association->config.queries));
      rows.capture.push_back(capture_at[n]);
      rows.seed.push_back(n);
    }
  } else {
    for (std::size_t c = 0; c < batch.size(); ++c) {
      std::map<int64_t, int> count;
      int most = 0;
      for (int64_t n = 0; n < N; ++n) {
        if (capture_at[n] == int64_t(c)) most = std::max(most, ++count[view_at[n]]);
      }
      for (int p = 0; p < std::min(most, heads->association->config.queries); ++p) {
        rows.query.push_back(p);
        rows.capture.push_back(int64_t(c));
        rows.seed.push_back(-1);
      }
    }
  }
  const int64_t row_count = int64_t(rows.query.size());
  if (row_count == 0) return heads->association->temperature.sum() * 0;
  const AssociationOutput identity = heads->association(tokens, capture.to(device), rows);

  // The person of each row: its seed's, else by Hungarian matching on -A* log A.
  std::vector<int> person_of_row(row_count, -1);
  const auto log_A = torch::log(identity.A.clamp_min(1e-6));
  if (seeded) {
    for (int64_t r = 0; r < row_count; ++r) person_of_row[r] = person[rows.seed[r]];
  } else {
    Eigen::MatrixXd cost = Eigen::MatrixXd::Constant(row_count, person_offset, std::numeric_limits<double>::infinity());
    const auto detached = log_A.detach().cpu();
    const auto at = detached.accessor<float, 2>();
    for (int64_t r = 0; r < row_count; ++r) {
      for (int64_t n = 0; n < N; ++n) {
        if (person[n] < 0 || capture_at[n] != rows.capture[r]) continue;
        double& c = cost(r, person[n]);
        c = (std::isfinite(c) ? c : 0) - at[r][n];
      }
    }
    person_of_row = assign(cost);
  }
  auto target = torch::zeros({row_count, N});
  auto target_at = target.accessor<float, 2>();
  for (int64_t r = 0; r < row_count; ++r) {
    for (int64_t n = 0; n < N; ++n) target_at[r][n] = person_of_row[r] >= 0 && person[n] == person_of_row[r];
  }
  target = (target / target.sum(1, true).clamp_min(1)).to(device);
  const auto assign_loss = -(target * log_A).sum() / target.sum().clamp_min(1);

  // InfoNCE over pairs of detections of one person in different views.
  auto positive = torch::zeros({N, N});
  auto positive_at = positive.accessor<float, 2>();
  for (int64_t a = 0; a < N; ++a) {
    for (int64_t b = 0; b < N; ++b) {
      positive_at[a][b] = a != b && person[a] >= 0 && person[a] == person[b] && view_at[a] != view_at[b];
    }
  }
  const auto similarity = (torch::matmul(identity.embedding, identity.embedding.t()) / options_.temperature)
                              .masked_fill(torch::eye(N).to(torch::kBool).to(device), -1e4);
  positive = positive.to(device);
  const auto contrastive = -(torch::log_softmax(similarity, 1) * positive).sum() / positive.sum().clamp_min(1);

  // One row per person and capture goes through the head, decoded in the view of a random detection of the person
  // (at run time: the reference view).
  std::map<int, int64_t> row_of_person;
  for (int64_t r = 0; r < row_count; ++r) {
    if (person_of_row[r] < 0) continue;
    if (!row_of_person.count(person_of_row[r]) || random() % 2) row_of_person[person_of_row[r]] = r;
  }
  std::vector<HeadInput> inputs;
  std::vector<std::pair<const Example*, int>> decoded;  // example and detection of each decoded row
  person_offset = 0;
  for (const Example* e : batch) {
    std::vector<int64_t> detections, used_rows;
    for (int p = 0; p < e->people; ++p) {
      const auto row = row_of_person.find(person_offset + p);
      std::vector<int64_t> mine;
      for (std::size_t n = 0; n < e->person.size(); ++n) {
        if (e->person[n] == p) mine.push_back(int64_t(n));
      }
      if (row == row_of_person.end() || mine.empty() || int(decoded.size()) >= options_.people_per_step) continue;
      detections.push_back(mine[random() % mine.size()]);
      used_rows.push_back(row->second);
      decoded.emplace_back(e, int(detections.back()));
    }
    if (!detections.empty()) {
      const auto features = identity.person_features.index_select(0, torch::tensor(used_rows, torch::kLong).to(device));
      inputs.push_back(to(head_input(e->scene, e->human, detections, features, scene_.input_size()), device));
    }
    person_offset += e->people;
  }

  torch::Tensor total = heads->association->temperature.sum() * 0;
  const auto add = [&](const char* name, double weight, const torch::Tensor& value) {
    terms[name] = value.item<double>();
    if (weight > 0) total = total + weight * value;
  };
  HeadLossWeights w = options_.weights;
  if (step_of_run < w.projection_from_step) w.joints2d = w.vertices2d = w.cross_joints2d = 0;
  add("assign", w.assign, assign_loss);
  add("contrastive", w.contrastive, contrastive);
  if (inputs.empty()) return total;

  // The captures' maps stacked, so that one call decodes everybody.
  HeadInput all = inputs[0];
  int64_t stacked_views = inputs[0].human.size(0);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    HeadInput& in = inputs[i];
    in.view = in.view + stacked_views;
    stacked_views += in.human.size(0);
    for (auto member : {&HeadInput::human, &HeadInput::scene, &HeadInput::K, &HeadInput::view, &HeadInput::keypoint,
                        &HeadInput::detection, &HeadInput::mask, &HeadInput::person, &HeadInput::mean_pose,
                        &HeadInput::mean_betas, &HeadInput::mean_log_depth}) {
      if ((all.*member).defined()) all.*member = torch::cat({all.*member, in.*member});
    }
  }
  const HeadOutput out = heads->head(all);

  const int64_t P = int64_t(decoded.size());
  std::vector<torch::Tensor> R_true, J_true, betas_true;
  std::vector<float> e_true;
  const double f60_over_size = focal_60(1);
  for (const auto& [e, n] : decoded) {
    const PersonTarget& t = e->target[n];
    R_true.push_back(e->rotations[n]);
    J_true.push_back(e->joints[n]);
    betas_true.push_back(torch::from_blob(const_cast<float*>(t.betas.data()), {kSmplBetas}).clone());
    e_true.push_back(float(t.log_range + kLogDistance + std::log(f60_over_size)));
  }
  const auto R = torch::stack(R_true).to(device), J = torch::stack(J_true).to(device), betas = torch::stack(betas_true).to(device);
  const auto e = torch::tensor(e_true).to(device);
  const auto nowhere = torch::zeros({P, 3}, J.options());
  const auto at_keypoint = [&](const torch::Tensor& joints) { return joints.slice(1, keypoint_joint_, keypoint_joint_ + 1); };
  const auto fk = body_.joints(out.betas, out.rotations, nowhere);
  const auto joints = fk - at_keypoint(fk);  // ray frame, relative to the key point
  torch::Tensor vertices, vertices_true;     // likewise
  if (w.vertices3d > 0 || w.vertices2d > 0) {
    vertices = body_(out.betas, out.rotations, nowhere).vertices - at_keypoint(fk);
    const SmplOutput truth = body_(betas, R, nowhere);
    vertices_true = truth.vertices - at_keypoint(truth.joints);
  }

  const auto rotation_loss = (out.rotations - R).abs().mean();
  const auto betas_loss = (out.betas - betas).abs().mean();
  const auto depth_loss = (out.log_depth - e).abs().mean();
  const auto joints_loss = (joints - J).abs().mean();

  // L_reproj: the joints moved into the world by the true camera of the reference view and from there into each other
  // view in which the person is detected; and the same in the reference view itself (L_2D).
  std::vector<torch::Tensor> own2d, cross2d, cross3d, translations, surfaces2d;
  const auto there = [&](const auto& matrix) { return tensor_of(matrix).to(device); };
  for (int64_t p = 0; p < P; ++p) {
    const auto& [example, n] = decoded[p];
    const int v = example->target[n].view;
    const Camera& reference = example->cameras[v];
    const double f = reference.K(0, 0);
    const auto z = torch::exp(out.log_depth[p]) * (f / focal_60(scene_.input_size()));
    const auto pixel = example->human.keypoint[n].to(device);
    const auto keypoint = torch::stack({(pixel[0] - reference.K(0, 2)) / f * z, (pixel[1] - reference.K(1, 2)) / f * z, z});
    const auto to_camera = there(example->target[n].camera_from_ray).t();  // of points as rows
    const auto in_reference = torch::matmul(joints[p], to_camera) + keypoint;
    const double S = scene_.input_size();
    const double z_true = std::exp(example->target[n].log_range + kLogDistance) * f / S;
    const Eigen::Vector2d true_pixel = example->target[n].keypoint * S - reference.K.block<2, 1>(0, 2);
    const auto keypoint_true = there(Eigen::Vector3d(true_pixel.x() / f * z_true, true_pixel.y() / f * z_true, z_true));
    translations.push_back((keypoint - keypoint_true).abs().mean());
    if (w.vertices2d > 0) {
      const auto project = [&](const torch::Tensor& X) { return f / S * X.slice(1, 0, 2) / X.slice(1, 2, 3).clamp_min(0.3); };
      const auto x = project(torch::matmul(vertices[p], to_camera) + keypoint);
      const auto x_true = project(torch::matmul(vertices_true[p], to_camera) + keypoint_true);
      const auto center = torch::tensor({reference.K(0, 2) / S, reference.K(1, 2) / S}, torch::kFloat).to(device);
      const auto inside = ((x_true + center).gt(0) & (x_true + center).lt(1)).all(1, true).to(torch::kFloat);
      surfaces2d.push_back(masked_l1(x, x_true, inside) * std::exp(example->target[n].log_range + kLogDistance));
    }
    for (std::size_t m = 0; m < example->person.size(); ++m) {
      if (example->person[m] != example->person[n] || (int(m) != n && !example->one_moment)) continue;
      const PersonTarget& other = example->target[m];
      const Camera& camera = example->cameras[other.view];
      const Eigen::Isometry3d other_from_reference = camera.camera_from_world() * reference.world_from_camera;
      const auto X = torch::matmul(in_reference, there(Eigen::Matrix3d(other_from_reference.linear())).t()) +
                     there(Eigen::Vector3d(other_from_reference.translation()));
      const auto depth = X.select(1, 2).clamp_min(0.3);
      const auto x = torch::stack({X.select(1, 0) / depth * camera.K(0, 0) + camera.K(0, 2),
                                   X.select(1, 1) / depth * camera.K(1, 1) + camera.K(1, 2)}, 1) /
                     double(scene_.input_size());
      const auto x_true = example->joints2d[m].to(device);
      const auto inside = (x_true.gt(0) & x_true.lt(1)).all(1, true).to(torch::kFloat);
      // In body heights rather than pixels: far and near people count alike.
      const double metres = std::exp(other.log_range + kLogDistance);
      const auto distance = masked_l1(x, x_true, inside) * metres;
      if (int(m) == n) {
        own2d.push_back(distance);
      } else {
        cross2d.push_back(distance);
        const auto relative = torch::matmul(X - X[keypoint_joint_], there(other.camera_from_ray));
        cross3d.push_back((relative - example->joints[m].to(device)).abs().mean());
      }
    }
  }
  const auto mean = [](const std::vector<torch::Tensor>& values) {
    return values.empty() ? torch::zeros({}) : torch::stack(values).mean();
  };
  add("rotations", w.rotations, rotation_loss);
  add("betas", w.betas, betas_loss);
  add("depth", w.depth, depth_loss);
  add("translation", w.translation, mean(translations));
  add("joints3d", w.joints3d, joints_loss);
  add("joints2d", w.joints2d, mean(own2d));
  add("cross_joints2d", w.cross_joints2d, mean(cross2d));
  add("cross_joints3d", w.cross_joints3d, mean(cross3d));
  if (w.vertices3d > 0) add("vertices3d", w.vertices3d, (vertices - vertices_true).abs().mean());
  if (w.vertices2d > 0) add("vertices2d", w.vertices2d, mean(surfaces2d));
  return total;
}

Measures HeadsStage::validate() {
  torch::NoGradGuard no_grad;
  const torch::Device device = device_of(*heads);
  if (validation_.empty()) {
    for (int i = 0; i < options_.validation_captures; ++i) {
      const std::uint64_t seed = kValidationSeed / 64 + 10'000 + i;
      validation_.push_back(example(seed, /*one_moment=*/true, render(seed, /*one_moment=*/true)));
    }
  }
  double right = 0, pairs = 0, precision_right = 0, claimed = 0, joint_error = 0, initial_error = 0, depth = 0, depth_before = 0;
  int people = 0;
  for (const Example& e : validation_) {
    if (e.person.empty()) continue;
    const auto identities =
        associate(heads->fusion, heads->association, e.human.detection_features.to(device),
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
      if (guess[n] < 0 || e.person[n] < 0 || std::find(rows.begin(), rows.end(), guess[n]) != rows.end()) continue;
      detections.push_back(int64_t(n));
      rows.push_back(guess[n]);
    }
    if (detections.empty()) continue;
    const auto features = identities.person_features.index_select(0, torch::tensor(rows, torch::kLong).to(device));
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
