import type { Random } from './random.ts';

/** SVG of a place behind the characters: a sky, hills or houses, and some light. */
export function drawScene(random: Random, width: number, height: number): string {
  const hue = random.integer(0, 359);
  const isNight = random.next() < 0.3;
  const top = `hsl(${hue} 45% ${isNight ? 18 : 72}%)`;
  const bottom = `hsl(${(hue + 40) % 360} 55% ${isNight ? 34 : 88}%)`;
  const id = `sky${hue}`;
  const sky = `<defs><linearGradient id="${id}" x2="0" y2="1"><stop stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs><rect width="${width}" height="${height}" fill="url(#${id})"/>`;
  const glow = `<circle cx="${random.between(0.1, 0.9) * width}" cy="${random.between(0.08, 0.3) * height}" r="${height * 0.07}" fill="#fff" opacity=".7"/>`;
  return (
    sky +
    glow +
    (random.next() < 0.5 ? hills(random, width, height) : houses(random, width, height))
  );
}

function hills(random: Random, width: number, height: number): string {
  const hue = random.integer(70, 200);
  return [0.62, 0.74, 0.86]
    .map((level, layer) => {
      const y = level * height;
      const rise = random.between(0.05, 0.14) * height;
      return `<path fill="hsl(${hue} 38% ${58 - layer * 13}%)" d="M0 ${y}Q${width * 0.25} ${y - rise} ${width * 0.5} ${y}T${width} ${y}V${height}H0Z"/>`;
    })
    .join('');
}

function houses(random: Random, width: number, height: number): string {
  const hue = random.integer(0, 359);
  let drawn = '';
  for (let x = 0; x < width; ) {
    const house = random.between(0.08, 0.16) * width;
    const top = random.between(0.45, 0.75) * height;
    drawn += `<rect x="${x}" y="${top}" width="${house}" height="${height - top}" fill="hsl(${hue} 20% ${random.integer(35, 60)}%)"/>`;
    for (let y = top + 18; y < height - 20; y += 46) {
      drawn += `<rect x="${x + house * 0.2}" y="${y}" width="${house * 0.2}" height="22" fill="#ffe9a8" opacity=".8"/><rect x="${x + house * 0.6}" y="${y}" width="${house * 0.2}" height="22" fill="#ffe9a8" opacity=".5"/>`;
    }
    x += house + 4;
  }
  return drawn;
}
