import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packageExtension } from '../../../tools/scripts/package.ts';
import { installExtension } from '../../../tools/scripts/vscodeServer.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder in which the packaged extension is installed, and nothing else. */
    readonly extensions: string;
  }
}

/** Where the readme's pictures are said to be; a test answers for it. */
export const readmeUrl = 'https://readme.invalid';

/** Packages the extension, fetches VS Code, and installs the one in the other for all tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { path } = await packageExtension({ baseUrl: readmeUrl });
  const home = await mkdtemp(join(tmpdir(), 'familiar-faces-e2e-'));
  project.provide('extensions', await installExtension(home, path));
  return () => rm(home, { recursive: true, force: true });
}
