import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import {
  describeCharacterImages,
  describeCharacters,
  describeDuplicates,
  describeSimilar,
} from '../common/assistantAnswers.ts';
import { FamiliarError, toFamiliarError } from '../common/failure.ts';
import type { Engine } from '../engine/engine.ts';
import { requireIndexed, search } from './commands.ts';

export interface AssistantServerOptions {
  readonly engine: Engine;
  /** The real path of an image inside the opened folders; null for any other. */
  readonly resolveImage: (path: string) => Promise<string | null>;
}

/** Of the tools: another one where what they are called with, or answer, is another. */
const version = '1';
const annotations = { readOnlyHint: true, openWorldHint: false } as const;
const limit = (most: number, usual: number) =>
  z.number().int().min(1).max(most).default(usual).describe(`How many to list, up to ${most}`);

/** An MCP server that answers from one library and changes nothing. */
export function createAssistantServer(options: AssistantServerOptions): McpServer {
  const server = new McpServer({ name: 'familiar-faces', version });
  addSimilar(server, options);
  addDuplicates(server, options);
  addCharacters(server, options);
  return server;
}

function addSimilar(server: McpServer, { engine, resolveImage }: AssistantServerOptions): void {
  server.registerTool(
    'find_similar_images',
    {
      title: 'Find images of the same character',
      description:
        'Lists the images of the opened folders that show the same drawn character as a given image, or ' +
        'the same style. Use it to find where a character appears, or for references of a style.',
      inputSchema: {
        image: z.string().describe('Path of an image, relative to an opened folder or absolute'),
        face: z
          .number()
          .int()
          .min(1)
          .optional()
          .describe('Which face, from left to right; the largest if left out'),
        weight: z
          .number()
          .min(0)
          .max(1)
          .optional()
          .describe('1: same character, 0: same style; balanced if left out'),
        limit: limit(50, 10),
      },
      annotations,
    },
    ({ image, ...flags }) =>
      answer(async () => {
        requireIndexed(engine);
        const path = await resolveImage(image);
        if (path === null) {
          throw new FamiliarError('argument', 'Expected an image inside the opened folders.', {
            remedy: 'Give a path relative to an opened folder.',
          });
        }
        return describeSimilar(await search(engine, path, flags));
      }),
  );
}

function addDuplicates(server: McpServer, { engine }: AssistantServerOptions): void {
  server.registerTool(
    'find_duplicate_images',
    {
      title: 'Find duplicate images',
      description:
        'Lists groups of image files of the opened folders that show one picture: identical files, copies in ' +
        'another size or format, and crops, mirrored or recoloured copies, with the best copy of each group. ' +
        'Nothing is deleted. May take minutes in a large library.',
      inputSchema: {
        kind: z
          .enum(['identical', 'same', 'edited'])
          .optional()
          .describe('Only groups of this kind'),
        limit: limit(100, 20),
      },
      annotations,
    },
    ({ kind, limit: most }, { signal }) =>
      answer(async () => {
        requireIndexed(engine);
        const groups = await engine.duplicates.find(signal);
        return describeDuplicates(
          groups.filter((group) => kind === undefined || group.kind === kind),
          most,
        );
      }),
  );
}

function addCharacters(server: McpServer, { engine }: AssistantServerOptions): void {
  server.registerTool(
    'list_characters',
    {
      title: 'List characters',
      description:
        'Lists the drawn characters that appear in the opened folders, with their ids, how many faces each ' +
        'has and an image of each.',
      inputSchema: { limit: limit(200, 50) },
      annotations,
    },
    ({ limit: most }) =>
      answer(async () => {
        requireIndexed(engine);
        const query = { filter: '', hidden: false, offset: 0, limit: most };
        return describeCharacters(engine.characters.list(query));
      }),
  );
  server.registerTool(
    'find_images_of_character',
    {
      title: 'Find the images of a character',
      description:
        'Lists the images in which a character appears, by its id or its name from list_characters.',
      inputSchema: {
        character: z.union([z.number().int(), z.string()]).describe('Id or name of the character'),
        limit: limit(200, 50),
      },
      annotations,
    },
    ({ character, limit: most }) =>
      answer(async () => {
        requireIndexed(engine);
        const id = /^\d+$/.test(`${character}`)
          ? Number(character)
          : engine.characters.withName(`${character}`);
        if (id === undefined || engine.characters.get({ id }) === null) {
          throw new FamiliarError(
            'argument',
            `Expected a character but there is no "${character}".`,
            {
              remedy: 'Call list_characters for ids and names.',
            },
          );
        }
        const page = engine.characters.faces({ id, offset: 0, limit: most });
        return describeCharacterImages(id, page);
      }),
  );
}

/** A failure is an answer too: the model reads what to do about it. */
async function answer(work: () => Promise<string>): Promise<CallToolResult> {
  try {
    return { content: [{ type: 'text', text: await work() }] };
  } catch (error) {
    const { message, remedy } = toFamiliarError(error);
    return { content: [{ type: 'text', text: `${message} ${remedy}` }], isError: true };
  }
}
