import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';

/**
 * Defines `<vscode-button>` and `<vscode-progress-ring>`. The toolkit is no longer developed:
 * this is its only importer, so that a successor with the same tag names can take its place.
 */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeProgressRing());
}
