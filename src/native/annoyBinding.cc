// The Node-API face of a forest. Every argument is checked here; `annoy.ts` gives it types.
#include <cmath>

#include "annoyForest.h"
#include "threadTask.h"

namespace familiar {
namespace {

enum class Phase { filling, working, ready, closed };

struct State {
  explicit State(int dimension) : forest(dimension) {}
  Forest forest;
  Phase phase = Phase::filling;
  std::atomic<bool> cancelled{false};
};

using StatePointer = std::shared_ptr<State>;

// Builds, loads and saves. While one that changes the forest runs, its phase is `working`.
class ForestTask : public ThreadTask {
public:
  using Work = std::function<void(State &)>;
  ForestTask(StatePointer target, Work body, Phase failedPhase)
      : state(std::move(target)), work(std::move(body)), afterFailure(failedPhase) {}

  void execute() override { work(*state); }
  void cancel() override { state->cancelled.store(true); }
  void settled(bool succeeded) override {
    if (state->phase == Phase::working) {
      state->phase = succeeded ? Phase::ready : afterFailure;
    }
  }

private:
  StatePointer state;
  Work work;
  Phase afterFailure;
};

class NearestTask : public ThreadTask {
public:
  NearestTask(StatePointer target, std::vector<float> vector, size_t limit, int searchLimit)
      : state(std::move(target)), query(std::move(vector)), count(limit), searchK(searchLimit) {}

  void execute() override {
    rows = state->forest.nearest(query.data(), count, searchK);
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Int32Array found = Napi::Int32Array::New(env, rows.size());
    std::copy(rows.begin(), rows.end(), found.Data());
    return found;
  }

private:
  StatePointer state;
  std::vector<float> query;
  size_t count;
  int searchK;
  std::vector<int32_t> rows;
};

int32_t integerArgument(const Napi::CallbackInfo &info, size_t index, const char *name,
                        int32_t least, int32_t most) {
  const Napi::Value value = info[index];
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!(number >= least && number <= most) || number != std::floor(number)) {
    throw Napi::RangeError::New(info.Env(), std::string("Expected an integer from ") +
                                                std::to_string(least) + " to " +
                                                std::to_string(most) + " for " + name +
                                                " but received " +
                                                value.ToString().Utf8Value());
  }
  return static_cast<int32_t>(number);
}

Napi::Float32Array vectorArgument(const Napi::CallbackInfo &info, size_t index, int dimension) {
  const Napi::Value value = info[index];
  if (!value.IsTypedArray() ||
      value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    throw Napi::TypeError::New(info.Env(), "Expected a Float32Array but received another type");
  }
  Napi::Float32Array vector = value.As<Napi::Float32Array>();
  if (vector.ElementLength() != static_cast<size_t>(dimension)) {
    throw Napi::RangeError::New(info.Env(), "Expected " + std::to_string(dimension) +
                                                " numbers but received " +
                                                std::to_string(vector.ElementLength()));
  }
  for (size_t i = 0; i < vector.ElementLength(); i++) {
    if (!std::isfinite(vector.Data()[i])) {
      throw Napi::RangeError::New(info.Env(), "Expected finite numbers but received " +
                                                  std::to_string(vector.Data()[i]) +
                                                  " at position " + std::to_string(i));
    }
  }
  return vector;
}

Napi::Int32Array rowsArgument(const Napi::CallbackInfo &info, size_t index, int32_t count) {
  const Napi::Value value = info[index];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    throw Napi::TypeError::New(info.Env(), "Expected an Int32Array but received another type");
  }
  Napi::Int32Array rows = value.As<Napi::Int32Array>();
  for (size_t i = 0; i < rows.ElementLength(); i++) {
    if (rows.Data()[i] < 0 || rows.Data()[i] >= count) {
      throw Napi::RangeError::New(info.Env(), "Expected rows from 0 to " +
                                                  std::to_string(count - 1) + " but received " +
                                                  std::to_string(rows.Data()[i]));
    }
  }
  return rows;
}

std::string pathArgument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsString()) {
    throw Napi::TypeError::New(info.Env(), "Expected a path but received another type");
  }
  std::string path = info[index].As<Napi::String>().Utf8Value();
  if (path.empty() || path.find('\0') != std::string::npos) {
    throw Napi::TypeError::New(info.Env(), "Expected a path without NUL but received another");
  }
  return path;
}

class AnnoyIndexObject : public Napi::ObjectWrap<AnnoyIndexObject> {
public:
  static Napi::Function define(Napi::Env env) {
    using Self = AnnoyIndexObject;
    return DefineClass(env, "AnnoyIndex",
                       {InstanceMethod("add", &Self::add), InstanceMethod("build", &Self::build),
                        InstanceMethod("cancel", &Self::cancel),
                        InstanceMethod("save", &Self::save), InstanceMethod("load", &Self::load),
                        InstanceMethod("nearest", &Self::nearest),
                        InstanceMethod("vectors", &Self::vectors),
                        InstanceMethod("unload", &Self::unload),
                        InstanceAccessor("dimension", &Self::dimension, nullptr),
                        InstanceAccessor("count", &Self::count, nullptr),
                        InstanceAccessor("trees", &Self::trees, nullptr),
                        InstanceAccessor("bytes", &Self::bytes, nullptr)});
  }

  explicit AnnoyIndexObject(const Napi::CallbackInfo &info)
      : Napi::ObjectWrap<AnnoyIndexObject>(info) {
    // Annoy keeps one node per level of a tree on the stack, so the size is bounded.
    state = std::make_shared<State>(integerArgument(info, 0, "the dimension", 2, 8192));
  }

  void Finalize(Napi::BasicEnv) override { release(); }

private:
  void release() {
    if (state) {
      state->cancelled.store(true);
      state->phase = Phase::closed;
      state.reset();
    }
  }

