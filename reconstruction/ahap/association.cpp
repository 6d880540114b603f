#include "reconstruction/ahap/association.h"

#include <Eigen/Core>
#include <algorithm>
#include <limits>

#include "reconstruction/geometry/assignment.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

// 0 where the labels agree, -inf elsewhere: (len(a), len(b)).
torch::Tensor same_label_bias(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::zeros({a.size(0), b.size(0)}, a.options().dtype(torch::kFloat))
      .masked_fill(a.unsqueeze(1).ne(b.unsqueeze(0)), -std::numeric_limits<float>::infinity());
}

torch::Tensor indices(const std::vector<int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kLong).to(device);
}

Eigen::MatrixXd matrix(const torch::Tensor& values) {
  const auto v = values.to(torch::kDouble).cpu().contiguous();
  return Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      v.data_ptr<double>(), v.size(0), v.size(1));
}

// All tokens are of one capture.
AssociationOutput ask(Association& association, const torch::Tensor& tokens, const QueryRows& rows) {
  const auto capture =
      torch::zeros({tokens.size(0)}, torch::TensorOptions(torch::kLong).device(tokens.device()));
  return association->forward(tokens, capture, rows);
}

// The paper's rule: the first max_v N_v queries, each seeded (where the model seeds) by a detection of the
// view with the most of them; each detection goes to its argmax.
Identities by_query(Association& association, const torch::Tensor& tokens, const std::vector<int>& view) {
  std::vector<int> count(*std::max_element(view.begin(), view.end()) + 1);
  for (const int v : view) ++count[v];
  const int reference = int(std::max_element(count.begin(), count.end()) - count.begin());
  const int limit = association->config.queries;
  QueryRows rows;
  for (int n = 0; n < int(view.size()) && int(rows.query.size()) < limit; ++n) {
    if (view[n] != reference) continue;
    rows.query.push_back(int64_t(rows.query.size()));
    rows.capture.push_back(0);
    rows.seed.push_back(n);
  }
  const AssociationOutput out = ask(association, tokens, rows);

  Identities result;
  if (limit < count[reference]) {
    result.messages.push_back("More people than the " + std::to_string(limit) + " the model can tell apart.");
  }
  PersonAssignment assignment = assign_people(matrix(out.A), view);
  for (const int v : assignment.resolved_views) {
    result.messages.push_back("View " + std::to_string(v + 1) +
                              ": two detections wanted to be one person; they were assigned one to one.");
  }
  // Queries that received no detection are dropped.
  std::vector<int64_t> kept;
  std::vector<int> row_of(out.A.size(0), -1);
  for (int p = 0; p < out.A.size(0); ++p) {
    const auto& person = assignment.person;
    if (std::find(person.begin(), person.end(), p) == person.end()) continue;
    row_of[p] = int(kept.size());
    kept.push_back(p);
  }
  for (int& p : assignment.person) p = p < 0 ? -1 : row_of[p];
  const auto rows_kept = indices(kept, out.A.device());
  result.A = out.A.index_select(0, rows_kept);
  result.person_features = out.person_features.index_select(0, rows_kept);
  result.embedding = out.embedding;
  result.person_of_detection = assignment.person;
  return result;
}

}  // namespace

AssociationImpl::AssociationImpl(const AssociationConfig& config) : config(config) {
  const int D = config.dim;
  within_view = register_module("within_view", Attention(D, config.heads, D));
  norm_tokens = register_module("norm_tokens", layer_norm(D));
  projection = register_module("projection", Linear(D, config.embedding_dim));
  norm_embedding = register_module("norm_embedding", layer_norm(config.embedding_dim));
  to_q = register_module("to_q", Linear(D, D));
  to_k = register_module("to_k", Linear(D, D));
  norm_person = register_module("norm_person", layer_norm(D));
  queries = register_parameter("queries", torch::randn({config.queries, D}) * 0.5);
  temperature = register_parameter("temperature", torch::zeros({1}));
  if (config.seeded_queries) {
    seed = register_module("seed", Linear(D, D));
    torch::NoGradGuard no_grad;
    queries.mul_(0.1);
    // Seeded queries start as their detection's token, so that A starts as a similarity.
    torch::nn::init::eye_(seed->weight);
    to_k->weight.copy_(to_q->weight);
  }
}

