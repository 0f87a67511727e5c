import { isBeyondStop } from '#dispatch/stop.ts';
import { writeCheckRun } from '#github/check-run.ts';
import { putComment } from '#github/comment.ts';
import { readBlockers, readDependents } from '#github/dependency.ts';
import { readMerge } from '#github/read-merge.ts';
import { readRole } from '#github/read-permission.ts';
import { readPull } from '#github/read-pull.ts';
import { checks } from '#model/names.ts';
import { organizationSha256 } from '#model/organization-file.ts';
import type { Run, RunId } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import { findOrganizationPolicy } from '#postgres/organization-store.ts';
import { createReviewStore } from '#postgres/review-store.ts';
import { listOpenRuns } from '#postgres/run-store.ts';
import { createScheduleStore } from '#postgres/schedule-store.ts';
import type { Gate } from '#review/gate.ts';
import { renderGate } from '#review/render-gate.ts';
import type { ReviewDeps, ReviewedRun } from '#review/review.ts';
import { evaluate, fingerprint, inspect } from '#review/review.ts';
import type { Approval } from '#schedule/find-ready.ts';
import type { ScheduleDeps } from '#schedule/schedule.ts';
import { approve, reconsider, reconsiderAll, reconsiderRun, settle } from '#schedule/schedule.ts';
import type { Edges } from './edges.ts';
import { composePublisher } from './publish.ts';
import type { Starter } from './start.ts';
import { composeStopper } from './stop.ts';

/** What brings a run from its report to its end: evidence, review and schedule, wired. */
export interface Finisher {
  publish(runId: RunId): Promise<void>;
  gate(repositoryId: number, pull: number): Promise<void>;
  /** The gate of a run's open pull request as it would be now. */
  inspectGate(run: ReviewedRun): Promise<Gate | null>;
  /** A run's pull request was closed. */
  settle(runId: RunId): Promise<void>;
  /** A person approves what a held run waits for, as they have seen it. */
  approve(order: {
    readonly runId: RunId;
    readonly seen: string;
    readonly by: string;
  }): Promise<Approval>;
  /** Look again at one held run; null when it was released, else why it waits on. */
  reconsiderRun(runId: RunId): Promise<string | null>;
  /** Look again at everything that waits in a repository. */
  releaseHeld(repositoryId: number): Promise<void>;
  /** Look again at what an issue blocks. */
  reconsider(repositoryId: number, issue: number): Promise<void>;
}

export function composeFinisher(edges: Edges, starter: Starter): Finisher {
  const reviews = reviewDeps(edges);
  const schedules = scheduleDeps(edges, starter);
  return {
    publish: composePublisher(edges),
    gate: async (repositoryId, pull) => {
      if (await evaluate(repositoryId, pull, reviews)) return;
      // It is closed, perhaps since before its proof was posted, when nobody could settle it.
      const run = await reviews.findRunOfPull(repositoryId, pull);
      if (run && !isEnded(run.state)) await sendRelease(edges, run.id);
    },
    inspectGate: (run) => inspect(run, reviews),
    approve: (order) => approve(order, schedules),
    reconsiderRun: (runId) => reconsiderRun(runId, schedules),
    settle: async (runId) => {
      await stopAttempt(edges, runId);
      await settle(runId, schedules);
    },
    releaseHeld: (repositoryId) => reconsiderAll(repositoryId, schedules),
    reconsider: async (repositoryId, issue) => {
      const [run] = await listOpenRuns(edges.database, { repositoryId });
      // Without an open run nothing is held, and there is nobody to release.
      if (!run) return;
      const { installationId, repository } = run;
      await reconsider({ installationId, repository, issue }, schedules);
    },
  };
}

function sendRelease({ database, queue }: Edges, runId: RunId): Promise<void> {
  return database.transaction((tx) => queue.send(tx, 'release', { runId }));
}

/** An attempt works on a pull request that is there already: when that is closed, nobody waits for it. */
async function stopAttempt(edges: Edges, runId: RunId): Promise<void> {
  const run = await edges.grants.findRun(runId);
  if (!run || run.pull === null || isBeyondStop(run)) return;
  const { state } = await readMerge(edges.github, edges.settings.appId, run, run.pull);
  if (state === 'open') return;
  await composeStopper(edges).stop(runId, 'its pull request was closed', 'github');
}

function reviewDeps(edges: Edges): ReviewDeps {
  const { database, github, identity, now } = edges;
  const store = createReviewStore(database, now);
  return {
    botUserId: identity.botId,
    findRunOfPull: store.findRunOfPull,
    listInReview: store.listInReview,
    readPull: async (run, pull) => {
      const known = await findOrganizationPolicy(database, run.repository.ownerId);
      const { organization, ...view } = await readPull(github, run, pull, known !== null);
      const stands = organizationSha256(organization) === run.organizationPolicySha256;
      return { ...view, policySha256: stands ? view.policySha256 : null };
    },
    readRole: (run, account) => readRole(github, run, account, 'review'),
    findEvidence: store.findEvidence,
    findGate: async (repositoryId, headSha) =>
      (await store.findCheck(repositoryId, headSha, checks.review))?.said ?? null,
    writeGate: (run, headSha, gate) => writeGate(edges, store, run, headSha, gate),
  };
}

/** The record first, then the check, then what it says now. */
async function writeGate(
  edges: Edges,
  store: ReturnType<typeof createReviewStore>,
  run: Run,
  headSha: string,
  gate: Gate,
): Promise<void> {
  const { repository, installationId } = run;
  const name = checks.review;
  await store.append({
    kind: 'review.gated',
    runId: run.id,
    repositoryId: repository.id,
    actor: 'app',
    facts: { headSha, conclusion: gate.conclusion, title: gate.title, key: gate.key },
  });
  const before = await store.findCheck(repository.id, headSha, name);
  const check = { repositoryId: repository.id, headSha, name };
  // What it says is unknown until it is known: a crash in between must not leave an old answer.
  if (before) await store.saveCheck({ ...check, id: before.id, said: '' });
  const id = await writeCheckRun(
    edges.github,
    {
      stage: 'review',
      installationId,
      repository,
      headSha,
      name,
      conclusion: gate.conclusion,
      externalId: gate.key,
      detailsUrl: `${edges.settings.publicUrl}/runs/${run.id}`,
      title: gate.title,
      summary: renderGate(gate),
    },
    before?.id ?? null,
  );
  await store.saveCheck({ ...check, id, said: fingerprint(gate) });
}

function scheduleDeps(edges: Edges, starter: Starter): ScheduleDeps {
  const { database, github, identity, settings, now } = edges;
  const store = createScheduleStore(database, now);
  return {
    findRun: store.findRun,
    readPull: (run, pull) => readMerge(github, settings.appId, run, pull),
    move: store.move,
    listDependents: (place) => readDependents(github, place),
    listBlockers: (place) => readBlockers(github, place),
    findUnsettled: store.findUnsettled,
    hasHeld: async (installationId) =>
      (await listOpenRuns(edges.database, { installationId })).some((run) => run.state === 'held'),
    findHeld: store.findHeld,
    findHeldIn: store.findHeldIn,
    release: (runId) => starter.release(runId),
    wasApproved: store.wasApproved,
    findWaiting: store.findWaiting,
    noteReverts: store.noteReverts,
    append: store.append,
    say: async ({ installationId, repository, issue }, marker, body) => {
      await putComment(github, identity.botId, {
        stage: 'schedule',
        installationId,
        repository,
        issue,
        marker,
        body,
      });
    },
  };
}
