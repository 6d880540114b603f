#include "reconstruction/evaluation/photo_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

using Json = nlohmann::ordered_json;
using Value = std::optional<double>;

constexpr double kWrongCamera = 10;  // degrees

// --- values of a row ---

Value mean(const std::vector<double>& values) {
  return Score{std::accumulate(values.begin(), values.end(), 0.0), double(values.size())}.value();
}

// Mean over the items that have a value.
template <typename Items, typename Get>
Value mean_over(const Items& items, Get get) {
  Score score;
  for (const auto& item : items) {
    if (const Value value = get(item)) score.add(*value);
  }
  return score.value();
}

struct CameraColumn {
  const char* key;
  Value (*value)(const PhotoCameraScores&);
  double shown = 1;  // factor of the table
};

using Centres = PhotoCameraScores::Centres;

template <typename Get>
Value of_centres(const PhotoCameraScores& scores, Get get) {
  return scores.centres ? Value(get(*scores.centres)) : std::nullopt;
}

const std::vector<CameraColumn>& camera_columns() {
  static const std::vector<CameraColumn> columns = {
      {"AE_mean", [](const PhotoCameraScores& s) { return s.ae_mean().value(); }},
      {"AE_median", [](const PhotoCameraScores& s) { return s.ae_median(); }},
      {"RRA@5", [](const PhotoCameraScores& s) { return s.rra5.value(); }},
      {"RRA@10", [](const PhotoCameraScores& s) { return s.rra10.value(); }},
      {"RRA@15", [](const PhotoCameraScores& s) { return s.rra15.value(); }},
      {"centre_error_mean",
       [](const PhotoCameraScores& s) {
         return of_centres(s, [](const Centres& c) { return *mean(c.errors); });
       }},
      {"centre_error_median",
       [](const PhotoCameraScores& s) {
         return of_centres(s, [](const Centres& c) { return *median(c.errors); });
       }},
      {"s-CCA@10",
       [](const PhotoCameraScores& s) {
         return of_centres(s, [](const Centres& c) { return *c.s_cca10.value(); });
       }},
      {"scale_true_over_estimated",
       [](const PhotoCameraScores& s) { return of_centres(s, [](const Centres& c) { return c.scale; }); }},
      {"metric_centre_error_mean",
       [](const PhotoCameraScores& s) {
         return of_centres(s, [](const Centres& c) { return c.metric_error; });
       }},
      {"focal_error_mean", [](const PhotoCameraScores& s) { return s.focal.value(); }, 100},
  };
  return columns;
}

// --- text ---

