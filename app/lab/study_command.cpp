#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <memory>

#include "app/cli/option_choice.h"
#include "app/lab/commands.h"
#include "app/lab/evaluation_run.h"
#include "app/lab/method_comparison.h"
#include "app/program_options.h"
#include "app/run_inputs.h"
#include "reconstruction/evaluation/study.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/results/results_folder.h"

namespace ahap {
namespace {

struct StudyRequest {
  std::filesystem::path captures, output, same_clothes, passing;
  std::vector<std::string> others;   // NAME=MODEL
  std::vector<std::string> methods;  // to be compared on one capture without a truth, instead of all else
  Options options = program_options();
  int limit = 0;
  bool quiet = false;
};

constexpr const char* kTables = "study.md";

const std::vector<std::string> kPeople = {"/people/pa_mpjpe", "/people/ga_mpjpe", "/people/w_mpjpe"};
const std::vector<std::string> kCameras = {"/cameras/ae", "/cameras/rra10", "/cameras/s_cca10"};
const std::vector<std::string> kIdentities = {"/association/precision", "/association/recall",
                                              "/association/accuracy"};

std::vector<std::string> join(std::initializer_list<std::vector<std::string>> parts) {
  std::vector<std::string> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Evaluates each way once and remembers its report on disk; what is there from a run before is kept.
class Study {
 public:
  explicit Study(const StudyRequest& request)
      : request_(request),
        terminal_(request.quiet ? TerminalProgress::Detail::quiet : TerminalProgress::Detail::normal),
        captures_(captures_in(request.captures, request.limit)) {}

  int captures() const { return int(captures_.size()); }

  StudyRow row(const std::string& name, const std::string& file, const Options& options, int views = 0,
               double pose_error = -1) {
    return evaluate(name, file, captures_, models(options.load.model), options, views, pose_error);
  }
  StudyRow row_on(const std::filesystem::path& captures, const std::string& name, const std::string& file) {
    return evaluate(name, file, captures_in(captures, request_.limit), models(request_.options.load.model),
                    request_.options, 0, -1);
  }

 private:
  using Loader = std::function<Model&()>;

  Loader models(const std::string& name) {
    return [this, name]() -> Model& {
      if (!models_ || loaded_ != name) {
        models_ = load_model({name, request_.options.load.device, request_.options.load.precision});
        loaded_ = name;
      }
      return *models_;
    };
  }

  StudyRow evaluate(const std::string& name, const std::string& file,
                    const std::vector<std::filesystem::path>& captures, const Loader& load,
                    const Options& options, int views, double pose_error) {
    const std::filesystem::path json = request_.output / (file + ".json");
    if (!std::filesystem::exists(json)) {
      if (!request_.quiet) std::cerr << readable(name) << std::endl;
      write_report_json(evaluate_captures(captures, load(), options, {views, pose_error, {}, 0}, terminal_),
                        json);
    }
    return {name, json};
  }

  const StudyRequest& request_;
  TerminalProgress terminal_;
  std::vector<std::filesystem::path> captures_;
  std::shared_ptr<Model> models_;
  std::string loaded_;
};

// The tables of a study, row by row.
class StudyTables {
 public:
  StudyTables(const StudyRequest& request, Study& study)
      : request_(request),
        study_(study),
        standard_(request.options),
        usual_(study.row("as it ships", "standard", request.options)) {}

  std::vector<StudyTable> all() {
    std::vector<StudyTable> tables = {views(),         cameras(),     known_poses(), bodies(),
                                      triangulation(), association(), depth_scale()};
    if (!request_.same_clothes.empty() || !request_.passing.empty()) tables.push_back(other_captures());
    if (!request_.others.empty()) tables.push_back(other_models());
    return tables;
  }

 private:
  template <typename Change>
  Options with(Change change) const {
    Options options = standard_;
    change(options);
    return options;
  }
  StudyRow named(const std::string& name) const { return {name, usual_.report}; }

  StudyTable views() {
    StudyTable views{"Number of views",
                     "The first pictures of each capture.",
                     join({kPeople, kCameras, {"/association/accuracy"}}),
                     {}};
    for (int count = 1; count <= 3; ++count) {
      views.rows.push_back(
          study_.row(std::to_string(count), "views" + std::to_string(count), standard_, count));
    }
    views.rows.push_back(named("all"));
    return views;
  }

  StudyTable cameras() {
    return {"Cameras",
            "From people and from the straight edges of rooms: in closed form; these adjusted to the "
            "joints seen (as it "
            "ships); without the edges; and everything adjusted together at the end (`--refine`).",
            join({kCameras, kPeople, {"/depth/abs_rel", "/seconds/total"}}),
            {study_.row("closed form", "closed_form",
                        with([](Options& o) { o.study.cameras = CameraMethod::closed_form; })),
             named("adjusted to joints"),
             study_.row("closed form, people alone", "closed_form_people", with([](Options& o) {
                          o.study.cameras = CameraMethod::closed_form;
                          o.study.straight_edges = false;
                        })),
             study_.row("adjusted to joints, people alone", "people_alone",
                        with([](Options& o) { o.study.straight_edges = false; })),
             study_.row("with --refine", "refine", with([](Options& o) { o.refine = true; }))}};
  }

  StudyTable known_poses() {
    StudyTable poses{"Poses of a scene branch",
                     "As if the scene branch related the views, like Depth Anything 3: it is told the true "
                     "poses, turned by a normal "
                     "error of so many degrees per axis and moved by one of the same size relative to the "
                     "cameras' distances. "
                     "Alone, or fused with the people by `--refine`.",
                     join({kCameras, kPeople}),
                     {}};
    for (const int degrees : {1, 3, 10}) {
      const std::string name = std::to_string(degrees) + (degrees == 1 ? " degree" : " degrees");
      const double error = degrees * M_PI / 180;
      poses.rows.push_back(study_.row(name, "poses" + std::to_string(degrees), standard_, 0, error));
      poses.rows.push_back(study_.row(name + ", fused with people",
                                      "poses" + std::to_string(degrees) + "_refine",
                                      with([](Options& o) { o.refine = true; }), 0, error));
    }
    return poses;
  }

  StudyTable bodies() {
    return {"Bodies",
            "Decoded in every view and averaged, or in one view.",
            kPeople,
            {named("every view"), study_.row("one view", "one_view",
                                             with([](Options& o) { o.study.decode_every_view = false; }))}};
  }

  StudyTable triangulation() {
    return {"Triangulation",
            "People's places from all views, or from one view's depth.",
            kPeople,
            {named("with"),
             study_.row("without", "single_view", with([](Options& o) { o.study.triangulate = false; }))}};
  }

  StudyTable association() {
    return {
        "Association",
        "Person queries with the human head, or bodies compared and averaged in 3D. Cameras come from people "
        "matched by the queries in both.",
        join({kIdentities, kPeople}),
        {named("learned"), study_.row("geometric", "geometric", with([](Options& o) {
                                        o.association = AssociationMethod::geometric;
                                      }))}};
  }

  StudyTable depth_scale() {
    return {
        "Scale of the depth maps",
        "Equation 14 for every view, for all views together, or depth as the network gives it.",
        {"/depth/abs_rel", "/depth/delta1"},
        {named("every view"), study_.row("all views", "scale_scene", with([](Options& o) {
                                           o.study.depth_scale = DepthScale::scene;
                                         })),
         study_.row("none", "scale_none", with([](Options& o) { o.study.depth_scale = DepthScale::none; }))}};
  }

  StudyTable other_captures() {
    StudyTable kinds{
        "Other captures", "", join({{"/detection/f1"}, kIdentities, kPeople, kCameras}), {named("test set")}};
    if (!request_.same_clothes.empty())
      kinds.rows.push_back(study_.row_on(request_.same_clothes, "everybody dressed alike", "same_clothes"));
    if (!request_.passing.empty())
      kinds.rows.push_back(study_.row_on(request_.passing, "people walking past each other", "passing"));
    return kinds;
  }

  StudyTable other_models() {
    StudyTable models{
        "Other models", "", join({{"/detection/f1", "/association/accuracy"}, kPeople, kCameras}), {usual_}};
    for (const std::string& other : request_.others) {
      const std::size_t equals = other.find('=');
      const std::string name = other.substr(0, equals);
      std::string file = "model_" + name;
      for (char& c : file) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      models.rows.push_back(
          study_.row(name, file, with([&](Options& o) { o.load.model = other.substr(equals + 1); })));
    }
    return models;
  }

  const StudyRequest& request_;
  Study& study_;
  Options standard_;
  StudyRow usual_;
};

void compare(const StudyRequest& request) {
  InputFiles inputs;
  inputs.add(request.captures);
  for (const std::string& method : request.methods) add_model(inputs, method);
  inputs.require_kept(request.output / "methods.md");
  std::cout << compare_methods({.capture = request.captures,
                                .output = request.output,
                                .methods = request.methods,
                                .options = request.options,
                                .quiet = request.quiet});
}

void study(const StudyRequest& request) {
  for (const std::string& other : request.others) {
    if (other.find('=') == std::string::npos || other.front() == '=')
      throw CLI::ValidationError("--compare", "\"" + other + "\" is not NAME=MODEL");
  }
  Study runs(request);
  ResultsFolder results(request.output);
  for (const std::string& note : results.notes()) std::cerr << "note: " << readable(note) << std::endl;
  results.require_replaceable([](const std::string& path) { return path == kTables; });
  const auto tables = StudyTables(request, runs).all();
  const std::string text = study_markdown(
      "Studies on " + std::to_string(runs.captures()) + " captures, means and 95 % intervals over captures",
      tables);
  results.put([&](const std::filesystem::path& staging) {
    safe_write(staging / kTables, [&](std::ostream& out) { out << text; });
  });
  std::cout << text;
}

}  // namespace

void add_study_command(CLI::App& program) {
  auto* command =
      program.add_subcommand("study", "Compare ways to reconstruct on captures whose truth is known.");
  auto request = std::make_shared<StudyRequest>();
  command
      ->add_option("--captures", request->captures,
                   "A folder of captures with ground truth; with --methods one capture, which needs none")
      ->required()
      ->type_name("DIR");
  command
      ->add_option(
          "-o,--output", request->output,
          "Folder for study.md and one JSON per way; reports that are there from before are kept. With "
          "--methods for methods.md and one result per method")
      ->required()
      ->type_name("DIR");
  command->add_option("--same-clothes", request->same_clothes, "Captures in which everybody is dressed alike")
      ->type_name("DIR");
  command->add_option("--passing", request->passing, "Captures of people who pass each other")
      ->type_name("DIR");
  command
      ->add_option("--model", request->options.load.model,
                   "Name of an installed model, or a folder with a model.json")
      ->type_name("NAME|DIR");
  command->add_option("--compare", request->others, "Another model as a row of its own")
      ->type_name("NAME=MODEL");
  command
      ->add_option(
          "--methods", request->methods,
          "Models by name, for example photo,compact,pi3x+multi-hmr: what each finds in one capture, what "
          "it takes, and how far they are from each other")
      ->delimiter(',')
      ->type_name("NAME,...");
  add_device_options(*command, request->options);
  command->add_option("--limit", request->limit, "Only the first captures (default: all)")
      ->check(CLI::PositiveNumber);
  command->add_flag("-q,--quiet", request->quiet, "No progress");
  command->footer(
      "Examples:\n"
      "  ahap-lab study --captures test_captures -o study\n"
      "  ahap-lab study --captures test_captures -o study --compare \"without contrastive "
      "loss\"=models/no_contrastive\n"
      "  ahap-lab study --captures party/ --methods photo,compact -o methods\n");
  command->callback([request] { request->methods.empty() ? study(*request) : compare(*request); });
}

}  // namespace ahap
