import type { Envelope, Manifest } from '#model/evidence.ts';
import { Fault } from '#model/fault.ts';
import type { JsonObject } from '#model/json.ts';
import type { ModelUsage } from '#model/model-usage.ts';
import { artifacts, branchName } from '#model/names.ts';
import type { Opener } from '#model/person.ts';
import type { Policy, Role } from '#model/policy.ts';
import { hasRole } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Run, RunEvent, RunId } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import type { Cause } from '#model/trigger.ts';
import { isAttempt } from '#model/trigger.ts';
import type { AcceptedChange, JudgeEvidence } from './accept.ts';
import { acceptChange, openChange } from './accept.ts';
import { handOverTrouble } from './artifact/check-hand-over.ts';
import type { NamedArtifact, Report } from './artifact/read-report.ts';
import { readReport } from './artifact/read-report.ts';
import { renderCommitMessage, renderFailure, renderPull } from './comment/render-texts.ts';
import { buildManifest } from './statement/build-manifest.ts';
import type { TreePlan } from './tree/build-tree.ts';
import { planTree } from './tree/build-tree.ts';
import type { TreeFile } from './tree/check-patch.ts';

/** A run with the policy it was decided by. */
export type PublishedRun = Run & { readonly policy: Policy; readonly cause: Cause };

/** One step of a run with what it sets, recorded in the same transaction. */
export interface Step {
  readonly event: RunEvent;
  readonly kind: `evidence.${string}`;
  readonly changes?: Partial<Pick<Run, 'because' | 'branch' | 'headSha' | 'pull'>>;
  readonly facts: JsonObject;
}

/** What a pull request says, which depends on who opens it. */
export type WritePull = (opener: Opener) => { title: string; body: string; draft: boolean };

/** What is posted for people to see. */
export interface Publication {
  readonly run: PublishedRun;
  readonly manifest: Manifest;
  readonly envelope: Envelope;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly notes: readonly string[];
  /** What the agent used of its model; null where that was not counted. */
  readonly usage: ModelUsage | null;
  /** True when nothing can have been posted yet: a retry looks for what it finds. */
  readonly isFirst: boolean;
}

export interface EvidenceDeps {
  readonly now: () => Date;
  readonly findRun: (id: RunId) => Promise<PublishedRun | undefined>;
  readonly findReport: (id: RunId) => Promise<unknown>;
  /** The change set that the agent's job named itself; null when it named none. */
  readonly findHandOver: (id: RunId) => Promise<NamedArtifact | null>;
  /** The requester's role now, of exactly that account id. */
  readonly readRole: (run: Run) => Promise<Role | 'none'>;
  /** By id, held to the digest that was named and to the run it must be of. */
  readonly download: (
    run: Run,
    named: NamedArtifact,
    name: string,
  ) => Promise<Result<Uint8Array, string>>;
  /** Every file of the base; null when GitHub could not list them all. */
  readonly readBase: (
    run: Run,
  ) => Promise<{ readonly tree: string; readonly files: ReadonlyMap<string, TreeFile> } | null>;
  readonly judgeEvidence: JudgeEvidence;
  readonly createTree: (run: Run, baseTree: string, plan: TreePlan) => Promise<string>;
  /** On the base; for another attempt, on the head it replaces and the base when that moved. */
  readonly createCommit: (run: PublishedRun, tree: string, message: string) => Promise<string>;
  /** `taken` when the branch exists and is at another commit. */
  readonly createBranch: (run: Run, branch: string, sha: string) => Promise<'created' | 'taken'>;
  /** Forward only; `taken` when somebody else has moved it. */
  readonly moveBranch: (run: Run, branch: string, sha: string) => Promise<'moved' | 'taken'>;
  /** The open pull request of a branch, or a new one, as whom the policy wants if that can be. */
  readonly openPull: (run: PublishedRun, branch: string, write: WritePull) => Promise<number>;
  /** Sign and keep, once a run: a retry gets back what was kept. */
  readonly keepEvidence: (
    run: Run,
    manifest: Manifest,
    files: ReadonlyMap<string, Uint8Array>,
  ) => Promise<{ readonly manifest: Manifest; readonly envelope: Envelope }>;
  /** Evidence ref, comment and both checks. */
  readonly post: (publication: Publication) => Promise<void>;
  /** False when the run is not where the step starts: it was done before. */
  readonly move: (id: RunId, step: Step) => Promise<boolean>;
  /** Note something about a run without moving it: the branch and head before they exist outside. */
  readonly note: (id: RunId, step: Omit<Step, 'event'>) => Promise<void>;
  readonly say: (run: Run, body: string) => Promise<void>;
}

