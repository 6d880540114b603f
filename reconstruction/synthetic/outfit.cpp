#include "reconstruction/synthetic/outfit.h"

#include <algorithm>

namespace ahap {
namespace {

using Eigen::Vector3f;

enum JointIndex { hip = 1, knee = 4, ankle = 7, neck = 12, shoulder = 16, elbow = 18, wrist = 20 };

enum class Part { top, bottom, skirt, inner, belt, shoe, sole, skin, hand, head, hair };

struct Place {
  Part part;
  float s, t;  // pattern coordinates, metres
  bool arm = false;
};

// Head coordinates: each axis -1..1 over the head's box, z towards the face.
Vector3f on_head(const BodyTemplate& body, const Vector3f& p) {
  return (p - body.head_center).cwiseQuotient(body.head_half_size);
}

bool is_hair(const Outfit& outfit, const Vector3f& h) {
  if (outfit.bald) return false;
  const float front = std::clamp((h.z() + 0.1f) / 0.6f, 0.f, 1.f);  // 0 behind the ears, 1 at the face
  return h.y() > outfit.hair_back + front * (outfit.hair_line - outfit.hair_back);
}

// Which part of the person a canonical point belongs to.
Place locate(const Outfit& outfit, const BodyTemplate& body, const Vector3f& p) {
  const Skeleton& J = body.joints;
  const float x = std::abs(p.x()), neck_y = J[neck].y(), hip_y = J[hip].y();
  const Vector3f h = on_head(body, p);
  if (x < body.head_half_size.x() * 1.6f && h.y() > -1.02f) {
    if (outfit.cap && h.y() > 0.35f - 0.25f * h.z()) return {Part::hair, p.x(), p.y()};
    return {is_hair(outfit, h) ? Part::hair : Part::head, p.x(), p.y()};
  }
  // Long hair falls over the neck and the upper back.
  if (outfit.hair_length > 0 && !outfit.bald && p.y() > neck_y - outfit.hair_length &&
      x < body.head_half_size.x() * 1.1f && p.z() < J[neck].z() + (p.y() > neck_y ? 0.01f : -0.03f))
    return {Part::hair, p.x(), p.y()};

  const float shoulder_x = J[shoulder].x();
  if (x > shoulder_x * 0.96f && p.y() > J[shoulder].y() - 0.2f) {  // arm
    const float along = x < J[elbow].x() ? (x - shoulder_x) / (J[elbow].x() - shoulder_x)
                                         : 1 + (x - J[elbow].x()) / (J[wrist].x() - J[elbow].x());
    if (along > 2.05f) return {Part::hand, 0, 0, true};
    if (along < outfit.sleeve) return {Part::top, p.y() * 1.5f + p.z(), x, true};
    return {Part::skin, 0, 0, true};
  }
  const float s = p.x() + (p.x() > 0 ? 0.6f : -0.6f) * (0.1f - p.z());
  const float hem = hip_y + outfit.hem;
  if (p.y() > hem) {
    // A neckline that dips in front.
    const float front = std::clamp((p.z() - J[neck].z() + 0.04f) * 10, 0.f, 1.f);
    const float opening = neck_y + 0.02f - front * outfit.neckline * std::max(0.f, 1 - x / 0.11f);
    if (p.y() > opening && x < 0.12f) return {Part::skin, 0, 0};
    if (x > outfit.sleeve * 10 + shoulder_x * 0.86f) return {Part::skin, 0, 0};
    if (outfit.jacket && p.z() > J[hip].z() && x < 0.035f + 0.03f * (p.y() - hip_y))
      return {Part::inner, s, p.y()};
    if (outfit.belt && p.y() < hem + 0.03f) return {Part::belt, s, p.y()};
    return {Part::top, s, p.y()};
  }
  const float ankle_y = J[ankle].y(), knee_y = J[knee].y();
  if (p.y() < ankle_y + 0.025f) return {p.y() < body.sole + 0.02f ? Part::sole : Part::shoe, s, p.y()};
  const float along =
      p.y() > knee_y ? (hip_y - p.y()) / (hip_y - knee_y) : 1 + (knee_y - p.y()) / (knee_y - ankle_y);
  if (along < outfit.leg) return {outfit.skirt ? Part::skirt : Part::bottom, s, p.y()};
  return {Part::skin, 0, 0};
}

LinearColor cloth_color(const Cloth& cloth, float s, float t, float footprint) {
  const float k = cloth.tiles_per_metre;
  return textures()[cloth.texture].sample(s * k, t * k, footprint * k, cloth.colors);
}

LinearColor face_color(const Outfit& outfit, const Vector3f& h) {
  const float x = std::abs(h.x());
  if (outfit.blurred_face && h.z() > 0.1f && h.y() < 0.5f)
    return 0.75f * outfit.skin + LinearColor::grey(0.05f);
  if (h.z() > 0.25f) {
    if (outfit.mask && h.y() < -0.05f) return outfit.mask_color;
    if (outfit.glasses && std::abs(h.y() - 0.08f) < 0.17f &&
        (std::abs(x - 0.4f) < 0.28f || std::abs(h.y() - 0.1f) < 0.04f))
      return LinearColor(0.02f, 0.02f, 0.025f);
    if (std::abs(h.y() - 0.28f) < 0.055f && x > 0.15f && x < 0.6f)
      return 0.5f * outfit.hair + 0.3f * outfit.skin;
    const float eye = std::hypot((x - 0.38f) / 0.18f, (h.y() - 0.08f) / 0.1f);
    if (eye < 0.55f) return LinearColor(0.02f, 0.015f, 0.01f);
    if (eye < 1) return LinearColor(0.6f, 0.58f, 0.55f);
    if (std::abs(h.y() + 0.5f) < 0.07f && x < 0.33f) return outfit.lips;
    if (x < 0.16f && h.y() < -0.08f && h.y() > -0.28f) return 0.82f * outfit.skin;
  }
  if (outfit.beard && h.y() < -0.3f && h.z() > -0.2f) return 0.7f * outfit.hair + 0.2f * outfit.skin;
  return outfit.skin;
}

Cloth random_cloth(Random& random, float pattern_chance) {
  Cloth cloth;
  const auto color = [&] {
    const float kind = random.uniform();
    if (kind < 0.2f)
      return linear_from_hsv(random.uniform(), random.uniform(0, 0.12f),
                             random.uniform(0.03f, 0.2f));  // dark
    if (kind < 0.38f)
      return linear_from_hsv(random.uniform(), random.uniform(0, 0.1f),
                             random.uniform(0.75f, 0.97f));  // light
    if (kind < 0.5f)
      return linear_from_hsv(random.uniform(), random.uniform(0, 0.12f),
                             random.uniform(0.25f, 0.7f));  // grey
    if (kind < 0.68f)
      return linear_from_hsv(random.uniform(0.55f, 0.68f), random.uniform(0.3f, 0.8f),
                             random.uniform(0.15f, 0.6f));
    if (kind < 0.8f)
      return linear_from_hsv(random.uniform(0.02f, 0.14f), random.uniform(0.2f, 0.7f),
                             random.uniform(0.2f, 0.75f));
    return linear_from_hsv(random.uniform(), random.uniform(0.4f, 0.95f), random.uniform(0.3f, 0.95f));
  };
  for (LinearColor& c : cloth.colors) c = color();
  if (random.chance(pattern_chance)) {
    const Pattern patterns[] = {Pattern::stripes, Pattern::pinstripes, Pattern::checks,
                                Pattern::plaid,   Pattern::plaid,      Pattern::dots,
                                Pattern::floral,  Pattern::camouflage, Pattern::damask};
    cloth.texture = texture_index(patterns[random.integer(0, 8)]);
    cloth.tiles_per_metre = random.uniform(1.5f, 6);
  } else {
    cloth.texture = texture_index(Pattern::fabric);
    cloth.tiles_per_metre = random.uniform(3, 10);
    cloth.colors[1] = cloth.colors[0] * random.uniform(0.75f, 1.1f);
  }
  return cloth;
}

}  // namespace

Outfit random_outfit(Random& random) {
  Outfit o;
  const float tone = random.uniform();  // light to dark
  const auto skin = [&](float light, float dark) {
    return light * std::pow(dark / light, tone * (0.6f + 0.4f * tone));
  };
  o.skin =
      LinearColor(skin(0.75f, 0.07f), skin(0.5f, 0.035f), skin(0.38f, 0.02f)) * random.uniform(0.9f, 1.1f);
  o.lips = o.skin * LinearColor(0.75f, 0.45f, 0.45f);
  const float hair = random.uniform();
  o.hair = hair < 0.55f   ? LinearColor(0.015f, 0.011f, 0.01f) * random.uniform(0.6f, 2.f)
           : hair < 0.8f  ? LinearColor(0.09f, 0.045f, 0.02f) * random.uniform(0.4f, 1.5f)
           : hair < 0.9f  ? LinearColor(0.4f, 0.26f, 0.1f) * random.uniform(0.6f, 1.4f)
           : hair < 0.97f ? LinearColor(0.35f, 0.35f, 0.36f) * random.uniform(0.6f, 1.6f)
                          : LinearColor(0.25f, 0.06f, 0.02f);
  o.top = random_cloth(random, 0.3f);
  o.bottom = random_cloth(random, 0.08f);
  if (random.chance(0.35f)) {  // jeans
    const LinearColor denim = linear_from_hsv(random.uniform(0.57f, 0.64f), random.uniform(0.3f, 0.7f),
                                              random.uniform(0.15f, 0.6f));
    o.bottom.colors[0] = denim;
    o.bottom.colors[1] = denim * random.uniform(1, 1.6f);
    o.bottom.texture = texture_index(Pattern::fabric);
  }
  o.inner = random_cloth(random, 0.15f);
  const float sleeve = random.uniform();
  o.sleeve = sleeve < 0.07f   ? -0.1f
             : sleeve < 0.45f ? random.uniform(0.3f, 1.f)
             : sleeve < 0.55f ? random.uniform(1.f, 1.7f)
                              : random.uniform(1.85f, 2.1f);
  const float leg = random.uniform();
  o.leg = leg < 0.2f    ? random.uniform(0.45f, 1.1f)
          : leg < 0.27f ? random.uniform(1.1f, 1.8f)
                        : random.uniform(1.9f, 2.2f);
  o.skirt = random.chance(0.1f);
  if (o.skirt) o.leg = random.uniform(0.5f, 1.5f);
  const bool tucked = random.chance(0.3f);
  o.hem = tucked ? random.uniform(0.08f, 0.14f) : random.uniform(-0.1f, 0.06f);
  o.belt = tucked && random.chance(0.6f);
  if (o.skirt && random.chance(0.4f)) o.bottom = o.top;  // a dress
  o.jacket = o.sleeve > 1.8f && random.chance(0.3f);
  o.neckline = random.uniform(0, 0.09f);
  if (!o.jacket && random.chance(0.22f)) {
    o.print = texture_index(Pattern::print, random.integer(0, kPrints - 1));
    o.back_print = random.chance(0.4f);
  }
  o.shoe = random.chance(0.5f)
               ? LinearColor::grey(random.uniform(0.01f, 0.1f))
               : linear_from_hsv(random.uniform(), random.uniform(0, 0.7f), random.uniform(0.3f, 0.95f));
  o.sole = random.chance(0.5f) ? LinearColor::grey(random.uniform(0.4f, 0.8f)) : o.shoe * 0.5f;
  o.bald = random.chance(0.06f);
  o.hair_line = random.uniform(0.4f, 0.62f);
  o.hair_back = random.uniform(-0.65f, -0.2f);
  if (random.chance(0.35f)) o.hair_length = random.uniform(0.02f, 0.28f), o.hair_back = -1.05f;
  o.hair_volume = random.uniform(0.005f, o.hair_length > 0 ? 0.03f : 0.022f);
  o.beard = o.hair_length == 0 && random.chance(0.25f);
  o.cap = random.chance(0.1f);
  o.glasses = random.chance(0.18f);
  o.mask = random.chance(0.08f);
  o.blurred_face = random.chance(0.06f);
  o.gloves = random.chance(0.03f);
  o.cap_color = linear_from_hsv(random.uniform(), random.uniform(0, 0.9f), random.uniform(0.1f, 0.9f));
  o.mask_color = random.chance(0.5f) ? LinearColor(0.02f, 0.02f, 0.02f) : LinearColor(0.4f, 0.6f, 0.75f);
  o.top_volume = random.uniform(0.003f, o.jacket ? 0.03f : 0.024f);
  o.bottom_volume = random.uniform(0.003f, 0.022f);
  return o;
}

LinearColor outfit_color(const Outfit& o, const BodyTemplate& body, const Vector3f& p, float footprint) {
  const Place place = locate(o, body, p);
  const auto folds = [&] {
    static const LinearColor white[3] = {LinearColor::grey(1), LinearColor::grey(1), LinearColor::grey(1)};
    static const int texture = texture_index(Pattern::folds);
    return place.arm ? textures()[texture].sample(place.t * 4, place.s * 2, footprint * 4, white)
                     : textures()[texture].sample(place.s * 2.5f, place.t * 1.5f, footprint * 2.5f, white);
  };
  switch (place.part) {
    case Part::top: {
      LinearColor color = cloth_color(o.top, place.s, place.t, footprint);
      if (o.print >= 0 && !place.arm && (p.z() > body.joints[neck].z() || o.back_print)) {
        const float s = p.x() / 0.26f + 0.5f, t = (body.joints[neck].y() - 0.09f - p.y()) / 0.26f;
        if (s > 0 && s < 1 && t > 0 && t < 1) {
          const LinearColor layers[3] = {color, color, o.top.colors[2]};
          color = textures()[o.print].sample(s, t, footprint / 0.26f, layers);
        }
      }
      return color * folds();
    }
    case Part::inner:
      return cloth_color(o.inner, place.s, place.t, footprint) * folds();
    case Part::bottom:
    case Part::skirt:
      return cloth_color(o.bottom, place.s, place.t, footprint) * folds();
    case Part::belt:
      return LinearColor(0.02f, 0.015f, 0.012f);
    case Part::shoe:
      return o.shoe;
    case Part::sole:
      return o.sole;
    case Part::hand:
      return o.gloves ? o.shoe : o.skin;
    case Part::hair: {
      const Vector3f h = on_head(body, p);
      if (o.cap && h.y() > 0.35f - 0.25f * h.z()) return o.cap_color;
      return o.hair;
    }
    case Part::head:
      return face_color(o, on_head(body, p));
    default:
      return o.skin;
  }
}

float outfit_thickness(const Outfit& o, const BodyTemplate& body, const Vector3f& p) {
  const Place place = locate(o, body, p);
  const Skeleton& J = body.joints;
  switch (place.part) {
    case Part::top:
    case Part::inner:
      return o.top_volume * (place.arm ? 0.75f : 1.f);
    case Part::belt:
      return 0.006f;
    case Part::bottom:
      return o.bottom_volume * (p.y() < J[knee].y() ? 1.2f : 0.8f);
    case Part::skirt: {  // flares away from the hips
      const float along = std::clamp((J[hip].y() - p.y()) / (J[hip].y() - J[knee].y()), 0.f, 1.5f);
      return 0.01f + 0.045f * along;
    }
    case Part::shoe:
      return 0.012f;
    case Part::hair:
      return o.cap ? 0.015f : o.hair_volume;
    default:
      return 0;
  }
}

}  // namespace ahap
