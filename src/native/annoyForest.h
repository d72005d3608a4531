// Annoy's forest with everything that the published library leaves out: checked loading, checked
// saving, builds that can be cancelled and that survive a failed allocation.
#pragma once

// Everything that Annoy includes comes first: `realloc` is renamed for its own code alone.
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <queue>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif
#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#endif

#include "dotProduct.h"
#include "rowCodes.h"
#include "taskErrors.h"

namespace familiar {
// Annoy writes through what `realloc` returns without looking at it.
inline void *checkedRealloc(void *memory, size_t size) {
  void *grown = std::realloc(memory, size);
  if (grown == nullptr) {
    throw std::bad_alloc();
  }
  return grown;
}
} // namespace familiar

// Annoy prints every error on stderr; ours are thrown.
#define __ERROR_PRINTER_OVERRIDE__(...) ((void)0)
// Annoy's own vector code is chosen by the flags of the whole file, ours while running.
#define NO_MANUAL_VECTORIZATION
#define realloc familiar::checkedRealloc
#include "annoylib.h"
#include "kissrandom.h"
#undef realloc

#ifndef O_BINARY
#define O_BINARY 0
#endif

namespace {
// Annoy's distances and planes all go through `dot`.
template <> inline float dot<float>(const float *x, const float *y, int length) {
  return familiar::dotProduct(x, y, length);
}
} // namespace

namespace familiar {

inline std::runtime_error systemError(const std::string &what) {
  return std::runtime_error(what + ": " + std::strerror(errno));
}

// Background builds give way to queries and to the editor. Only Linux lets one thread do so.
inline void lowerPriority() {
#if defined(__linux__)
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 10);
#endif
}

// How Annoy builds: its trees are shared out over threads. Every node asks here before it is
// made, which is where a build can be cancelled; locks are released when an exception passes.
class BuildPolicy {
public:
  static thread_local const std::atomic<bool> *cancelled;

  template <typename Index> static void run(Index *index, int trees, int threads) {
    BuildPolicy policy(cancelled);
    if (threads == 1) {
      policy.work(index, trees, 0);
    } else {
      std::vector<std::thread> workers;
      for (int i = 0; i < threads; i++) {
        workers.emplace_back([&policy, index, trees, threads, i] {
          lowerPriority();
          policy.work(index, (trees + i) / threads, i);
        });
      }
      for (std::thread &worker : workers) {
        worker.join();
      }
    }
    if (policy.failure) {
      std::rethrow_exception(policy.failure);
    }
  }

  template <typename S, typename T, typename D, typename Random>
  static void build(AnnoyIndex<S, T, D, Random, BuildPolicy> *index, int trees, int threads) {
    run(index, trees, threads);
  }

  void lock_n_nodes() {
    if (flag->load(std::memory_order_relaxed) || failed.load(std::memory_order_relaxed)) {
      throw Cancelled();
    }
    nodeCount.lock();
    held.nodeCount = true;
  }
  void unlock_n_nodes() {
    held.nodeCount = false;
    nodeCount.unlock();
  }
  void lock_nodes() {
    nodes.lock();
    held.nodes = true;
  }
  void unlock_nodes() {
    held.nodes = false;
    nodes.unlock();
  }
  void lock_shared_nodes() {
    nodes.lock_shared();
    held.sharedNodes = true;
  }
  void unlock_shared_nodes() {
    held.sharedNodes = false;
    nodes.unlock_shared();
  }
  void lock_roots() {
    roots.lock();
    held.roots = true;
  }
  void unlock_roots() {
    held.roots = false;
    roots.unlock();
  }

private:
  struct Held {
    bool nodeCount = false;
    bool nodes = false;
    bool sharedNodes = false;
    bool roots = false;
  };
  static thread_local Held held;

  explicit BuildPolicy(const std::atomic<bool> *cancelledFlag) : flag(cancelledFlag) {}

  template <typename Index> void work(Index *index, int trees, int thread) {
    held = Held();
    try {
      index->thread_build(trees, thread, *this);
    } catch (...) {
      if (held.nodes) unlock_nodes();
      if (held.sharedNodes) unlock_shared_nodes();
      if (held.roots) unlock_roots();
      if (held.nodeCount) unlock_n_nodes();
      std::lock_guard<std::mutex> guard(failureLock);
      if (!failure) {
        failure = std::current_exception();
      }
      failed.store(true);
    }
  }

  const std::atomic<bool> *flag;
  std::atomic<bool> failed{false};
  std::mutex failureLock;
  std::exception_ptr failure;
  std::shared_timed_mutex nodes;
  std::mutex nodeCount;
  std::mutex roots;
};

// How alike a row is, and which.
using Scored = std::pair<float, int32_t>;

using AngularIndex = AnnoyIndex<int32_t, float, Angular, Kiss64Random, BuildPolicy>;

// A forest over unit-like float32 vectors by angular distance. Rows are dense: 0, 1, 2, …
// Not safe for use from several threads while it is filled, built or loaded; after that,
// `nearest` may run on any number of them.
class Forest : private AngularIndex {
public:
  static const uint64_t defaultSeed = Kiss64Random::default_seed;

  explicit Forest(int dimension) : AngularIndex(dimension) {}

  int dimension() const { return _f; }
  int32_t count() const { return _n_items; }
  int32_t trees() const { return static_cast<int32_t>(_roots.size()); }
  double bytes() const {
    return static_cast<double>(_s) * static_cast<double>(_loaded ? _n_nodes : _nodes_size);
  }

  void add(const float *vector) {
    // Twice the rows must fit Annoy's 32-bit node numbers, with room for the trees.
    if (_n_items >= std::numeric_limits<int32_t>::max() / 4) {
      throw std::runtime_error("Expected at most 2^29 vectors but received more");
    }
    add_item(_n_items, vector);
  }

  void build(int trees, int threads, uint64_t seed, const std::atomic<bool> &cancelled) {
    lowerPriority();
    BuildPolicy::cancelled = &cancelled;
    set_seed(seed);
    if (!AngularIndex::build(trees, threads, nullptr)) {
      throw std::runtime_error("Expected an index without trees but it has them already");
    }
  }

  // Writes all nodes to a new file and to the disk below it. On failure no file is left.
  void save(const char *path, const std::atomic<bool> &cancelled) const;

  // Maps a file written by `save` with these parameters after checking every index in it.
  void load(const char *path, int32_t count, int32_t trees);

  // Rows of about the `count` vectors most alike, best first: Annoy's trees choose `searchK` rows
  // (or a few more), and byte codes compare them. Up to twice as many where codes cannot tell
  // which they are, for whoever asks to compare exactly; where even more may be the best, these
  // are compared exactly here.
  std::vector<int32_t> nearest(const float *query, size_t count, size_t searchK) const;

  void vector(int32_t row, float *values) const { get_item(row, values); }

private:
  // Annoy declares two children and stores up to `_K`. Through the declared array a compiler may
  // take a third for impossible, and it did: it left out the checks of all but the first two.
  static const int32_t *childrenOf(const Node *node) {
    return reinterpret_cast<const int32_t *>(reinterpret_cast<const char *>(node) +
                                             offsetof(Node, children));
  }

  void checkStructure(int32_t count) const;
  void checkNode(int32_t index, int32_t count) const;
  const RowCodes &rowCodes() const;
  void compareExactly(const float *query, std::vector<Scored> *scored) const;
  std::vector<int32_t> gather(const float *query, size_t searchK) const;

  mutable std::once_flag coded;
  mutable std::unique_ptr<RowCodes> codes;
};

} // namespace familiar
