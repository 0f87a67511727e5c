import type { PublishedRun, WritePull } from '#evidence/evidence.ts';
import { GitHubFault } from '#github/github-fault.ts';
import { openPull } from '#github/publish.ts';
import { sha256 } from '#model/digest.ts';
import type { Opener } from '#model/person.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Run } from '#model/run.ts';
import { decideOpener } from '#people/decide-opener.ts';
import { lendToken } from '#people/people.ts';
import { createEvidenceStore } from '#postgres/evidence-store.ts';
import { listEntriesOfRun } from '#postgres/ledger-store.ts';
import type { Edges } from './edges.ts';
import type { People } from './people.ts';
import { composePeople } from './people.ts';

/** What is to be opened. */
interface Work {
  readonly run: PublishedRun;
  readonly branch: string;
  readonly write: WritePull;
}

/**
 * Open the pull request as whom the policy wants, or as the App, which then says why. An outage is
 * no reason for another opener: it is thrown, and tried again.
 */
export async function openPullAs(edges: Edges, work: Work): Promise<number> {
  const people = composePeople(edges);
  const wish = decideOpener(work.run.policy.review, people !== null);
  let because = wish.kind === 'app' ? wish.because : null;
  if (wish.kind === 'requester' && people) {
    const opened = await openAsRequester(edges, people, work);
    if (opened.ok) return opened.value;
    because = opened.refusal;
  }
  const opener: Opener = { by: 'app', because };
  if (because !== null) await note(edges, work.run, opener, null);
  const { run, branch, write } = work;
  return openPull(edges.github, { run, branch, text: write(opener) });
}

/** `ledger:first`: whose token is used is recorded before it is; the token is revoked after. */
async function openAsRequester(
  edges: Edges,
  { deps, github }: People,
  { run, branch, write }: Work,
): Promise<Result<number, string>> {
  const lent = await lendToken(deps, run.requester, run);
  if (!lent.ok) return lent;
  const token = lent.value;
  const opener: Opener = { by: 'requester', because: null };
  await note(edges, run, opener, sha256(token));
  try {
    const text = write(opener);
    return ok(await openPull(edges.github, { run, branch, text }, { github, token }));
  } catch (error) {
    if (error instanceof GitHubFault && error.code === 'GITHUB_REFUSED')
      return refuse(`as ${run.requester.login}, ${error.message}`);
    throw error;
  } finally {
    await github
      .revokeToken(token)
      .catch((error) => edges.say(`a token of ${run.requester.login}: ${String(error)}`));
  }
}

async function note(
  edges: Edges,
  { id, requester }: Run,
  { by, because }: Opener,
  tokenSha256: string | null,
): Promise<void> {
  await createEvidenceStore(edges.database, edges.now).note(id, {
    kind: 'evidence.opening',
    facts: { by, because, requester: requester.login, tokenSha256 },
  });
}

/** Who opened the pull request of this run, where the record says so. */
export async function readOpener({ database }: Edges, run: Run): Promise<Opener | null> {
  const entries = await listEntriesOfRun(database, run.id);
  const facts = entries.findLast(({ kind }) => kind === 'evidence.opening')?.facts;
  if (!facts) return null;
  const because = typeof facts.because === 'string' ? facts.because : null;
  return { by: facts.by === 'requester' ? 'requester' : 'app', because };
}
