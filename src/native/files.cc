#include "files.h"

#if defined(_WIN32)
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <io.h>
#include <windows.h>
#else
#include <fcntl.h>
#endif

namespace familiar {

#if defined(_WIN32)

namespace {

/** Empty, which no function takes for a path, where the bytes are no UTF-8. */
std::wstring widen(const char *path) {
  const int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, nullptr, 0);
  std::wstring wide(length > 0 ? static_cast<size_t>(length) : 1, L'\0');
  MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, &wide[0], length);
  // The count includes the NUL at the end.
  wide.pop_back();
  return wide;
}

} // namespace

FILE *createFile(const char *path) {
  FILE *file = nullptr;
  const errno_t error = _wfopen_s(&file, widen(path).c_str(), L"wbx");
  if (error != 0) {
    errno = error;
    return nullptr;
  }
  return file;
}

int openFile(const char *path) { return _wopen(widen(path).c_str(), _O_RDONLY | _O_BINARY); }

void removeFile(const char *path) { _wremove(widen(path).c_str()); }

#else

// "x": a file that somebody else is using is never written over.
FILE *createFile(const char *path) { return fopen(path, "wbx"); }

int openFile(const char *path) { return open(path, O_RDONLY); }

void removeFile(const char *path) { remove(path); }

#endif

} // namespace familiar
