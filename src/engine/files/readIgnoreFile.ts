import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Far more than any list of patterns that a person writes. */
const maxBytes = 1024 * 1024;

/**
 * The text of an ignore file; null where there is none that may be read. It comes with a
 * repository and is read before any rule holds, so it must be a plain file of modest size: a pipe
 * would be waited for without end, a link (which git does not follow either) leads anywhere.
 */
export async function readIgnoreFile(path: string): Promise<string | null> {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  try {
    const file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > maxBytes) {
        return null;
      }
      const { buffer, bytesRead } = await file.read(Buffer.alloc(stats.size), 0, stats.size, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    // A folder that cannot be read at all is reported by the scan.
    return null;
  }
}
