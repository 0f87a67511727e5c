import { listLabelled, listOpenPulls, readLabelEvent } from '#github/cold-read.ts';
import { listAttempts, listInstallations, redeliver } from '#github/delivery-log.ts';
import { GitHubFault } from '#github/github-fault.ts';
import { readIssue } from '#github/read-issue.ts';
import { isAssigned } from '#github/read-standing.ts';
import { firstCause } from '#model/trigger.ts';
import { createReconcileStore } from '#postgres/reconcile-store.ts';
import { dropTriggers } from '#postgres/trigger-store.ts';
import type { KnownRun } from '#reconcile/find-drift.ts';
import type { KnownRepository, LabelEvent, Pass, ReconcileDeps } from '#reconcile/reconcile.ts';
import { createReconciler } from '#reconcile/reconcile.ts';
import type { Act } from './act-on-signal.ts';
import { actOnSignal } from './act-on-signal.ts';
import type { Edges } from './edges.ts';
import type { Finisher } from './finish.ts';
import { listFeedback } from './list-feedback.ts';
import { askAgain } from './on-feedback.ts';
import { checkEverybody } from './people.ts';

/** Compares GitHub's state with the store, one pass at a time. */
export interface Reconciling {
  /** A pass, unless one began within `quietMs` here or in another replica. */
  passUnlessRecent(quietMs: number): Promise<Pass | null>;
}

/** The comparison, wired: what a lost delivery would have done is done by the same functions. */
export function composeReconciler(act: Act, finisher: Finisher): Reconciling {
  const { edges } = act;
  const store = createReconcileStore(edges.database, edges.queue, edges.now);
  const reconciler = createReconciler(reconcileDeps(act, finisher, store));
  return {
    passUnlessRecent: async (quietMs) => {
      if (!(await store.claim(quietMs))) return null;
      const pass = await reconciler.pass();
      await store.finish({ ...pass });
      await checkEverybody(edges);
      return pass;
    },
  };
}

function reconcileDeps(
  act: Act,
  finisher: Finisher,
  store: ReturnType<typeof createReconcileStore>,
): ReconcileDeps {
  const { edges, starter, enqueue } = act;
  const { github, now } = edges;
  return {
    now,
    listAttempts: async () => listAttempts(github, await store.readCursor()),
    listKept: store.listKept,
    redeliver: ({ id }) => redeliver(github, id),
    saveCursor: store.saveCursor,
    requeueStale: store.requeueStale,
    listInstallations: () => listInstallations(github),
    listRepositories: store.listRepositories,
    listOpenRuns: store.listOpenRuns,
    see: (place, withPulls) => see(act, place, withPulls),
    readLapse: (place, run) => readLapse(edges, place, run),
    onLapsed: (place, run) => onLapsed(act, place, run),
    onRepositoryGone: async ({ installationId, repository }) => {
      const signal = { kind: 'installation_changed', installationId, action: 'removed' } as const;
      await actOnSignal('reconcile', { ...signal, removed: [repository.id] }, act);
    },
    readLabelEvent: (place, issue) => readLabelEvent(github, place, issue),
    wasDecided: (place, { number, label }, { at }) =>
      store.wasDecided({ repositoryId: place.repository.id, issue: number, label, at }),
    append: store.append,
    onLabelSet: async (place, { number, label }, event) => {
      const { installationId, repository } = place;
      // The push that changed what the policy starts on may have been lost as well.
      await dropTriggers(edges.database, repository.id, now());
      await starter.onWish(`event:${event.id}`, {
        installationId,
        repository,
        issue: number,
        sender: event.actor,
        cause: { kind: 'label', label },
        at: event.at,
        textSha256: event.textSha256,
      });
    },
    onLabelGone: (place, issue) => onLabelGone(act, place, issue),
    onPullClosed: (runId) => enqueue('release', { runId }),
    onPullChanged: (repositoryId, pull) => enqueue('gate', { repositoryId, pull }),
    listFeedback: async ({ repository }) =>
      listFeedback(edges, await store.listOpenRuns(repository.id)),
    onFeedback: (missed) => askAgain(missed, act),
    onInstallationGone: async (installationId) => {
      const signal = { kind: 'installation_changed', installationId, removed: [] } as const;
      await actOnSignal('reconcile', { ...signal, action: 'deleted' }, act);
    },
    onTrouble: (where, error) => edges.say(`reconcile ${where}: ${String(error)}`),
    onWaiting: (repositoryId) => finisher.releaseHeld(repositoryId),
  };
}

/** Null when the installation reaches the repository no longer; any other trouble is one. */
async function see({ edges: { github } }: Act, place: KnownRepository, withPulls: boolean) {
  try {
    const labels = place.labels.map((label) => listLabelled(github, place, label));
    const labelled = (await Promise.all(labels)).flat();
    return { labelled, openPulls: withPulls ? await listOpenPulls(github, place) : [] };
  } catch (error) {
    if (!(error instanceof GitHubFault) || ![403, 404, 422].includes(error.status)) throw error;
    const found = await github.findRepository('schedule', place.repository);
    if (found?.repository.id === place.repository.id) throw error;
    return null;
  }
}

async function readLapse(
  { github, identity }: Edges,
  { installationId, repository }: KnownRepository,
  { issue: { number }, cause }: KnownRun,
): Promise<string | null> {
  const address = { installationId, repository, issue: number };
  const issue = (await readIssue(github, address))?.issue ?? null;
  if (issue === null) return 'the issue was deleted or moved away';
  if (issue.state !== 'OPEN') return 'the issue was closed';
  if (firstCause(cause).kind !== 'assigned') return null;
  return (await isAssigned(github, address, identity.botId)) ? null : 'the App was unassigned';
}

/** Each handler reads again what is so, and acts only on that. */
async function onLapsed(act: Act, place: KnownRepository, { issue, cause }: KnownRun) {
  const { identity, now } = act.edges;
  const sender: LabelEvent['actor'] = { id: identity.botId, login: identity.botLogin, type: 'Bot' };
  const about = { ...place, sender, issue: issue.number };
  await actOnSignal('reconcile', { kind: 'issue_closed', ...about }, act);
  if (firstCause(cause).kind !== 'assigned') return;
  const told = { at: now().toISOString(), textSha256: '' };
  await actOnSignal('reconcile', { kind: 'unassigned', ...about, ...told }, act);
}

/** Either the label is off or the issue is closed: each handler reads which, and acts only on that. */
async function onLabelGone(act: Act, place: KnownRepository, issue: number): Promise<void> {
  const { identity } = act.edges;
  const sender: LabelEvent['actor'] = { id: identity.botId, login: identity.botLogin, type: 'Bot' };
  const about = { ...place, sender, issue };
  for (const label of place.labels) {
    const at = act.edges.now().toISOString();
    await actOnSignal(
      'reconcile',
      { kind: 'label_removed', ...about, label, at, textSha256: '' },
      act,
    );
  }
  await actOnSignal('reconcile', { kind: 'issue_closed', ...about }, act);
}
