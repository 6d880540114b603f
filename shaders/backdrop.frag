#version 330 core

in vec2 target_coordinate;

uniform vec3 top;
uniform vec3 bottom;

out vec4 fragment;

void main() {
  // Half a grey level of noise hides the steps of a dark gradient.
  float noise = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
  float soften = top == bottom ? 0.0 : noise / 255.0;
  fragment = vec4(mix(bottom, top, target_coordinate.y) + soften, 1.0);
}
