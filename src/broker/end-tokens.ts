import type { EntryDraft } from '#model/entry.ts';
import type { LiveToken } from '#model/live-token.ts';

/** A token whose end is owed. */
export interface Owed {
  readonly live: LiveToken;
  readonly token: string | null;
  /** How often GitHub was asked, this time counted. */
  readonly attempts: number;
}

export interface EndTokensDeps {
  readonly now: () => Date;
  readonly takeOwed: () => Promise<readonly Owed[]>;
  /** `DELETE /installation/token` with the token itself. Resolves when it is dead: 204, or 401. */
  readonly endAtGitHub: (token: string) => Promise<void>;
  readonly forget: (sha256: string) => Promise<void>;
  readonly append: (entry: EntryDraft) => Promise<void>;
  /** For the operator's log. */
  readonly say: (line: string) => void;
}

/** After so many requests without an answer people are told; a blip of GitHub's is not worth a word. */
const toldAfter = 3;

/**
 * End what the App's own processes let go of and GitHub has not confirmed, and what a crash left
 * behind (identity.md M5, T-E7). Each token ends in one way: confirmed, or by its hour.
 */
export async function endTokens(deps: EndTokensDeps): Promise<void> {
  for (const owed of await deps.takeOwed()) await endOne(owed, deps);
}

async function endOne({ live, token, attempts }: Owed, deps: EndTokensDeps): Promise<void> {
  if (live.expiresAt <= deps.now().getTime()) {
    await deps.forget(live.sha256);
    if (attempts > toldAfter || token === null) await tell('broker.token_expired', live, {}, deps);
    return;
  }
  const because = token === null ? 'it was sealed with another key' : await endNow(token, deps);
  if (because === null) {
    await deps.forget(live.sha256);
    if (attempts > toldAfter) await tell('broker.token_ended', live, { attempts }, deps);
    return;
  }
  if (attempts !== (token === null ? 1 : toldAfter)) return;
  const expiresAt = new Date(live.expiresAt).toISOString();
  await tell('broker.token_alive', live, { attempts, because, expiresAt }, deps);
  deps.say(
    `a token of installation ${live.installationId} (${live.sha256.slice(0, 12)}) could not be revoked: ${because}; it lives until ${expiresAt} at most`,
  );
}

/** Null when it is dead, else why that is not known. */
function endNow(token: string, deps: EndTokensDeps): Promise<string | null> {
  return deps.endAtGitHub(token).then(
    () => null,
    (error: unknown) => String(error),
  );
}

function tell(
  kind: EntryDraft['kind'],
  { sha256, installationId, repository, permissions }: LiveToken,
  facts: EntryDraft['facts'],
  deps: EndTokensDeps,
): Promise<void> {
  const what = { tokenSha256: sha256, installationId, repository, permissions: { ...permissions } };
  return deps.append({
    kind,
    runId: null,
    repositoryId: typeof repository === 'number' ? repository : null,
    actor: 'app',
    facts: { ...what, ...facts },
  });
}
