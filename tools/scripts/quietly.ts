/** What a console says: ways that packages talk to people. */
const ways = ['log', 'info', 'warn', 'error'] as const;

/**
 * Runs work of a package that talks to the console, whose lines would drown ours. Where the work
 * fails, what it said is printed after all.
 */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const before = ways.map((way) => [way, console[way]] as const);
  const said: string[] = [];
  for (const way of ways) {
    console[way] = (...words: unknown[]) => {
      said.push(words.map(String).join(' '));
    };
  }
  try {
    return await work();
  } catch (error) {
    process.stderr.write(said.map((line) => `${line}\n`).join(''));
    throw error;
  } finally {
    for (const [way, original] of before) {
      console[way] = original;
    }
  }
}
