/**
 * How much of a job's identity its GitHub signs. `reduced`: the ID token does not say which job it is
 * for (`check_run_id`, not on GitHub Enterprise Server), so the job is taken from GitHub's API.
 */
export type Assurance = 'full' | 'reduced';

/** What people are told where it is not full. */
export const reducedSentence =
  'Reduced assurance: this GitHub does not sign which job an ID token is for. The App takes the one job of that name which is in progress, from GitHub’s API.';
