#include "app/gui/method_desk.h"

#include <algorithm>

namespace ahap {

namespace {

std::string refusal_of(const std::string& kind, int views) {
  ModelDescription model;
  model.kind = kind;
  if (views > 1 && model.takes_one_camera())
    return "Takes the frames of one camera, not " + std::to_string(views) + " views of a moment.";
  return {};
}

std::string problem_of(const InstalledModel& model) {
  if (!model.problem.empty()) return model.problem;
  for (const ModelPart& part : model.parts) {
    if (!part.there) return part.file.filename().string() + " is missing.";
    if (!part.problem.empty()) return part.problem;
  }
  return "It is incomplete.";
}

}  // namespace

std::vector<MethodOffer> method_offers(const ModelInstaller& models, const std::string& in_use, int views) {
  std::vector<MethodOffer> offers;
  for (const InstalledModel& model : models.models()) {
    if (model.hidden) continue;
    offers.push_back({.method = {.name = model.directory.filename().string(), .title = model.name},
                      .refusal = model.usable() ? refusal_of(model.kind, views) : problem_of(model)});
    offers.back().proposed = offers.back().refusal.empty();
  }
  for (const ModelChoice& choice : models.choices()) {
    const std::string missing =
        choice.missing.empty() ? "" : "Missing: " + choice.missing + ". Models says where it comes from.";
    offers.push_back({.method = {.name = choice.name, .title = choice.title},
                      .refusal = missing.empty() ? refusal_of(choice.name, views) : missing});
  }
  const std::string& first = in_use.empty() ? models.default_model() : in_use;
  const auto rank = [&](const MethodOffer& offer) {
    return !offer.refusal.empty() ? 2 : offer.method.name == first ? 0 : 1;
  };
  std::stable_sort(offers.begin(), offers.end(),
                   [&](const MethodOffer& a, const MethodOffer& b) { return rank(a) < rank(b); });
  if (!offers.empty() && rank(offers.front()) == 0) offers.front().proposed = true;
  return offers;
}

std::vector<Method> chosen_methods(const MethodDesk& desk, const std::vector<MethodOffer>& offers) {
  std::vector<Method> methods;
  for (const MethodOffer& offer : offers) {
    const bool ticked = desk.chosen ? desk.chosen->contains(offer.method.name) : offer.proposed;
    if (ticked && offer.refusal.empty()) methods.push_back(offer.method);
  }
  return methods;
}

}  // namespace ahap
