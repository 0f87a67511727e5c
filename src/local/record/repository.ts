import type { CheckRun, CheckSuite, CommitStatus } from './check.ts';
import type { Environment, Secret, Variable } from './environment.ts';
import type { Comment, Issue, IssueEvent, Reaction } from './issue.ts';
import type { MergeSettings } from './merge-settings.ts';
import type { Protection, Ruleset } from './protection.ts';
import type { Pull, Review, ReviewComment } from './pull.ts';
import type { QueueEntry } from './queue.ts';

/** A repository, with everything that lives in it but what git keeps. */
export interface Repository {
  readonly id: number;
  readonly name: string;
  readonly ownerId: number;
  readonly private: boolean;
  description: string;
  readonly defaultBranch: string;
  merging: MergeSettings;
  /** The bare repository's folder. */
  readonly gitDir: string;
  readonly createdAt: string;
  readonly collaborators: Map<number, 'read' | 'triage' | 'write' | 'maintain' | 'admin'>;
  readonly labels: Map<
    string,
    { readonly id: number; readonly name: string; color: string; description: string }
  >;
  readonly issues: Map<number, Issue>;
  readonly pulls: Map<number, Pull>;
  readonly comments: Map<number, Comment>;
  readonly reviews: Map<number, Review>;
  readonly reviewComments: Map<number, ReviewComment>;
  /** Threads that are resolved: the first comment's id → who resolved it. */
  readonly resolvedThreads: Map<number, number>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly checkSuites: Map<number, CheckSuite>;
  /** Branch → who pushed to it last; branches that nobody has pushed to since the seed are not here. */
  readonly pushers: Map<string, number>;
  readonly protections: Map<string, Protection>;
  readonly rulesets: Map<number, Ruleset>;
  /** In the order in which they are to be merged, of all branches. */
  readonly mergeQueue: QueueEntry[];
  readonly environments: Map<string, Environment>;
  readonly secrets: Map<string, Secret>;
  readonly variables: Map<string, Variable>;
  readonly timeline: IssueEvent[];
  readonly statuses: CommitStatus[];
  readonly reactions: Reaction[];
  nextNumber: number;
}
