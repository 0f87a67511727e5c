import { z } from 'zod';
import { askListener } from '#http/ask-listener.ts';
import { toOwnUrl } from '#http/server.ts';
import type { Settings } from '../settings.ts';
import { readSettings } from '../settings.ts';
import { Exit } from './exit-code.ts';
import { openOutput } from './output.ts';

/** What to pause or resume: one of the four. */
export interface PauseOptions {
  readonly all?: boolean;
  readonly installation?: string;
  readonly repository?: string;
  readonly run?: string;
  readonly because?: string;
  readonly json?: boolean;
}

/** Runs are stopped and their credentials revoked before the App answers. */
const answerMs = 300_000;

const paused = z.object({ scope: z.string(), stopped: z.array(z.string()) });
const listed = z.object({
  pauses: z.array(
    z.object({ scope: z.string(), because: z.string(), by: z.string(), at: z.string() }),
  ),
});
const refused = z.object({ message: z.string() });

/** `sallyport pause`: nothing under it starts or is published, what runs is stopped now. */
export async function pause(options: PauseOptions): Promise<void> {
  const output = openOutput(options.json ?? false);
  const scope = findScope(options);
  if (scope === null) {
    const { pauses } = listed.parse(await ask('GET'));
    const lines = pauses.map((one) => `${one.scope}: ${one.because} (${one.by}, ${one.at})`);
    return output.answer({ pauses }, lines.length > 0 ? lines : ['nothing is paused']);
  }
  const body = { scope, ...(options.because ? { because: options.because } : {}) };
  const answer = paused.parse(await ask('PUT', body));
  const count = answer.stopped.length;
  output.answer(answer, [
    `${answer.scope} is paused; ${count} ${count === 1 ? 'run was' : 'runs were'} stopped`,
  ]);
}

/** `sallyport resume`: what waited for the pause is decided again. */
export async function resume(options: PauseOptions): Promise<void> {
  const scope = findScope(options);
  if (scope === null) {
    throw new Exit('usage', 'expected one of --all, --installation, --repository, --run');
  }
  const answer = await ask('DELETE', { scope });
  openOutput(options.json ?? false).answer(answer, [`${scope} goes on`]);
}

function findScope({ all, installation, repository, run }: PauseOptions): string | null {
  const scopes = [
    all ? 'app' : undefined,
    installation === undefined ? undefined : `installation:${installation}`,
    repository === undefined ? undefined : `repository:${repository}`,
    run === undefined ? undefined : `run:${run}`,
  ].filter((scope) => scope !== undefined);
  if (scopes.length > 1) {
    throw new Exit('usage', `expected one scope at a time, got ${scopes.join(' and ')}`);
  }
  return scopes[0] ?? null;
}

/** The App that runs is asked, so that there is one place where runs are stopped. */
async function ask(method: 'GET' | 'PUT' | 'DELETE', body?: object): Promise<unknown> {
  const settings = readSettings();
  if (!settings.ok) throw new Exit('usage', settings.refusal.join('\n'));
  const url = `${toOwnUrl(settings.value)}/v1/pauses`;
  const response = await askListener(url, {
    method,
    headers: headersOf(settings.value),
    ...(body ? { body: JSON.stringify(body) } : {}),
    timeoutMs: answerMs,
  }).catch((cause: unknown) => {
    const why = 'it launches nothing while it is down; start it, then ask again';
    throw new Exit('fault', `the App does not answer at ${url}: ${why}`, { cause });
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
