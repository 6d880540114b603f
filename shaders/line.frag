#version 330 core

in vec4 color;
noperspective in vec2 along_across;
flat in float segment_length;

uniform float half_width;

out vec4 fragment;

void main() {
  float beyond = max(max(-along_across.x, along_across.x - segment_length), 0.0);
  float distance = length(vec2(beyond, along_across.y));
  float coverage = clamp(half_width + 0.5 - distance, 0.0, 1.0);
  if (coverage == 0.0) discard;
  fragment = vec4(color.rgb, color.a * coverage);
}
