#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/known_camera.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/options.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// What is known of a view before people are looked at: of its picture, pixels, and of its camera. The pose's
// unit is still the calibration's. focal_length: as the picture's file has it, 0 where it has none.
ViewObservation observation_of(int width, int height, double focal_length,
                               const std::optional<KnownCamera>& known, const KnownCameraOptions& options);

AssociationOptions association_options(const Options& options);

// Brings known poses to metres and says what there is to say. frames: people of each.
std::vector<std::string> settle_scale(const std::string& source, KnownScale scale,
                                      std::span<const std::vector<PersonObservation>> frames,
                                      std::vector<ViewObservation>& views);

// Where people of one frame contradict known cameras that were believed: sentences.
std::vector<std::string> contradictions(const std::string& source, const std::vector<std::string>& names,
                                        const std::vector<ViewObservation>& views,
                                        const std::vector<PersonObservation>& people,
                                        const JointAssociation& believed, const AssociationOptions& options,
                                        const Progress& progress);

}  // namespace ahap
