import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Box, Size } from '../../src/common/geometry.ts';
import { type RenderFormat, renderSvg } from '../../src/engine/imaging/encode.ts';
import { type Character, createCharacter, drawCharacter, faceBox, moods } from './character.ts';
import { Random } from './random.ts';
import { drawScene } from './scene.ts';

export interface SampleOptions {
  readonly folder: string;
  readonly characters: number;
  readonly images: number;
  readonly seed: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What was drawn, as `ground-truth.json` beside the pictures says it. */
export interface SampleImage {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly { readonly box: Box; readonly character: string }[];
}

interface Drawing extends SampleImage {
  readonly svg: string;
  readonly format: RenderFormat;
}

/** Of ten pictures: sprites and portraits of one character, scenes of several, and none. */
const kinds = [
  'sprite',
  'sprite',
  'portrait',
  'portrait',
  'portrait',
  'scene',
  'scene',
  'group',
  'portrait',
  'background',
] as const;

/**
 * Draws a library like that of a small visual novel: the same seed gives the same pictures.
 * Writes `ground-truth.json` with the box and the name of every face.
 */
export async function generateSample(options: SampleOptions): Promise<SampleImage[]> {
  const { folder, seed, images, onProgress, signal } = options;
  const cast = Array.from({ length: options.characters }, (_, number) =>
    createCharacter(number, new Random(seed * 7_919 + number * 104_729)),
  );
  const truth: SampleImage[] = [];
  for (let number = 0; number < images; number++) {
    signal?.throwIfAborted();
    const random = new Random(seed * 1_000_003 + number * 7_907);
    const { svg, format, ...image } = draw(number, cast, random);
    const path = join(folder, image.file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await renderSvg(svg, { ...image, format }));
    truth.push(image);
    onProgress?.(number + 1, images);
  }
  await writeFile(join(folder, 'ground-truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
  return truth;
}

/** A PNG of one scene with two characters, as large as it is asked for; made for 16 : 9. */
export function drawIllustration(size: Size, seed: number): Promise<Uint8Array> {
  const random = new Random(seed);
  const cast = [0, 1].map((number) => createCharacter(number, random));
  const { content } = composeGroup(cast, random);
  return renderSvg(page(groupSize, content), { ...size, format: 'png' });
}

function draw(number: number, cast: readonly Character[], random: Random): Drawing {
  const kind = kinds[number % kinds.length] as (typeof kinds)[number];
  const first = cast[Math.floor(number / 2) % cast.length];
  if (kind === 'background' || first === undefined) {
    const [width, height] = [960, 540];
    const file = `backgrounds/${String(number).padStart(4, '0')}.jpg`;
    return {
      file,
      width,
      height,
      faces: [],
      svg: page({ width, height }, drawScene(random, width, height)),
      format: 'jpeg',
    };
  }
  if (kind === 'scene' || kind === 'group') {
    const count = kind === 'scene' ? 2 : Math.min(4, cast.length);
    return drawGroup(number, pickCast(cast, first, count, random), random);
  }
  return drawSingle(number, first, kind === 'sprite', random);
}

function pickCast(
  cast: readonly Character[],
  first: Character,
  count: number,
  random: Random,
): Character[] {
  const picked = [first];
  while (picked.length < Math.min(count, cast.length)) {
    const next = cast[random.integer(0, cast.length - 1)] as Character;
    if (!picked.includes(next)) {
      picked.push(next);
    }
  }
  return picked;
}

function randomPose(random: Random) {
  return {
    tilt: random.between(-12, 12),
    turn: random.between(-1, 1),
    mood: random.pick(moods),
    line: random.between(1.4, 3),
  };
}

function drawSingle(
  number: number,
  character: Character,
  isSprite: boolean,
  random: Random,
): Drawing {
  const width = isSprite ? 480 : random.integer(520, 760);
  const height = isSprite ? 640 : random.integer(560, 800);
  const size = Math.min(width, height) * random.between(0.26, 0.42);
  const pose = {
    ...randomPose(random),
    size,
    x: width * random.between(0.44, 0.56),
    y: Math.max(size * 1.0, height * random.between(0.34, 0.46)),
  };
  const format = isSprite ? 'png' : random.pick<RenderFormat>(['jpeg', 'webp', 'png', 'avif']);
  const scene = isSprite ? '' : drawScene(random, width, height);
  const name = `${character.name}_${pose.mood}_${String(number).padStart(4, '0')}`;
  return {
    file: `characters/${character.name}/${name}.${format === 'jpeg' ? 'jpg' : format}`,
    width,
    height,
    faces: [{ box: faceBox(character, pose), character: character.name }],
    svg: page({ width, height }, scene + drawCharacter(character, pose)),
    format,
  };
}

const groupSize: Size = { width: 1280, height: 720 };

function drawGroup(number: number, cast: readonly Character[], random: Random): Drawing {
  const { content, faces } = composeGroup(cast, random);
  const names = cast.map(({ name }) => name).join('_');
  return {
    file: `scenes/${names}_${String(number).padStart(4, '0')}.jpg`,
    ...groupSize,
    faces,
    svg: page(groupSize, content),
    format: 'jpeg',
  };
}

/** Characters side by side in one scene, in the coordinates of `groupSize`. */
function composeGroup(
  cast: readonly Character[],
  random: Random,
): { readonly content: string; readonly faces: SampleImage['faces'] } {
  const { width, height } = groupSize;
  const faces: { box: Box; character: string }[] = [];
  let content = drawScene(random, width, height);
  for (const [position, character] of cast.entries()) {
    const size = (cast.length > 2 ? 150 : 210) * random.between(0.85, 1.1);
    const pose = {
      ...randomPose(random),
      size,
      x: (width * (position + 0.5)) / cast.length + random.between(-20, 20),
      y: height * random.between(0.42, 0.58),
    };
    content += drawCharacter(character, pose);
    faces.push({ box: faceBox(character, pose), character: character.name });
  }
  return { content, faces };
}

function page({ width, height }: Size, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`;
}
