#include "reconstruction/ahap/association.h"

#include <gtest/gtest.h>

#include <set>

namespace ahap {
namespace {

AssociationConfig small(bool seeded) {
  AssociationConfig config;
  config.human_dim = 12;
  config.scene_dim = 4;
  config.dim = 16;
  config.heads = 4;
  config.queries = 5;
  config.embedding_dim = 8;
  config.seeded_queries = seeded;
  return config;
}

torch::Tensor labels(std::vector<int64_t> values) {
  return torch::tensor(values, torch::kLong);
}

TEST(Association, RowsAreDistributionsOverTheirOwnCapture) {
  torch::manual_seed(1);
  Association association(small(false));
  const auto tokens = torch::randn({6, 16});
  const auto out =
      association->forward(tokens, labels({0, 0, 0, 1, 1, 1}), {{0, 1, 0}, {0, 0, 1}, {-1, -1, -1}});
  EXPECT_TRUE(torch::allclose(out.A.sum(1), torch::ones({3})));
  EXPECT_EQ(out.A.slice(0, 0, 2).slice(1, 3, 6).abs().max().item<float>(), 0)
      << "captures do not see each other";
}

// Equations 3 and 4 written out with loops.
TEST(Association, AgreesWithTheEquationsWrittenOut) {
  torch::manual_seed(2);
  Association association(small(false));
  const int N = 5, D = 16, H = 4, d = D / H;
  const auto tokens = torch::randn({N, D});
  const auto out = association->forward(tokens, torch::zeros({N}, torch::kLong), {{2}, {0}, {-1}});
  const auto q = torch::matmul(association->to_q->weight, association->queries[2]) + association->to_q->bias;
  auto expected = torch::zeros({N});
  for (int h = 0; h < H; ++h) {
    auto logits = torch::zeros({N});
    for (int n = 0; n < N; ++n) {
      const auto k = torch::matmul(association->to_k->weight, tokens[n]) + association->to_k->bias;
      logits[n] =
          (q.slice(0, h * d, (h + 1) * d) * k.slice(0, h * d, (h + 1) * d)).sum() / std::sqrt(double(d));
    }
    expected += torch::softmax(logits, 0) / H;
  }
  EXPECT_TRUE(torch::allclose(out.A[0], expected, 1e-5, 1e-6));
  const auto mixed = torch::matmul(expected, tokens);
  EXPECT_TRUE(torch::allclose(out.person_features[0], torch::layer_norm(mixed, {D}), 1e-4, 1e-5));
}

TEST(Association, AttendsWithinOneViewOnly) {
  torch::manual_seed(3);
  Association association(small(false));
  auto z = torch::randn({4, 16});
  const auto view = labels({0, 0, 1, 1});
  const auto before = association->contextualise(z, view);
  z[3] += 1;
  const auto after = association->contextualise(z, view);
  EXPECT_TRUE(torch::equal(before.slice(0, 0, 2), after.slice(0, 0, 2)));
  EXPECT_FALSE(torch::allclose(before[2], after[2]));
}

TEST(Association, EmbeddingsHaveUnitLength) {
  Association association(small(true));
  const auto h = association->embed(torch::randn({7, 16}) * 3);
  EXPECT_TRUE(torch::allclose(h.norm(2, 1), torch::ones({7}), 1e-4, 1e-4));
}

// Two people who look similar in every view: an untrained seeded model compares tokens, so it must tell them
// apart.
struct TwoPeople {
  torch::Tensor human, scene, view;
  std::vector<int> person;
};

TwoPeople two_people(const std::vector<std::pair<int, int>>& view_and_person) {
  torch::manual_seed(4);
  const auto looks = torch::randn({4, 12}) * 4;
  TwoPeople result;
  std::vector<torch::Tensor> human;
  std::vector<int64_t> views;
  for (const auto& [v, p] : view_and_person) {
    human.push_back(looks[p] + 0.02 * torch::randn({12}));
    views.push_back(v);
    result.person.push_back(p);
  }
  result.human = torch::stack(human);
  result.scene = torch::zeros({result.human.size(0), 4});
  result.view = torch::tensor(views, torch::kLong);
  return result;
}

void expect_same_grouping(const std::vector<int>& a, const std::vector<int>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a.size(); ++j) EXPECT_EQ(a[i] == a[j], b[i] == b[j]) << i << ' ' << j;
  }
}

AssociationConfig comparing_tokens() {
  AssociationConfig config = small(true);
  config.embedding_dim = config.dim;
  return config;
}

struct SeededModel {
  SeededModel() : fusion(small(true)), association(comparing_tokens()) {
    torch::NoGradGuard no_grad;
    association->temperature.fill_(1.5);
    association->within_view->proj->weight.zero_();  // tokens keep to themselves
    association->within_view->proj->bias.zero_();
    torch::nn::init::eye_(association->projection->weight);  // embeddings are as similar as tokens
    association->projection->bias.zero_();
  }
  TokenFusion fusion;
  Association association;
};

TEST(Associate, FindsWhoIsWhoWhateverTheOrderOfTheViews) {
  torch::manual_seed(5);
  SeededModel model;
  const auto a = two_people({{0, 0}, {0, 1}, {1, 1}, {1, 0}, {2, 0}, {2, 1}});
  const auto first = associate(model.fusion, model.association, a.human, a.scene, a.view);
  expect_same_grouping(first.person_of_detection, a.person);
  const auto order = labels({4, 5, 0, 1, 2, 3});
  const auto second = associate(model.fusion, model.association, a.human.index_select(0, order), a.scene,
                                labels({0, 0, 1, 1, 2, 2}));
  expect_same_grouping(second.person_of_detection,
                       {a.person[4], a.person[5], a.person[0], a.person[1], a.person[2], a.person[3]});
}

TEST(Associate, CountsPeopleWhomNoSingleViewSeesTogether) {
  torch::manual_seed(6);
  SeededModel model;
  const auto a = two_people({{0, 0}, {1, 1}, {2, 0}, {3, 1}});
  expect_same_grouping(
      associate(model.fusion, model.association, a.human, a.scene, a.view).person_of_detection, a.person);
  const auto paper =
      associate(model.fusion, model.association, a.human, a.scene, a.view, ActiveQueries::paper);
  EXPECT_EQ(paper.A.size(0), 1) << "the paper's rule counts max_v N_v people";
}

TEST(Associate, NeverPutsOnePersonTwiceIntoOneView) {
  torch::manual_seed(7);
  SeededModel model;
  const auto a = two_people({{0, 0}, {0, 1}, {1, 0}, {1, 0}});  // view 1 shows two who look the same
  const auto result = associate(model.fusion, model.association, a.human, a.scene, a.view);
  EXPECT_NE(result.person_of_detection[2], result.person_of_detection[3]);
}

TEST(Associate, NobodyIsNobody) {
  SeededModel model;
  const auto result =
      associate(model.fusion, model.association, torch::zeros({0, 12}), torch::zeros({0, 4}), labels({}));
  EXPECT_EQ(result.A.size(0), 0);
  EXPECT_TRUE(result.person_of_detection.empty());
}

}  // namespace
}  // namespace ahap
