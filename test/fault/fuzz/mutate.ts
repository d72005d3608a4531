import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { Random } from '../../../tools/sample/random.ts';
import type { SeedFile } from './seedFiles.ts';

const oddNumbers = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const oddTexts = ['99999999', '-1', '1e308', 'NaN', '"', '<g>', '</svg>', 'url(#f)', '&a;', '#r'];

type Mutation = (bytes: Buffer, random: Random, others: readonly SeedFile[]) => Buffer;

const at = (bytes: Buffer, random: Random) => random.integer(0, Math.max(0, bytes.length - 1));

/** Formats keep sizes and offsets in their first bytes: half of all changes fall there. */
const early = (bytes: Buffer, random: Random) =>
  random.next() < 0.5 ? random.integer(0, Math.min(120, bytes.length - 1)) : at(bytes, random);

function splice(bytes: Buffer, start: number, removed: number, added: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]);
}

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const i = early(bytes, random);
    bytes[i] = (bytes[i] ?? 0) ^ (1 << random.integer(0, 7));
    return bytes;
  },
  (bytes, random) => {
    bytes[early(bytes, random)] = random.integer(0, 255);
    return bytes;
  },
  (bytes, random) => {
    const size = random.pick([1, 2, 4]);
    const value = random.pick(oddNumbers as [number]) % 256 ** size;
    const start = early(bytes, random);
    if (start + size <= bytes.length) {
      random.next() < 0.5
        ? bytes.writeUIntLE(value, start, size)
        : bytes.writeUIntBE(value, start, size);
    }
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random) => splice(bytes, at(bytes, random), random.integer(1, 64), new Uint8Array()),
  (bytes, random) =>
    splice(
      bytes,
      early(bytes, random),
      0,
      Buffer.alloc(random.integer(1, 64), random.integer(0, 255)),
    ),
  (bytes, random) => {
    const start = at(bytes, random);
    const part = bytes.subarray(start, start + random.integer(1, 400));
    return splice(bytes, at(bytes, random), 0, part);
  },
  (bytes, random) => {
    const start = at(bytes, random);
    bytes.subarray(start, start + random.integer(1, 200)).fill(random.pick([0, 0xff]));
    return bytes;
  },
  (bytes, random, others) => {
    const other = random.pick(others as [SeedFile]).bytes;
    const start = random.integer(0, other.length - 1);
    const part = other.subarray(start, start + random.integer(1, 400));
    return splice(bytes, early(bytes, random), random.integer(0, 400), part);
  },
  (bytes, random) =>
    splice(
      bytes,
      at(bytes, random),
      random.integer(0, 8),
      Buffer.from(random.pick(oddTexts as [string])),
    ),
];

/** Checksums of PNG chunks made right, so that what is wrong in them reaches the decoder. */
function withRightChecksums(bytes: Buffer): Buffer {
  const isPng = bytes.toString('latin1', 1, 4) === 'PNG';
  for (let start = 8; isPng && start + 12 <= bytes.length; ) {
    const end = start + 8 + bytes.readUInt32BE(start);
    if (end + 4 > bytes.length) {
      break;
    }
    bytes.writeUInt32BE(crc32(bytes.subarray(start + 4, end)), end);
    start = end + 4;
  }
  return bytes;
}

export interface Mutant {
  readonly name: string;
  readonly ending: string;
  readonly bytes: Uint8Array;
}

/** The `number`-th mutant of a seed: the same for the same arguments. */
export function mutate(files: readonly SeedFile[], seed: number, number: number): Mutant {
  const random = new Random(seed * 2_654_435_761 + number * 40_503);
  const { name, ending, bytes } = files[number % files.length] as SeedFile;
  const goesDeep = random.next() < 0.5;
  const isCompressed = bytes[0] === 0x1f;
  let changed: Buffer = goesDeep && isCompressed ? gunzipSync(bytes) : Buffer.from(bytes);
  for (
    let changes = random.pick([1, 1, 1, 2, 3, 5]);
    changes > 0 && changed.length > 0;
    changes--
  ) {
    changed = random.pick(mutations as [Mutation])(changed, random, files);
  }
  if (goesDeep) {
    changed = isCompressed ? gzipSync(changed) : withRightChecksums(changed);
  }
  return { name, ending, bytes: changed };
}