std::string format(const char* pattern, auto... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string number(Value value) {
  return value ? format("%.3f", *value) : "-";
}
std::string cell(Value value) {
  return format("%6s", number(value).c_str());
}

std::string row(const std::vector<Value>& values) {
  std::string text;
  for (const Value& value : values) text.append(text.empty() ? "" : " ").append(cell(value));
  return text;
}

std::string cameras_text(const std::vector<PhotoItemScores>& items) {
  std::string text =
      "cameras            est  AEmean AEmed  RRA@5 RRA@10 RRA@15 centre[m] (med)  sCCA@10 scale  metric[m] "
      "focal%\n";
  std::vector<PhotoCameraScores> all;
  const auto values = [](auto get) {
    std::vector<Value> values;
    for (const CameraColumn& column : camera_columns()) {
      const Value value = get(column);
      values.push_back(value ? Value(*value * column.shown) : value);
    }
    return values;
  };
  for (const PhotoItemScores& item : items) {
    if (!item.cameras) continue;
    all.push_back(*item.cameras);
    text += padded(item.name, 18) + format(" %d/%d ", item.cameras->estimated, item.cameras->views) +
            row(values([&](const CameraColumn& column) { return column.value(*item.cameras); })) + "\n";
  }
  if (all.empty()) return text;
  return text + padded("MEAN", 18) + "     " +
         row(values([&](const CameraColumn& column) { return mean_over(all, column.value); })) + "\n";
}

std::string people_text(const std::vector<PhotoItemScores>& items) {
  std::string text =
      "\npeople             true found false  prec   rec    F1   ids t/f  idacc idacc(found) pair P   R\n";
  for (const PhotoItemScores& item : items) {
    const PhotoPeopleScores& p = item.people;
    const auto& ids = p.identities;
    const auto of_ids = [&](auto member) { return ids ? ((*ids).*member).value() : std::nullopt; };
    using Ids = PhotoPeopleScores::Identities;
    text += padded(item.name, 18) + format(" %4d %4d %4d ", p.found + p.missed, p.found, p.false_alarms) +
            row({p.precision.value(), p.recall.value(), p.f1.value()}) +
            (ids ? format("  %d/%d   ", ids->true_people, ids->found_people) : "  None/None   ") +
            row({of_ids(&Ids::accuracy), of_ids(&Ids::accuracy_found), of_ids(&Ids::pair_precision),
                 of_ids(&Ids::pair_recall)}) +
            (p.height.value() ? format("  height error %.3f m", *p.height.value()) : "") + "\n";
  }
  return text;
}

// PCK of an item of which no labelled person was found.
Value pck(const PhotoPeopleScores& scores) {
  return scores.joints_labelled ? Value(scores.pck.value().value_or(0)) : std::nullopt;
}

std::string pictures_text(const std::vector<PhotoItemScores>& items) {
  std::string text = "\npicture                      true found false  F1    PCK@0.2 PCK(all)\n";
  for (const PhotoItemScores& item : items) {
    const PhotoPeopleScores& p = item.people;
    text += padded(item.name, 28) + format(" %4d %4d %4d ", p.found + p.missed, p.found, p.false_alarms) +
            row({p.f1.value(), pck(p), p.pck_all.value()}) + "\n";
  }
  return text;
}

std::string total_text(const std::vector<PhotoItemScores>& items, const std::string& name, bool identities) {
  int found = 0, missed = 0, false_alarms = 0;
  Score pck_found, pck_all;
  for (const PhotoItemScores& item : items) {
    found += item.people.found;
    missed += item.people.missed;
    false_alarms += item.people.false_alarms;
    pck_found += item.people.pck;
    pck_all += item.people.pck_all;
  }
  const auto share = [](double part, double all) { return number(part / std::max(all, 1.0)); };
  std::string text = name +
                     format(": people %d found %d false %d precision ", found + missed, found, false_alarms) +
                     share(found, found + false_alarms) + " recall " + share(found, found + missed) + " F1 " +
                     share(2 * found, found + false_alarms + found + missed);
  if (pck_all.count > 0) {
    text += " PCK@0.2 " + share(pck_found.sum, pck_found.count) + " of found, " + number(pck_all.value()) +
            " of all (" + format("%.0f", pck_all.count) + " joints)";
  }
  if (identities) {
    using Ids = PhotoPeopleScores::Identities;
    const auto mean_of = [&](Score Ids::*member) {
      return number(mean_over(items, [member](const PhotoItemScores& item) {
        return item.people.identities ? ((*item.people.identities).*member).value() : std::nullopt;
      }));
    };
    text += " identity accuracy " + mean_of(&Ids::accuracy) + " pair recall " + mean_of(&Ids::pair_recall) +
            " pair precision " + mean_of(&Ids::pair_precision);
  }
  return text + "\n";
}

// What score.py does not print.
std::string further_text(const PhotoReport& report) {
  std::string text;
  Score bodies;
  for (const PhotoItemScores& item : report.items) bodies += item.people.pck_bodies;
  if (bodies.value())
    text += "bodies in their own pictures: PCK@0.2 " + number(bodies.value()) + " of all joints\n";
  int wrong = 0, cameras = 0;
  for (const PhotoItemScores& item : report.items) {
    if (!item.cameras) continue;
    const std::vector<double>& angles = item.cameras->camera_angles;
    cameras += int(angles.size());
    wrong +=
        int(std::count_if(angles.begin(), angles.end(), [](double angle) { return angle > kWrongCamera; }));
  }
  if (cameras > 0)
    text += format("cameras with a pose that is wrong by more than 10 degrees: %d of %d\n", wrong, cameras);
  for (const PhotoSubsets& subsets : report.subsets) {
    const SubsetSummary summary = summarise(subsets);
    text += format("every %d pictures: %d subsets, AE mean %.3f median %.3f, RRA@10 ", subsets.size,
                   summary.count, summary.ae_mean, summary.ae_median) +
            number(summary.rra10.value()) + format(", %d with swapped people\n", summary.swapped);
  }
  return text;
}

// --- JSON ---

Json json(Value value) {
  return value ? Json(*value) : Json();
}

Json cameras_json(const PhotoCameraScores& scores) {
  Json json = {{"views", scores.views}, {"estimated", scores.estimated}, {"pairs", scores.pairs}};
  for (const CameraColumn& column : camera_columns()) {
    const Value value = column.value(scores);
    json[column.key] = value ? Json(*value) : Json();
  }
  if (scores.centres) json["scene_size"] = scores.centres->scene_size;
  return json;
}

Json people_json(const PhotoPeopleScores& p) {
  Json result = {{"people", p.found + p.missed},     {"found", p.found},
                 {"false", p.false_alarms},          {"precision", json(p.precision.value())},
                 {"recall", json(p.recall.value())}, {"F1", json(p.f1.value())}};
  if (p.joints_labelled) {
    result["PCK@0.2"] = json(pck(p));
    result["PCK@0.2_all"] = json(p.pck_all.value());
    result["PCK@0.2_bodies"] = json(p.pck_bodies.value());
    result["joints"] = int(p.pck_all.count);
  }
  if (p.identities) {
    const auto& ids = *p.identities;
    result["true_people"] = ids.true_people;
    result["found_people"] = ids.found_people;
    result["identity_accuracy"] = json(ids.accuracy.value());
    result["identity_accuracy_found"] = json(ids.accuracy_found.value());
    result["pair_precision"] = json(ids.pair_precision.value());
    result["pair_recall"] = json(ids.pair_recall.value());
  }
  if (p.heights_known) result["height_error_m"] = json(p.height.value());
  return result;
}

std::vector<PhotoItemScores> of_kind(const std::vector<PhotoItemScores>& items, bool several_views) {
  std::vector<PhotoItemScores> chosen;
  std::copy_if(items.begin(), items.end(), std::back_inserter(chosen),
               [&](const PhotoItemScores& item) { return item.several_views == several_views; });
  return chosen;
}

}  // namespace

