import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { AppCredentials } from './credentials.ts';
import { parseCredentials } from './credentials.ts';
import type { StateBook } from './state-book.ts';

/** What setting up does outside. */
export interface SetupDeps {
  /** Trade a code for the App's credentials, once and without another try; null when GitHub has none for it. */
  readonly convert: (code: string) => Promise<unknown | null>;
  /** Why the App would not start with these, a sentence each. */
  readonly guard: (credentials: AppCredentials) => readonly string[];
  /** Keep them; false when there are credentials already, which then stay. */
  readonly keep: (credentials: AppCredentials) => Promise<boolean>;
}

/** What GitHub sent the browser back with, and whose browser it is. */
export interface Return {
  readonly session: string;
  readonly state: string;
  readonly code: string;
}

/**
 * Finish setting up: the state is spent first, so that a request that is sent again, from wherever,
 * finds nothing; then the code is traded, and what came is kept only if the App can start with it.
 *
 * Fails  with one sentence for the page; none holds a secret or a code.
 */
export async function finishSetup(
  deps: SetupDeps,
  book: StateBook,
  { session, state, code }: Return,
): Promise<Result<AppCredentials, string>> {
  if (!book.spend(session, state)) {
    return refuse(
      'The state that came back was not given to this browser, was used before, or is more than an hour old.',
    );
  }
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(code)) return refuse('GitHub sent no code with the state.');
  const answer = await deps.convert(code);
  if (answer === null)
    return refuse('GitHub has no App for this code: it works once, for an hour.');
  const parsed = parseCredentials(answer, 'conversion');
  if (!parsed.ok) return refuse(`GitHub’s answer was not as expected: ${parsed.refusal}.`);
  const troubles = deps.guard(parsed.value);
  if (troubles.length > 0) return refuse(`Nothing was kept: ${troubles.join('; ')}.`);
  if (await deps.keep(parsed.value)) return ok(parsed.value);
  return refuse(
    `This machine has the credentials of another App already, which stay: delete ${parsed.value.slug} on GitHub.`,
  );
}
