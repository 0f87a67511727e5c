import { obeyLater } from '#command/restrain.ts';
import type { AdmitDeps } from '#dispatch/admit.ts';
import { admit, admitHeld } from '#dispatch/admit.ts';
import type { StartDeps } from '#dispatch/dispatch.ts';
import { start } from '#dispatch/dispatch.ts';
import { cancelRun } from '#github/cancel-run.ts';
import { readSetter } from '#github/cold-read.ts';
import { putComment } from '#github/comment.ts';
import { requestRun } from '#github/dispatch-workflow.ts';
import { listBlockers } from '#github/list-blockers.ts';
import { readFeedback } from '#github/read-feedback.ts';
import { readView } from '#github/read-issue.ts';
import { readRole } from '#github/read-permission.ts';
import { readPolicy } from '#github/read-policy.ts';
import { readStanding } from '#github/read-standing.ts';
import { reductionsOf } from '#model/assurance.ts';
import type { Ruling } from '#model/ruling.ts';
import type { Run, RunId } from '#model/run.ts';
import type { AttemptCause } from '#model/trigger.ts';
import type { AuthorizeRequest, Wish } from '#policy/ask.ts';
import type { Blocker } from '#policy/facts.ts';
import type { PolicyDeps } from '#policy/policy.ts';
import { authorize } from '#policy/policy.ts';
import { escapeMarkdown, renderReceipt } from '#policy/render-receipt.ts';
import { findAttempts } from '#postgres/attempt-store.ts';
import { findAnswer } from '#postgres/find-answer.ts';
import { readLoad } from '#postgres/load-store.ts';
import { findOrganizationPolicy, keepOrganizationPolicy } from '#postgres/organization-store.ts';
import { listRevertedIssues } from '#postgres/revert-store.ts';
import { findTriggers, keepTriggers } from '#postgres/trigger-store.ts';
import type { Edges } from './edges.ts';
import { laterDeps } from './later.ts';
import { lookDeps } from './look.ts';
import { newId } from './new-id.ts';
import { foreseeOpener } from './open-pull.ts';
import { composeStopper } from './stop.ts';

/** What starts and releases runs: policy and dispatch, wired. */
export interface Starter {
  /** Somebody asked for work: decide, and open a run or say why not. */
  onWish(eventId: string, wish: Wish): Promise<string>;
  /** A review or a check asks for another attempt: decide, and replace the run or say why not. */
  onAttempt(eventId: string, run: Run, cause: AttemptCause): Promise<string>;
  /** A held run may go on: decide again. Null when it was released, else why not. */
  release(runId: RunId): Promise<string | null>;
  /** Start the caller workflow of an admitted run. */
  dispatch(runId: RunId): Promise<void>;
}

export function composeStarter(edges: Edges): Starter {
  const policy = policyDeps(edges);
  const admission = admitDeps(edges);
  const later = laterDeps(edges, composeStopper(edges));
  const decide = async (request: AuthorizeRequest) => {
    const ruling = await authorize(request, policy);
    if (ruling.kind === 'ignored') return ruling.because;
    const admitted = await admit(ruling, admission);
    return admitted.ok
      ? `run ${admitted.value.id} is ${admitted.value.state}`
      : admitted.refusal.sentence;
  };
  return {
    onWish: async (eventId, wish) => {
      const answer = await decide({ kind: 'wish', eventId, wish });
      // Also when this is a second try: the first may have ended before it came here.
      await obeyLater({ repositoryId: wish.repository.id, issue: wish.issue }, later);
      return answer;
    },
    onAttempt: async (eventId, run, cause) => {
      const answer = await decide({ kind: 'attempt', eventId, run, cause });
      await obeyLater({ repositoryId: run.repository.id, issue: run.issue.number }, later);
      return answer;
    },
    release: async (runId) => {
      const run = await edges.grants.findRun(runId);
      if (run?.state !== 'held') return 'the run is held no more';
      const ruling = await authorize({ kind: 'release', run }, policy);
      if (ruling.kind === 'ignored') return ruling.because;
      const admitted = await admitHeld(run, ruling, admission);
      if (!admitted.ok) return admitted.refusal.sentence;
      await sendReceipt(edges, ruling); // the comment that said "waiting" says "started" now
      return null;
    },
    dispatch: async (runId) => {
      const started = await start(runId, startDeps(edges));
      if (!started.ok) await sayNotStarted(edges, runId, started.refusal.sentence);
    },
  };
}

/** What of the outside world policy is wired to. */
type PolicyEdges = Pick<
  Edges,
  'github' | 'identity' | 'rulings' | 'settings' | 'database' | 'now'
> & { readonly pauses: Pick<Edges['pauses'], 'findOver'> };

