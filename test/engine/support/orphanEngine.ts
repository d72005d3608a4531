// Starts an engine as the extension host does, says so, and waits to be killed.
import { EngineClient } from '../../../src/host/client/engineClient.ts';
import { clientOptions } from './engineProcess.ts';

const [folder, storage] = process.argv.slice(2);
if (folder === undefined || storage === undefined) {
  throw new Error('Expected a folder and its storage.');
}
const client = new EngineClient(clientOptions({ folder, storage, autoStart: true }));
await client.start();
process.stdout.write(`${client.pid}\n`);
setInterval(() => undefined, 1_000);
