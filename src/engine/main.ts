// The engine process: forked by the extension host, spoken to over Node's IPC channel.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { serveEngine } from './server/engineServer.ts';

// The parent's end closes this process in an orderly way (see `onClose`), not its signals.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => {
  // Whatever hangs, an engine without a parent does not stay. An orderly exit would wait for native
  // threads, or abort where they are in work.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2_000).unref();
});

serveEngine({
  reader: new IPCMessageReader(process),
  writer: new IPCMessageWriter(process),
  bundledModels: join(dirname(fileURLToPath(import.meta.url)), 'models'),
  onEnd: () => process.exit(0),
});
