/** What came back; status code 0 when nothing did. */
export interface PostResult {
  readonly statusCode: number;
  readonly status: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** GitHub's patience with a receiver. */
const TIMEOUT_MS = 10_000;
/** A receiver's answer is kept for people to read; no more of it than this. */
const ANSWER_CHARS_MAX = 16_384;

/** What the log holds of a delivery that reached nobody. */
export const LOST: PostResult = {
  statusCode: 0,
  status: 'failed to connect to host',
  headers: {},
  body: '',
};

/** Send one webhook. Never throws: a receiver that is away is a result. */
export async function postDelivery(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<PostResult> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return {
      statusCode: response.status,
      status: response.ok ? 'OK' : response.statusText || 'Invalid HTTP Response',
      headers: Object.fromEntries(response.headers),
      body: (await response.text()).slice(0, ANSWER_CHARS_MAX),
    };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return isLate ? { ...LOST, status: 'timed out' } : LOST;
  }
}
