import { describe, expect, it } from 'vitest';
import { engineEnvironment } from '../../../src/host/client/engineEnvironment.ts';

describe('engineEnvironment', () => {
  it('drops what a package or a session makes processes load', () => {
    const hostile = {
      LD_PRELOAD: '/snap/code/lib.so',
      LD_LIBRARY_PATH: '/snap/code/usr/lib',
      LD_BIND_NOT: '1',
      GTK_PATH: '/snap/code/gtk',
      GTK_EXE_PREFIX_VSCODE_SNAP_ORIG: '',
      GIO_MODULE_DIR: '/snap/code/gio',
      GIO_EXTRA_MODULES: '/evil',
      GDK_PIXBUF_MODULE_FILE: '/evil/loaders.cache',
      G_MESSAGES_DEBUG: 'all',
      VIPS_WARNING: '1',
      ELECTRON_NO_ASAR: '1',
      ELECTRON_RUN_AS_NODE: '0',
      NODE_OPTIONS: '--require /evil.js',
      SNAP: '/snap/code/1',
      APPDIR: '/tmp/.mount_Code',
      FLATPAK_ID: 'com.visualstudio.code',
    };
    expect(engineEnvironment(hostile)).toEqual({ ELECTRON_RUN_AS_NODE: '1' });
  });

  it("gives back what VS Code's snap has put aside, unless it is of that kind too", () => {
    const snap = {
      XDG_DATA_DIRS: '/snap/code/usr/share',
      XDG_DATA_DIRS_VSCODE_SNAP_ORIG: '/usr/share',
      LOCPATH: '/snap/code/usr/lib/locale',
      LOCPATH_VSCODE_SNAP_ORIG: '',
      GTK_PATH: '/snap/code/gtk',
      GTK_PATH_VSCODE_SNAP_ORIG: '/usr/lib/gtk-3.0',
      LD_PRELOAD_VSCODE_SNAP_ORIG: '/evil.so',
    };
    expect(engineEnvironment(snap)).toEqual({
      XDG_DATA_DIRS: '/usr/share',
      ELECTRON_RUN_AS_NODE: '1',
    });
  });

  it('keeps everything else', () => {
    const env = {
      PATH: '/usr/bin',
      HOME: '/home/a',
      LANG: 'de',
      UV_THREADPOOL_SIZE: '7',
      GOPATH: 'g',
    };
    expect(engineEnvironment(env)).toEqual({ ...env, ELECTRON_RUN_AS_NODE: '1' });
  });
});
