import { z } from 'zod';
import { askListener } from '#http/ask-listener.ts';
import { toOwnUrl } from '#http/server.ts';
import type { Settings } from '../settings.ts';
import { readSettings } from '../settings.ts';
import { Exit } from './exit-code.ts';

/** Runs are stopped and their credentials revoked before the App answers. */
const answerMs = 300_000;
const refused = z.object({ message: z.string() });

/**
 * Ask the App that runs on this machine, as its operator: what it holds and what it stops is known
 * in one place.
 *
 * Fails  with an Exit that says what to do.
 */
export async function askApp(
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  because: string,
  body?: object,
): Promise<unknown> {
  const settings = readSettings();
  if (!settings.ok) throw new Exit('usage', settings.refusal.join('\n'));
  const url = `${toOwnUrl(settings.value)}${path}`;
  const response = await askListener(url, {
    method,
    headers: headersOf(settings.value),
    ...(body ? { body: JSON.stringify(body) } : {}),
    timeoutMs: answerMs,
  }).catch((cause: unknown) => {
    throw new Exit('fault', `the App does not answer at ${url}: ${because}`, { cause });
  });
  const answer = parseAnswer(response.text);
  if (response.status < 300) return answer;
  const message = refused.safeParse(answer).data?.message;
  throw new Exit(
    response.status >= 500 ? 'fault' : 'usage',
    message ?? `the App answered ${response.status}: is SALLYPORT_DASHBOARD_PASSWORD the same?`,
  );
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function headersOf({ dashboardPassword }: Settings): Record<string, string> {
  const json = { 'content-type': 'application/json' };
  if (dashboardPassword === null) return json;
  const encoded = Buffer.from(`operator:${dashboardPassword}`).toString('base64');
  return { ...json, authorization: `Basic ${encoded}` };
}
