// The way by which sharp is loaded on Linux, isolated from the GLib of the process but on its heap:
// see src/engine/imaging/isolateSharp.ts for the reason, and for how this file is loaded.
//
// This addon does nothing of its own. It depends on sharp's binding, so that a dlopen of it with
// RTLD_DEEPBIND loads the binding, libvips and what they need into one scope of symbols, with this
// file at the head of it. In that scope every function is found in these libraries before the
// process is asked; for GLib that is what isolation means. For the heap it would be wrong: the C
// library itself always calls the process's `malloc`, which in Electron is PartitionAlloc of its
// executable, and hands what it allocates (`vasprintf`, `strdup`, `realpath`) to libvips, which
// would give it to the C library's `free` and abort. So everything that allocates or frees is
// defined here first, and goes to what the process itself uses. Memory then has one heap, whoever
// makes it and whoever frees it.

#include <dlfcn.h>
#include <node_api.h>

#include <atomic>
#include <cstddef>

#define EXPORTED __attribute__((visibility("default")))

namespace {

/**
 * A function of the process: of its executable, what was preloaded, or a library that these need.
 * RTLD_DEFAULT would look in this file first. It is looked up at its first call, since libvips
 * allocates before constructors here have run; threads that race for it find the same.
 */
template <typename Function>
class HostFunction {
 public:
  constexpr explicit HostFunction(const char* name) : name_(name), found_(nullptr) {}

  /** Null where the process has no such function. */
  Function* get() {
    Function* found = found_.load(std::memory_order_relaxed);
    if (found == nullptr) {
      // The handle of the process itself is never closed, and takes no lock to hand out.
      found = reinterpret_cast<Function*>(dlsym(dlopen(nullptr, RTLD_LAZY), name_));
      found_.store(found, std::memory_order_relaxed);
    }
    return found;
  }

 private:
  const char* name_;
  std::atomic<Function*> found_;
};

}  // namespace

// Every process has the functions of C.
#define FORWARD(Result, name, parameters, arguments)            \
  extern "C" EXPORTED Result name parameters {                  \
    static HostFunction<Result parameters> function(#name);     \
    return function.get() arguments;                            \
  }

FORWARD(void*, malloc, (size_t bytes), (bytes))
FORWARD(void, free, (void* memory), (memory))
FORWARD(void*, calloc, (size_t count, size_t bytes), (count, bytes))
FORWARD(void*, realloc, (void* memory, size_t bytes), (memory, bytes))
FORWARD(void*, reallocarray, (void* memory, size_t count, size_t bytes), (memory, count, bytes))
FORWARD(int, posix_memalign, (void** memory, size_t alignment, size_t bytes),
        (memory, alignment, bytes))
FORWARD(void*, aligned_alloc, (size_t alignment, size_t bytes), (alignment, bytes))
FORWARD(void*, memalign, (size_t alignment, size_t bytes), (alignment, bytes))
FORWARD(void*, valloc, (size_t bytes), (bytes))
FORWARD(void*, pvalloc, (size_t bytes), (bytes))
FORWARD(size_t, malloc_usable_size, (void* memory), (memory))

// `operator new` and `delete` need no forwarding: every one of them, Electron's included, takes from
// the heap that `malloc` of the same process takes from, and gives back to it.

extern "C" EXPORTED napi_value napi_register_module_v1(napi_env, napi_value exports) {
  return exports;
}