/** Names of a branch that are tried before giving up. */
const branchTriesMax = 20;

/**
 * Publish what the report job named: re-hash, judge, commit, open the pull request, post the proof.
 * Safe to repeat at any point; what cannot be published ends the run with one clear sentence.
 */
export async function publish(runId: RunId, deps: EvidenceDeps): Promise<void> {
  const run = await deps.findRun(runId);
  if (!run || !isUnpublished(run)) return;
  const outcome = await publishRun(run, deps).catch((error: unknown) => {
    // What GitHub refuses now it will refuse again; an outage is tried again by the queue.
    if (error instanceof Fault && error.code === 'GITHUB_REFUSED') return refuse(error.message);
    throw error;
  });
  if (outcome.ok) return;
  const failed = await deps.move(runId, {
    event: 'fail',
    kind: 'evidence.refused',
    changes: { because: outcome.refusal },
    facts: { because: outcome.refusal },
  });
  // A run that was stopped meanwhile has said so itself.
  if (failed) await deps.say(run, renderFailure(outcome.refusal));
}

function isUnpublished({ state }: Run): boolean {
  return [
    'dispatched',
    'working',
    'changed',
    'verifying',
    'proven',
    'unproven',
    'published',
  ].includes(state);
}

async function publishRun(run: PublishedRun, deps: EvidenceDeps): Promise<Result<null, string>> {
  const report = readReport(await deps.findReport(run.id));
  if (!report.ok) return report;
  const accepted = await accept(run, report.value, deps);
  if (!accepted.ok) return accepted;
  const { verdict } = accepted.value.change;
  await deps.move(run.id, {
    event: verdict.result === 'proven' ? 'prove' : 'disprove',
    kind: 'evidence.judged',
    facts: {
      result: verdict.result,
      properties: verdict.properties,
      missing: verdict.missing.map(({ property, because }) => ({ property, because })),
    },
  });
  // Asked again right before something is written in their name (identity E3).
  const role = await deps.readRole(run);
  if (!hasRole(role, 'write'))
    return refuse(
      `expected ${run.requester.login}, who asked, to have write still, got ${role}: nothing was pushed`,
    );
  const head = await commit(run, accepted.value, deps);
  if (!head.ok) return head;
  return post({ ...run, ...head.value }, accepted.value.change, report.value, deps);
}

/** Steps a–f: both archives, the base, and the verdict derived again. */
async function accept(run: PublishedRun, report: Report, deps: EvidenceDeps) {
  const { agent, verify } = report;
  if (!agent.artifact)
    return refuse(`the agent job ended with ${agent.outcome} and left no change set: read its log`);
  const trouble = handOverTrouble(agent.artifact, await deps.findHandOver(run.id));
  if (trouble) return refuse(trouble);
  const agentZip = await deps.download(run, agent.artifact, artifacts.changeSet);
  if (!agentZip.ok) return agentZip;
  const change = openChange(agentZip.value);
  if (!change.ok) return change;
  const { result, because } = change.value.changeSet;
  if (result !== 'changed') return refuse(because ?? `the agent’s result is ${result}`);
  await deps.move(run.id, {
    event: 'change',
    kind: 'evidence.changed',
    facts: {
      changeSetSha256: change.value.sha256,
      ...(change.value.changeSet.agent.usage ? { model: change.value.changeSet.agent.usage } : {}),
    },
  });
  if (!verify.artifact)
    return refuse(`the verify job ended with ${verify.outcome} and left no evidence: read its log`);
  await deps.move(run.id, {
    event: 'verify',
    kind: 'evidence.verifying',
    facts: { artifactId: verify.artifact.id },
  });
  const verifyZip = await deps.download(run, verify.artifact, artifacts.evidence);
  if (!verifyZip.ok) return verifyZip;
  const base = await deps.readBase(run);
  if (!base) return refuse('the base has more files than GitHub lists in one answer');
  const accepted = acceptChange(run, change.value, verifyZip.value, base.files, deps.judgeEvidence);
  return accepted.ok ? ok({ change: accepted.value, baseTree: base.tree }) : accepted;
}

