import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { installedPostgres, startCluster } from './postgresCluster.ts';

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * PostgreSQL with pgvector, with nothing in it: a server of the installed version where there is one
 * with pgvector, otherwise one compiled to WebAssembly within this process. Both are reached over
 * PostgreSQL's network protocol. `FAMILIAR_FACES_TEST_POSTGRES` = `wasm` chooses the latter.
 */
export function startPostgres(): Promise<TestServer> {
  return programs === null ? startWithin() : startCluster(programs);
}

const programs =
  process.env['FAMILIAR_FACES_TEST_POSTGRES'] === 'wasm' ? null : installedPostgres();

/** Which of them it is, for the reports of the tests. */
export const serverName = programs ?? 'in WebAssembly';

async function startWithin(): Promise<TestServer> {
  const database = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({
    db: database,
    host: '127.0.0.1',
    port: 0,
    maxConnections: 16,
  });
  const address = Promise.withResolvers<string>();
  server.addEventListener('listening', (event) => {
    const { host, port } = (event as CustomEvent<{ host: string; port: number }>).detail;
    address.resolve(`postgres://postgres:postgres@${host}:${port}/postgres?sslmode=disable`);
  });
  await server.start();
  const url = await address.promise;
  return {
    url,
    stop: async () => {
      await server.stop();
      await database.close();
    },
  };
}
