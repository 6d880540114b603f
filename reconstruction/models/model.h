#pragma once

#include <memory>
#include <string>

#include "reconstruction/ahap/ahap_heads.h"
#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/human_branch.h"
#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/models/load_model.h"

namespace ahap {

struct PhotoModel;
struct Human3rModel;
struct UnishModel;
struct ChrommModel;

// The networks and the body of one model directory (load_model.h hides LibTorch from its users).
class Model {
 public:
  std::string name;
  std::string note;  // why the model for photographs does not run instead of it, where it was not chosen
  std::string primary_keypoint = "pelvis";
  double detection_threshold = 0;  // the model's own
  std::unique_ptr<SceneBranch> scene;
  std::unique_ptr<HumanBranch> human;
  AhapHeads heads{nullptr};  // none: people are associated by geometry and keep the human branch's own bodies
  std::shared_ptr<const Smpl> body;
  std::shared_ptr<const PhotoModel> photo;      // of a model for photographs: then this is all it has
  std::shared_ptr<const Human3rModel> human3r;  // of a model for one moving camera: likewise
  std::shared_ptr<const UnishModel> unish;      // of a model for a clip of one: likewise
  std::shared_ptr<const ChrommModel> chromm;    // of a model for several views of people: likewise

  // SMPL joint of the primary key point.
  int keypoint_joint() const { return primary_keypoint == "head" ? 15 : 0; }
};

// The LibTorch device for a wish. Throws a sentence where CUDA is wanted and there is none that this program
// can use.
torch::Device torch_device(Device wanted);

// load_model() with the networks on any device of LibTorch's.
std::shared_ptr<Model> load_model_on(torch::Device device, const LoadOptions& options = {});

}  // namespace ahap
