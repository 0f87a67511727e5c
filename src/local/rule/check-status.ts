// Pure: which of the required checks a commit has passed.
import type { CheckFacts } from './pull-facts.ts';
import type { StatusCheckParameters } from './rule.ts';

/** GitHub counts a skipped or neutral check as passed. */
const GOOD = ['success', 'neutral', 'skipped'];

type Required = StatusCheckParameters['required_status_checks'][number];
type Problem = 'expected' | 'in progress' | 'failing' | 'pending' | 'error' | 'failure';

/** Why the required checks of one rule do not hold, in GitHub's words; undefined when they do. */
export function findCheckRefusal(
  required: readonly Required[],
  facts: CheckFacts,
): string | undefined {
  const unmet = required.flatMap((check) => {
    const problem = findProblem(check, facts);
    return problem === undefined ? [] : [{ check, problem }];
  });
  const [first] = unmet;
  if (first === undefined) return undefined;
  if (unmet.length === 1) {
    const name = `Required status check "${first.check.context}"`;
    return first.problem === 'failure' ? `${name} is failing.` : `${name} is ${first.problem}.`;
  }
  if (unmet.every((each) => each.problem === 'expected'))
    return `${unmet.length} of ${required.length} required status checks are expected.`;
  const kinds = [...new Set(unmet.map((each) => each.problem))];
  const counts = kinds.map((kind) => `${unmet.filter((e) => e.problem === kind).length} ${kind}`);
  return `${unmet.length} of ${required.length} required status checks have not succeeded: ${counts.join(', ')}.`;
}

/** How the required checks of one commit stand: some failed for good, or some have yet to say. */
export function judgeChecks(
  required: readonly Required[],
  facts: CheckFacts,
): 'passed' | 'failed' | 'waiting' {
  const problems = required.flatMap((check) => findProblem(check, facts) ?? []);
  if (problems.some((problem) => ['failing', 'error', 'failure'].includes(problem)))
    return 'failed';
  return problems.length > 0 ? 'waiting' : 'passed';
}

function findProblem(check: Required, facts: CheckFacts): Problem | undefined {
  const pinned = check.integration_id;
  const runs = facts.runs.filter(
    (each) => each.name === check.context && (pinned === undefined || each.appId === pinned),
  );
  // Each App's newest: one App's green does not answer for another's red under the same name.
  const newest = [...new Map(runs.map((run) => [run.appId, run])).values()];
  // A pinned check cannot be satisfied by a status: anyone with a token may write one.
  const status =
    pinned === undefined
      ? facts.statuses.findLast((each) => each.context === check.context)
      : undefined;
  if (newest.length === 0 && status === undefined) return 'expected';
  // Where a check and a status have the same name, both are required.
  const problems = [...newest.map(findRunProblem), findStatusProblem(status)];
  return problems.find((problem) => problem !== undefined);
}

function findRunProblem({ status, conclusion }: CheckFacts['runs'][number]): Problem | undefined {
  if (status !== 'completed') return 'in progress';
  return GOOD.includes(conclusion ?? '') ? undefined : 'failing';
}

function findStatusProblem(status: CheckFacts['statuses'][number] | undefined) {
  return status === undefined || status.state === 'success' ? undefined : status.state;
}
