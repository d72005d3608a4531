import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { messageOf } from '../../src/common/failure.ts';
import { root } from './build.ts';
import { findDesktopCode, makeProfile, needsShell } from './desktopCode.ts';
import { packageExtension } from './package.ts';
import { installExtension, installVsCodeServer, startVsCodeServer } from './vscodeServer.ts';

export interface OpenVsCodeOptions {
  /** Folder to open, absolute. */
  readonly folder: string;
  /** Port of the server, where one is used; any free one when left out. */
  readonly port?: number;
}

/**
 * Opens a folder in VS Code with the packaged extension: in the desktop's `code` where there
 * is one, otherwise in the browser. Stays up until Ctrl-C. Neither touches the settings or
 * extensions of an installed VS Code.
 *
 * @returns null, or why there is no VS Code on this machine
 */
export async function openVsCode({ folder, port }: OpenVsCodeOptions): Promise<string | null> {
  const code = port === undefined ? findDesktopCode() : undefined;
  if (code === undefined) {
    try {
      await installVsCodeServer();
    } catch (error) {
      return messageOf(error);
    }
  }
  process.stderr.write('Packaging the extension …\n');
  const { path: extension } = await packageExtension();
  await (code === undefined
    ? serve(extension, folder, port)
    : openDesktop(code, extension, folder));
  return null;
}

async function openDesktop(code: string, extension: string, folder: string): Promise<void> {
  const profile = await makeProfile(code, join(root, '.cache', 'desktop'), extension);
  process.stdout.write(
    `Opening ${folder} in VS Code. Close its window, or press Ctrl-C, to end.\n`,
  );
  const window = spawn(code, [...profile, '--new-window', '--wait', folder], {
    stdio: 'inherit',
    shell: needsShell,
  });
  await once(window, 'exit');
}

async function serve(extension: string, folder: string, port: number | undefined): Promise<void> {
  const home = join(root, '.cache', 'server');
  const server = await startVsCodeServer({
    home,
    extensions: await installExtension(home, extension),
    ...(port === undefined ? {} : { port }),
  });
  process.stdout.write(
    [
      '',
      'VS Code with Familiar Faces is ready. Open this address in a browser:',
      '',
      `  ${server.folderUrl(folder)}`,
      '',
      'Then right-click an image in the Explorer and choose "Find Similar Characters".',
      'Ctrl-C ends it.',
      '',
    ].join('\n'),
  );
  await interrupted();
  await server.stop();
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
