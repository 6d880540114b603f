#include "reconstruction/training/curves.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "reconstruction/formats/chart_picture.h"
#include "reconstruction/formats/image_file.h"
#include "reconstruction/image.h"
#include "reconstruction/training/history.h"

namespace ahap {
namespace {

constexpr Color kPaper{255, 255, 255}, kInk{40, 44, 52}, kFaint{226, 229, 234}, kGrey{110, 116, 128};
constexpr Color kTraining{0, 114, 178}, kValidation{213, 94, 0};  // apart for colour-blind eyes
constexpr int kColumns = 4, kWidth = 330, kHeight = 210, kTop = 74;

struct Point {
  double x, y;
};

struct Chart {
  std::string name;
  std::vector<Point> training, validation;
};

// From a value to a fraction of the axis.
struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;

  double at(double v) const {
    const double t = logarithmic ? std::log(v / low) / std::log(high / low) : (v - low) / (high - low);
    return std::clamp(t, 0.0, 1.0);
  }
  std::vector<double> ticks(int about) const {
    std::vector<double> result;
    if (logarithmic) {
      const bool many = std::log10(high / low) > 2;
      for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10) {
        for (const double m : many ? std::vector<double>{1} : std::vector<double>{1, 2, 5}) {
          if (m * decade >= low * 0.999 && m * decade <= high * 1.001) result.push_back(m * decade);
        }
      }
      return result;
    }
    const double rough = (high - low) / about, decade = std::pow(10, std::floor(std::log10(rough)));
    double step = decade * 10;
    for (const double m : {5.0, 2.0, 1.0}) {
      if (m * decade >= rough * 0.999) step = m * decade;
    }
    for (double v = std::ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) {
      result.push_back(std::abs(v) < 1e-9 * step ? 0 : v);
    }
    return result;
  }
};

std::string short_number(double v) {
  char text[32];
  if (std::abs(v) >= 1e6) {
    std::snprintf(text, sizeof text, "%.3gM", v / 1e6);
  } else if (std::abs(v) >= 1e4) {
    std::snprintf(text, sizeof text, "%.3gk", v / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.4g", v);
  }
  return text;
}

// Wide enough for all values; logarithmic where the untrained ones would flatten the rest.
Axis value_axis(const Chart& chart) {
  std::vector<double> values;
  for (const auto* curve : {&chart.training, &chart.validation}) {
    for (const Point& p : *curve) values.push_back(p.y);
  }
  std::sort(values.begin(), values.end());
  Axis axis;
  axis.low = values.front();
  axis.high = values.back();
  const double span = axis.low > 0 ? axis.high / axis.low : 0;
  if (span > 8 && span < 1e4) {
    axis.logarithmic = true;
    axis.low /= 1.1, axis.high *= 1.1;
    return axis;
  }
  const double margin =
      axis.high > axis.low ? 0.06 * (axis.high - axis.low) : std::max(1e-6, 0.1 * std::abs(axis.high));
  axis.low -= axis.low >= 0 && axis.low < margin ? axis.low : margin;
  axis.high += margin;
  return axis;
}

void draw(ChartPicture& picture, const Chart& chart, const Axis& steps, double left, double top) {
  const double x0 = left + 58, x1 = left + kWidth - 14, y0 = top + kHeight - 36, y1 = top + 24;
  const Axis values = value_axis(chart);
  const auto x_of = [&](double step) { return x0 + steps.at(step) * (x1 - x0); };
  const auto y_of = [&](double value) { return y0 + values.at(value) * (y1 - y0); };
  picture.text(chart.name + (values.logarithmic ? "  (log)" : ""), x0, top + 16, 14, kInk);
  for (const double v : values.ticks(4)) {
    picture.line(x0, y_of(v), x1, y_of(v), 1, kFaint);
    picture.text(short_number(v), x0 - 6, y_of(v) + 4, 11, kGrey, Align::right);
  }
  for (const double s : steps.ticks(4)) {
    picture.line(x_of(s), y0, x_of(s), y0 + 4, 1, kGrey);
    picture.text(short_number(s), x_of(s), y0 + 16, 11, kGrey, Align::centre);
  }
  picture.text("step", (x0 + x1) / 2, y0 + 30, 11, kGrey, Align::centre);
  picture.line(x0, y0, x1, y0, 1, kGrey);
  picture.line(x0, y0, x0, y1, 1, kGrey);
  const auto curve = [&](const std::vector<Point>& points, Color color) {
    for (std::size_t i = 1; i < points.size(); ++i) {
      picture.line(x_of(points[i - 1].x), y_of(points[i - 1].y), x_of(points[i].x), y_of(points[i].y), 1.6,
                   color);
    }
  };
  curve(chart.training, kTraining);
  curve(chart.validation, kValidation);
  for (const Point& p : chart.validation) picture.dot(x_of(p.x), y_of(p.y), 3, kValidation);
}

std::vector<Chart> charts_of(const History& log, const History& validation) {
  std::vector<Chart> charts;
  const auto chart_named = [&](const std::string& name) -> Chart& {
    for (Chart& chart : charts) {
      if (chart.name == name) return chart;
    }
    return charts.emplace_back(Chart{name, {}, {}});
  };
  chart_named("loss");
  const auto collect = [&](const History& history, auto member) {
    for (const auto& row : history.rows()) {
      for (const auto& [name, value] : row.values) {
        if (std::isfinite(value)) (chart_named(name).*member).push_back({double(row.step), value});
      }
    }
  };
  collect(log, &Chart::training);
  collect(validation, &Chart::validation);
  std::erase_if(charts, [](const Chart& c) { return c.training.empty() && c.validation.empty(); });
  return charts;
}

}  // namespace

void draw_curves(const std::filesystem::path& run, const std::filesystem::path& png) {
  const History log(run / "log.csv"), validation(run / "validation.csv");
  const auto charts = charts_of(log, validation);
  if (charts.empty()) {
    throw std::runtime_error(run.string() +
                             " holds no log.csv or validation.csv of a training run with something in it.");
  }
  Axis steps;
  steps.high = 1;
  for (const History* history : {&log, &validation}) {
    if (!history->rows().empty()) steps.high = std::max(steps.high, double(history->rows().back().step));
  }
  const int rows = int(charts.size() + kColumns - 1) / kColumns;
  ChartPicture picture(kColumns * kWidth + 20, kTop + rows * (kHeight + 14), kPaper);
  const auto folder = std::filesystem::absolute(run).lexically_normal();
  picture.text("Training run " +
                   (folder.has_filename() ? folder.filename() : folder.parent_path().filename()).string() +
                   ", " + std::to_string(int(steps.high)) + " steps",
               24, 32, 19, kInk);
  picture.line(24, 52, 54, 52, 2, kTraining);
  picture.text("training, mean of the steps since the last row of log.csv", 62, 57, 13, kGrey);
  picture.line(454, 52, 484, 52, 2, kValidation);
  picture.dot(469, 52, 3.5, kValidation);
  picture.text("validation, averaged weights", 492, 57, 13, kGrey);
  for (std::size_t i = 0; i < charts.size(); ++i) {
    draw(picture, charts[i], steps, double(i % kColumns) * kWidth + 6,
         kTop + double(i / kColumns) * (kHeight + 14));
  }
  write_drawing(picture.image(), png);
}

}  // namespace ahap