SubsetSummary summarise(const PhotoSubsets& subsets) {
  SubsetSummary summary;
  std::vector<double> angles;
  for (const PhotoItemScores& scores : subsets.scores) {
    ++summary.count;
    angles.push_back(scores.cameras->ae_mean().value().value_or(180));
    summary.rra10.add(*scores.cameras->rra10.value());
    summary.swapped += scores.people.identities && scores.people.identities->swapped;
  }
  summary.ae_mean = mean(angles).value_or(0);
  summary.ae_median = median(angles).value_or(0);
  return summary;
}

std::string photo_report_text(const PhotoReport& report) {
  const auto frames = of_kind(report.items, true), pictures = of_kind(report.items, false);
  std::string text;
  if (!frames.empty())
    text += cameras_text(frames) + people_text(frames) + total_text(frames, "ALL multi-view", true);
  if (!pictures.empty()) text += pictures_text(pictures) + total_text(pictures, "ALL pictures", false);
  if (!report.missing.empty()) {
    text += "no result:";
    for (const std::string& name : report.missing) text += " " + name;
    text += "\n";
  }
  const std::string further = further_text(report);
  if (!further.empty()) text.append("\n").append(further);
  return text;
}

void write_photo_report_json(const PhotoReport& report, const std::filesystem::path& file) {
  Json items = Json::object(), subsets = Json::array();
  for (const PhotoItemScores& item : report.items) {
    items[item.name] = {{"kind", item.several_views ? "multiview" : "pictures"},
                        {"cameras", item.cameras ? cameras_json(*item.cameras) : Json()},
                        {"people", people_json(item.people)}};
  }
  for (const PhotoSubsets& some : report.subsets) {
    const SubsetSummary summary = summarise(some);
    subsets.push_back({{"size", some.size},
                       {"count", summary.count},
                       {"AE_mean", summary.ae_mean},
                       {"AE_median", summary.ae_median},
                       {"RRA@10", json(summary.rra10.value())},
                       {"swapped", summary.swapped}});
  }
  const Json root = {{"items", items}, {"missing", report.missing}, {"subsets", subsets}};
  safe_write(file, [&](std::ostream& out) {
    out << root.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
  });
}

}  // namespace ahap
