#version 330 core

// One instance a segment; the four vertices are the corners of the segment's rectangle on the screen.
layout(location = 0) in vec3 a;
layout(location = 1) in vec3 b;
layout(location = 2) in vec4 line_color;

uniform mat4 ndc_from_world;
uniform vec2 target_size;
uniform float near_plane;
uniform float half_width;

out vec4 color;
noperspective out vec2 along_across;  // pixels from the first end, pixels from the middle line
flat out float segment_length;

void main() {
  vec4 A = ndc_from_world * vec4(a, 1.0);
  vec4 B = ndc_from_world * vec4(b, 1.0);
  color = line_color;

  // The part in front of the camera: w is the depth.
  if (A.w < near_plane && B.w < near_plane) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    along_across = vec2(0.0);
    segment_length = 0.0;
    return;
  }
  if (A.w < near_plane) A = mix(A, B, (near_plane - A.w) / (B.w - A.w));
  if (B.w < near_plane) B = mix(B, A, (near_plane - B.w) / (A.w - B.w));

  vec2 pixel_a = (A.xy / A.w) * 0.5 * target_size;
  vec2 pixel_b = (B.xy / B.w) * 0.5 * target_size;
  vec2 difference = pixel_b - pixel_a;
  segment_length = length(difference);
  vec2 along = segment_length > 1e-4 ? difference / segment_length : vec2(1.0, 0.0);
  vec2 across = vec2(-along.y, along.x);

  float reach = half_width + 1.0;  // one pixel of soft edge
  bool at_b = (gl_VertexID & 1) == 1;
  float side = (gl_VertexID & 2) == 0 ? -1.0 : 1.0;
  vec4 end = at_b ? B : A;
  vec2 pixel = (at_b ? pixel_b + along * reach : pixel_a - along * reach) + across * side * reach;
  along_across = vec2(at_b ? segment_length + reach : -reach, side * reach);
  gl_Position = vec4(pixel / (0.5 * target_size) * end.w, end.z, end.w);
}
