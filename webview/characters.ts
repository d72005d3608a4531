import './strictPolicy.ts';

import { HOST_EXTENSION } from 'vscode-messenger-common';
import { Messenger } from 'vscode-messenger-webview';
import { charactersViewProtocol } from '../src/protocol/charactersViewProtocol.ts';
import { HostConnection } from './connection.ts';
import { registerControls } from './controls.ts';
import { CharactersApp } from './elements/charactersApp.ts';
import { CharactersModel } from './state/charactersModel.ts';
import './main.css';

const messenger = new Messenger(acquireVsCodeApi());
const model = new CharactersModel(
  new HostConnection(messenger, HOST_EXTENSION, charactersViewProtocol),
);
const app = new CharactersApp(model);

// What nobody caught is shown as well. Notices of the browser itself carry no error.
window.addEventListener('error', ({ error }) => error instanceof Error && model.fail(error));
window.addEventListener('unhandledrejection', ({ reason }) => model.fail(reason));

registerControls();
messenger.start();
document.body.append(app);
void model.start();
