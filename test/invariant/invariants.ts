/** One promise of the product: its id is cited in test titles and printed in ARCHITECTURE.md. */
export interface Invariant {
  readonly id: string;
  readonly sentence: string;
  /** The folder below `src/` that keeps it, first of all. */
  readonly folder: string;
}

/** What holds whatever happens, in the order of the journey. A test's title cites each id: `<id>: …`. */
export const invariants: readonly Invariant[] = [
  {
    id: 'door:one-at-a-time',
    sentence:
      'no process that can read agent-written files has a write credential, and the reverse.',
    folder: 'sandbox',
  },
  {
    id: 'run:identity',
    sentence:
      'every credential names one run, one phase, one job; it is dead within 60 s of that job’s end.',
    folder: 'broker',
  },
  {
    id: 'grant:never-widens',
    sentence:
      'what is minted is a subset of policy ∩ grant ∩ installation; the client chooses neither repository nor permission.',
    folder: 'broker',
  },
  {
    id: 'snapshot:frozen',
    sentence:
      'the agent reads the text that was authorized; a later edit never reaches it and refuses the start when it precedes it.',
    folder: 'policy',
  },
  {
    id: 'policy:from-base',
    sentence:
      'policy, commands and agent configuration come from the base commit, never from the change.',
    folder: 'policy',
  },
  {
    id: 'egress:closed',
    sentence:
      'no bytes leave the sandbox except through the gate; when the gate dies, nothing leaves.',
    folder: 'sandbox',
  },
  {
    id: 'evidence:recomputed',
    sentence:
      'no property is copied from a runner; each is derived again by the App from hashed files.',
    folder: 'evidence',
  },
  {
    id: 'review:this-commit',
    sentence:
      'approvals are anchored to `commit_id`; a new head, base or policy voids the gate; `neutral` and `skipped` are never concluded.',
    folder: 'review',
  },
  {
    id: 'review:no-self',
    sentence: 'the requester, the agent, and whoever pushed do not count; the App never approves.',
    folder: 'review',
  },
  {
    id: 'chain:bounded',
    sentence:
      'depth, nodes, spend, age and open pull requests are bounded; an edge can delay work, never authorize it.',
    folder: 'schedule',
  },
  {
    id: 'ledger:first',
    sentence:
      'nothing happens outside that is not recorded before; any changed byte of the record is found.',
    folder: 'ledger',
  },
  {
    id: 'delivery:any-order',
    sentence:
      'any order, loss or repetition of deliveries converges to the state of a cold read from the API.',
    folder: 'ingress',
  },
  {
    id: 'stop:closed',
    sentence:
      'pause, stop, revoked policy, unreachable store: no launch, no publish; running jobs are cancelled and their credentials revoked.',
    folder: 'dispatch',
  },
  {
    id: 'text:hostile',
    sentence:
      'text from issues, comments, logs, pages, tests and agents is data: escaped on every sink, never in a shell or an expression.',
    folder: 'model',
  },
];
