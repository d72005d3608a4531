import { createHash } from 'node:crypto';
import { concatenate } from '../../common/vector.ts';
import type { NewImage } from '../library/imageTable.ts';
import type { LibraryRecord } from '../library/libraryRecords.ts';
import { toBlob } from '../library/vectorBlob.ts';
import type { Run } from './postgres.ts';

/** An image with its id in the database. */
interface SavedImage extends NewImage {
  readonly id: unknown;
}

/** The digests of those of the images that are there, by content. */
export async function readDigests(
  run: Run,
  modelRevision: string,
  records: readonly LibraryRecord[],
): Promise<Map<unknown, unknown>> {
  const rows = await run(
    `SELECT content_hash, digest FROM familiar_faces.image
     WHERE model_revision = $1 AND content_hash = ANY($2)`,
    [modelRevision, records.map(({ image }) => image.contentHash)],
  );
  return new Map(rows.map((row) => [row['content_hash'], row['digest']]));
}

/** Stores images and their faces, in the place of what was there; few statements for any number. */
export async function saveImages(
  run: Run,
  modelRevision: string,
  changed: readonly { readonly image: NewImage; readonly digest: string }[],
): Promise<void> {
  const rows = await run(
    `INSERT INTO familiar_faces.image
       (model_revision, content_hash, width, height, digest, look, key)
     SELECT $1, hash, width, height, digest, look, key::halfvec
     FROM unnest($2::text[], $3::int[], $4::int[], $5::text[], $6::bytea[], $7::text[])
       AS fresh (hash, width, height, digest, look, key)
     ON CONFLICT (content_hash, model_revision)
       DO UPDATE SET digest = excluded.digest, look = excluded.look, key = excluded.key
     RETURNING id, content_hash`,
    [
      modelRevision,
      changed.map(({ image }) => image.contentHash),
      changed.map(({ image }) => image.width),
      changed.map(({ image }) => image.height),
      changed.map(({ digest }) => digest),
      changed.map(({ image }) => toBuffer(image.look)),
      changed.map(({ image }) => toText(image.look)),
    ],
  );
  const ids = new Map(rows.map((row) => [row['content_hash'], row['id']]));
  const saved = changed.map(({ image }) => ({ ...image, id: ids.get(image.contentHash) }));
  await saveFaces(run, modelRevision, saved);
}

/** Puts the faces of images in the place of those that they had. */
async function saveFaces(
  run: Run,
  modelRevision: string,
  images: readonly SavedImage[],
): Promise<void> {
  await run('DELETE FROM familiar_faces.face WHERE image_id = ANY($1)', [
    images.map(({ id }) => id),
  ]);
  const faces = images.flatMap(({ id, look, faces: own }) =>
    own.map((face) => ({ ...face, imageId: id, key: concatenate(face.identity, look) })),
  );
  await run(
    `INSERT INTO familiar_faces.face
       (model_revision, image_id, x, y, width, height, score, source, identity, key)
     SELECT $1, image_id, x, y, width, height, score, source, identity, key::halfvec
     FROM unnest($2::bigint[], $3::float8[], $4::float8[], $5::float8[], $6::float8[],
         $7::float8[], $8::text[], $9::bytea[], $10::text[])
       AS fresh (image_id, x, y, width, height, score, source, identity, key)`,
    [
      modelRevision,
      faces.map(({ imageId }) => imageId),
      faces.map(({ box }) => box.x),
      faces.map(({ box }) => box.y),
      faces.map(({ box }) => box.width),
      faces.map(({ box }) => box.height),
      faces.map(({ score }) => score),
      faces.map(({ source }) => source),
      faces.map(({ identity }) => toBuffer(identity)),
      faces.map(({ key }) => toText(key)),
    ],
  );
}

/** pgvector's text form. */
export function toText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}

function toBuffer(vector: Float32Array): Buffer {
  return Buffer.from(toBlob(vector));
}

/** Changes when anything that is stored of an image does. */
export function digestOf({ width, height, look, faces }: NewImage): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([width, height]))
    .update(toBlob(look));
  for (const { box, score, source, identity } of faces) {
    hash.update(JSON.stringify([box, score, source])).update(toBlob(identity));
  }
  return hash.digest('hex');
}
