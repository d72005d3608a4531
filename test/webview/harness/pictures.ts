import type { Box, Size } from '../../../src/common/geometry.ts';

/** A drawn picture: how large it is and where its faces are, in its own pixels. */
export interface Picture extends Size {
  readonly svg: string;
  readonly faces: readonly Box[];
}

/** Numbers from 0 to below 1 that depend on the seed alone (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const sizes: readonly Size[] = [
  { width: 640, height: 640 },
  { width: 480, height: 720 },
  { width: 900, height: 600 },
  { width: 600, height: 800 },
  { width: 1200, height: 500 },
];

/** A scene with the given characters side by side; `variation` changes all but who they are. */
export function drawScene(characters: readonly number[], variation: number): Picture {
  const next = random(variation * 7919 + 17);
  const { width, height } = sizes[Math.floor(next() * sizes.length)] ?? { width: 640, height: 640 };
  const hue = Math.floor(next() * 360);
  const sky = `hsl(${hue} ${30 + next() * 35}% ${55 + next() * 30}%)`;
  const ground = `hsl(${(hue + 40) % 360} 30% ${30 + next() * 25}%)`;
  const slot = width / Math.max(1, characters.length);
  const heads = characters.map((character, index) => {
    const radius = Math.min(slot, height) * (0.2 + next() * 0.07);
    const x = slot * (index + 0.5) + (next() - 0.5) * slot * 0.2;
    const y = height * (0.38 + next() * 0.12);
    return { ...head(character, x, y, radius, next), x, y, radius };
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" fill="${sky}"/>
<circle cx="${width * next()}" cy="${height * 0.25}" r="${height * 0.14}" fill="hsl(${hue} 60% 90% / .5)"/>
<path d="M0 ${height * 0.78} Q ${width / 2} ${height * (0.6 + next() * 0.2)} ${width} ${height * 0.8} V ${height} H 0Z" fill="${ground}"/>
${heads.map(({ svg: shape }) => shape).join('\n')}</svg>`;
  const faces = heads.map(({ x, y, radius }) => ({
    x: x - radius * 0.85,
    y: y - radius * 0.75,
    width: radius * 1.7,
    height: radius * 1.7,
  }));
  return { width, height, svg, faces };
}

/** Hair, skin, eyes and dress follow from the character; tilt and mouth from the picture. */
function head(character: number, x: number, y: number, r: number, vary: () => number) {
  const next = random(character * 104_729 + 3);
  const hair = `hsl(${Math.floor(next() * 360)} ${35 + next() * 45}% ${25 + next() * 40}%)`;
  const skin = `hsl(${18 + next() * 16} ${45 + next() * 25}% ${58 + next() * 28}%)`;
  const eyes = `hsl(${Math.floor(next() * 360)} 60% 32%)`;
  const dress = `hsl(${Math.floor(next() * 360)} 45% 45%)`;
  const length = 0.9 + next() * 1.3;
  const tilt = (vary() - 0.5) * 20;
  const smile = (vary() - 0.3) * r * 0.3;
  const svg = `<g transform="translate(${x} ${y}) rotate(${tilt})">
<path d="M${-r * 1.1} ${r * 3.4} Q${-r * 1.2} ${r * 1.3} 0 ${r * 1.15} Q${r * 1.2} ${r * 1.3} ${r * 1.1} ${r * 3.4}Z" fill="${dress}"/>
<path d="M${-r * 1.15} ${r * length} Q${-r * 1.5} ${-r * 1.35} 0 ${-r * 1.3} Q${r * 1.5} ${-r * 1.35} ${r * 1.15} ${r * length} Q0 ${r * 1.1} ${-r * 1.15} ${r * length}Z" fill="${hair}"/>
<rect x="${-r * 0.2}" y="${r * 0.6}" width="${r * 0.4}" height="${r * 0.7}" fill="${skin}"/>
<path d="M${-r * 0.85} ${-r * 0.2} Q${-r * 0.9} ${r * 0.6} 0 ${r * 0.98} Q${r * 0.9} ${r * 0.6} ${r * 0.85} ${-r * 0.2} Q0 ${-r * 1.2} ${-r * 0.85} ${-r * 0.2}Z" fill="${skin}"/>
<path d="M${-r} ${r * 0.05} Q${-r * 0.9} ${-r * 1.25} 0 ${-r * 1.2} Q${r * 0.9} ${-r * 1.25} ${r} ${r * 0.05} Q${r * 0.5} ${-r * 0.45} ${r * 0.15} ${-r * 0.5} Q${-r * 0.4} ${-r * 0.35} ${-r} ${r * 0.05}Z" fill="${hair}"/>
${[-1, 1].map((side) => `<ellipse cx="${side * r * 0.38}" cy="${r * 0.15}" rx="${r * 0.16}" ry="${r * 0.23}" fill="${eyes}"/><circle cx="${side * r * 0.38 + r * 0.05}" cy="${r * 0.06}" r="${r * 0.06}" fill="white"/>`).join('')}
<path d="M${-r * 0.16} ${r * 0.6} q${r * 0.16} ${smile} ${r * 0.32} 0" fill="none" stroke="hsl(0 45% 35%)" stroke-width="${r * 0.05}" stroke-linecap="round"/>
</g>`;
  return { svg };
}
