import type { TestProject } from 'vitest/node';
import { packageExtension } from '../../../scripts/package.ts';
import { installVsCodeServer } from '../../../scripts/vscodeServer.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Absolute path of the packaged extension, which is what the tests install. */
    readonly extension: string;
  }
}

/** Packages the extension and fetches VS Code, once for all test files. */
export async function setup(project: TestProject): Promise<void> {
  const { path } = await packageExtension();
  await installVsCodeServer();
  project.provide('extension', path);
}
