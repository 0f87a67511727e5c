// Pure: “no more” in each provider's own words, so that every agent shows it and none tries again.
import type { Provider } from '#model/provider.ts';

/** 400 is the one status that no provider's client repeats, and that none takes for a wrong key. */
export const refusalStatus = 400;

/** The body of an answer. */
export function refusalBody(provider: Provider, sentence: string): string {
  return `${JSON.stringify(errorOf(provider, sentence))}\n`;
}

/** The last event of a stream that is broken off. */
export function refusalEvent(provider: Provider, sentence: string): string {
  const name = provider === 'google' ? '' : 'event: error\n';
  return `\n\n${name}data: ${JSON.stringify(errorOf(provider, sentence))}\n\n`;
}

/**
 * Source  docs.anthropic.com/en/api/errors · platform.openai.com/docs/guides/error-codes ·
 *         google.aip.dev/193
 */
function errorOf(provider: Provider, message: string): object {
  if (provider === 'anthropic')
    return { type: 'error', error: { type: 'invalid_request_error', message } };
  if (provider === 'google')
    return { error: { code: refusalStatus, message, status: 'FAILED_PRECONDITION' } };
  const code = 'insufficient_quota';
  return { type: 'error', error: { message, type: code, param: null, code } };
}
