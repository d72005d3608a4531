// Builds forests until it is interrupted, and then ends in the way that is asked for.
import { VectorIndex } from '../../../src/engine/search/vectorIndex.ts';
import { Random } from '../../../tools/sample/random.ts';

const [folder, ending] = process.argv.slice(2);
if (folder === undefined || ending === undefined) {
  throw new Error('Expected a folder and a way to end.');
}
const dimension = 48;
const random = new Random(7);
const vectors = Array.from({ length: 6_000 }, () =>
  Float32Array.from({ length: dimension }, () => random.between(-1, 1)),
);
const index = await VectorIndex.open({
  folder,
  space: 'faces',
  dimension,
  revision: 'r1',
  source: {
    idPages: () => [vectors.map((_, n) => n + 1)],
    *vectors(ids: Int32Array) {
      for (const id of ids) {
        yield { id, vector: vectors[id - 1] as Float32Array };
      }
    },
  },
  readOnly: () => false,
  log: (message) => process.stderr.write(`${message}\n`),
});
const end = async () => {
  if (ending === 'close') {
    await index.close();
  }
  process.exit(0);
};
if (ending !== 'nothing') {
  process.on('SIGINT', () => void end());
  process.on('SIGTERM', () => void end());
}
process.stdout.write('building\n');
for (;;) {
  await index.rebuild();
}
