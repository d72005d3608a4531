import { readFile } from 'node:fs/promises';

/** The text of a file below /proc; none where its thread or process has ended meanwhile. */
export async function readProc(path: string): Promise<string> {
  try {
    return await readFile(`/proc/${path}`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: it ended between the opening and the reading.
    if (code === 'ENOENT' || code === 'ESRCH') {
      return '';
    }
    throw error;
  }
}
