import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * PostgreSQL with pgvector inside this process, reached over its network protocol as any other
 * server; or the one that `FAMILIAR_FACES_TEST_POSTGRES` names.
 */
export async function startPostgres(): Promise<TestServer> {
  const given = process.env['FAMILIAR_FACES_TEST_POSTGRES'];
  if (given !== undefined) {
    return { url: given, stop: () => Promise.resolve() };
  }
  const database = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({
    db: database,
    host: '127.0.0.1',
    port: 0,
    maxConnections: 8,
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