/** What policy reads, and where it records. */
export function policyDeps({
  github,
  identity,
  rulings,
  pauses,
  settings,
  database,
  now,
}: PolicyEdges): PolicyDeps {
  return {
    botUserId: identity.botId,
    organizationPolicy: settings.organizationPolicy,
    readView: (address) => readView(github, address),
    findOrganization: (ownerId) => findOrganizationPolicy(database, ownerId),
    keepOrganization: (ownerId, sha256) => keepOrganizationPolicy(database, ownerId, sha256, now()),
    findTriggers: (repositoryId) => findTriggers(database, repositoryId, now()),
    keepTriggers: (repositoryId, seen) => keepTriggers(database, repositoryId, seen, now()),
    readRole: (address, account) => readRole(github, address, account),
    readSetter: (address, cause) => readSetter(github, address, cause, identity.botId),
    readCause: (address, cause) => readStanding(github, address, cause, identity.botId),
    readFeedback: (address, cause) => readFeedback(github, address, cause),
    findAttempts: (question) => findAttempts(database, question),
    listBlockers: async (address, subIssueCount) =>
      markReverted(database, address, await listBlockers(github, address, subIssueCount)),
    findPauses: pauses.findOver,
    installationLimits: settings.limits,
    readLoad: (question) => readLoad(database, question, now()),
    findOpenRun: rulings.findOpenRun,
    findAnswer: ({ repository, issue, cause, sender, at }) =>
      findAnswer(
        database,
        { repositoryId: repository.id, issue },
        { cause, requesterId: sender.id, at },
      ),
    findChain: rulings.findChain,
    findSnapshot: rulings.findSnapshot,
    append: rulings.append,
  };
}

/** GitHub says which blockers are closed; that a merge was taken back, only our record does. */
async function markReverted(
  database: Edges['database'],
  { repository }: Pick<Wish, 'repository'>,
  blockers: readonly Blocker[],
): Promise<readonly Blocker[]> {
  const here = `${repository.owner}/${repository.name}`;
  const own = blockers.filter((blocker) => blocker.repository === here);
  const numbers = own.map(({ number }) => number);
  const reverted = await listRevertedIssues(database, repository.id, numbers);
  return blockers.map((blocker) =>
    blocker.repository === here && reverted.has(blocker.number)
      ? { ...blocker, isReverted: true }
      : blocker,
  );
}

function admitDeps(edges: Edges): AdmitDeps {
  const { grants, now } = edges;
  return {
    now,
    newId,
    open: grants.open,
    release: grants.release,
    rehold: grants.rehold,
    fail: grants.fail,
    sayEnded: ({ id }, because) => sayNotStarted(edges, id, because),
    sendReceipt: (ruling) => sendReceipt(edges, ruling),
  };
}

/** Recorded first (`ledger:first`), then said on the issue; one comment an issue, edited in place. */
async function sendReceipt(edges: Edges, ruling: Ruling): Promise<void> {
  const { installationId, repository, issue } = ruling;
  await edges.rulings.append({
    kind: 'policy.answered',
    runId: null,
    repositoryId: repository.id,
    actor: 'app',
    facts: { issue: issue.number, verdict: ruling.decision.verdict, eventId: ruling.eventId },
  });
  const opener = ruling.kind === 'denied' ? null : await foreseeOpener(edges, ruling);
  await putComment(edges.github, edges.identity.botId, {
    stage: 'policy',
    installationId,
    repository,
    issue: issue.number,
    marker: 'receipt',
    body: renderReceipt(ruling, reductionsOf(edges.settings), opener),
  });
}

/** The run failed before it began: whoever set the label reads why, where they look. */
async function sayNotStarted(edges: Edges, runId: RunId, sentence: string): Promise<void> {
  const run = await edges.grants.findRun(runId);
  if (run?.state !== 'failed') return;
  await putComment(edges.github, edges.identity.botId, {
    stage: 'dispatch',
    installationId: run.installationId,
    repository: run.repository,
    issue: run.issue.number,
    marker: 'receipt',
    body: `**Sallyport: not started.** ${escapeMarkdown(sentence)}`,
  });
}

function startDeps(edges: Edges): StartDeps {
  const { github, grants, database } = edges;
  return {
    ...lookDeps(edges),
    findRun: grants.findRun,
    readHead: async (place) =>
      readPolicy(github, {
        ...place,
        looksTwice: (await findOrganizationPolicy(database, place.repository.ownerId)) !== null,
      }),
    rebase: grants.rebase,
    append: grants.append,
    requestRun: (place, ref, grantId) => requestRun(github, place, ref, grantId),
    bind: grants.bind,
    cancelRun: (place, workflowRunId) => cancelRun(github, place, workflowRunId),
    fail: grants.fail,
  };
}