/** Step g: the tree that was verified becomes a commit on a branch of ours, or nothing does. */
async function commit(
  run: PublishedRun,
  { change, baseTree }: { readonly change: AcceptedChange; readonly baseTree: string },
  deps: EvidenceDeps,
): Promise<Result<{ readonly headSha: string; readonly branch: string }, string>> {
  const headSha = run.headSha ?? (await createHead(run, change, baseTree, deps));
  if (headSha === null)
    return refuse('the tree that was verified is not the tree that would be pushed');
  if (isAttempt(run.cause) && run.branch !== null) return advance(run, run.branch, headSha, deps);
  const wanted = branchName(run.issue.number, run.issue.title);
  for (let suffix = 1; suffix <= branchTriesMax; suffix += 1) {
    const branch = suffix === 1 ? wanted : `${wanted}-${suffix}`;
    await deps.note(run.id, {
      kind: 'evidence.committing',
      changes: { headSha, branch },
      facts: { branch, headSha },
    });
    if (await isStopped(run, deps)) return refuse(stoppedMeanwhile);
    if ((await deps.createBranch(run, branch, headSha)) === 'created')
      return ok({ headSha, branch });
  }
  return refuse(
    `${branchTriesMax} branches named ${wanted} exist already: delete those that are not needed`,
  );
}

/** Another attempt: the same branch goes on, and never over what somebody else pushed to it. */
async function advance(
  run: PublishedRun,
  branch: string,
  headSha: string,
  deps: EvidenceDeps,
): Promise<Result<{ readonly headSha: string; readonly branch: string }, string>> {
  await deps.note(run.id, {
    kind: 'evidence.committing',
    changes: { headSha, branch },
    facts: { branch, headSha },
  });
  if (await isStopped(run, deps)) return refuse(stoppedMeanwhile);
  if ((await deps.moveBranch(run, branch, headSha)) === 'moved') return ok({ headSha, branch });
  return refuse(
    `expected the branch ${branch} at the head that was replaced, but it was moved or deleted: what is there now stays`,
  );
}

const stoppedMeanwhile = 'the run was stopped while it was being published';

/** `stop:closed`: asked again right before each step that others can see. */
async function isStopped({ id }: Run, { findRun }: EvidenceDeps): Promise<boolean> {
  const now = await findRun(id);
  return !now || isEnded(now.state);
}

async function createHead(
  run: PublishedRun,
  change: AcceptedChange,
  baseTree: string,
  deps: EvidenceDeps,
): Promise<string | null> {
  const tree = await deps.createTree(run, baseTree, planTree(change.changeSet, change.blobs));
  return tree === change.verify.headTree
    ? deps.createCommit(run, tree, renderCommitMessage(run))
    : null;
}

/** Steps h–k: sign once, open the pull request, post the proof, hand over to people. */
async function post(
  run: PublishedRun & { readonly headSha: string; readonly branch: string },
  change: AcceptedChange,
  report: Report,
  deps: EvidenceDeps,
): Promise<Result<null, string>> {
  const draft = buildManifest({
    run,
    workflowRunId: run.workflowRunId ?? 0,
    headSha: run.headSha,
    verify: change.verify,
    verdict: change.verdict,
    files: change.files,
    artifacts: listArtifacts(report),
    createdAt: deps.now().toISOString(),
  });
  const { manifest, envelope } = await deps.keepEvidence(run, draft, change.files);
  const proven = manifest.verdict.result === 'proven';
  if (await isStopped(run, deps)) return refuse(stoppedMeanwhile);
  const pull =
    run.pull ??
    (await deps.openPull(run, run.branch, (opener) => ({
      ...renderPull(run, proven, opener),
      draft: !proven,
    })));
  const isFirst = await deps.move(run.id, {
    event: 'publish',
    kind: 'evidence.published',
    changes: { pull },
    facts: { pull, evidence: manifest.id },
  });
  await deps.post({
    run: { ...run, pull },
    manifest,
    envelope,
    files: change.files,
    notes: change.verify.notes,
    usage: change.changeSet.agent.usage,
    // Another attempt finds the comment of the one before, and writes over it.
    isFirst: isFirst && !isAttempt(run.cause),
  });
  await deps.move(run.id, { event: 'review', kind: 'evidence.posted', facts: { pull } });
  return ok(null);
}

function listArtifacts({ agent, verify }: Report): Manifest['artifacts'] {
  return [
    ...(agent.artifact ? [{ ...agent.artifact, name: artifacts.changeSet }] : []),
    ...(verify.artifact ? [{ ...verify.artifact, name: artifacts.evidence }] : []),
  ];
}
