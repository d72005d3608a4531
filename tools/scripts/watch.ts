// npm run watch: rebuilds host, engine, command line and webview at every change of their sources.
import { context } from 'esbuild';
import { bundle, bundleOptions } from './build.ts';

// Models and native addons are copied once: they change with their own scripts.
await bundle({ minify: false });
for (const options of bundleOptions({ minify: false })) {
  const bundled = await context({ ...options, logLevel: 'info' });
  await bundled.watch();
}
process.stdout.write('Watching src and webview.\n');
