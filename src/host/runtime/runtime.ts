/** Where a runtime was found: VS Code's own, the person's choice, or a folder of `PATH`. */
export type RuntimeOrigin = 'vscode' | 'setting' | 'path';

/** A program that may run the engine: Node.js, or Electron as Node.js. */
export interface Runtime {
  readonly origin: RuntimeOrigin;
  /** Absolute path of the program. */
  readonly executable: string;
  /** Version of its Node.js, such as `22.17.0`; empty where it did not say. */
  readonly node: string;
  /** Version of Electron; null for Node.js itself. */
  readonly electron: string | null;
}

/** A runtime that is not used. */
export interface RejectedRuntime extends Runtime {
  /** What speaks against it: words of the system or of the engine, in English. */
  readonly reason: string;
}

/** Which runtime was taken, and which ones before it were not. */
export interface RuntimeReport {
  readonly taken: Runtime | null;
  readonly rejected: readonly RejectedRuntime[];
}

/** The runtime of this process, which is VS Code's. */
export function ownRuntime(): Runtime {
  const { node, electron } = process.versions;
  return { origin: 'vscode', executable: process.execPath, node, electron: electron ?? null };
}

/** Its version and path, for the log and for *Diagnose*. */
export function describeRuntime({ node, electron, executable }: Runtime): string {
  const versions = [
    ...(node === '' ? [] : [`Node.js ${node}`]),
    ...(electron === null ? [] : [`Electron ${electron}`]),
  ];
  return [...versions, executable].join(' · ');
}
