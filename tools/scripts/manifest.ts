// Joins what the trainings say of their models into models/manifest.json, and checks the files.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadManifest, modelRevision } from '../../src/engine/models/manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const models = join(root, 'models');
const training = join(root, 'tools', 'training');

function readBlock(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(training, name, 'manifest-block.json'), 'utf8'));
}

const identity = readBlock('identity');
const look = readBlock('look');
const manifest = {
  schema: 1,
  name: 'familiar-faces-base',
  revision: '2026.11.7',
  detector: readBlock('detector'),
  identity: identity['identity'],
  look: look['look'],
  fusion: identity['fusion'],
  calibration: identity['calibration'],
  rescoring: readBlock('rescoring')['rescoring'],
};
writeFileSync(join(models, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
const checked = await loadManifest(models);
process.stdout.write(`${modelRevision(checked.manifest)}\n`);
