import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { canBypass } from './bypass.ts';
import { type BranchChange, type ChangeRefusal, listChangeRefusals } from './check-push.ts';
import { type EffectiveRule, listEffectiveRules } from './effective-rule.ts';
import { readCheckFacts } from './read-pull-facts.ts';

const BRANCH = 'refs/heads/';
/** Where the merge queue keeps its trial merges; after it the branch, then `pr-{number}-{sha}`. */
export const QUEUE_REFS = `${BRANCH}gh-readonly-queue/`;
const ZERO = /^0+$/;

/** Whether a reference is GitHub's own, which nobody moves: those of pull requests. */
export function isHiddenRef(ref: string): boolean {
  return ref.startsWith('refs/pull/');
}

/** What git says of such a move. */
export const HIDDEN_REF = 'deny updating a hidden ref';

/** A reference that somebody moves from one object to another; all zeros for none. */
export interface RefMove {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** The rules that hold for an account that writes to a reference past pull requests. */
export function rulesForPush(
  world: World,
  repository: Repository,
  accountId: number,
  ref: string,
): readonly EffectiveRule[] {
  if (!ref.startsWith(BRANCH)) return [];
  const queued = /^(.+)\/pr-\d+-[0-9a-f]{40}$/.exec(ref.slice(QUEUE_REFS.length))?.[1];
  if (ref.startsWith(QUEUE_REFS) && queued !== undefined) return rulesForGroup(repository, queued);
  return listEffectiveRules(repository, ref.slice(BRANCH.length)).filter(
    ({ source }) => !canBypass(world, repository, source, accountId, 'push'),
  );
}

/** A trial merge of the queue is nobody's to make or change: what was checked is what is merged. */
function rulesForGroup(repository: Repository, branch: string): readonly EffectiveRule[] {
  return listEffectiveRules(repository, branch)
    .filter(({ rule }) => rule.type === 'merge_queue')
    .flatMap(({ source }): readonly EffectiveRule[] => [
      { source, rule: { type: 'creation' } },
      { source, rule: { type: 'update' } },
      { source, rule: { type: 'deletion' } },
    ]);
}

/** What the rules say of one move; `known` is what git was asked about it. */
export function judgeMove(
  repository: Repository,
  rules: readonly EffectiveRule[],
  move: RefMove,
  known: Partial<Pick<BranchChange, 'isForward' | 'hasMerges'>> = {},
): readonly ChangeRefusal[] {
  const kind = ZERO.test(move.before) ? 'create' : ZERO.test(move.after) ? 'delete' : 'update';
  return listChangeRefusals(rules, {
    kind,
    isForward: known.isForward,
    hasMerges: known.hasMerges,
    checks: readCheckFacts(repository, move.after),
  });
}
