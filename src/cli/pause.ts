import { z } from 'zod';
import { askApp } from './ask-app.ts';
import { Exit } from './exit-code.ts';
import { openOutput } from './output.ts';

/** What to pause or resume: one of the four. */
export interface PauseOptions {
  readonly all?: boolean;
  readonly installation?: string;
  readonly repository?: string;
  readonly run?: string;
  readonly tool?: string;
  readonly because?: string;
  readonly json?: boolean;
}

const paused = z.object({ scope: z.string(), stopped: z.array(z.string()) });
const listed = z.object({
  pauses: z.array(
    z.object({ scope: z.string(), because: z.string(), by: z.string(), at: z.string() }),
  ),
});

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

const revocable = ['run', 'repository', 'installation', 'tool'];

/** `sallyport revoke KIND WHAT`: credentials die now, runs stop, and nothing starts until `resume`. */
export async function revoke(
  kind: string,
  what: string,
  options: Pick<PauseOptions, 'because' | 'json'>,
): Promise<void> {
  if (!revocable.includes(kind))
    throw new Exit('usage', `expected ${revocable.join(', ')}, got "${kind.slice(0, 40)}"`);
  const because = options.because ?? 'an operator revoked it';
  const answer = paused.parse(await ask('PUT', { scope: `${kind}:${what}`, because }));
  const count = answer.stopped.length;
  openOutput(options.json ?? false).answer(answer, [
    `${answer.scope} is revoked; ${count} ${count === 1 ? 'run was' : 'runs were'} stopped`,
    `sallyport resume --${kind} ${what} gives it back`,
  ]);
}

/** `sallyport resume`: what waited for the pause is decided again. */
export async function resume(options: PauseOptions): Promise<void> {
  const scope = findScope(options);
  if (scope === null) {
    throw new Exit('usage', 'expected one of --all, --installation, --repository, --run, --tool');
  }
  const answer = await ask('DELETE', { scope });
  openOutput(options.json ?? false).answer(answer, [`${scope} goes on`]);
}

function findScope({ all, installation, repository, run, tool }: PauseOptions): string | null {
  const scopes = [
    all ? 'app' : undefined,
    installation === undefined ? undefined : `installation:${installation}`,
    repository === undefined ? undefined : `repository:${repository}`,
    run === undefined ? undefined : `run:${run}`,
    tool === undefined ? undefined : `tool:${tool}`,
  ].filter((scope) => scope !== undefined);
  if (scopes.length > 1) {
    throw new Exit('usage', `expected one scope at a time, got ${scopes.join(' and ')}`);
  }
  return scopes[0] ?? null;
}

const whenDown = 'it launches nothing while it is down; start it, then ask again';

function ask(method: 'GET' | 'PUT' | 'DELETE', body?: object): Promise<unknown> {
  return askApp(method, '/v1/pauses', whenDown, body);
}
