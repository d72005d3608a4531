import './strictPolicy.ts';

import { HOST_EXTENSION } from 'vscode-messenger-common';
import { Messenger } from 'vscode-messenger-webview';
import { viewProtocol } from '../src/protocol/viewProtocol.ts';
import { HostConnection } from './connection.ts';
import { registerControls } from './controls.ts';
import { FamiliarFacesApp } from './elements/app.ts';
import { SearchModel } from './state/searchModel.ts';
import { ViewMemory } from './state/viewMemory.ts';
import './main.css';

const api = acquireVsCodeApi();
const messenger = new Messenger(api);
const model = new SearchModel(new HostConnection(messenger, HOST_EXTENSION, viewProtocol));
const app = new FamiliarFacesApp(model, new ViewMemory(api));

// What nobody caught is shown as well. Notices of the browser itself carry no error.
window.addEventListener('error', ({ error }) => error instanceof Error && model.fail(error));
window.addEventListener('unhandledrejection', ({ reason }) => model.fail(reason));

registerControls();
messenger.start();
document.body.append(app);
void model.start();
