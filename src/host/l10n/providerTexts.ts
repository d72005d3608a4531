import * as vscode from 'vscode';
import type { Refusal, RefusalCause } from '../../protocol/providerReport.ts';

/** Providers as their makers write them. */
export function providerName(provider: string): string {
  const names: Readonly<Record<string, string>> = {
    cpu: 'CPU',
    webgpu: 'WebGPU',
    cuda: 'CUDA',
    directml: 'DirectML',
    coreml: 'CoreML',
  };
  return names[provider] ?? provider;
}

/** Why a provider is not used, as short as a row of the Library view. */
export function describeRefusal({ cause }: Refusal): string {
  return causes[cause]();
}

const causes: Readonly<Record<RefusalCause, () => string>> = {
  absent: () => vscode.l10n.t('not available on this platform'),
  unfinished: () => vscode.l10n.t('crashed the engine when it was tried'),
  failed: () => vscode.l10n.t('does not run on this machine'),
  different: () => vscode.l10n.t('computes wrongly on this machine'),
  slower: () => vscode.l10n.t('slower than the CPU'),
};
