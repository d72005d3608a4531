#pragma once

#include <cstdio>

// Files by their paths in UTF-8. The narrow functions of Windows take paths in the system's code page,
// in which the name of a user may not exist: its wide functions are called there.
namespace familiar {

/** Creates a file to write to. Null, with `errno`, where it cannot, or where there is one already. */
FILE *createFile(const char *path);

/** Opens a file to read. -1, with `errno`, where it cannot. */
int openFile(const char *path);

void removeFile(const char *path);

} // namespace familiar
