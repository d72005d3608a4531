import * as vscode from 'vscode';
import { z } from 'zod';
import { defaultSettings, executionProviders, type Settings, speeds } from '../common/settings.ts';

export const settingsSection = 'familiarFaces';

/** The settings of `package.json`, and two of VS Code's own that say what is of no interest. */
const watchedSections = [settingsSection, 'files.exclude', 'search.exclude'];

const hostSettingsSchema = z.object({
  indexAutomatically: z.boolean().catch(true),
  askAbove: z.number().int().positive().catch(20_000),
  runtime: z.string().catch(''),
});

/** Settings that concern the host alone. */
export type HostSettings = z.infer<typeof hostSettingsSchema>;

/** What someone wrote into `settings.json` may be anything: what is wrong counts as unset. */
const userSettingsSchema = z.object({
  include: z.array(z.string()).readonly().catch(defaultSettings.include),
  exclude: z.array(z.string()).readonly().catch(defaultSettings.exclude),
  useGitignore: z.boolean().catch(defaultSettings.useGitignore),
  useDefaultExcludes: z.boolean().catch(defaultSettings.useDefaultExcludes),
  usePolling: z.boolean().catch(defaultSettings.usePolling),
  followSymlinks: z.boolean().catch(defaultSettings.followSymlinks),
  executionProvider: z.enum(executionProviders).catch(defaultSettings.executionProvider),
  speed: z.enum(speeds).catch(defaultSettings.speed),
  modelsFolder: z.string().catch(''),
  maxPixels: z.number().int().positive().catch(defaultSettings.maxPixels),
  charactersFile: z.string().catch(defaultSettings.charactersFile),
});

const excludeMapSchema = z.record(z.string(), z.unknown()).catch({});

/** Reads the settings that the engine takes. */
export function readEngineSettings(): Settings {
  const { modelsFolder, exclude, ...user } = userSettingsSchema.parse(readSection());
  return {
    ...user,
    exclude: [...new Set([...excludedByEditor(), ...exclude])],
    modelsFolder: modelsFolder === '' ? null : modelsFolder,
  };
}

/** Reads the settings that the engine does not know. */
export function readHostSettings(): HostSettings {
  return hostSettingsSchema.parse(readSection());
}

/** Calls `listener` whenever `readEngineSettings` or `readHostSettings` may answer differently. */
export function onDidChangeSettings(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (watchedSections.some((section) => event.affectsConfiguration(section))) {
      listener();
    }
  });
}

function readSection(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  const names = [
    ...Object.keys(userSettingsSchema.shape),
    ...Object.keys(hostSettingsSchema.shape),
  ];
  return Object.fromEntries(names.map((name) => [name, configuration.get(name)]));
}

/** Globs of `files.exclude` and `search.exclude` that are switched on without conditions. */
function excludedByEditor(): string[] {
  return ['files.exclude', 'search.exclude'].flatMap((section) => {
    const map = excludeMapSchema.parse(vscode.workspace.getConfiguration().get(section));
    return Object.entries(map).flatMap(([glob, on]) => (on === true ? [glob] : []));
  });
}
