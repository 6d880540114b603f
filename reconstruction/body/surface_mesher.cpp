#include "reconstruction/body/surface_mesher.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>

namespace ahap {
namespace {

using Eigen::Vector3d;
using Face = std::array<int, 3>;

Vector3d gradient(const DistanceFunction& distance, const Vector3d& p) {
  constexpr double h = 5e-4;
  Vector3d g;
  for (int axis = 0; axis < 3; ++axis) {
    Vector3d step = Vector3d::Zero();
    step[axis] = h;
    g[axis] = (distance(p + step) - distance(p - step)) / (2 * h);
  }
  return g;
}

// Onto the zero set along the gradient; a point of the mirror plane stays on it.
Vector3d project(const DistanceFunction& distance, Vector3d p) {
  const bool on_plane = p.x() == 0;
  for (int i = 0; i < 2; ++i) {
    Vector3d g = gradient(distance, p);
    if (on_plane) g.x() = 0;
    const double d = distance(p);
    if (g.squaredNorm() < 0.01 || std::abs(d) < 1e-6) break;
    p -= std::clamp(d / g.squaredNorm(), -0.02, 0.02) * g;
  }
  return p;
}

struct Half {
  std::vector<Vector3d> positions;
  std::vector<Face> faces;
};

// The distances at all points of the grid, (nx, ny, nz). Where the surface is farther away than a block of
// points reaches, only the side is right: one sample tells it for the whole block.
std::vector<float> sampled(const DistanceFunction& distance, const std::array<std::vector<double>, 3>& grid) {
  constexpr int kBlock = 4;
  constexpr double kSafety = 2;  // the function may exceed the distance
  const int nx = grid[0].size(), ny = grid[1].size(), nz = grid[2].size();
  const auto point = [&](int i, int j, int k) { return Vector3d(grid[0][i], grid[1][j], grid[2][k]); };
  std::vector<float> values(std::size_t(nx) * ny * nz);
  for (int i0 = 0; i0 < nx; i0 += kBlock) {
    for (int j0 = 0; j0 < ny; j0 += kBlock) {
      for (int k0 = 0; k0 < nz; k0 += kBlock) {
        const int i1 = std::min(i0 + kBlock, nx), j1 = std::min(j0 + kBlock, ny),
                  k1 = std::min(k0 + kBlock, nz);
        const Vector3d first = point(i0, j0, k0), last = point(i1 - 1, j1 - 1, k1 - 1);
        const double at_center = distance(0.5 * (first + last));
        const bool near = std::abs(at_center) < kSafety * 0.5 * (last - first).norm();
        for (int i = i0; i < i1; ++i)
          for (int j = j0; j < j1; ++j)
            for (int k = k0; k < k1; ++k) {
              // A sample exactly on the surface would make triangles without area.
              const double d = near ? distance(point(i, j, k)) : at_center;
              values[(i * ny + j) * nz + k] = std::abs(d) < 1e-7 ? 1e-7f : float(std::min(d, 1.0));
            }
      }
    }
  }
  return values;
}

// The half x >= 0 by marching tetrahedra: six per cell around its main diagonal, so that neighbours agree on
// the diagonals of their common face and the surface is a manifold whatever the samples are.
Half march(const DistanceFunction& distance, const std::array<std::vector<double>, 3>& grid) {
  const int nx = grid[0].size(), ny = grid[1].size(), nz = grid[2].size();
  const auto index = [&](int i, int j, int k) { return (i * ny + j) * nz + k; };
  const std::vector<float> values = sampled(distance, grid);
  const auto position = [&](int n) {
    return Vector3d(grid[0][n / (ny * nz)], grid[1][n / nz % ny], grid[2][n % nz]);
  };

  Half half;
  std::unordered_map<std::uint64_t, int> vertex_on_edge;
  const auto crossing = [&](int a, int b) {
    if (a > b) std::swap(a, b);
    const auto [it, fresh] =
        vertex_on_edge.try_emplace(std::uint64_t(a) << 32 | std::uint32_t(b), int(half.positions.size()));
    if (fresh) {
      const double t = std::clamp(values[a] / (values[a] - values[b]), 0.02f, 0.98f);
      half.positions.push_back((1 - t) * position(a) + t * position(b));
    }
    return it->second;
  };
  const auto add = [&](const Face& f, const Vector3d& outward) {
    const Vector3d n =
        (half.positions[f[1]] - half.positions[f[0]]).cross(half.positions[f[2]] - half.positions[f[0]]);
    half.faces.push_back(n.dot(outward) >= 0 ? f : Face{f[0], f[2], f[1]});
  };

  constexpr int paths[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (int i = 0; i + 1 < nx; ++i)
    for (int j = 0; j + 1 < ny; ++j)
      for (int k = 0; k + 1 < nz; ++k) {
        int inside = 0;
        for (int c = 0; c < 8; ++c) inside += values[index(i + (c & 1), j + (c >> 1 & 1), k + (c >> 2))] < 0;
        if (inside == 0 || inside == 8) continue;
        for (const auto& path : paths) {
          std::array<int, 3> corner = {i, j, k};
          std::array<int, 4> tet;
          tet[0] = index(i, j, k);
          for (int s = 0; s < 3; ++s) ++corner[path[s]], tet[s + 1] = index(corner[0], corner[1], corner[2]);
          std::vector<int> in, out;
          for (int n : tet) (values[n] < 0 ? in : out).push_back(n);
          if (in.empty() || out.empty()) continue;
          Vector3d outward = Vector3d::Zero();
          for (int n : out) outward += position(n) / out.size();
          for (int n : in) outward -= position(n) / in.size();
          if (in.size() == 2) {
            const int a = crossing(in[0], out[0]), b = crossing(in[0], out[1]);
            const int c = crossing(in[1], out[1]), d = crossing(in[1], out[0]);
            add({a, b, c}, outward), add({a, c, d}, outward);
          } else {
            const int apex = in.size() == 1 ? in[0] : out[0];
            const auto& base = in.size() == 1 ? out : in;
            add({crossing(apex, base[0]), crossing(apex, base[1]), crossing(apex, base[2])}, outward);
          }
        }
      }
  return half;
}

// Triangles with the faces around each vertex, for local changes.
class Remesher {
 public:
  Remesher(Half half, const DistanceFunction& distance, const SizeFunction& edge_length)
      : p_(std::move(half.positions)),
        f_(std::move(half.faces)),
        distance_(distance),
        edge_length_(edge_length) {
    around_.resize(p_.size());
    for (int f = 0; f < int(f_.size()); ++f)
      for (int v : f_[f]) around_[v].push_back(f);
    for (const Vector3d& p : p_) size_.push_back(edge_length_(p));
  }

  Half run() {
    for (int pass = 0; pass < 8; ++pass) {
      for (int again = 0; again < (pass == 0 ? 6 : 1); ++again) collapse_short_edges();
      split_long_edges();
      flip_edges();
      relax();
    }
    split_chords();
    return compact();
  }

 private:
  bool alive(int f) const { return f_[f][0] >= 0; }
  bool on_plane(int v) const { return p_[v].x() == 0; }
  double target(int a, int b) const { return 0.5 * (size_[a] + size_[b]); }

  Vector3d normal(const Face& f) const { return (p_[f[1]] - p_[f[0]]).cross(p_[f[2]] - p_[f[0]]); }

  std::vector<std::array<int, 2>> edges() const {
    std::vector<std::array<int, 2>> result;
    for (const Face& f : f_) {
      if (f[0] < 0) continue;
      for (int i = 0; i < 3; ++i) {
        const int a = f[i], b = f[(i + 1) % 3];
        if (a < b || faces_of(a, b).size() == 1) result.push_back({std::min(a, b), std::max(a, b)});
      }
    }
    return result;
  }

  std::vector<int> faces_of(int a, int b) const {
    std::vector<int> result;
    for (int f : around_[a])
      if (std::find(f_[f].begin(), f_[f].end(), b) != f_[f].end()) result.push_back(f);
    return result;
  }

  int opposite(int f, int a, int b) const {
    for (int v : f_[f])
      if (v != a && v != b) return v;
    return -1;
  }

  std::vector<int> neighbours(int v) const {
    std::vector<int> result;
    for (int f : around_[v])
      for (int w : f_[f])
        if (w != v && std::find(result.begin(), result.end(), w) == result.end()) result.push_back(w);
    return result;
  }

  void detach(int f) {
    for (int v : f_[f]) around_[v].erase(std::find(around_[v].begin(), around_[v].end(), f));
  }
  void attach(int f) {
    for (int v : f_[f]) around_[v].push_back(f);
  }

  int add_vertex(Vector3d p) {
    p_.push_back(p);
    size_.push_back(edge_length_(p));
    around_.emplace_back();
    return int(p_.size()) - 1;
  }

  void split(int a, int b) {
    const std::vector<int> sides = faces_of(a, b);
    Vector3d middle = 0.5 * (p_[a] + p_[b]);
    if (sides.size() == 2 && on_plane(a) && on_plane(b))
      middle.x() = 1e-3;  // a chord leaves the mirror plane
    const int m = add_vertex(project(distance_, middle));
    for (int f : sides) {
      detach(f);
      Face other = f_[f];
      std::replace(f_[f].begin(), f_[f].end(), b, m);
      std::replace(other.begin(), other.end(), a, m);
      f_.push_back(other);
      attach(f), attach(int(f_.size()) - 1);
    }
  }

  void split_long_edges() {
    for (const auto& [a, b] : edges())
      if ((p_[a] - p_[b]).norm() > 4.0 / 3.0 * target(a, b)) split(a, b);
  }

  // An inner edge between two points of the mirror plane would touch its own image.
  void split_chords() {
    for (const auto& [a, b] : edges())
      if (on_plane(a) && on_plane(b) && faces_of(a, b).size() == 2) split(a, b);
  }

  // Moves a onto b, unless that changes the topology, turns a face over or makes a long edge.
  bool collapse(int a, int b) {
    const std::vector<int> sides = faces_of(a, b);
    if (sides.empty() || (on_plane(a) && (!on_plane(b) || sides.size() == 2))) return false;
    const std::vector<int> na = neighbours(a), nb = neighbours(b);
    std::size_t common = 0;
    for (int v : na) common += std::find(nb.begin(), nb.end(), v) != nb.end();
    if (common != sides.size()) return false;
    for (int v : na)
      if (v != b && (p_[v] - p_[b]).norm() > 4.0 / 3.0 * target(v, b)) return false;
    for (int f : around_[a]) {
      if (std::find(sides.begin(), sides.end(), f) != sides.end()) continue;
      Face moved = f_[f];
      std::replace(moved.begin(), moved.end(), a, b);
      const Vector3d before = normal(f_[f]), after = normal(moved);
      if (after.dot(before) < 0.3 * before.norm() * after.norm()) return false;
    }
    for (int f : sides) detach(f), f_[f][0] = -1;
    const std::vector<int> moving = around_[a];
    for (int f : moving) {
      std::replace(f_[f].begin(), f_[f].end(), a, b);
      around_[b].push_back(f);
    }
    around_[a].clear();
    return true;
  }

  void collapse_short_edges() {
    for (const auto& [a, b] : edges()) {
      if (around_[a].empty() || around_[b].empty() || (p_[a] - p_[b]).norm() > 0.8 * target(a, b)) continue;
      if (!collapse(a, b)) collapse(b, a);
    }
  }

  void flip_edges() {
    const auto excess = [&](int v, int change) {
      const int d = int(around_[v].size()) + change - (on_plane(v) ? 3 : 6);
      return d * d;
    };
    for (const auto& [a, b] : edges()) {
      const std::vector<int> sides = faces_of(a, b);
      if (sides.size() != 2) continue;
      int f = sides[0], g = sides[1];
      // f runs a -> b, g runs b -> a.
      const auto at = std::find(f_[f].begin(), f_[f].end(), a) - f_[f].begin();
      if (f_[f][(at + 1) % 3] != b) std::swap(f, g);
      const int c = opposite(f, a, b), d = opposite(g, a, b);
      if (c == d || (on_plane(c) && on_plane(d)) || !faces_of(c, d).empty()) continue;
      const int now = excess(a, 0) + excess(b, 0) + excess(c, 0) + excess(d, 0);
      const int then = excess(a, -1) + excess(b, -1) + excess(c, 1) + excess(d, 1);
      if (then >= now) continue;
      const Face first = {a, d, c}, second = {d, b, c};
      const Vector3d n = normal(f_[f]).normalized() + normal(f_[g]).normalized();
      const Vector3d n1 = normal(first), n2 = normal(second);
      if (n1.dot(n) < 1.0 * n1.norm() || n2.dot(n) < 1.0 * n2.norm()) continue;
      detach(f), detach(g);
      f_[f] = first, f_[g] = second;
      attach(f), attach(g);
    }
  }

  // Towards the centre of the neighbours, weighted so that edges approach their own target length, along the
  // surface.
  void relax() {
    std::vector<Vector3d> moved = p_;
    for (int v = 0; v < int(p_.size()); ++v) {
      if (around_[v].empty()) continue;
      Vector3d sum = Vector3d::Zero(), n = Vector3d::Zero();
      double total = 0;
      for (int f : around_[v]) {
        const Vector3d center = (p_[f_[f][0]] + p_[f_[f][1]] + p_[f_[f][2]]) / 3, fn = normal(f_[f]);
        const double size = (size_[f_[f][0]] + size_[f_[f][1]] + size_[f_[f][2]]) / 3;
        const double w = fn.norm() / (size * size * size * size);
        sum += w * center, total += w, n += fn;
      }
      if (on_plane(v)) {
        sum.setZero(), total = 0, n.x() = 0;
        for (int w : neighbours(v))
          if (on_plane(w) && faces_of(v, w).size() == 1) sum += p_[w], total += 1;
      }
      if (total <= 0 || n.squaredNorm() < 1e-20) continue;
      n.normalize();
      const Vector3d step = sum / total - p_[v];
      Vector3d target = p_[v] + 0.7 * (step - n * n.dot(step));
      if (on_plane(v))
        target.x() = 0;
      else
        target.x() = std::max(target.x(), 0.2 * p_[v].x());
      moved[v] = project(distance_, target);
      if (!on_plane(v) && moved[v].x() <= 1e-5) moved[v] = p_[v];
    }
    p_ = std::move(moved);
    for (int v = 0; v < int(p_.size()); ++v)
      if (!around_[v].empty()) size_[v] = edge_length_(p_[v]);
  }

  Half compact() const {
    Half half;
    std::vector<int> number(p_.size(), -1);
    for (int v = 0; v < int(p_.size()); ++v)
      if (!around_[v].empty()) number[v] = int(half.positions.size()), half.positions.push_back(p_[v]);
    for (const Face& f : f_)
      if (f[0] >= 0) half.faces.push_back({number[f[0]], number[f[1]], number[f[2]]});
    return half;
  }

  std::vector<Vector3d> p_;
  std::vector<Face> f_;  // first entry -1: removed
  const DistanceFunction& distance_;
  const SizeFunction& edge_length_;
  std::vector<std::vector<int>> around_;  // faces of a vertex
  std::vector<double> size_;              // target edge length at a vertex
};

SymmetricMesh mirrored(const Half& half) {
  SymmetricMesh mesh;
  std::vector<int> left(half.positions.size()), right(half.positions.size());
  const auto add = [&](const Vector3d& p) {
    return mesh.positions.push_back(p), int(mesh.positions.size()) - 1;
  };
  for (std::size_t v = 0; v < half.positions.size(); ++v)
    if (half.positions[v].x() == 0) left[v] = right[v] = add(half.positions[v]);
  for (std::size_t v = 0; v < half.positions.size(); ++v) {
    if (half.positions[v].x() == 0) continue;
    left[v] = add(half.positions[v]);
    right[v] = add(half.positions[v].cwiseProduct(Vector3d(-1, 1, 1)));
  }
  mesh.mirror.resize(mesh.positions.size());
  for (std::size_t v = 0; v < left.size(); ++v)
    mesh.mirror[left[v]] = right[v], mesh.mirror[right[v]] = left[v];
  for (const Face& f : half.faces) {
    mesh.faces.push_back({left[f[0]], left[f[1]], left[f[2]]});
    mesh.faces.push_back({right[f[0]], right[f[2]], right[f[1]]});
  }
  return mesh;
}

}  // namespace

SymmetricMesh mesh_surface(const DistanceFunction& distance, const std::array<std::vector<double>, 3>& grid,
                           const SizeFunction& edge_length) {
  return mirrored(Remesher(march(distance, grid), distance, edge_length).run());
}

}  // namespace ahap
