import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { imageExtensions } from '../../../src/common/imageExtensions.ts';
import { defaultSettings } from '../../../src/common/settings.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const text = readFileSync(`${root}package.json`, 'utf8');
const manifest = JSON.parse(text);
const { contributes } = manifest;
const strings: Record<string, string> = JSON.parse(readFileSync(`${root}package.nls.json`, 'utf8'));

/** Every `when` clause of every menu entry, with the command that it belongs to. */
const entries: { menu: string; command: string; when?: string }[] = Object.entries(
  contributes.menus as Record<string, { command: string; when?: string }[]>,
).flatMap(([menu, items]) => items.map((item) => ({ menu, ...item })));

/** Name endings that a `when` clause lists, written out. */
function endings(when: string): string[] {
  const pattern = /resourceExtname =~ (\/.*?\/i)/.exec(when)?.[1] ?? '';
  const expression = new RegExp(pattern.slice(1, -2), 'i');
  const candidates = [...imageExtensions, 'ico', 'xcf', 'txt', 'heic', 'mp4', 'json'];
  return candidates.filter((ending) => expression.test(`.${ending}`));
}

describe('package.json', () => {
  it('shows the search on exactly the images that are read', () => {
    const gated = entries.filter(({ when }) => when?.includes('resourceExtname'));
    expect(gated.map(({ menu }) => menu)).toEqual([
      'explorer/context',
      'editor/title',
      'editor/title/context',
    ]);
    for (const { when = '' } of gated) {
      expect(endings(when)).toEqual([...imageExtensions]);
      expect(when).toContain('resourceScheme == file');
    }
  });

  it('has the key of the search where its menu shows it: in the preview and in the Explorer', () => {
    const keys: { command: string; key: string; args?: string; when: string }[] =
      contributes.keybindings;
    const [preview, explorer] = keys.filter(
      ({ command }) => command === 'familiarFaces.findSimilar',
    );
    expect(explorer).toMatchObject({ key: preview?.key, args: 'explorer' });
    expect(explorer?.when).toContain('filesExplorerFocus && !inputFocus');
    expect(endings(explorer?.when ?? '')).toEqual([...imageExtensions]);
  });

  it('puts only commands into menus and keys that it declares', () => {
    const declared = new Set(
      contributes.commands.map(({ command }: { command: string }) => command),
    );
    const used = [...entries, ...contributes.keybindings].map(({ command }) => command);
    expect(used.filter((command) => !declared.has(command))).toEqual([]);
  });

  it('hides from the palette what needs an argument', () => {
    const hidden = entries.filter(({ menu }) => menu === 'commandPalette');
    const wanting = contributes.commands
      .map(({ command }: { command: string }) => command)
      .filter((command: string) => /\.(result|failure)\./.test(command));
    expect(hidden.map(({ command }) => command)).toEqual(expect.arrayContaining(wanting));
  });

  it('has a text for every placeholder, and no text too many', () => {
    const used = [...text.matchAll(/%([\w.]+)%/g)].map(([, key]) => key ?? '');
    expect(used.toSorted()).toEqual(Object.keys(strings).toSorted());
  });

  it('names only pictures that exist', () => {
    const files = [...text.matchAll(/"(media\/[^"]+)"/g)].map(([, file]) => file ?? '');
    expect(files.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
    expect(files.length).toBeGreaterThan(10);
  });

  it('has the defaults of the engine', () => {
    const { exclude: _exclude, modelsFolder, ...others } = defaultSettings;
    expect(modelsFolder).toBeNull();
    for (const [name, value] of Object.entries(others)) {
      const setting = contributes.configuration.properties[`familiarFaces.${name}`];
      expect(setting?.default, name).toEqual(value);
      expect(setting?.markdownDescription ?? setting?.description, name).toBeDefined();
    }
  });

  it('runs where the files are, and only on trusted or restricted ones on disk', () => {
    expect(manifest.extensionKind).toEqual(['workspace']);
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe('limited');
    expect(manifest.capabilities.virtualWorkspaces.supported).toBe(false);
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual([
      'familiarFaces.modelsFolder',
      'familiarFaces.executionProvider',
      'familiarFaces.followSymlinks',
      'familiarFaces.runtime',
      'familiarFaces.charactersFile',
    ]);
  });
});
