#include <iomanip>

#include "reconstruction/export/finite.h"
#include "reconstruction/export/motion.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {

// https://simtk-confluence.stanford.edu/display/OpenSim/Marker+(.trc)+Files
void write_trc(const Reconstruction& reconstruction, const Person& person,
               const std::filesystem::path& file) {
  const Motion motion = motion_of(reconstruction, person);
  safe_write(file, [&](std::ostream& out) {
    const int first = motion.first + 1;
    const std::size_t count = motion.samples.size();
    out << "PathFileType\t4\t(X/Y/Z)\t" << file.filename().string() << "\n"
        << "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
           "OrigNumFrames\n"
        << std::setprecision(9) << motion.rate << "\t" << motion.rate << "\t" << count << "\t" << kSmplJoints
        << "\tmm\t" << motion.rate << "\t" << first << "\t" << count << "\nFrame#\tTime";
    for (const std::string_view joint : kSmplJointNames) out << "\t" << joint << "\t\t";
    out << "\n\t";
    for (int j = 1; j <= kSmplJoints; ++j) out << "\tX" << j << "\tY" << j << "\tZ" << j;
    out << "\n\n" << std::fixed;
    for (std::size_t s = 0; s < count; ++s) {
      const int sample = motion.first + int(s);
      out << sample + 1 << "\t" << std::setprecision(6) << sample / motion.rate << std::setprecision(3);
      const BodyInFrame* body = motion.samples[s].body;
      for (int j = 0; j < kSmplJoints; ++j) {
        if (!body)
          out << "\t\t\t";
        else
          for (const float metres : body->joints[j]) out << "\t" << 1000.0 * metres;
      }
      out << "\n";
    }
  });
}

void write_joints_csv(const Reconstruction& reconstruction, const std::filesystem::path& file) {
  require_finite(reconstruction);
  for (const Person& person : reconstruction.people) require_motion(reconstruction, person);
  safe_write(file, [&](std::ostream& out) {
    out << std::setprecision(9) << "frame,time,person,joint,x,y,z,seen\n";
    for (const Person& person : reconstruction.people) {
      if (person.bodies.empty()) continue;
      auto body = person.bodies.begin();
      for (int f = body->frame; f <= person.bodies.back().frame; ++f) {
        const ReconstructedFrame& frame = reconstruction.frames.at(f);
        const bool gap = body->frame != f;
        for (int j = 0; j < kSmplJoints; ++j) {
          out << frame.number << "," << frame.time << "," << person.id << "," << kSmplJointNames[j];
          for (int axis = 0; axis < 3; ++axis) {
            out << ",";
            if (!gap) out << body->joints[j][axis];
          }
          out << "," << (!gap && !body->detections.empty()) << "\n";
        }
        if (!gap) ++body;
      }
    }
  });
}

}  // namespace ahap
