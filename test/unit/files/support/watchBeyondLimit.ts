// Watches a folder, twice, where the system allows too few watches, and prints what the person is told.

import { defaultSettings } from '../../../../src/common/settings.ts';
import { FolderWatch } from '../../../../src/engine/files/folderWatch.ts';

const [, , path = ''] = process.argv;
const told: unknown[] = [];
const watch = new FolderWatch({
  onChanges: () => undefined,
  onRescan: () => undefined,
  log: () => undefined,
  onLimit: (limit) => told.push(limit),
});
for (let time = 0; time < 2; time++) {
  await watch.start([{ id: path, name: 'art', path }], defaultSettings);
}
await watch.close();
process.stdout.write(JSON.stringify(told));
