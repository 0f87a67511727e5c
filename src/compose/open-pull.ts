import type { PublishedRun, WritePull } from '#evidence/evidence.ts';
import { GitHubFault } from '#github/github-fault.ts';
import { openPull } from '#github/publish.ts';
import { sha256 } from '#model/digest.ts';
import type { Opener } from '#model/person.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Startable } from '#model/ruling.ts';
import type { Run } from '#model/run.ts';
import { decideOpener } from '#people/decide-opener.ts';
import { findLeave, lendToken } from '#people/people.ts';
import { createEvidenceStore } from '#postgres/evidence-store.ts';
import { listEntriesOfRun } from '#postgres/ledger-store.ts';
import type { Edges } from './edges.ts';
import type { People } from './people.ts';
import { composePeople, signInPath } from './people.ts';

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
  if (wish.kind === 'app' || !people) {
    const because = wish.kind === 'app' ? wish.because : null;
    return openAsApp(edges, work, toOpener(edges, because, false));
  }
  const opened = await openAsRequester(edges, people, work);
  return opened.ok ? opened.value : openAsApp(edges, work, toOpener(edges, opened.refusal, true));
}

async function openAsApp(
  edges: Edges,
  { run, branch, write }: Work,
  opener: Opener,
): Promise<number> {
  if (opener.because !== null) await note(edges, run, opener, null);
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
  try {
    await note(edges, run, asRequester, sha256(token));
    const text = write(asRequester);
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

const asRequester: Opener = { by: 'requester', because: null, signInUrl: null };

/** The App, and whether a sign-in would change that the next time. */
function toOpener({ settings }: Edges, because: string | null, isForPerson: boolean): Opener {
  const signInUrl = isForPerson ? `${settings.publicUrl}${signInPath}` : null;
  return { by: 'app', because, signInUrl };
}

async function note(
  edges: Edges,
  { id, requester }: Run,
  { by, because, signInUrl }: Opener,
  tokenSha256: string | null,
): Promise<void> {
  await createEvidenceStore(edges.database, edges.now).note(id, {
    kind: 'evidence.opening',
    facts: { by, because, requester: requester.login, signInUrl, tokenSha256 },
  });
}

/** Who would open it as things are now; null where nobody wanted another than the App. */
export async function foreseeOpener(
  edges: Edges,
  { policy, requester, installationId }: Startable,
): Promise<Opener | null> {
  const wish = decideOpener(policy.review, composePeople(edges) !== null);
  if (wish.kind === 'app')
    return wish.because === null ? null : toOpener(edges, wish.because, false);
  const leave = await findLeave(edges.people, requester, { installationId });
  return leave.ok ? asRequester : toOpener(edges, leave.refusal, true);
}

/** Who opened the pull request of this run, where the record says so. */
export async function readOpener({ database }: Edges, run: Run): Promise<Opener | null> {
  const entries = await listEntriesOfRun(database, run.id);
  const facts = entries.findLast(({ kind }) => kind === 'evidence.opening')?.facts;
  if (!facts) return null;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
  return facts.by === 'requester'
    ? asRequester
    : { by: 'app', because: textOf(facts.because), signInUrl: textOf(facts.signInUrl) };
}
