/** A deployment environment: who must approve a job, from which branches, with which values. */
export interface Environment {
  readonly id: number;
  readonly name: string;
  /** Account ids, one of which must approve. */
  reviewers: readonly number[];
  preventSelfReview: boolean;
  waitMinutes: number;
  /** Branch name patterns; null means every branch, `protected` the protected ones. */
  branches: readonly string[] | 'protected' | null;
  readonly secrets: Map<string, Secret>;
  readonly variables: Map<string, Variable>;
  readonly createdAt: string;
}

/** A secret of a repository or an environment, unsealed: only jobs are given it. */
export interface Secret {
  readonly name: string;
  value: string;
  readonly createdAt: string;
  updatedAt: string;
}

/** A variable of a repository or an environment. */
export interface Variable {
  readonly name: string;
  value: string;
  readonly createdAt: string;
  updatedAt: string;
}
