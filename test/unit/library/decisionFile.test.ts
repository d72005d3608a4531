import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FamiliarError } from '../../../src/common/failure.ts';
import {
  readDecisions,
  type WrittenDecision,
  writeDecisions,
} from '../../../src/engine/library/decisionFile.ts';

const hex = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'),
  minLength: 32,
  maxLength: 32,
});
const share = fc.integer({ min: 0, max: 499_999 }).map((n) => n / 1_000_000);
const size = fc.integer({ min: 1, max: 500_000 }).map((n) => n / 1_000_000);
const picture = fc.record(
  {
    content: hex,
    folder: fc.string({ maxLength: 20 }),
    path: fc.constantFrom('a.png', 'sub/ä b.png', '日本/絵.webp', 'a..b/c.png'),
    box: fc.tuple(share, share, size, size),
  },
  { requiredKeys: ['content', 'box'] },
);
const face = fc.record({
  source: fc.constantFrom('detected' as const, 'manual' as const),
  pictures: fc.array(picture, { minLength: 1, maxLength: 3 }),
});
const decision: fc.Arbitrary<WrittenDecision> = fc
  .record({
    id: hex,
    kind: fc.constantFrom('draw-face' as const, 'remove-face' as const, 'not-same' as const),
    made: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
    faces: fc.tuple(face, face),
  })
  .map(({ id, kind, made, faces }) => ({
    id,
    decision: kind,
    made: made.toISOString(),
    faces: kind === 'not-same' ? faces : [faces[0]],
  })) as fc.Arbitrary<WrittenDecision>;

const textOf = (decisions: readonly WrittenDecision[]) => [...writeDecisions(decisions)].join('');

/** A file with one decision, of which a part is another. */
function spoiled(part: Record<string, unknown>, of: 'decision' | 'picture' = 'decision'): string {
  const pictures = [{ content: 'a'.repeat(32), path: 'a.png', folder: 'art', box: [0, 0, 1, 1] }];
  const faces = [
    { source: 'manual', pictures: of === 'picture' ? [{ ...pictures[0], ...part }] : pictures },
  ];
  const whole = {
    id: 'b'.repeat(32),
    decision: 'draw-face',
    made: '2026-01-02T03:04:05.000Z',
    faces,
  };
  const line = of === 'decision' ? { ...whole, ...part } : whole;
  return `{"familiarFaces":"decisions","version":1}\n${JSON.stringify(line)}\n`;
}

describe('a file of decisions', () => {
  it('is read as it was written, whatever the order and the line ends', () => {
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 5 }), (decisions) => {
        const text = textOf(decisions);
        expect(textOf(readDecisions(text))).toBe(text);
        expect(textOf(decisions.toReversed())).toBe(text);
        expect(textOf(readDecisions(`\ufeff${text.replaceAll('\n', '\r\n')}`))).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['nothing', ''],
    ['another file', '{"images": []}'],
    ['a later version', '{"familiarFaces":"decisions","version":2}'],
    ['a line that is cut', `${spoiled({}).trimEnd().slice(0, -5)}`],
    ['a path out of the folder', spoiled({ path: '../../etc/passwd' }, 'picture')],
    ['a path of its own', spoiled({ path: '/etc/passwd' }, 'picture')],
    ['a path of Windows', spoiled({ path: 'C:\\Windows' }, 'picture')],
    ['a path with a line end', spoiled({ path: 'a\nb' }, 'picture')],
    ['a box beyond the picture', spoiled({ box: [0.5, 0, 0.6, 1] }, 'picture')],
    ['a box without size', spoiled({ box: [0, 0, 0, 1] }, 'picture')],
    ['a box of no numbers', spoiled({ box: [null, 0, 1, 1] }, 'picture')],
    ['content that is no hash', spoiled({ content: "' OR 1=1" }, 'picture')],
    ['an unknown kind', spoiled({ decision: 'delete-everything' })],
    ['too many faces', spoiled({ faces: [] })],
    ['one face where there must be two', spoiled({ decision: 'not-same' })],
    ['more than is known', spoiled({ run: 'rm' })],
    ['a prototype', spoiled({}).replace('"made"', '"__proto__":{"x":1},"made"')],
  ])('is refused with %s', (_, text) => {
    expect(() => readDecisions(text)).toThrow(FamiliarError);
    expect(() => readDecisions(text)).toThrow(/^Line \d of the decisions/);
  });

  it('never fails in another way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        try {
          readDecisions(`{"familiarFaces":"decisions","version":1}\n${line}`);
        } catch (error) {
          expect(error).toBeInstanceOf(FamiliarError);
        }
      }),
    );
  });
});
