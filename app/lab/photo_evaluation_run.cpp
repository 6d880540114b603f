#include "app/lab/photo_evaluation_run.h"

#include <algorithm>
#include <stdexcept>

#include "reconstruction/capture/calibrated_capture.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/evaluation/reconstruction_file.h"

namespace ahap {
namespace {

// The pictures of an item that its labels name.
std::vector<View> pictures(const LabelledItem& item, const Progress& progress) {
  const Capture capture = without_calibration(open_capture({item.path}));
  std::vector<View> views = decode_frame(capture, 0, nullptr, progress);
  std::erase_if(views, [&](const View& view) {
    return std::none_of(item.views.begin(), item.views.end(),
                        [&](const LabelledView& label) { return label.name == view.name; });
  });
  if (views.empty())
    throw std::runtime_error(item.path.string() + ": none of its pictures is named in truth.json");
  return views;
}

std::vector<View> those_of(const LabelledItem& subset, const std::vector<View>& views) {
  std::vector<View> chosen;
  for (const LabelledView& label : subset.views) {
    const auto found =
        std::find_if(views.begin(), views.end(), [&](const View& view) { return view.name == label.name; });
    if (found == views.end()) throw std::runtime_error((subset.path / label.name).string() + " is missing");
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace

std::vector<LabelledItem> chosen_items(const PhotoEvaluation& request) {
  std::vector<LabelledItem> all = read_photo_benchmark(request.benchmark);
  const auto named = [&](const std::string& name) {
    return std::find_if(all.begin(), all.end(), [&](const LabelledItem& item) { return item.name == name; });
  };
  for (const std::string& name : request.items) {
    if (named(name) == all.end())
      throw std::runtime_error(request.benchmark.string() + " has no item " + name);
  }
  if (!request.items.empty()) {
    std::erase_if(all, [&](const LabelledItem& item) {
      return std::find(request.items.begin(), request.items.end(), item.name) == request.items.end();
    });
  }
  if (request.limit > 0 && int(all.size()) > request.limit) all.resize(request.limit);
  return all;
}

PhotoReport score_results(const PhotoEvaluation& request) {
  if (!std::filesystem::is_directory(request.results))
    throw std::runtime_error(request.results.string() + " is not a folder.");
  PhotoReport report;
  for (const LabelledItem& item : chosen_items(request)) {
    const auto file = request.results / item.name / "reconstruction.json";
    if (std::filesystem::exists(file))
      report.items.push_back(score_photographs(read_reconstruction_file(file), 0, item));
    else
      report.missing.push_back(item.name);
  }
  if (report.items.empty())
    throw std::runtime_error(request.results.string() + " holds no result of " + request.benchmark.string() +
                             "; ITEM/reconstruction.json is looked for");
  return report;
}

PhotoReport evaluate_photographs(const PhotoEvaluation& request, Model& model, const Options& options,
                                 TerminalProgress& terminal) {
  const std::vector<LabelledItem> items = chosen_items(request);
  PhotoReport report;
  if (request.subsets) report.subsets = {{2, {}}, {3, {}}};
  Progress only_stop;
  only_stop.stop_requested = terminal.progress().stop_requested;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto show = [&](double part) {
      terminal.report("photographs", (double(i) + part) / double(items.size()));
    };
    show(0);
    const std::vector<View> views = pictures(items[i], only_stop);
    report.items.push_back(score_photographs(*reconstruct(views, model, options, only_stop), 0, items[i]));
    for (PhotoSubsets& subsets : report.subsets) {
      for (const LabelledItem& subset : view_subsets(items[i], subsets.size)) {
        subsets.scores.push_back(
            score_photographs(*reconstruct(those_of(subset, views), model, options, only_stop), 0, subset));
      }
      show(0.5);
    }
  }
  terminal.clear();
  return report;
}

}  // namespace ahap
