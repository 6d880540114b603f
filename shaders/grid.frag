#version 330 core

in vec2 floor_position;

uniform vec2 centre;
uniform float radius;

out vec4 fragment;

// Coverage of the lines x = k * spacing and z = k * spacing; lines that fall closer together than three pixels fade out.
float lines(float spacing) {
  vec2 cell = floor_position / spacing;
  vec2 pixel = fwidth(cell);
  vec2 to_line = abs(fract(cell - 0.5) - 0.5);
  vec2 coverage = clamp(1.2 - to_line / pixel, 0.0, 1.0) * clamp(1.5 - 3.0 * pixel, 0.0, 1.0);
  return max(coverage.x, coverage.y);
}

void main() {
  float fade = 1.0 - smoothstep(0.35, 1.0, length(floor_position - centre) / radius);
  vec2 axis = clamp(1.6 - abs(floor_position) / fwidth(floor_position), 0.0, 1.0);
  vec4 color = vec4(0.62, 0.66, 0.74, max(0.16 * lines(1.0), 0.30 * lines(5.0)));
  color = mix(color, vec4(0.82, 0.36, 0.36, 0.7), axis.y);  // z = 0: the X axis
  color = mix(color, vec4(0.36, 0.52, 0.86, 0.7), axis.x);  // x = 0: the Z axis
  fragment = vec4(color.rgb, color.a * fade);
}
