/** How much is under way: what limits are held against. */
export interface Load {
  readonly repository: {
    /** Runs at work now: admitted and not yet with people. */
    readonly running: number;
    /** Runs admitted in the last 24 hours, and the agent minutes that their policies let them have. */
    readonly today: number;
    readonly minutesToday: number;
  };
  /** Of the same person, in this repository. */
  readonly requester: { readonly running: number };
  readonly installation: { readonly running: number; readonly today: number };
}

/** What a policy allows in its repository. */
export interface RepositoryLimits {
  readonly parallel: number;
  readonly parallel_per_person: number;
  readonly runs_per_day: number;
  readonly agent_minutes_per_day: number;
}

/** What the App's operator allows one installation. */
export interface InstallationLimits {
  readonly parallel: number;
  readonly runsPerDay: number;
}

/** What one more run is held against. */
export interface Limits {
  readonly repository: RepositoryLimits;
  readonly installation: InstallationLimits;
  /** Agent minutes that the run itself may take. */
  readonly minutes: number;
}

/** One limit, and where one more run would be against it. */
export interface LimitCheck {
  readonly name: string;
  /** With the run that is asked about. */
  readonly count: number;
  readonly max: number;
  readonly what: string;
}

/** Every limit with what one more run would make of it. */
export function checkLimits(load: Load, limits: Limits): readonly LimitCheck[] {
  const { repository, requester, installation } = load;
  const policy = limits.repository;
  return [
    {
      name: 'repository-parallel',
      count: repository.running + 1,
      max: policy.parallel,
      what: 'runs at once in this repository',
    },
    {
      name: 'requester-parallel',
      count: requester.running + 1,
      max: policy.parallel_per_person,
      what: 'runs at once for one person',
    },
    {
      name: 'repository-day',
      count: repository.today + 1,
      max: policy.runs_per_day,
      what: 'runs in 24 hours in this repository',
    },
    {
      name: 'repository-minutes',
      count: repository.minutesToday + limits.minutes,
      max: policy.agent_minutes_per_day,
      what: 'agent minutes in 24 hours in this repository',
    },
    {
      name: 'installation-parallel',
      count: installation.running + 1,
      max: limits.installation.parallel,
      what: 'runs at once in this installation',
    },
    {
      name: 'installation-day',
      count: installation.today + 1,
      max: limits.installation.runsPerDay,
      what: 'runs in 24 hours in this installation',
    },
  ];
}

/** True when one more run stays within every limit. */
export function fits(load: Load, limits: Limits): boolean {
  return checkLimits(load, limits).every(({ count, max }) => count <= max);
}
