#include "threadTask.h"

#include <new>

#include "taskErrors.h"

#if defined(_WIN32)
#include <process.h>
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace familiar {

struct ThreadTask::Running {
  std::mutex lock;
  std::condition_variable ended;
  // Those that have not settled; a task may be gone before its thread has ended.
  std::set<ThreadTask *> tasks;
  int threads = 0;
};

namespace {

// Annoy recurses once per level of a tree and keeps a node on the stack at each; outliers can
// make a tree some hundred levels deep. Some systems give a thread only 128 or 512 KiB.
const size_t stackSize = size_t(32) << 20;


#if defined(_WIN32)
unsigned __stdcall enterThread(void *body) {
#else
void *enterThread(void *body) {
#endif
  std::unique_ptr<std::function<void()>> owned(static_cast<std::function<void()> *>(body));
  (*owned)();
  return 0;
}

bool startDetached(std::function<void()> body) {
  auto *owned = new std::function<void()>(std::move(body));
  bool started = false;
#if defined(_WIN32)
  const uintptr_t thread = _beginthreadex(nullptr, static_cast<unsigned>(stackSize), enterThread,
                                          owned, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
  started = thread != 0;
  if (started) {
    CloseHandle(reinterpret_cast<HANDLE>(thread));
  }
#else
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  started = pthread_create(&thread, &attributes, enterThread, owned) == 0;
  pthread_attr_destroy(&attributes);
#endif
  if (!started) {
    delete owned;
  }
  return started;
}

} // namespace

void ThreadTask::waitAtExit(Napi::Env env) {
  const RunningPointer running = std::make_shared<Running>();
  env.SetInstanceData(new RunningPointer(running));
  env.AddCleanupHook([running] {
    std::unique_lock<std::mutex> guard(running->lock);
    for (ThreadTask *task : running->tasks) {
      task->cancel();
    }
    running->ended.wait(guard, [&running] { return running->threads == 0; });
  });
}

Napi::Promise ThreadTask::start(Napi::Env env, std::unique_ptr<ThreadTask> owned) {
  ThreadTask *task = owned.get();
  napi_value promise = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_create_promise(env, &task->deferred, &promise), Napi::Promise());
  task->finisher = Finisher::New(env, "annoy", 0, 1);
  const RunningPointer running = *env.GetInstanceData<RunningPointer>();
  task->running = running;
  {
    std::lock_guard<std::mutex> guard(running->lock);
    running->tasks.insert(task);
    running->threads++;
  }
  const bool started = startDetached([task, running] {
    task->run();
    const Finisher finisher = task->finisher;
    // After `napi_closing` neither the function nor the promise may be used any more. Otherwise
    // `finish` may have deleted the task by now, and the environment may be about to end.
    const bool closing = finisher.BlockingCall(task) == napi_closing;
    std::lock_guard<std::mutex> guard(running->lock);
    if (closing) {
      running->tasks.erase(task);
      delete task;
    }
    running->threads--;
    running->ended.notify_all();
  });
  if (!started) {
    std::lock_guard<std::mutex> guard(running->lock);
    running->tasks.erase(task);
    running->threads--;
    task->finisher.Release();
    throw Napi::Error::New(env, "cannot start a thread");
  }
  owned.release();
  return Napi::Promise(env, promise);
}

void ThreadTask::run() {
  try {
    execute();
  } catch (const Cancelled &error) {
    errorCode = "cancelled";
    errorMessage = error.what();
  } catch (const Damaged &error) {
    errorCode = "damaged";
    errorMessage = error.what();
  } catch (const std::bad_alloc &) {
    errorCode = "memory";
    errorMessage = "not enough memory for the index";
  } catch (const std::exception &error) {
    errorCode = "failed";
    errorMessage = error.what();
  }
}

void ThreadTask::finish(Napi::Env env, Napi::Function, void *, ThreadTask *task) {
  std::unique_ptr<ThreadTask> owned(task);
  {
    std::lock_guard<std::mutex> guard(task->running->lock);
    task->running->tasks.erase(task);
  }
  if (env == nullptr) {
    return;
  }
  task->finisher.Release();
  Napi::HandleScope scope(env);
  const bool succeeded = task->errorCode.empty();
  task->settled(succeeded);
  try {
    if (succeeded) {
      napi_resolve_deferred(env, task->deferred, task->result(env));
      return;
    }
    Napi::Error error = Napi::Error::New(env, task->errorMessage);
    error.Set("code", Napi::String::New(env, task->errorCode));
    napi_reject_deferred(env, task->deferred, error.Value());
  } catch (const Napi::Error &) {
    // Only an environment that is ending refuses these calls: nobody waits for the promise any
    // more, and an error that leaves this function would abort the process.
  }
}

} // namespace familiar
