/**
 * Variables by which snap, flatpak and AppImage, or a GTK session, tell a process which libraries,
 * modules and data it should load. Those of VS Code's own package are not for the engine. Snap keeps
 * the person's values under `…_VSCODE_SNAP_ORIG`.
 */
const foreignVariable =
  /^(LD_|DYLD_|GTK_|GIO_|GDK_|GSETTINGS_|PANGO_|RSVG_|VIPS_|ELECTRON_|G_MESSAGES_|SNAP(_|$)|FLATPAK_|APPIMAGE$|APPDIR$|NODE_OPTIONS$|NODE_PATH$|NODE_REPL_|MALLOC_)|_VSCODE_SNAP_ORIG$/;

/**
 * The environment for a process that we start: that of the host without what its package put there.
 *
 * `fork` needs ELECTRON_RUN_AS_NODE, which makes Electron a Node; it is set here.
 */
export function engineEnvironment(host: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(host).filter(([name]) => !foreignVariable.test(name.toUpperCase()));
  return { ...Object.fromEntries(own), ELECTRON_RUN_AS_NODE: '1' };
}
