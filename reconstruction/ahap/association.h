#pragma once

#include <torch/torch.h>

#include <Eigen/Core>
#include <string>
#include <vector>

#include "reconstruction/networks/attention.h"

namespace ahap {

struct AssociationConfig {
  int human_dim = 1024;  // F_human at a detection
  int scene_dim = 3072;  // F_scene at a detection
  int dim = 1024;        // D
  int heads = 8;         // H
  int queries = 36;
  int embedding_dim = 256;  // of the contrastive embedding
  // Queries start from the learned ones plus what the detections of one view look like (our reading: with
  // backbones whose features know nothing of the other views, learned queries alone cannot tell who is who).
  bool seeded_queries = false;
};

// Equation 1: z = MLP([F_human ; F_scene]), N x D.
struct TokenFusionImpl : torch::nn::Module {
  explicit TokenFusionImpl(const AssociationConfig& config)
      : mlp(register_module("mlp", Mlp(config.human_dim + config.scene_dim, config.dim, config.dim))) {}
  torch::Tensor forward(const torch::Tensor& human, const torch::Tensor& scene) {
    return mlp(torch::cat({human, scene}, -1));
  }
  Mlp mlp;
};
TORCH_MODULE(TokenFusion);

// The person queries that take part: query[r] of the learned ones, in capture[r], seeded by the token of
// detection seed[r] (-1: not seeded).
struct QueryRows {
  std::vector<int64_t> query, capture, seed;
};

struct AssociationOutput {
  torch::Tensor tokens;           // (N, D) z~
  torch::Tensor embedding;        // (N, E) h, unit length
  torch::Tensor A;                // (R, N) rows are distributions over the detections of their capture
  torch::Tensor person_features;  // (R, D) f
};

// Equations 2-4 (algorithm 1). Several captures may be computed at once; they do not see each other.
struct AssociationImpl : torch::nn::Module {
  explicit AssociationImpl(const AssociationConfig& config);

  // z (N, D); view and capture (N) int64, views numbered over all captures -> z~ (N, D).
  torch::Tensor contextualise(const torch::Tensor& z, const torch::Tensor& view);
  torch::Tensor embed(const torch::Tensor& tokens);
  AssociationOutput forward(const torch::Tensor& tokens, const torch::Tensor& capture, const QueryRows& rows);

  AssociationConfig config;
  Attention within_view{nullptr};
  torch::nn::LayerNorm norm_tokens{nullptr}, norm_embedding{nullptr}, norm_person{nullptr};
  Linear projection{nullptr}, seed{nullptr}, to_q{nullptr}, to_k{nullptr};
  torch::Tensor queries;      // (36, D)
  torch::Tensor temperature;  // (1) log factor of the logits, learned
};
TORCH_MODULE(Association);

// Which queries take part.
enum class ActiveQueries {
  paper,            // max_v N_v of them
  every_detection,  // one seeded by each detection; those that point at each other become one person. Also
                    // counts people whom no single view sees together. Needs seeded queries, else the paper's
                    // rule is taken
};

// Who is who: the outcome of either association.
struct Identities {
  torch::Tensor A;                       // (P, N)
  std::vector<int> person_of_detection;  // 0-based row of A, -1 for nobody
  torch::Tensor person_features;         // (P, D); undefined without learned association
  torch::Tensor embedding;               // (N, E); undefined without learned association
  std::vector<std::string> messages;
};

// A query seeded by each of the N detections.
struct DetectionQueries {
  torch::Tensor A;                // (N, N)
  torch::Tensor person_features;  // (N, D)
  torch::Tensor embedding;        // (N, E)
  std::vector<int> view;          // of each detection
  Eigen::MatrixXd
      similarity;  // (N, N) symmetric, 0..1: how much two detections' queries and embeddings agree
};
DetectionQueries query_every_detection(TokenFusion& fusion, Association& association,
                                       const torch::Tensor& human, const torch::Tensor& scene,
                                       const torch::Tensor& view);

// The people that detections were linked to: the row of each one's most typical detection stands for him.
// `person`: of each detection, 0-based, everybody has one.
Identities identities_of(const DetectionQueries& queries, const std::vector<int>& person);

// Algorithm 1 on one capture: dynamic queries, one person at most once per view, empty queries dropped.
// human (N, Ch), scene (N, Cs), view (N) int64.
Identities associate(TokenFusion& fusion, Association& association, const torch::Tensor& human,
                     const torch::Tensor& scene, const torch::Tensor& view,
                     ActiveQueries rule = ActiveQueries::every_detection);

}  // namespace ahap
