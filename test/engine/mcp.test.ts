import { cp, symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries } from './support/library.ts';

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const answerSchema = z.object({
  isError: z.boolean().optional(),
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
});

let libraries: TestLibraries;
let name: string;
let client: Client;

function connect(library: string): Promise<Client> {
  const connected = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      ...['--disable-warning=ExperimentalWarning', cli, 'mcp', '--provider', 'cpu'],
      ...['--folder', libraries.folder(library), '--storage', libraries.storage(library)],
    ],
  });
  return connected.connect(transport).then(() => connected);
}

async function call(tool: string, parameters: Record<string, unknown>) {
  const called = await client.callTool({ name: tool, arguments: parameters });
  const { content, isError = false } = answerSchema.parse(called);
  return { text: content[0].text, isError };
}

beforeAll(async () => {
  libraries = await TestLibraries.create();
  const folder = libraries.folder('art');
  const drawn = await generateSample({ folder, characters: 3, images: 9, seed: 2 });
  name = drawn[0]?.file ?? '';
  await cp(libraries.folder('art', name), libraries.folder('art', 'copy.png'));
  await cp(libraries.folder('art', name), libraries.folder('outside.png'));
  await symlink(libraries.folder('outside.png'), libraries.folder('art', 'link.png'));
  await libraries.withEngine('art', indexAll);
  client = await connect('art');
});
afterAll(async () => {
  await client.close();
  await libraries.delete();
});

describe('the MCP server', () => {
  it('lists tools that change nothing', async () => {
    const { tools } = await client.listTools();
    expect(tools.map((tool) => [tool.name, tool.annotations?.readOnlyHint])).toEqual([
      ['find_similar_images', true],
      ['find_duplicate_images', true],
      ['list_characters', true],
      ['find_images_of_character', true],
    ]);
  });

  it('finds similar images by a relative path, and answers with relative paths', async () => {
    const { text, isError } = await call('find_similar_images', { image: name, limit: 3 });
    expect(isError).toBe(false);
    const lines = text.split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^1\. "characters\/.+" \(\d+ % same character, style [\d.]+\)$/);
    expect(text).not.toContain(libraries.base);
  });

  it('opens nothing outside of its folder', async () => {
    for (const image of [
      '../outside.png',
      libraries.folder('outside.png'),
      'link.png',
      '/etc/passwd',
    ]) {
      const { text, isError } = await call('find_similar_images', { image });
      expect([image, isError, text]).toEqual([
        image,
        true,
        'Expected an image inside the opened folders. Give a path relative to an opened folder.',
      ]);
    }
  });

  it('says what is wrong with a file that is no image', async () => {
    await writeFile(libraries.folder('art', 'notes.txt'), 'no image');
    const { isError, text } = await call('find_similar_images', { image: 'notes.txt' });
    expect([isError, text]).toEqual([true, expect.stringMatching(/./)]);
  });

  it('finds duplicates, and only those of a kind', async () => {
    const { text } = await call('find_duplicate_images', {});
    expect(text).toContain('identical files');
    expect(text).toContain('"copy.png"');
    expect((await call('find_duplicate_images', { kind: 'edited' })).text).not.toContain(
      'identical',
    );
  });

  it('lists characters, and the images of one by its id or its name', async () => {
    const id = await libraries.withEngine('art', async (engine) => {
      await engine.characters.grouped();
      const query = { filter: '', hidden: false, offset: 0, limit: 9 };
      const [first] = engine.characters.list(query).characters;
      return engine.characters.name({ id: first?.id ?? 0, name: 'Alice' }).id;
    });
    const { text } = await call('list_characters', {});
    expect(text).toMatch(new RegExp(`character ${id} \\("Alice"\\): \\d+ faces, for example in "`));
    const images = await call('find_images_of_character', { character: id });
    expect(images.text).toMatch(new RegExp(`faces of character ${id}:\\n(- ".+"\\n?)+$`));
    expect(await call('find_images_of_character', { character: 'alice' })).toEqual(images);
    const unknown = await call('find_images_of_character', { character: 'Nobody' });
    expect(unknown).toMatchObject({ isError: true, text: expect.stringContaining('"Nobody"') });
  });

  it('leaves the library to whoever indexes it', async () => {
    await libraries.withEngine('art', async (engine) => {
      await cp(libraries.folder('outside.png'), libraries.folder('art', 'new.png'));
      await indexAll(engine);
    });
    const { text } = await call('find_duplicate_images', { kind: 'identical' });
    expect(text).toContain('"new.png"');
  });
});
