// Work on a thread of its own that settles a JavaScript promise.
#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace familiar {

// Not a `Napi::AsyncWorker`, which runs in libuv's pool: its four threads are also sharp's, and a
// query must not wait behind a queue of pictures being decoded. Nothing in a task may touch
// JavaScript while it runs.
class ThreadTask {
public:
  virtual ~ThreadTask() = default;
  // On the task's thread. What it throws rejects the promise.
  virtual void execute() = 0;
  // On the JavaScript thread, before the promise settles.
  virtual void settled(bool succeeded) { (void)succeeded; }
  virtual Napi::Value result(Napi::Env env) { return env.Undefined(); }
  virtual void cancel() {}

  // Takes the task over.
  static Napi::Promise start(Napi::Env env, std::unique_ptr<ThreadTask> task);

  // Waits, when the environment ends, for the threads that still run in it.
  static void waitAtExit(Napi::Env env);

private:
  struct Running;
  // Owned by the environment and by every thread, whichever ends last.
  using RunningPointer = std::shared_ptr<Running>;

  static void finish(Napi::Env env, Napi::Function, void *, ThreadTask *task);
  using Finisher = Napi::TypedThreadSafeFunction<void, ThreadTask, ThreadTask::finish>;

  void run();

  Finisher finisher;
  RunningPointer running;
  napi_deferred deferred = nullptr;
  std::string errorCode;
  std::string errorMessage;
};

} // namespace familiar
