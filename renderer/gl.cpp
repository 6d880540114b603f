#include "renderer/gl.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "reconstruction/formats/assets.h"

namespace ahap::gl {

GLuint BufferKind::create() {
  GLuint id = 0;
  glGenBuffers(1, &id);
  return id;
}
void BufferKind::destroy(GLuint id) {
  glDeleteBuffers(1, &id);
}

GLuint VertexArrayKind::create() {
  GLuint id = 0;
  glGenVertexArrays(1, &id);
  return id;
}
void VertexArrayKind::destroy(GLuint id) {
  glDeleteVertexArrays(1, &id);
}

GLuint TextureKind::create() {
  GLuint id = 0;
  glGenTextures(1, &id);
  return id;
}
void TextureKind::destroy(GLuint id) {
  glDeleteTextures(1, &id);
}

GLuint FramebufferKind::create() {
  GLuint id = 0;
  glGenFramebuffers(1, &id);
  return id;
}
void FramebufferKind::destroy(GLuint id) {
  glDeleteFramebuffers(1, &id);
}

GLuint RenderbufferKind::create() {
  GLuint id = 0;
  glGenRenderbuffers(1, &id);
  return id;
}
void RenderbufferKind::destroy(GLuint id) {
  glDeleteRenderbuffers(1, &id);
}

GLuint ProgramKind::create() {
  return glCreateProgram();
}
void ProgramKind::destroy(GLuint id) {
  glDeleteProgram(id);
}

void Buffer::upload_bytes(const void* data, std::size_t size) {
  glBindBuffer(GL_ARRAY_BUFFER, id());
  glBufferData(GL_ARRAY_BUFFER, GLsizeiptr(size), data, GL_STATIC_DRAW);
  glBindBuffer(GL_ARRAY_BUFFER, 0);
}

void VertexArray::attach(const Buffer& buffer, const Attribute& attribute) {
  glBindVertexArray(id());
  glBindBuffer(GL_ARRAY_BUFFER, buffer.id());
  glEnableVertexAttribArray(attribute.location);
  glVertexAttribPointer(attribute.location, attribute.components, attribute.type, attribute.normalized,
                        attribute.stride, reinterpret_cast<const void*>(attribute.offset));
  glVertexAttribDivisor(attribute.location, attribute.divisor);
  glBindVertexArray(0);
  glBindBuffer(GL_ARRAY_BUFFER, 0);
}

void VertexArray::attach_indices(const Buffer& buffer) {
  glBindVertexArray(id());
  glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, buffer.id());
  glBindVertexArray(0);
}

void VertexArray::bind() const {
  glBindVertexArray(id());
}

void Texture::allocate(int width, int height, GLenum internal_format, GLenum format, GLenum type) {
  width_ = width;
  height_ = height;
  glBindTexture(GL_TEXTURE_2D, id());
  glTexImage2D(GL_TEXTURE_2D, 0, GLint(internal_format), width, height, 0, format, type, nullptr);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glBindTexture(GL_TEXTURE_2D, 0);
  set_filter(GL_NEAREST);
}

void Texture::upload(const Image& image) {
  width_ = image.width;
  height_ = image.height;
  glBindTexture(GL_TEXTURE_2D, id());
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, image.width, image.height, 0, GL_RGB, GL_UNSIGNED_BYTE,
               image.rgb.data());
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  glGenerateMipmap(GL_TEXTURE_2D);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glBindTexture(GL_TEXTURE_2D, 0);
}

void Texture::set_filter(GLenum filter) {
  glBindTexture(GL_TEXTURE_2D, id());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GLint(filter));
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GLint(filter));
  glBindTexture(GL_TEXTURE_2D, 0);
}

void Texture::bind(int unit) const {
  glActiveTexture(GL_TEXTURE0 + GLenum(unit));
  glBindTexture(GL_TEXTURE_2D, id());
}

std::filesystem::path shader_directory() {
  if (const char* assets = std::getenv("AHAP_ASSETS")) {
    const auto installed = std::filesystem::path(assets) / "shaders";
    if (std::filesystem::is_directory(installed)) return installed;
  }
  return data_directory() / "shaders";
}

namespace {

struct Shader {
  GLuint id;
  Shader(GLenum kind, const std::string& name) : id(glCreateShader(kind)) {
    const auto file = shader_directory() / name;
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    if (!stream) {
      throw std::runtime_error(
          "The shader " + file.string() +
          " cannot be read; set AHAP_ASSETS to the folder that holds the program's assets.");
    }
    const std::string source = text.str();
    const char* pointer = source.c_str();
    glShaderSource(id, 1, &pointer, nullptr);
    glCompileShader(id);
    GLint compiled = 0;
    glGetShaderiv(id, GL_COMPILE_STATUS, &compiled);
    if (!compiled) {
      std::string log(4096, '\0');
      glGetShaderInfoLog(id, GLsizei(log.size()), nullptr, log.data());
      throw std::runtime_error("The graphics driver refuses the shader " + file.string() + ": " +
                               log.c_str());
    }
  }
  Shader(const Shader&) = delete;
  ~Shader() { glDeleteShader(id); }
};

}  // namespace

Program::Program(const std::string& vertex_file, const std::string& fragment_file) {
  const Shader vertex(GL_VERTEX_SHADER, vertex_file);
  const Shader fragment(GL_FRAGMENT_SHADER, fragment_file);
  glAttachShader(id(), vertex.id);
  glAttachShader(id(), fragment.id);
  glLinkProgram(id());
  glDetachShader(id(), vertex.id);
  glDetachShader(id(), fragment.id);
  GLint linked = 0;
  glGetProgramiv(id(), GL_LINK_STATUS, &linked);
  if (!linked) {
    std::string log(4096, '\0');
    glGetProgramInfoLog(id(), GLsizei(log.size()), nullptr, log.data());
    throw std::runtime_error("The graphics driver cannot link " + vertex_file + " with " + fragment_file +
                             ": " + log.c_str());
  }
}

GLint Program::location(const char* uniform) const {
  const auto [entry, is_new] = locations_.try_emplace(uniform, -1);
  if (is_new) entry->second = glGetUniformLocation(id(), uniform);
  return entry->second;
}

void Program::use() const {
  glUseProgram(id());
}
void Program::set(const char* uniform, int value) const {
  glUniform1i(location(uniform), value);
}
void Program::set(const char* uniform, std::uint32_t value) const {
  glUniform1ui(location(uniform), value);
}
void Program::set(const char* uniform, float value) const {
  glUniform1f(location(uniform), value);
}
void Program::set(const char* uniform, const Eigen::Vector2f& value) const {
  glUniform2fv(location(uniform), 1, value.data());
}
void Program::set(const char* uniform, const Eigen::Vector3f& value) const {
  glUniform3fv(location(uniform), 1, value.data());
}
void Program::set(const char* uniform, const Eigen::Vector4f& value) const {
  glUniform4fv(location(uniform), 1, value.data());
}
void Program::set(const char* uniform, const Eigen::Matrix4f& value) const {
  glUniformMatrix4fv(location(uniform), 1, GL_FALSE, value.data());
}

}  // namespace ahap::gl
