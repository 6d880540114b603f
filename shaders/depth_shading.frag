#version 330 core

// Eye-dome lighting: a pixel is darkened by how far its neighbours stand in front of it, measured in log2 of depth.
uniform sampler2D scene_color;
uniform sampler2D scene_depth;
uniform float depth_scale;   // ndc z = depth_scale + depth_offset / z
uniform float depth_offset;
uniform float strength;

out vec4 fragment;

float log_depth(ivec2 pixel) {
  float ndc = 2.0 * texelFetch(scene_depth, pixel, 0).r - 1.0;
  return log2(depth_offset / (ndc - depth_scale));
}

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  vec4 color = texelFetch(scene_color, pixel, 0);
  fragment = color;
  if (strength == 0.0 || texelFetch(scene_depth, pixel, 0).r == 1.0) return;

  const ivec2 directions[8] = ivec2[8](ivec2(1, 0), ivec2(-1, 0), ivec2(0, 1), ivec2(0, -1),
                                       ivec2(1, 1), ivec2(-1, 1), ivec2(1, -1), ivec2(-1, -1));
  ivec2 last = textureSize(scene_depth, 0) - 1;
  float here = log_depth(pixel);
  float hidden = 0.0;
  for (int i = 0; i < 8; ++i) {
    hidden += min(max(0.0, here - log_depth(clamp(pixel + directions[i], ivec2(0), last))), 0.25);
  }
  fragment.rgb *= exp(-strength * 6.0 * hidden / 8.0 * 2.0);
}
