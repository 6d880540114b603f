#pragma once

#include <epoxy/gl.h>

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reconstruction/image.h"

// OpenGL 3.3 core objects as move-only types: created by the constructor, deleted by the destructor, both on
// the thread that owns the context. A moved-from object holds nothing.
namespace ahap::gl {

template <typename Kind>
class Object {
 public:
  Object() : id_(Kind::create()) {}
  Object(Object&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Object& operator=(Object&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Object() {
    if (id_ != 0) Kind::destroy(id_);
  }

  GLuint id() const { return id_; }

 private:
  GLuint id_;
};

struct BufferKind {
  static GLuint create();
  static void destroy(GLuint id);
};
struct VertexArrayKind {
  static GLuint create();
  static void destroy(GLuint id);
};
struct TextureKind {
  static GLuint create();
  static void destroy(GLuint id);
};
struct FramebufferKind {
  static GLuint create();
  static void destroy(GLuint id);
};
struct RenderbufferKind {
  static GLuint create();
  static void destroy(GLuint id);
};
struct ProgramKind {
  static GLuint create();
  static void destroy(GLuint id);
};

using Framebuffer = Object<FramebufferKind>;
using Renderbuffer = Object<RenderbufferKind>;

// Vertex or index data. Uploading replaces everything; the binding point is GL_ARRAY_BUFFER so that no vertex
// array is changed.
class Buffer : public Object<BufferKind> {
 public:
  template <typename T>
  void upload(const std::vector<T>& values) {
    upload_bytes(values.data(), values.size() * sizeof(T));
  }
  void upload_bytes(const void* data, std::size_t size);
};

// Which buffer feeds which shader input. `divisor` 1 advances once per instance instead of once per vertex.
struct Attribute {
  GLuint location = 0;
  GLint components = 3;
  GLenum type = GL_FLOAT;
  bool normalized = false;  // integers arrive as 0..1, signed ones as -1..1
  GLsizei stride = 0;       // bytes from one element to the next
  std::size_t offset = 0;   // bytes
  GLuint divisor = 0;
};

class VertexArray : public Object<VertexArrayKind> {
 public:
  void attach(const Buffer& buffer, const Attribute& attribute);
  void attach_indices(const Buffer& buffer);
  void bind() const;
};

class Texture : public Object<TextureKind> {
 public:
  // Allocates without content; nearest filtering, clamped.
  void allocate(int width, int height, GLenum internal_format, GLenum format, GLenum type);
  // Fills from a picture with mip maps; linear filtering, clamped. The first row of the texture is the
  // picture's top row.
  void upload(const Image& image);
  void set_filter(GLenum filter);  // GL_NEAREST or GL_LINEAR, without mip maps
  void bind(int unit) const;

  int width() const { return width_; }
  int height() const { return height_; }

 private:
  int width_ = 0;
  int height_ = 0;
};

// A vertex and a fragment shader from files of shaders/. Uniforms that a shader does not use are ignored.
class Program : public Object<ProgramKind> {
 public:
  // Throws with the compiler's message and the file's name.
  Program(const std::string& vertex_file, const std::string& fragment_file);

  void use() const;
  void set(const char* uniform, int value) const;
  void set(const char* uniform, std::uint32_t value) const;
  void set(const char* uniform, float value) const;
  void set(const char* uniform, const Eigen::Vector2f& value) const;
  void set(const char* uniform, const Eigen::Vector3f& value) const;
  void set(const char* uniform, const Eigen::Vector4f& value) const;
  void set(const char* uniform, const Eigen::Matrix4f& value) const;

 private:
  GLint location(const char* uniform) const;

  mutable std::unordered_map<std::string, GLint> locations_;
};

// $AHAP_ASSETS/shaders where that exists, else the folder the program was built from.
std::filesystem::path shader_directory();

// sRGB bytes as the 0..1 colour shaders take.
inline Eigen::Vector3f color_vector(const std::array<std::uint8_t, 3>& color) {
  return Eigen::Vector3f(color[0], color[1], color[2]) / 255.0f;
}

}  // namespace ahap::gl
