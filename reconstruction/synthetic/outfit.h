#pragma once

#include <Eigen/Core>

#include "reconstruction/random.h"
#include "reconstruction/synthetic/body_template.h"
#include "reconstruction/synthetic/linear_color.h"
#include "reconstruction/synthetic/textures.h"

namespace ahap {

// A piece of cloth: how it is coloured.
struct Cloth {
  int texture = 0;
  float tiles_per_metre = 4;
  LinearColor colors[3];
};

// What a person wears and looks like; lengths along limbs count joints: 0 shoulder or hip, 1 elbow or knee, 2
// wrist or ankle.
struct Outfit {
  LinearColor skin, hair, shoe, sole, lips;
  Cloth top, bottom, inner;
  float sleeve = 1;     // length of the sleeves
  float leg = 2;        // length of the trousers' legs
  float hem = 0;        // of the top, metres above the hip joints
  float neckline = 0;   // metres below the neck joint, in front
  bool jacket = false;  // open in front over `inner`
  bool skirt = false;
  bool belt = false;
  int print = -1;  // texture of a print on chest (and back when large), -1 = none
  bool back_print = false;
  float hair_line = 0.45f;  // height of the hair line on the forehead, head's half heights
  float hair_back = -0.5f;  // how far down the hair reaches behind
  float hair_length = 0;    // metres below the head (long hair), 0 = none
  float hair_volume = 0.012f;
  bool bald = false, beard = false, cap = false, glasses = false, mask = false, blurred_face = false,
       gloves = false;
  LinearColor cap_color, mask_color;
  float top_volume = 0.01f, bottom_volume = 0.01f;  // metres along the normal
};

Outfit random_outfit(Random& random);

// Colour of the body's surface at a canonical point; footprint is the size of a pixel there, metres.
LinearColor outfit_color(const Outfit& outfit, const BodyTemplate& body, const Eigen::Vector3f& canonical,
                         float footprint);

// How far cloth and hair lift the surface along its normal, metres.
float outfit_thickness(const Outfit& outfit, const BodyTemplate& body, const Eigen::Vector3f& canonical);

}  // namespace ahap
