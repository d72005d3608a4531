import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../common/failure.ts';
import { engineEnvironment } from '../client/engineEnvironment.ts';
import type { RejectedRuntime, Runtime } from './runtime.ts';

/** The oldest Node.js with all of `node:sqlite` that the engine uses. */
export const oldestNode = '22.17.0';

/** A program that has not said its version by then is none that runs the engine. */
const answerLimitMs = 15_000;

const answerSchema = z.object({
  executable: z.string(),
  node: z.string(),
  electron: z.string().nullable(),
  target: z.string(),
});

/** What a program is asked: its own path too, since version managers put scripts on `PATH` in front of it. */
const question = `JSON.stringify({
  executable: process.execPath,
  node: process.versions.node,
  electron: process.versions.electron ?? null,
  target: process.platform + '-' + process.arch,
})`;

export interface ExamineOptions {
  readonly origin: Runtime['origin'];
  /** What is in one of these folders is never run: whoever wrote them may be anybody. */
  readonly untrusted: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a program to find out whether it is a Node.js that suits the binaries of this extension.
 * @returns the runtime, or why it is none
 */
export async function examineNode(
  path: string,
  { origin, untrusted, env }: ExamineOptions,
): Promise<Runtime | RejectedRuntime> {
  const asked = { origin, executable: path, node: '', electron: null };
  try {
    await requireTrusted(path, untrusted);
    const answer = await ask(path, env);
    await requireTrusted(answer.executable, untrusted);
    const { executable, node, electron, target } = answer;
    // What the person has named is run as it is named: it may be a script that sets something up.
    const found = { origin, executable: origin === 'setting' ? path : executable, node, electron };
    const wanted = `${process.platform}-${process.arch}`;
    if (target !== wanted || isOlder(node, oldestNode)) {
      const reason = `Expected Node.js ${oldestNode} or newer for ${wanted} but received ${node} for ${target}.`;
      return { ...found, reason };
    }
    return found;
  } catch (error) {
    return { ...asked, reason: messageOf(error).trim() };
  }
}

/** The programs called `node` in the folders of `PATH`, in their order, each once. */
export async function nodesOnPath(env: NodeJS.ProcessEnv): Promise<string[]> {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const found = new Map<string, string>();
  for (const folder of pathFolders(env)) {
    const path = join(folder, name);
    const real = await realpath(path).catch(() => null);
    if (real !== null && !found.has(real)) {
      found.set(real, path);
    }
  }
  return [...found.values()];
}

/** A relative folder would be looked up wherever the process happens to be: in a workspace, too. */
function pathFolders(env: NodeJS.ProcessEnv): string[] {
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return (env[name] ?? '')
    .split(delimiter)
    .map((folder) => folder.replace(/^"(.*)"$/, '$1'))
    .filter(isAbsolute);
}

async function requireTrusted(path: string, untrusted: readonly string[]): Promise<void> {
  if (!isAbsolute(path)) {
    throw new Error(`Expected an absolute path but received ${path}.`);
  }
  const real = await realpath(path);
  if (!(await stat(real)).isFile()) {
    throw new Error(`Expected ${path} to be a program.`);
  }
  for (const folder of untrusted) {
    const realFolder = await realpath(folder).catch(() => folder);
    if ([path, real].some((file) => isInside(file, folder) || isInside(file, realFolder))) {
      throw new Error(`Expected a program outside of the workspace but received ${path}.`);
    }
  }
}

function isInside(file: string, folder: string): boolean {
  const way = relative(folder, file);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function ask(path: string, env: NodeJS.ProcessEnv): Promise<z.infer<typeof answerSchema>> {
  const { stdout } = await promisify(execFile)(path, ['-p', question], {
    env: engineEnvironment(env),
    // Not the workspace: version managers choose by files that they find in the present folder.
    cwd: homedir(),
    timeout: answerLimitMs,
    windowsHide: true,
  });
  return answerSchema.parse(JSON.parse(stdout));
}

/** Compares versions of three numbers. */
function isOlder(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) < 0;
}
