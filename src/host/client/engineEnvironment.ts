/**
 * Variables by which snap, flatpak and AppImage, or a GTK session, tell a process which libraries,
 * modules and data it should load. Those of VS Code's own package are not for the engine. That a
 * person's own LD_LIBRARY_PATH goes too is meant: it may hold another libstdc++ or GLib.
 */
const foreignVariable =
  /^(LD_|DYLD_|GTK_|GIO_|GDK_|GSETTINGS_|PANGO_|RSVG_|VIPS_|ELECTRON_|G_MESSAGES_|SNAP(_|$)|FLATPAK_|APPIMAGE$|APPDIR$|NODE_OPTIONS$|NODE_PATH$|NODE_REPL_|MALLOC_)/;

/** VS Code's snap keeps the person's values under this ending; empty where there was none. */
const originalEnding = '_VSCODE_SNAP_ORIG';

/**
 * The environment for a process that we start: that of the host without what its package put there,
 * and with what was there before, such as the folders in which fonts are looked for.
 *
 * `fork` needs ELECTRON_RUN_AS_NODE, which makes Electron a Node; it is set here.
 */
export function engineEnvironment(host: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = { ...host };
  for (const [name, value] of Object.entries(host)) {
    if (name.endsWith(originalEnding)) {
      delete own[name];
      restore(own, name.slice(0, -originalEnding.length), value);
    }
  }
  const kept = Object.entries(own).filter(([name]) => !foreignVariable.test(name.toUpperCase()));
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

function restore(env: NodeJS.ProcessEnv, name: string, value: string | undefined): void {
  if (value === undefined || value === '') {
    delete env[name];
  } else {
    env[name] = value;
  }
}
