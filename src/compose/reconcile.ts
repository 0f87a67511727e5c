import { listLabelled, listOpenPulls, readLabelEvent } from '#github/cold-read.ts';
import { listAttempts, listInstallations, redeliver } from '#github/delivery-log.ts';
import { createReconcileStore } from '#postgres/reconcile-store.ts';
import { dropTriggers } from '#postgres/trigger-store.ts';
import type { KnownRepository, LabelEvent, Pass, ReconcileDeps } from '#reconcile/reconcile.ts';
import { createReconciler } from '#reconcile/reconcile.ts';
import type { Act } from './act-on-signal.ts';
import { actOnSignal } from './act-on-signal.ts';
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
    see: async (place, withPulls) => ({
      labelled: (
        await Promise.all(place.labels.map((label) => listLabelled(github, place, label)))
      ).flat(),
      openPulls: withPulls ? await listOpenPulls(github, place) : [],
    }),
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
