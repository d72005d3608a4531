import type { Evaluation } from './runEvaluation.ts';

export interface Table {
  readonly title: string;
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const percent = (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : (100 * value).toFixed(1);
const fixed = (value: number | null | undefined, digits: number) =>
  value === null || value === undefined ? '–' : value.toFixed(digits);

function trainedOnText(entries: readonly string[] | null): string {
  if (entries === null) {
    return 'not stated in the manifest';
  }
  return entries.length === 0 ? 'nothing of this kind of data' : entries.join(', ');
}

function detectionTable({ detection, models }: Evaluation): Table {
  return {
    title: 'Detection',
    note: `In %, precision, recall and F1 at the shipped threshold and IoU ≥ 0.5; a split in which no face is labelled only counts boxes. Trained on: ${trainedOnText(models.trainedOn.detector)}.`,
    head: [
      'split',
      'images',
      'faces',
      'AP50',
      'AP30',
      'precision',
      'recall',
      'F1',
      'false / face-free image',
    ],
    rows: Object.entries(detection).map(([name, one]) => [
      name,
      String(one.images),
      String(one.faces),
      percent(one.ap50),
      percent(one.ap30),
      percent(one.precision),
      percent(one.recall),
      percent(one.f1),
      fixed(one.falsePositivesPerFaceFreeImage, 3),
    ]),
  };
}

function identityTable({ identity, models }: Evaluation): Table {
  return {
    title: 'Identity',
    note:
      'Leave-one-out retrieval in %: recall@1 / mAP; another picture of the same drawing never counts. ' +
      '"unseen" asks only by characters that the model was not trained on. `whole/…` goes through the detector ' +
      'and ranks by the fused score. F1 is of pairs at the shipped threshold, as many of the same character as of different ones. ' +
      `Trained on: ${trainedOnText(models.trainedOn.identity)}.`,
    head: [
      'set',
      'pictures',
      'characters',
      'recall@1',
      'mAP',
      'unseen',
      'pair F1 (best)',
      'faces found',
      'head alone',
      'picture alone',
    ],
    rows: Object.entries(identity).map(([name, one]) => [
      name,
      String(one.pictures),
      String(one.characters),
      percent(one.recall1),
      percent(one.mAP),
      one.unseen === null ? '–' : `${percent(one.unseen.recall1)} / ${percent(one.unseen.mAP)}`,
      one.pairs === null ? '–' : `${percent(one.pairs.f1)} (${percent(one.pairs.bestF1)})`,
      percent(one.facesFound),
      one.headshot === null
        ? '–'
        : `${percent(one.headshot.recall1)} / ${percent(one.headshot.mAP)}`,
      one.whole === null ? '–' : `${percent(one.whole.recall1)} / ${percent(one.whole.mAP)}`,
    ]),
  };
}

function calibrationTable({ calibration }: Evaluation): Table {
  const { pairs, reliability } = calibration;
  return {
    title: 'Calibration',
    note:
      pairs === null
        ? 'No pairs to measure.'
        : `Over ${pairs.pairs} pairs within the head crop sets, both kinds weighted alike: F1 ${percent(pairs.f1)} % ` +
          `(precision ${percent(pairs.precision)}, recall ${percent(pairs.recall)}) at the shipped threshold; ` +
          `best on these pairs ${percent(pairs.bestF1)} % at a cosine of ${fixed(pairs.bestThreshold, 3)}.`,
    head: ['stated probability', 'observed share'],
    rows: reliability.map(({ stated, observed }) => [percent(stated), percent(observed)]),
  };
}

function lookTable({ look, models }: Evaluation): Table {
  return {
    title: 'Look',
    note: `In %. Trained on: ${trainedOnText(models.trainedOn.look)}.`,
    head: [
      'gallery',
      'queries',
      'source recall@1',
      'source mAP',
      'other corner nearest',
      'mirrored nearest',
      'reduced nearest',
    ],
    rows:
      look === null
        ? []
        : [
            [
              String(look.gallery),
              String(look.queries),
              percent(look.source?.recall1),
              percent(look.source?.mAP),
              percent(look.cropsNearest),
              percent(look.mirroredNearest),
              percent(look.reducedNearest),
            ],
          ],
  };
}

function fusionTable({ fusion }: Evaluation): Table {
  return {
    title: 'Fusion',
    note:
      'Combined target "same character and same feel" (same character within the same source), recall@1 / mAP in %. ' +
      'In head crops the crop is the whole picture.',
    head: [
      'pictures',
      'picture alone',
      'head alone',
      'fused',
      'weight',
      'best weight',
      'mAP by weight 0, 0.1 … 1',
    ],
    rows: Object.entries(fusion).map(([name, one]) => [
      name,
      `${percent(one.whole.recall1)} / ${percent(one.whole.mAP)}`,
      `${percent(one.headshot.recall1)} / ${percent(one.headshot.mAP)}`,
      `${percent(one.fused.recall1)} / ${percent(one.fused.mAP)}`,
      fixed(one.defaultWeight, 2),
      fixed(one.bestWeight, 2),
      Object.entries(one.byWeight)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, mAP]) => percent(mAP))
        .join(' '),
    ]),
  };
}

