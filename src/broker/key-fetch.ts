/** A fetch with the limits that jose's own has not (identity §1.3). */
export type KeyFetch = (url: string, options: RequestInit) => Promise<Response>;

/** GitHub's key set has a few KiB. */
const bytesMax = 256 * 1024;
/** After a failure the endpoint is left alone so long, whoever asks. */
const failureKeptMs = 5_000;
/** Keys that were good may be used so long while the endpoint is down. */
const lastGoodMs = 60 * 60_000;

/**
 * Wrap the fetch of a key set: capped, not asked again right after a failure, and answered from the
 * last good set while the endpoint is down. An answer without keys never replaces a good one.
 *
 * Fails  as the wrapped fetch does, when there is no good set to answer from.
 */
export function wrapKeyFetch(fetchKeys: KeyFetch, now: () => number): KeyFetch {
  let good: { readonly text: string; readonly at: number } | undefined;
  let failed: { readonly error: unknown; readonly at: number } | undefined;
  return async (url, options) => {
    if (failed && now() - failed.at < failureKeptMs) return answer(failed.error);
    try {
      const text = await readKeys(await fetchKeys(url, options));
      good = { text, at: now() };
      failed = undefined;
      return toResponse(text);
    } catch (error) {
      failed = { error, at: now() };
      return answer(error);
    }
  };

  function answer(error: unknown): Response {
    if (good && now() - good.at <= lastGoodMs) return toResponse(good.text);
    throw error;
  }
}

function toResponse(text: string): Response {
  return new Response(text, { status: 200, headers: { 'content-type': 'application/json' } });
}

async function readKeys(response: Response): Promise<string> {
  if (response.status !== 200)
    throw new Error(`expected the key set, got status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`expected a key set of at most ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const parsed: unknown = JSON.parse(text);
  const keys = typeof parsed === 'object' && parsed !== null && 'keys' in parsed ? parsed.keys : [];
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('expected keys, got none');
  return text;
}
