import type { Placement } from '../../../src/protocol/viewProtocol.ts';

/** The variables and classes of a theme as a real VS Code gives them to a webview. */
export interface Theme {
  readonly bodyClass: string;
  readonly kind: string;
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** How the page looks. */
export interface Dress {
  readonly theme: Theme;
  readonly rtl: boolean;
  readonly placement: Placement;
}

/**
 * Runs in the page before its scripts: puts on the theme and gives the API that VS Code gives to
 * webviews. It is sent to the browser as text, so it may use nothing from outside of it.
 */
export function setUpPage(given: { saved: unknown; dress: Dress }): void {
  const post = Reflect.get(globalThis, 'postToHost') as (message: unknown) => void;
  let state: unknown = given.saved ?? undefined;
  Reflect.set(globalThis, 'savedState', state);
  Reflect.set(globalThis, 'acquireVsCodeApi', () => ({
    postMessage: (message: unknown) => post(message),
    getState: () => state,
    setState: (next: unknown) => {
      state = next;
      Reflect.set(globalThis, 'savedState', next);
    },
  }));
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });

  const wear = ({ theme, rtl, placement }: Dress) => {
    const { documentElement: root, body } = document;
    root.removeAttribute('style');
    for (const [name, value] of Object.entries(theme.variables)) {
      root.style.setProperty(name, value);
    }
    root.dir = rtl ? 'rtl' : 'ltr';
    const background = placement === 'sidebar' ? 'sideBar' : 'editor';
    root.style.setProperty('background', `var(--vscode-${background}-background)`);
    body.className = theme.bodyClass;
    body.dataset['vscodeThemeKind'] = theme.kind;
    body.dataset['vscodeThemeName'] = theme.name;
    // What VS Code's own style sheet for webviews says of the body.
    body.style.setProperty('color', 'var(--vscode-editor-foreground)');
    body.style.setProperty('font-family', 'var(--vscode-font-family)');
    body.style.setProperty('font-size', 'var(--vscode-font-size)');
    body.style.setProperty('margin', '0');
  };
  Reflect.set(globalThis, 'wear', wear);
  new MutationObserver((_, observer) => {
    if (document.body !== null) {
      observer.disconnect();
      wear(given.dress);
    }
  }).observe(document, { childList: true, subtree: true });
}
