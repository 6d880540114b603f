#version 330 core

layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;

uniform mat4 ndc_from_world;
uniform uint mesh_id;

out vec3 world_position;
out vec3 world_normal;
flat out uint id;

void main() {
  gl_Position = ndc_from_world * vec4(position, 1.0);
  world_position = position;
  world_normal = normal;
  id = mesh_id;
}
