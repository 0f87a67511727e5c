import { HttpError } from '../api/route.ts';

/** GitHub's limit of one file, over the API and by push. */
export const BLOB_BYTES_MAX = 100 * 1024 * 1024;

const TOO_LARGE = [{ resource: 'Blob', field: 'data', code: 'too_large' }];

/** Refuse to show what is larger than the API shows: 403. */
export function checkBlobSize(bytes: number): void {
  if (bytes <= BLOB_BYTES_MAX) return;
  throw new HttpError(
    403,
    'This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API, but you can always clone the repository via Git to obtain it.',
    TOO_LARGE,
  );
}

/** Refuse to store what is larger than a file may be: 422. */
export function checkWrittenSize(bytes: number): void {
  if (bytes > BLOB_BYTES_MAX)
    throw new HttpError(
      422,
      'Sorry, your input was too large to process. Files are limited to 100 MB.',
      TOO_LARGE,
    );
}
