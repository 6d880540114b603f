#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/assets.h"
#include "app/cli/commands.h"
#include "app/cli/drawing_benchmark.h"
#include "app/cli/option_choice.h"
#include "app/cli/terminal_progress.h"
#include "app/program_options.h"
#include "app/run_inputs.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/networks/operation_record.h"
#include "reconstruction/peak_memory.h"
#include "reconstruction/reconstruct.h"

namespace ahap {
namespace {

struct BenchmarkRequest {
  std::vector<std::filesystem::path> inputs;
  Options options = program_options();
  int repeat = 5;
  int views = 0;                  // 0: as many as the capture has
  std::vector<int> sweep;         // several numbers of them, in place of `views`
  std::filesystem::path profile;  // receives the time line of a run; empty: none
  bool json = false;
  bool drawing = false;  // the 3D view is timed instead
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

// The first views of the capture, repeated from the first on where more are asked for.
std::vector<View> as_many(const std::vector<View>& own, int wanted) {
  std::vector<View> views(own.begin(), own.begin() + std::min<std::ptrdiff_t>(wanted, std::ssize(own)));
  for (std::size_t i = own.size(); i < std::size_t(wanted); ++i) {
    views.push_back(own[i % own.size()]);
    views.back().name += " (" + std::to_string(i / own.size() + 1) + ")";
  }
  return views;
}

// What the runs on one number of views took.
struct Measurement {
  std::size_t views = 0, people = 0;
  std::string model;
  std::vector<std::string> stages;                     // in their order
  std::map<std::string, std::vector<double>> seconds;  // of each stage and run
  std::vector<double> totals;
  std::map<std::string, double> operations;  // of the networks in each stage
  double peak_memory = 0;                    // MiB, of the process so far
};

// Follows a run's stages, and what the networks compute in each of them.
class StageFollower {
 public:
  explicit StageFollower(OperationRecord& record) : record_(record) {}

