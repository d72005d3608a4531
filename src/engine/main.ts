// The engine process: forked by the extension host, spoken to over Node's IPC channel.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { selfTest } from './diagnostics/selfTest.ts';

// The parent's end closes this process in an orderly way (see `onClose`), not its signals.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => {
  // Whatever hangs, an engine without a parent does not stay. An orderly exit would wait for native
  // threads, or abort where they are in work.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2_000).unref();
});

// The engine is imported only here, since `node:sqlite` or a native library that it needs may be
// missing, and while the self-test decodes on other threads. Requests wait in the channel until then.
const tested = selfTest();
const loading = import('./server/engineServer.ts');
// A failure to load is reported by the self-test, or thrown below.
loading.catch(() => undefined);
const failures = await tested;
const writer = new IPCMessageWriter(process);
await writer.write({ jsonrpc: '2.0', method: 'selfTest', params: { failures } } as never);
if (failures.some(({ required }) => required)) {
  process.exit(1);
}
const { serveEngine } = await loading;
serveEngine({
  reader: new IPCMessageReader(process),
  writer,
  bundledModels: join(dirname(fileURLToPath(import.meta.url)), 'models'),
  onEnd: () => process.exit(0),
});
