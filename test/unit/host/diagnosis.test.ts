import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Diagnosis, DiagnosisCheck } from '../../../src/host/library/diagnose.ts';
import type { RuntimeReport } from '../../../src/host/runtime/runtime.ts';
import { languages } from '../../../tools/scripts/texts.ts';
import { checkSamples } from '../protocol/checkSamples.ts';

/** The part of VS Code that the texts need, in the language that a test sets. */
const window = vi.hoisted(() => ({
  language: 'en',
  bundle: undefined as Record<string, string> | undefined,
}));
vi.mock('vscode', () => ({
  env: {
    get language() {
      return window.language;
    },
  },
  l10n: {
    get bundle() {
      return window.bundle;
    },
    t: (text: string | { message: string; args: string[] }, ...more: string[]) => {
      const { message, args } = typeof text === 'string' ? { message: text, args: more } : text;
      const translated = window.bundle?.[message] ?? message;
      return translated.replace(/\{(\d+)\}/g, (_, n) => args[Number(n)] ?? '');
    },
  },
}));

const { describeDiagnosis } = await import('../../../src/host/library/diagnosis.ts');

function speak(language: string): void {
  window.language = language;
  const file = new URL(`../../../l10n/bundle.l10n.${language}.json`, import.meta.url);
  window.bundle = language === 'en' ? undefined : JSON.parse(readFileSync(file, 'utf8'));
}

const report = (...checks: DiagnosisCheck[]): Diagnosis => ({
  ok: checks.every(({ failure }) => failure === null),
  checks,
});
const { healthy } = checkSamples;
const ill: readonly DiagnosisCheck[] = [
  {
    part: 'engine',
    facts: null,
    failure: { code: 'model-file', message: 'no such file', remedy: 'install again' },
  },
  ...checkSamples.ill,
];
/** What is left of a page without what no language changes: names, paths, units, exact words. */
const proseOf = (page: string, known: readonly string[]) =>
  known.reduce((rest, text) => rest.replaceAll(text, ''), page.replaceAll('\\', ''));

describe('a diagnosis in English', () => {
  beforeEach(() => speak('en'));

  it('names every part with what was found out about it', () => {
    expect(describeDiagnosis(report(...healthy))).toBe(
      [
        '# Familiar Faces Diagnosis\n',
        'Everything works.\n',
        '- ✓ **Runtime** — Node.js v24.1.0 · linux x64',
        '- ✓ **Library** — /storage/art',
        '  - Another window is indexing it at the moment.',
        '- ✓ **Database** — sound, 2.5 MB',
        '- ✓ **Disk Space** — 12 GB free',
        '- ✓ **Search Index** — 1,234 faces · 1 added since it was built',
        '- ✓ **Models** — faces r5 · CPU · 4.2 images/s',
        '  - WebGPU: slower than the CPU \\(it is slower than the CPU\\)',
        '- ✓ **Folder \\*art\\*** — /home/\\_a\\_/\\*art\\*\n\n',
      ].join('\n'),
    );
  });

  it('says which runtime was taken, and why none before it was', () => {
    const own = {
      origin: 'vscode',
      executable: '/opt/code',
      node: '22.20.0',
      electron: '37.2',
    } as const;
    const found = {
      origin: 'path',
      executable: '/bin/node',
      node: '24.0.0',
      electron: null,
    } as const;
    const rejected = [{ ...own, reason: 'avif: crashed' }];
    const runtimes: RuntimeReport = { taken: found, rejected };
    const page = describeDiagnosis(report(...healthy), runtimes).replaceAll('\\', '');
    expect(page).toContain(
      [
        '- ✓ **Runtime** — Node.js v24.1.0 · linux x64',
        '  - Found on PATH: /bin/node',
        '  - Not used: Node.js 22.20.0 · Electron 37.2 · /opt/code: avif: crashed',
        '- ✓ **Library**',
      ].join('\n'),
    );
    const failure = { code: 'engine-runtime', message: 'No Node.js', remedy: 'Install' } as const;
    const lost = report({ part: 'engine', facts: null, failure });
    expect(describeDiagnosis(lost, { taken: null, rejected })).toContain('avif: crashed');
  });

  it('says of what is wrong what to do about it, in the words of the engine', () => {
    const page = describeDiagnosis(report(...ill));
    expect(page).toContain('Something needs attention.');
    expect(page).toContain('✗ **Database** — broken page 7\n  - start again\n');
    expect(page).toContain('✗ **Disk Space** — Only 12 MB free\n  - Free some space');
    expect(page).toContain('✗ **Folder gone** — The folder cannot be read.\n  - Check that it is');
  });
});

describe.each(languages)('a diagnosis in %s', (language) => {
  beforeEach(() => speak(language));

  it('holds no English but names and exact words', () => {
    const page = describeDiagnosis(report(...healthy, ...ill));
    const unchanged = [
      ...['(it is slower than the CPU)', 'broken page 7', 'cannot read /mnt/gone'],
      ...[
        'no native index',
        'no such file',
        '/storage/art',
        '/home/_a_/*art*',
        '/mnt/gone',
        'gone',
        '*art*',
      ],
      ...['Node.js', 'v24.1.0', 'linux', 'x64', 'faces r5', 'WebGPU', 'CPU', 'Familiar Faces'],
    ];
    const units = /\b[kMG]B\b/g;
    const english = /\b(?:the|is|it|free|folder|disk|since|search|index|sound|works)\b/i;
    expect(proseOf(page, unchanged).replaceAll(units, '')).not.toMatch(english);
    expect(page).toContain(window.bundle?.['Something needs attention.']);
  });

  it('puts codes of failures into words, and keeps the exact ones for a report', () => {
    const page = describeDiagnosis(report(...ill));
    expect(page).toContain(window.bundle?.['The library is damaged.']);
    expect(page).toContain('  - broken page 7');
    expect(page).toContain(window.bundle?.['The folder cannot be read.']);
  });
});
