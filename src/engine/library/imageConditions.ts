/** Conditions on `image` that are asked of all images: they are to read an index and no more. */

/** Whether a file shows the image; images that none shows are kept for a while. */
export const isShown = 'EXISTS (SELECT 1 FROM file WHERE file.content_hash = image.content_hash)';

/**
 * Whether the image is of a model revision. The plus sign keeps SQLite from looking it up by
 * revision, which nearly all images share, and reading each of their rows, vector and all, for a
 * content hash; in the index of the hashes it finds both.
 */
export const ofRevision = '+image.model_revision = ?';