function speedTable({ speed }: Evaluation): Table {
  return {
    title: 'Speed',
    note:
      `${speed.machine}, provider ${speed.provider}, ${speed.streams} streams. Median milliseconds, one picture at a time on one stream; ` +
      `an illustration of 1,920 × 1,080 with ${speed.illustrationFaces} faces takes ${fixed(speed.illustrationMs, 0)} ms from file to vectors.`,
    head: Object.keys(speed.stages),
    rows: [Object.values(speed.stages).map((ms) => fixed(ms, 1))],
  };
}

export function toTables(evaluation: Evaluation): Table[] {
  return [
    detectionTable(evaluation),
    identityTable(evaluation),
    calibrationTable(evaluation),
    lookTable(evaluation),
    fusionTable(evaluation),
    speedTable(evaluation),
  ].filter(({ rows }) => rows.length > 0);
}

/** Columns padded to one width, for a terminal. */
export function toText(tables: readonly Table[]): string {
  return tables
    .map(({ title, note, head, rows }) => {
      const widths = head.map((_, column) =>
        Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
      );
      const line = (row: readonly string[]) =>
        row
          .map((cell, column) =>
            column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
          )
          .join('  ');
      const parts = [title, ...(note === undefined ? [] : [note]), line(head), ...rows.map(line)];
      return parts.join('\n');
    })
    .join('\n\n');
}

/** What was measured with: a report that leaves something out has to say so. */
export interface ReportOptions {
  readonly date: Date;
  /** At most so many pictures of every split and set; null for all. */
  readonly limit: number | null;
}

/** The tables as a Markdown page that says how it was made. */
export function toMarkdown(evaluation: Evaluation, { date, limit }: ReportOptions): string {
  const tables = toTables(evaluation).map(({ title, note, head, rows }) => {
    const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const rule = row(head.map((_, column) => (column === 0 ? '---' : '---:')));
    return [
      `## ${title}`,
      ...(note === undefined ? [] : ['', note]),
      '',
      row(head),
      rule,
      ...rows.map(row),
    ].join('\n');
  });
  return [
    '# Evaluation of the shipped models',
    '',
    `Written by \`npm run eval -- --write\` on ${date.toISOString().slice(0, 10)} for ${evaluation.models.name}, revision \`${evaluation.models.revision}\`, ` +
      'through the engine’s own decode, crop, detect and embed functions.',
    '',
    ...(limit === null
      ? []
      : [`**Only a part was measured**: at most ${limit} pictures of every split and set.`, '']),
    'The labelled pictures belong to others and are not part of this project, so the contact sheets of the best and the worst cases are not either: ' +
      '`npm run eval` writes them to `.cache/evaluation/index.html`. The layout of a data folder is described in `tools/evaluation/dataFolder.ts`; give another one with `--data DIR`.',
    '',
    tables.join('\n\n'),
    '',
  ].join('\n');
}