torch::Tensor AssociationImpl::contextualise(const torch::Tensor& z, const torch::Tensor& view) {
  const auto x = z.unsqueeze(0);                                         // (1, N, D)
  const auto attended = within_view(x, x, same_label_bias(view, view));  // (1, N, D)
  return norm_tokens(z + attended.squeeze(0));
}

torch::Tensor AssociationImpl::embed(const torch::Tensor& tokens) {
  const auto h = norm_embedding(projection(tokens));
  return h / h.norm(2, -1, true).clamp_min(1e-6);
}

AssociationOutput AssociationImpl::forward(const torch::Tensor& tokens, const torch::Tensor& capture,
                                           const QueryRows& rows) {
  const auto device = tokens.device();
  auto Q = queries.index_select(0, indices(rows.query, device));  // (R, D)
  if (seed) {
    auto index = rows.seed;
    std::vector<float> present;
    for (auto& i : index) {
      present.push_back(i >= 0);
      i = std::max<int64_t>(i, 0);
    }
    const auto has_seed = torch::tensor(present).to(device).unsqueeze(1);
    Q = Q + has_seed * seed(tokens.index_select(0, indices(index, device)));
  }
  const auto q = split_heads(to_q(Q).unsqueeze(0), config.heads);       // (1, H, R, D/H)
  const auto k = split_heads(to_k(tokens).unsqueeze(0), config.heads);  // (1, H, N, D/H)
  const auto logits = torch::matmul(q, k.transpose(-2, -1)) *
                      (torch::exp(temperature) / std::sqrt(double(config.dim) / config.heads));
  const auto bias = same_label_bias(indices(rows.capture, device), capture);  // (R, N)

  AssociationOutput out;
  out.tokens = tokens;
  out.embedding = embed(tokens);
  out.A = torch::softmax(logits + bias, -1).mean(1).squeeze(0);     // (R, N)
  out.person_features = norm_person(torch::matmul(out.A, tokens));  // (R, D)
  return out;
}

DetectionQueries query_every_detection(TokenFusion& fusion, Association& association,
                                       const torch::Tensor& human, const torch::Tensor& scene,
                                       const torch::Tensor& view) {
  torch::NoGradGuard no_grad;
  const int64_t N = view.size(0);
  QueryRows rows;
  for (int64_t n = 0; n < N; ++n) {
    rows.query.push_back(n % association->config.queries);
    rows.capture.push_back(0);
    rows.seed.push_back(n);
  }
  const auto tokens = association->contextualise(fusion(human, scene), view);
  const AssociationOutput out = ask(association, tokens, rows);
  const auto relative = out.A / std::get<0>(out.A.max(1, true));
  const auto cosine = torch::matmul(out.embedding, out.embedding.t());
  return {out.A, out.person_features, out.embedding, integers(view),
          matrix((relative + relative.t()) / 4 + cosine / 2)};
}

Identities identities_of(const DetectionQueries& queries, const std::vector<int>& person) {
  Identities result;
  result.person_of_detection = person;
  const int64_t N = int64_t(person.size());
  std::vector<int64_t> typical(*std::max_element(person.begin(), person.end()) + 1, -1);
  std::vector<double> most(typical.size(), -std::numeric_limits<double>::infinity());
  for (int64_t a = 0; a < N; ++a) {
    double total = 0;
    for (int64_t b = 0; b < N; ++b) total += person[a] == person[b] ? queries.similarity(a, b) : 0;
    if (total <= most[person[a]]) continue;
    most[person[a]] = total;
    typical[person[a]] = a;
  }
  const auto rows = indices(typical, queries.A.device());
  result.A = queries.A.index_select(0, rows);
  result.person_features = queries.person_features.index_select(0, rows);
  result.embedding = queries.embedding;
  return result;
}

Identities associate(TokenFusion& fusion, Association& association, const torch::Tensor& human,
                     const torch::Tensor& scene, const torch::Tensor& view, ActiveQueries rule) {
  torch::NoGradGuard no_grad;
  if (view.size(0) == 0) {
    Identities nobody;
    nobody.A = torch::zeros({0, 0});
    return nobody;
  }
  if (rule == ActiveQueries::every_detection && association->config.seeded_queries) {
    const auto queries = query_every_detection(fusion, association, human, scene, view);
    return identities_of(queries, cluster_detections(queries.similarity, queries.view, kSamePerson));
  }
  return by_query(association, association->contextualise(fusion(human, scene), view), integers(view));
}

}  // namespace ahap
