import type { StageName } from '#model/stage-name.ts';

/**
 * The stages of one issue's journey, stated once, in order. The boundary rules, ARCHITECTURE's
 * table, the ledger's entry kinds and the dashboard's timeline all read this.
 */
export interface Stage {
  /** The folder below `src/`, and the first half of every ledger entry kind the stage writes. */
  readonly name: StageName;
  readonly consumes: string;
  readonly produces: string;
  /** Where its shell runs: in the App, or in a job of the workflow run. */
  readonly place: 'app' | 'agent job' | 'verify job';
  readonly sentence: string;
}

export const flow = [
  {
    name: 'ingress',
    consumes: 'delivery',
    produces: 'signal',
    place: 'app',
    sentence: 'caps, verifies, dedupes and records a delivery, and normalizes it to a signal',
  },
  {
    name: 'policy',
    consumes: 'signal',
    produces: 'decision',
    place: 'app',
    sentence: 'freezes a snapshot of the issue and decides allow, deny or hold, with reasons',
  },
  {
    name: 'dispatch',
    consumes: 'decision',
    produces: 'run',
    place: 'app',
    sentence: 'writes the run and its grant, and starts the caller workflow',
  },
  {
    name: 'broker',
    consumes: 'ID token',
    produces: 'grant use',
    place: 'app',
    sentence: 'exchanges a job’s ID token, once, for what the grant says and no more',
  },
  {
    name: 'sandbox',
    consumes: 'grant and snapshot',
    produces: 'change set',
    place: 'agent job',
    sentence: 'runs the agent in its own namespaces, behind the egress gate',
  },
  {
    name: 'verification',
    consumes: 'change set',
    produces: 'verdict',
    place: 'verify job',
    sentence: 'applies the change to a clean base and runs the base branch’s commands on it',
  },
  {
    name: 'evidence',
    consumes: 'verdict',
    produces: 'evidence, pull request',
    place: 'app',
    sentence: 're-hashes, recomputes, signs and publishes the proof with the pull request',
  },
  {
    name: 'review',
    consumes: 'evidence and reviews',
    produces: 'gate',
    place: 'app',
    sentence: 'turns the gate green for exactly this head, base and policy, on human approval',
  },
  {
    name: 'schedule',
    consumes: 'merge',
    produces: 'released work',
    place: 'app',
    sentence: 'settles the merged issue and releases what it blocked, within limits',
  },
] as const satisfies readonly Stage[];
