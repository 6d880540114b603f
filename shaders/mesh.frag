#version 330 core

in vec3 world_position;
in vec3 world_normal;

uniform vec3 eye;
uniform vec3 camera_right;
uniform vec3 camera_up;
uniform vec3 albedo;  // sRGB
uniform float glow;
uniform float opacity;

out vec4 fragment;

vec3 linear_from_srgb(vec3 c) { return pow(c, vec3(2.2)); }
vec3 srgb_from_linear(vec3 c) { return pow(c, vec3(1.0 / 2.2)); }

void main() {
  vec3 to_eye = normalize(eye - world_position);
  vec3 n = normalize(world_normal);
  if (dot(n, to_eye) < 0.0) n = -n;

  // Key from above left of the viewer, wrapped a little around the body; cooler fill from the right; sky and floor.
  vec3 to_key = normalize(to_eye - 0.6 * camera_right + 0.9 * camera_up);
  vec3 to_fill = normalize(to_eye * 0.4 + camera_right - 0.1 * camera_up);
  float key = pow(max((dot(n, to_key) + 0.25) / 1.25, 0.0), 1.3);
  float fill = max(dot(n, to_fill), 0.0);
  vec3 ambient = mix(vec3(0.16, 0.14, 0.13), vec3(0.30, 0.32, 0.36), n.y * 0.5 + 0.5);
  vec3 light = ambient + key * vec3(0.86, 0.83, 0.78) + fill * vec3(0.13, 0.15, 0.20);

  vec3 base = mix(linear_from_srgb(albedo), vec3(1.0), 0.35 * glow);
  float facing = max(dot(n, to_eye), 0.0);
  float rim = pow(1.0 - facing, 3.0) * (0.35 + 0.65 * max(n.y * 0.5 + 0.5, 0.0));
  float gloss = pow(max(dot(n, normalize(to_key + to_eye)), 0.0), 40.0);
  vec3 color = base * light + (0.22 + 0.3 * glow) * rim * mix(base, vec3(1.0), 0.5) + 0.05 * gloss;
  fragment = vec4(srgb_from_linear(min(color, vec3(1.0))), opacity);
}