  Progress progress(const Progress& terminal) {
    Progress progress;
    progress.stop_requested = terminal.stop_requested;
    progress.report = [this](const std::string& stage, double) {
      if (stage != stage_) next(stage);
    };
    return progress;
  }
  std::map<std::string, double> finish() {
    next("");
    return operations_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void next(const std::string& stage) {
    const double operations = record_.operations();
    const Clock::time_point now = Clock::now();
    if (!stage_.empty()) {
      operations_[stage_] += operations - before_;
      record_.add_span(stage_, since_, now);
    }
    stage_ = stage;
    before_ = operations;
    since_ = now;
  }

  OperationRecord& record_;
  std::string stage_;
  double before_ = 0;
  Clock::time_point since_;
  std::map<std::string, double> operations_;
};

Measurement measure(const std::vector<View>& views, Model& model, const BenchmarkRequest& request,
                    TerminalProgress& terminal) {
  using Clock = std::chrono::steady_clock;
  Progress only_stop;
  only_stop.stop_requested = terminal.progress().stop_requested;
  Measurement measured;
  measured.views = views.size();
  const std::string what = std::to_string(views.size()) + (views.size() == 1 ? " view" : " views");
  terminal.report(what + ", warming up", 0);
  {  // warms caches and kernels up
    OperationRecord record;
    StageFollower stages(record);
    reconstruct(views, model, request.options, stages.progress(only_stop));
    measured.operations = stages.finish();
  }
  for (int run = 0; run < request.repeat; ++run) {
    terminal.report(what + ", runs", double(run) / request.repeat);
    const auto begin = Clock::now();
    const auto result = reconstruct(views, model, request.options, only_stop);
    measured.totals.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    for (const StageTiming& timing : result->timings) {
      if (!measured.seconds.count(timing.stage)) measured.stages.push_back(timing.stage);
      measured.seconds[timing.stage].push_back(timing.seconds);
    }
    measured.people = result->people.size();
    measured.model = result->model_name;
  }
  measured.peak_memory = peak_memory();
  terminal.clear();
  return measured;
}

// limit: operations per second of matrix products on this machine.
nlohmann::ordered_json json_of(const Measurement& measured, int runs, double load, double limit) {
  nlohmann::ordered_json json = {{"model", measured.model},
                                 {"views", measured.views},
                                 {"people", measured.people},
                                 {"runs", runs},
                                 {"load_seconds", load},
                                 {"peak_memory_mib", measured.peak_memory},
                                 {"matrix_product_gflops", limit / 1e9},
                                 {"total_seconds", median(measured.totals)}};
  for (const std::string& stage : measured.stages) {
    const std::vector<double>& seconds = measured.seconds.at(stage);
    const auto [least, most] = std::minmax_element(seconds.begin(), seconds.end());
    json["seconds"][stage] = median(seconds);
    json["least_seconds"][stage] = *least;
    json["most_seconds"][stage] = *most;
    if (const auto found = measured.operations.find(stage); found != measured.operations.end())
      json["gflop"][stage] = found->second / 1e9;
  }
  return json;
}

void print(const Measurement& measured, int runs, double limit) {
  std::printf("%s model, %zu view%s, %zu %s, median of %d run%s after one to warm up\n\n",
              measured.model.c_str(), measured.views, measured.views == 1 ? "" : "s", measured.people,
              measured.people == 1 ? "person" : "people", runs, runs == 1 ? "" : "s");
  std::printf("  %-16s %8s %8s %8s %8s %8s\n", "stage", "median", "least", "most", "GFLOP", "GFLOP/s");
  const auto row = [](const std::string& name, const std::vector<double>& values, double operations) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    std::printf("  %-16s %6.3f s %6.3f s %6.3f s", name.c_str(), median(values), *least, *most);
    if (operations > 0) std::printf(" %8.1f %8.1f", operations / 1e9, operations / 1e9 / median(values));
    std::printf("\n");
  };
  double all = 0;
  for (const std::string& stage : measured.stages) {
    const auto found = measured.operations.find(stage);
    const double operations = found == measured.operations.end() ? 0 : found->second;
    row(stage, measured.seconds.at(stage), operations);
    all += operations;
  }
  row("all", measured.totals, all);
  std::printf(
      "\n  matrix products of this machine reach %.0f GFLOP/s; counted are the networks' products, "
      "convolutions and attention\n",
      limit / 1e9);
  std::printf("\n  peak memory so far %.0f MiB\n\n", measured.peak_memory);
  std::fflush(stdout);
}

void write_profile(const std::vector<View>& views, Model& model, const BenchmarkRequest& request,
                   TerminalProgress& terminal) {
  terminal.report("run with a time line", 0);
  OperationRecord record(/*with_time_line=*/true);
  StageFollower stages(record);
  reconstruct(views, model, request.options, stages.progress(terminal.progress()));
  stages.finish();
  record.write_time_line(request.profile);
  terminal.clear();
}

void benchmark(BenchmarkRequest request) {
  if (request.inputs.empty()) request.inputs = {sample_capture()};
  TerminalProgress terminal(TerminalProgress::Detail::normal);
  const Progress progress = terminal.progress();
  const Capture capture = open_capture(request.inputs, progress);
  if (!request.profile.empty()) {
    InputFiles inputs;
    add_capture(inputs, capture, request.inputs);
    add_model(inputs, request.options.load.model);
    inputs.require_kept(request.profile);
    require_writable(request.profile);
  }
  const auto start = std::chrono::steady_clock::now();
  step(progress, "load model", 0);
  const auto model = load_model(request.options.load);
  const double load = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::vector<View> views = decode_frame(capture, 0, nullptr, progress);

  step(progress, "rate of matrix products", 0);
  const double limit = matrix_product_rate();
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  if (request.sweep.empty()) request.sweep = {request.views};
  for (const int count : request.sweep) {
    const Measurement measured =
        measure(as_many(views, count > 0 ? count : int(views.size())), *model, request, terminal);
    if (request.json)
      all.push_back(json_of(measured, request.repeat, load, limit));
    else
      print(measured, request.repeat, limit);
  }
  if (!request.profile.empty())
    write_profile(request.views > 0 ? as_many(views, request.views) : views, *model, request, terminal);
  if (request.json)
    std::cout << (all.size() == 1 ? all[0] : all).dump(1) << std::endl;
  else
    std::printf("  loading the model %.2f s\n", load);
}

}  // namespace

void add_benchmark_command(CLI::App& program) {
  auto* command = program.add_subcommand("benchmark", "Time every stage of a reconstruction.");
  auto request = std::make_shared<BenchmarkRequest>();
  command->add_option("INPUT", request->inputs, "As for reconstruct (default: the sample capture)");
  command
      ->add_option("--model", request->options.load.model,
                   "Name of an installed model, or a folder with a model.json")
      ->type_name("NAME|DIR");
  add_association_option(*command, request->options.association);
  add_refine_option(*command, request->options.refine);
  add_device_options(*command, request->options);
  auto* views = command
                    ->add_option("--views", request->views,
                                 "Number of views; the capture's are repeated where it has fewer")
                    ->check(CLI::Range(1, 1000));
  command
      ->add_option("--sweep", request->sweep,
                   "Several numbers of views, separated by commas, one after the other")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 1000))
      ->excludes(views)
      ->type_name("N,N,...");
  command->add_option("--repeat", request->repeat, "Timed runs")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--profile", request->profile,
                   "File for the time line of one more run, which ui.perfetto.dev opens")
      ->type_name("FILE.json");
  command->add_flag("--json", request->json, "Print the numbers as JSON; a list of them for a sweep");
  auto drawing = std::make_shared<DrawingRequest>();
  auto* draws = command->add_flag("--drawing", request->drawing,
                                  "Time the 3D view instead, on a made-up room without a window");
  const auto count = [&](const char* name, int& value, const char* what, int most) {
    command->add_option(name, value, what)->check(CLI::Range(1, most))->needs(draws)->capture_default_str();
  };
  count("--points", drawing->points, "Points of the room", 50'000'000);
  count("--people", drawing->people, "People in it", 1000);
  count("--cameras", drawing->cameras, "Cameras around them", 1000);
  command->footer(
      "Examples:\n"
      "  ahap benchmark\n"
      "  ahap benchmark photos/ --views 8 --precision f32 --repeat 10 --json\n"
      "  ahap benchmark --sweep 1,2,4,8\n"
      "  ahap benchmark --repeat 1 --profile trace.json\n"
      "  ahap benchmark --drawing --points 5000000\n");
  command->callback([request, drawing] {
    if (!request->drawing) return benchmark(*request);
    drawing->json = request->json;
    benchmark_drawing(*drawing);
  });
}

}  // namespace ahap
