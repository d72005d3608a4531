import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { resolveInside } from '../engine/files/resolveInside.ts';
import { createAssistantServer } from './assistantServer.ts';
import { exitCodes, withLibrary } from './commands.ts';
import type { LibraryFlags } from './openLibrary.ts';

/**
 * `mcp`: serves the library to assistants over stdin and stdout until they close it. The library is
 * only read: whoever indexes it goes on doing so.
 */
export function mcp(flags: LibraryFlags): Promise<number> {
  const options = { autoStart: false, watch: false, mayWrite: false };
  return withLibrary(flags, options, async (engine) => {
    const path = resolve(flags.folder ?? '.');
    const folder = { path, realPath: await realpath(path) };
    const server = createAssistantServer({
      engine,
      resolveImage: (image) => resolveInside(folder, resolve(path, image)),
    });
    const closed = once(process.stdin, 'end');
    await server.connect(new StdioServerTransport());
    await closed;
    await server.close();
    return exitCodes.done;
  });
}
