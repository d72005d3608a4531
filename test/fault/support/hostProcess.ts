// Starts an engine as the extension host does, says so, and waits to be killed.
import { EngineProcess } from './engineProcess.ts';

const [folder, storage, models] = process.argv.slice(2);
if (folder === undefined || storage === undefined || models === undefined) {
  throw new Error('Expected a folder, its storage and models.');
}
const engine = await EngineProcess.start({ folder, storage, models, autoStart: true });
process.stdout.write(`${engine.pid}\n`);
setInterval(() => undefined, 1_000);
