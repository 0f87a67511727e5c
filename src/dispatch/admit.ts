import type { Decision } from '#model/decision.ts';
import type { Grant } from '#model/grant.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Ruling, Startable } from '#model/ruling.ts';
import type { Run, RunId } from '#model/run.ts';
import type { Snapshot } from '#model/snapshot.ts';
import { buildGrant } from './build-grant.ts';
import type { OpenedRun } from './build-run.ts';
import { buildRun, denySentence, holdSentence } from './build-run.ts';

/** Everything that one admission writes, in one transaction. */
export interface Admission {
  readonly run: OpenedRun;
  readonly snapshot: Snapshot;
  /** True when the chain starts with this run. */
  readonly startsChain: boolean;
  /** `admit` comes with a grant, `hold` with a sentence. */
  readonly next:
    | { readonly event: 'admit'; readonly grant: Grant }
    | { readonly event: 'hold'; readonly because: string };
  readonly eventId: string;
}

export interface AdmitDeps {
  readonly now: () => Date;
  /** A UUID version 7. */
  readonly newId: () => string;
  /** Snapshot, chain, run, grant, ledger and queue job; the unique index says `run_open`. */
  readonly open: (admission: Admission) => Promise<Run | 'run_open'>;
  /** A held run is admitted with its grant and queue job; `moved` when it is held no more. */
  readonly release: (
    runId: RunId,
    grant: Grant,
    base: { readonly ref: string; readonly sha: string },
  ) => Promise<Run | 'moved'>;
  /** Keep why a held run waits now. */
  readonly rehold: (runId: RunId, decision: Decision, because: string) => Promise<void>;
  readonly fail: (run: Run, because: string) => Promise<void>;
  /** Say on the issue that a run which waited starts no more. */
  readonly sayEnded: (run: Run, because: string) => Promise<void>;
  /** Say on the issue why nothing started, or what it waits for. Once for each event. */
  readonly sendReceipt: (ruling: Ruling) => Promise<void>;
}

export interface AdmitRefusal {
  readonly reason: 'denied' | 'run_open' | 'moved' | 'held';
  readonly sentence: string;
}

const policyChanged = 'the policy changed while the run was held: ask again';

/** Open the run that a ruling allows or holds. A denial opens nothing and is answered in words. */
export async function admit(ruling: Ruling, deps: AdmitDeps): Promise<Result<Run, AdmitRefusal>> {
  if (ruling.kind === 'denied') {
    // Out of reach there is no issue to say it on; the ledger has the receipt.
    if (ruling.issue.id !== null) await deps.sendReceipt(ruling);
    return refuse({ reason: 'denied', sentence: denySentence(ruling.decision) });
  }
  const opened = await deps.open(buildAdmission(ruling, deps));
  if (opened === 'run_open') {
    return refuse({ reason: 'run_open', sentence: 'a run is already open for this issue' });
  }
  if (ruling.kind === 'held') await deps.sendReceipt(ruling);
  return ok(opened);
}

function buildAdmission(ruling: Startable, deps: AdmitDeps): Admission {
  const now = deps.now();
  const run = buildRun(ruling, { run: deps.newId(), chain: deps.newId() }, now);
  return {
    run,
    snapshot: ruling.snapshot,
    startsChain: ruling.chain.chainId === null,
    next:
      ruling.kind === 'held'
        ? { event: 'hold', because: holdSentence(ruling.decision) }
        : { event: 'admit', grant: buildGrant(deps.newId(), run, ruling.policy, now) },
    eventId: ruling.eventId,
  };
}

/**
 * Admit a held run whose ruling was asked again. The run keeps its snapshot and policy as they were
 * decided; a policy that changed meanwhile needs a new label, and a denial ends the run.
 */
export async function admitHeld(
  run: OpenedRun,
  ruling: Ruling,
  deps: AdmitDeps,
): Promise<Result<Run, AdmitRefusal>> {
  if (ruling.kind === 'held') {
    const sentence = holdSentence(ruling.decision);
    if (sentence !== run.because) {
      await deps.rehold(run.id, ruling.decision, sentence);
      await deps.sendReceipt(ruling);
    }
    return refuse({ reason: 'held', sentence });
  }
  const isAsDecided =
    ruling.policySha256 === run.policySha256 &&
    ruling.organizationPolicySha256 === run.organizationPolicySha256;
  if (ruling.kind === 'denied' || !isAsDecided) {
    const sentence = ruling.kind === 'denied' ? denySentence(ruling.decision) : policyChanged;
    await deps.fail(run, sentence);
    if (ruling.kind !== 'denied') await deps.sayEnded(run, sentence);
    else if (ruling.issue.id !== null) await deps.sendReceipt(ruling);
    return refuse({ reason: 'denied', sentence });
  }
  const base = { ref: ruling.baseRef, sha: ruling.baseSha };
  const grant = buildGrant(
    deps.newId(),
    { ...run, baseRef: base.ref, baseSha: base.sha },
    run.policy,
    deps.now(),
  );
  const released = await deps.release(run.id, grant, base);
  return released === 'moved'
    ? refuse({ reason: 'moved', sentence: 'the run is held no more' })
    : ok(released);
}
