// npm run familiar -- COMMAND: the command line, with the index compiled that it searches with.
import { buildNative } from './native.ts';

buildNative();
await import('../cli/main.ts');
