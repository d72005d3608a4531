import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { viewPage } from '../../../src/protocol/viewPage.ts';
import { bundleWebview } from './bundle.ts';
import { pictureOf } from './library.ts';
import { drawScene } from './pictures.ts';

export interface HarnessServer extends AsyncDisposable {
  readonly origin: string;
}

/** Serves the page as the extension host writes it, the bundle, and drawn pictures. */
export async function startServer(): Promise<HarnessServer> {
  const { files } = await bundleWebview();
  const server = createServer((request, response) => {
    const { pathname: path, search } = new URL(request.url ?? '/', 'http://harness');
    const origin = originOf(server);
    const program = pages.get(path);
    const found =
      program === undefined ? answer(path, files) : page(origin, search.slice(1), program);
    response.writeHead(found === undefined ? 204 : 200, { 'content-type': typeOf(path) });
    response.end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: originOf(server),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The pages by their paths, each with the name of its program. */
const pages: ReadonlyMap<string, string> = new Map([
  ['/', 'main'],
  ['/characters', 'characters'],
]);

function page(origin: string, language: string, program: string): string {
  return viewPage({
    language,
    source: origin,
    nonce: 'c2VjcmV0',
    script: `${origin}/${program}.js`,
    style: `${origin}/${program}.css`,
  });
}

function answer(
  path: string,
  files: ReadonlyMap<string, Uint8Array>,
): string | Uint8Array | undefined {
  const image = /^\/image\/(\d+)\.svg$/.exec(path);
  const scene = /^\/scene\/([\d-]*)\/(\d+)\.svg$/.exec(path);
  if (image !== null) {
    return pictureOf(Number(image[1])).svg;
  }
  if (scene !== null) {
    const cast = (scene[1] ?? '').split('-').filter(Boolean).map(Number);
    return drawScene(cast, Number(scene[2])).svg;
  }
  return files.get(path.slice(1));
}

function typeOf(path: string): string {
  const types = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' } as const;
  const extension = path.split('.').at(-1) ?? '';
  return Object.hasOwn(types, extension) ? types[extension as keyof typeof types] : 'text/html';
}
