import type { BearerForm } from './possession.ts';

/**
 * How much of a job's identity its GitHub signs. `reduced`: the ID token does not say which job it is
 * for (`check_run_id`, not on GitHub Enterprise Server), so the job is taken from GitHub's API.
 */
export type Assurance = 'full' | 'reduced';

/** What people are told where it is not full. */
export const reducedSentence =
  'Reduced assurance: this GitHub does not sign which job an ID token is for. The App takes the one job of that name which is in progress, from GitHub’s API.';

/** What people are told where a job need not prove that it holds the key of its ID token. */
export const bearerSentence =
  'Reduced assurance: the bearer form is allowed here. Whoever has a job’s ID token, or its session token, can use it without the job’s key.';

/** What people are told of a deployment; nothing where assurance is full. */
export function reductionsOf(deployment: {
  readonly assurance: Assurance;
  readonly bearer: BearerForm;
}): readonly string[] {
  return [
    ...(deployment.assurance === 'reduced' ? [reducedSentence] : []),
    ...(deployment.bearer === 'allowed' ? [bearerSentence] : []),
  ];
}
