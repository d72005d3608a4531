import { describe, expect, it } from 'vitest';
import { toMarkdown } from '../../../tools/evaluation/report.ts';
import type { Evaluation } from '../../../tools/evaluation/runEvaluation.ts';

/** Of a data folder in which nothing was labelled. */
const evaluation: Evaluation = {
  detection: {},
  identity: {},
  calibration: { pairs: null, reliability: [] },
  look: null,
  fusion: {},
  speed: {
    machine: 'a machine',
    provider: 'cpu',
    streams: 1,
    stages: { decode: 1, prepare: 1, detect: 1, crop: 1, identity: 1, look: 1 },
    illustrationMs: 10,
    illustrationFaces: 2,
  },
  models: {
    name: 'bare',
    revision: 'bare@1',
    trainedOn: { detector: null, identity: null, look: null },
  },
};
const date = new Date('2026-11-24T00:00:00Z');

describe('the report', () => {
  it('names models, revision and day', () => {
    const page = toMarkdown(evaluation, { date, limit: null });
    expect(page).toContain('on 2026-11-24 for bare, revision `bare@1`');
    expect(page).not.toContain('Only a part');
  });

  it('says where only a part was measured', () => {
    const page = toMarkdown(evaluation, { date, limit: 40 });
    expect(page).toContain('**Only a part was measured**: at most 40 pictures');
  });
});