  State &require(Napi::Env env, Phase wanted) {
    const Phase phase = state ? state->phase : Phase::closed;
    if (phase != wanted) {
      static const char *const names[] = {"not yet built", "being built or loaded", "built",
                                          "unloaded"};
      throw Napi::Error::New(env, std::string("Expected an index that is ") +
                                      names[static_cast<int>(wanted)] + " but it is " +
                                      names[static_cast<int>(phase)]);
    }
    return *state;
  }

  Napi::Value change(Napi::Env env, ForestTask::Work work, Phase afterFailure) {
    auto task = std::make_unique<ForestTask>(state, std::move(work), afterFailure);
    Napi::Promise promise = ThreadTask::start(env, std::move(task));
    state->phase = Phase::working;
    return promise;
  }

  Napi::Value add(const Napi::CallbackInfo &info) {
    State &target = require(info.Env(), Phase::filling);
    const Napi::Float32Array values = vectorArgument(info, 0, target.forest.dimension());
    try {
      target.forest.add(values.Data());
    } catch (const std::exception &error) {
      throw Napi::Error::New(info.Env(), std::string("cannot add a vector: ") + error.what());
    }
    return Napi::Number::New(info.Env(), target.forest.count() - 1);
  }

  Napi::Value build(const Napi::CallbackInfo &info) {
    State &target = require(info.Env(), Phase::filling);
    const int32_t trees = integerArgument(info, 0, "trees", 1, 10000);
    const int32_t threads = integerArgument(info, 1, "threads", 1, 256);
    const bool seeded = !info[2].IsUndefined();
    const uint64_t seed =
        seeded ? integerArgument(info, 2, "the seed", 1, 2147483647) : Forest::defaultSeed;
    if (target.forest.count() == 0) {
      throw Napi::Error::New(info.Env(), "Expected at least one vector but received none");
    }
    // A half-built forest is of no use: after a failure or cancellation it can only be unloaded.
    return change(
        info.Env(),
        [trees, threads, seed](State &its) {
          its.forest.build(trees, threads, seed, its.cancelled);
        },
        Phase::closed);
  }

  Napi::Value save(const Napi::CallbackInfo &info) {
    require(info.Env(), Phase::ready);
    const std::string path = pathArgument(info, 0);
    ForestTask::Work work = [path](State &its) { its.forest.save(path.c_str(), its.cancelled); };
    return ThreadTask::start(info.Env(),
                             std::make_unique<ForestTask>(state, work, Phase::ready));
  }

  Napi::Value load(const Napi::CallbackInfo &info) {
    State &target = require(info.Env(), Phase::filling);
    const std::string path = pathArgument(info, 0);
    const int32_t count = integerArgument(info, 1, "count", 1, 1 << 29);
    const int32_t trees = integerArgument(info, 2, "trees", 1, 10000);
    if (target.forest.count() != 0) {
      throw Napi::Error::New(info.Env(), "Expected an empty index but received a filled one");
    }
    return change(
        info.Env(),
        [path, count, trees](State &its) { its.forest.load(path.c_str(), count, trees); },
        Phase::closed);
  }

  Napi::Value nearest(const Napi::CallbackInfo &info) {
    State &target = require(info.Env(), Phase::ready);
    const Napi::Float32Array query = vectorArgument(info, 0, target.forest.dimension());
    const int32_t most = std::numeric_limits<int32_t>::max() / 2;
    const int32_t count = integerArgument(info, 1, "count", 1, most);
    const int32_t searchK = integerArgument(info, 2, "searchK", 1, most);
    std::vector<float> copy(query.Data(), query.Data() + query.ElementLength());
    return ThreadTask::start(info.Env(),
                             std::make_unique<NearestTask>(state, std::move(copy),
                                                           static_cast<size_t>(count), searchK));
  }

  // Of many rows at once: a call for each would take longer than the copying.
  Napi::Value vectors(const Napi::CallbackInfo &info) {
    State &target = require(info.Env(), Phase::ready);
    const Napi::Int32Array rows = rowsArgument(info, 0, target.forest.count());
    const size_t dimension = static_cast<size_t>(target.forest.dimension());
    Napi::Float32Array values =
        Napi::Float32Array::New(info.Env(), rows.ElementLength() * dimension);
    for (size_t i = 0; i < rows.ElementLength(); i++) {
      target.forest.vector(rows.Data()[i], values.Data() + i * dimension);
    }
    return values;
  }

  void cancel(const Napi::CallbackInfo &) {
    if (state) {
      state->cancelled.store(true);
    }
  }

  // Queries that are under way keep what they read until they end.
  void unload(const Napi::CallbackInfo &) { release(); }

  // While another thread changes the forest its numbers may not be read.
  bool readable() const { return state && state->phase != Phase::working; }
  Napi::Value number(Napi::Env env, double value) { return Napi::Number::New(env, value); }
  Napi::Value dimension(const Napi::CallbackInfo &info) {
    return number(info.Env(), state ? state->forest.dimension() : 0);
  }
  Napi::Value count(const Napi::CallbackInfo &info) {
    return number(info.Env(), readable() ? state->forest.count() : 0);
  }
  Napi::Value trees(const Napi::CallbackInfo &info) {
    return number(info.Env(), readable() ? state->forest.trees() : 0);
  }
  Napi::Value bytes(const Napi::CallbackInfo &info) {
    return number(info.Env(), readable() ? state->forest.bytes() : 0);
  }

  StatePointer state;
};

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  ThreadTask::waitAtExit(env);
  exports.Set("AnnoyIndex", AnnoyIndexObject::define(env));
  return exports;
}

NODE_API_MODULE(annoy, initialize)

} // namespace
} // namespace familiar
