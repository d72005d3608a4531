import { constants } from 'node:os';
import { existingFile } from '../../native/binaryFile.ts';

// On a desktop the engine runs in Electron, whose executable maps the system's GLib, GObject and
// GIO on Linux. libvips carries copies of its own and exports them, so the dynamic linker resolves
// its calls to the system's, which know none of its objects: decoding ends in SIGSEGV, SIGTRAP or
// a flood of `g_object_ref: assertion 'G_IS_OBJECT (object)' failed` (lovell/sharp#4522, #4525,
// #4348, electron/electron#46323, #48787, CherryHQ/cherry-studio#20485).
//
// RTLD_DEEPBIND makes a library and what it needs look for functions among themselves first. On
// the binding alone it would trade one crash for another: `malloc` and `free` would then be those
// of the C library, while the C library itself allocates with Electron's (`vasprintf`, `strdup`),
// and libvips frees what it received with `free(): invalid pointer`. The addon `isolation` leads
// that scope and sends both to the process's own allocator, so that no memory crosses heaps: see
// src/native/isolation/hostAllocator.cc. It depends on sharp's binding and so loads it.
//
// onnxruntime is loaded as usual: it holds no GLib, and its library exports only symbols with a
// version of its own.
/**
 * Loads sharp's native libraries isolated from the GLib of the process; called before sharp is.
 * Does nothing where there is no RTLD_DEEPBIND (musl, macOS, Windows): there is no such clash.
 */
export function isolateSharp(): void {
  const { RTLD_NOW, RTLD_DEEPBIND } = constants.dlopen;
  if (process.platform !== 'linux' || RTLD_DEEPBIND === undefined) {
    return;
  }
  const path = existingFile(`${process.platform}-${process.arch}`, 'isolation.node');
  if (path === undefined) {
    return;
  }
  try {
    process.dlopen({ exports: {} }, path, RTLD_NOW | RTLD_DEEPBIND);
  } catch (error) {
    // Sharp is then loaded as it comes, which works everywhere but in Electron.
    process.emitWarning(`Expected to load ${path} but received: ${String(error)}`);
  }
}
