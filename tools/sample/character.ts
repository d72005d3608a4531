import type { Box } from '../../src/common/geometry.ts';
import type { Random } from './random.ts';

/** What stays the same wherever a character appears. */
export interface Character {
  readonly name: string;
  readonly hair: string;
  readonly hairShade: string;
  readonly eyes: string;
  readonly skin: string;
  readonly outfit: string;
  readonly collar: string;
  readonly fringe: 'straight' | 'parted' | 'swept' | 'spiky';
  readonly back: 'short' | 'bob' | 'long' | 'twintails' | 'ponytail';
  readonly accessory: 'none' | 'ribbon' | 'clip' | 'glasses' | 'ears';
  readonly accent: string;
  /** Height of the face by its width. */
  readonly chin: number;
  readonly eyeSize: number;
}

const names = [
  'akari',
  'botan',
  'chiyo',
  'daichi',
  'emi',
  'fumika',
  'genta',
  'hana',
  'itsuki',
  'junko',
  'kaede',
  'luna',
  'mio',
  'nagi',
  'omi',
  'piko',
  'rei',
  'sora',
  'tama',
  'uta',
  'vivi',
  'wakaba',
  'yuki',
  'zen',
] as const;

/** A colour of the wheel; hues of neighbours are far apart (golden angle, 137.5°). */
function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${Math.round(hue % 360)} ${Math.round(saturation)}% ${Math.round(lightness)}%)`;
}

/** The `number`-th character of a library. */
export function createCharacter(number: number, random: Random): Character {
  const hue = number * 137.5 + random.between(-12, 12);
  const saturation = random.between(30, 75);
  const lightness = random.between(32, 72);
  const suffix = number < names.length ? '' : String(Math.floor(number / names.length) + 1);
  return {
    name: `${names[number % names.length]}${suffix}`,
    hair: hsl(hue, saturation, lightness),
    hairShade: hsl(hue, saturation, lightness - 14),
    eyes: hsl(hue + random.between(100, 260), 65, 42),
    skin: hsl(random.between(18, 32), random.between(45, 80), random.between(74, 90)),
    outfit: hsl(random.between(0, 360), random.between(30, 70), random.between(28, 70)),
    collar: random.pick(['#fdfdfd', '#2d2f45', '#f4d35e', '#d1495b']),
    fringe: random.pick(['straight', 'parted', 'swept', 'spiky']),
    back: random.pick(['short', 'bob', 'long', 'twintails', 'ponytail']),
    accessory: random.pick(['none', 'ribbon', 'clip', 'glasses', 'ears']),
    accent: hsl(random.between(0, 360), 80, 55),
    chin: random.between(0.98, 1.14),
    eyeSize: random.between(0.9, 1.15),
  };
}

/** What differs from picture to picture. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  /** Width of the face in pixels. */
  readonly size: number;
  /** Degrees. */
  readonly tilt: number;
  /** −1 looks left, 1 right. */
  readonly turn: number;
  readonly mood: 'calm' | 'happy' | 'sad' | 'surprised' | 'wink';
  readonly line: number;
}

export const moods = ['calm', 'happy', 'sad', 'surprised', 'wink'] as const;

/** The tight face box (brow to chin, cheek to cheek) of a drawn character. */
export function faceBox(character: Character, { x, y, size }: Pose): Box {
  const height = size * character.chin;
  return { x: x - size / 2, y: y - height * 0.42, width: size, height: height * 0.94 };
}

/** SVG of head and shoulders, the face centred on (x, y). */
export function drawCharacter(character: Character, pose: Pose): string {
  const { x, y, size, tilt, line } = pose;
  const parts = [
    drawBackHair(character),
    drawBody(character),
    drawHead(character),
    drawFeatures(character, pose),
    drawFringe(character, pose),
    drawAccessory(character, pose),
  ];
  // Drawn in units of the face's width, 100, around the origin.
  return `<g transform="translate(${x} ${y}) rotate(${tilt}) scale(${size / 100})"
    stroke="#3a2a3a" stroke-width="${line}" stroke-linejoin="round" stroke-linecap="round">
    ${parts.join('')}</g>`;
}

function drawBackHair({ hairShade, back }: Character): string {
  const shapes = {
    short: '<ellipse cx="0" cy="-12" rx="62" ry="58"/>',
    bob: '<path d="M-64-10C-70-80 70-80 64-10L66 44Q50 62 30 52L-30 52Q-50 62-66 44Z"/>',
    long: '<path d="M-64-10C-70-84 70-84 64-10L76 150Q40 170 0 160Q-40 170-76 150Z"/>',
    twintails:
      '<ellipse cx="0" cy="-12" rx="62" ry="58"/><path d="M-56-28C-120-20-112 70-92 130C-80 100-70 50-52 8Z"/><path d="M56-28C120-20 112 70 92 130C80 100 70 50 52 8Z"/>',
    ponytail:
      '<ellipse cx="0" cy="-12" rx="62" ry="58"/><path d="M20-60C110-90 110 40 84 120C78 70 60 10 30-20Z"/>',
  };
  return `<g fill="${hairShade}">${shapes[back]}</g>`;
}

function drawBody({ outfit, collar, skin }: Character): string {
  return `<path fill="${outfit}" d="M-88 190C-90 110-60 84-20 78L20 78C60 84 90 110 88 190Z"/>
    <path fill="${skin}" d="M-16 40L-16 82Q0 98 16 82L16 40Z"/>
    <path fill="${collar}" d="M-28 76L0 112L28 76L20 74Q0 96-20 74Z"/>`;
}

function drawHead({ skin, chin }: Character): string {
  const bottom = 56 * chin;
  return `<path fill="${skin}" d="M-50-14C-52-62 52-62 50-14C50 22 26 ${bottom - 8} 0 ${bottom}C-26 ${bottom - 8}-50 22-50-14Z"/>
    <ellipse cx="-29" cy="26" rx="9" ry="4.5" fill="#ff7b7b" opacity=".35" stroke="none"/>
    <ellipse cx="29" cy="26" rx="9" ry="4.5" fill="#ff7b7b" opacity=".35" stroke="none"/>`;
}

function drawEye(character: Character, cx: number, mood: Pose['mood'], isLeft: boolean): string {
  if (mood === 'happy' || (mood === 'wink' && isLeft)) {
    return `<path fill="none" stroke-width="3" d="M${cx - 11} 8Q${cx}-6 ${cx + 11} 8"/>`;
  }
  const ry = (mood === 'surprised' ? 15 : 13) * character.eyeSize;
  const rx = 9.5 * character.eyeSize;
  const top = 6 - ry;
  return `<ellipse cx="${cx}" cy="6" rx="${rx + 1.5}" ry="${ry}" fill="#fff" stroke="none"/>
    <ellipse cx="${cx}" cy="7" rx="${rx - 0.5}" ry="${ry - 1}" fill="${character.eyes}" stroke-width="1"/>
    <ellipse cx="${cx}" cy="9" rx="${rx * 0.5}" ry="${ry * 0.55}" fill="#20162a" stroke="none"/>
    <circle cx="${cx - 3.5}" cy="1" r="3.6" fill="#fff" stroke="none"/>
    <circle cx="${cx + 3}" cy="12" r="1.8" fill="#fff" stroke="none"/>
    <path fill="none" stroke-width="3.4" d="M${cx - rx - 3} ${top + 6}Q${cx} ${top - 4} ${cx + rx + 3} ${top + 6}"/>`;
}

function drawFeatures(character: Character, { mood, turn }: Pose): string {
  const shift = turn * 9;
  const brow = { calm: 0, happy: -2, sad: 5, surprised: -6, wink: -1 }[mood];
  const mouths = {
    calm: '<path fill="none" stroke-width="2" d="M-7 34Q0 38 7 34"/>',
    happy: '<path fill="#b3364a" stroke-width="2" d="M-11 31Q0 50 11 31Q0 35-11 31Z"/>',
    sad: '<path fill="none" stroke-width="2" d="M-7 38Q0 33 7 38"/>',
    surprised: '<ellipse cx="0" cy="37" rx="5" ry="7" fill="#b3364a" stroke-width="2"/>',
    wink: '<path fill="none" stroke-width="2" d="M-9 32Q2 42 9 31"/>',
  };
  return `<g transform="translate(${shift} 0)">
    ${drawEye(character, -23, mood, true)}${drawEye(character, 23, mood, false)}
    <path fill="none" stroke-width="2.4" stroke="${character.hairShade}" d="M-34 ${-16 + brow}Q-23 ${-21}-13 ${-16 - brow}M13 ${-16 - brow}Q23-21 34 ${-16 + brow}"/>
    <path fill="none" stroke-width="1.6" d="M0 19L2 23"/>${mouths[mood]}</g>`;
}

function drawFringe({ hair, fringe }: Character, { turn }: Pose): string {
  const shapes = {
    straight:
      'M-56 4C-66-84 66-84 56 4C52-8 50-14 48-22L40-4L34-22L22-2L14-22L0-1L-12-22L-24-2L-34-22L-42-4L-48-22C-50-14-52-8-56 4Z',
    parted: 'M-56 12C-68-86 68-86 56 12C54-20 36-40 6-46C0-34-4-30-6-46C-36-40-54-20-56 12Z',
    swept: 'M-56 10C-68-86 68-86 56 12C54-12 48-26 34-38C10-6-24 0-46-6C-52-2-54 4-56 10Z',
    spiky:
      'M-58 8L-70-20L-54-34L-62-62L-34-62L-30-86L-6-68L10-90L24-66L50-74L48-46L68-34L56-16L58 8C52-8 48-16 42-26L32-6L20-26L8-4L-6-26L-20-4L-30-24L-44-6C-50-6-54 0-58 8Z',
  };
  return `<path fill="${hair}" transform="translate(${turn * 4} 0)" d="${shapes[fringe]}"/>
    <path fill="none" stroke="#fff" stroke-width="4" opacity=".35" d="M-34-50Q0-66 34-50"/>`;
}

function drawAccessory({ accessory, accent }: Character, { turn }: Pose): string {
  const shapes = {
    none: '',
    ribbon: `<path fill="${accent}" d="M34-58L62-78L64-44Z M34-58L8-80L10-44Z"/><circle cx="35" cy="-60" r="7" fill="${accent}"/>`,
    clip: `<rect x="26" y="-40" width="24" height="8" rx="3" fill="${accent}" transform="rotate(-24 38 -36)"/>`,
    glasses: `<g fill="none" stroke="${accent}" stroke-width="3" transform="translate(${turn * 9} 0)"><rect x="-38" y="-7" width="30" height="26" rx="9"/><rect x="8" y="-7" width="30" height="26" rx="9"/><path d="M-8 4H8"/></g>`,
    ears: `<path fill="${accent}" d="M-56-30L-62-92L-22-62Z M56-30L62-92L22-62Z"/>`,
  };
  return shapes[accessory];
}
