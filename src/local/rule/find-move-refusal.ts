import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import { isAncestor } from '../git/ancestor.ts';
import { listCommits } from '../git/log.ts';
import { ZERO_SHA } from '../git/name.ts';
import type { World } from '../world.ts';
import type { EffectiveRule } from './effective-rule.ts';
import { HIDDEN_REF, isHiddenRef, judgeMove, type RefMove, rulesForPush } from './judge-push.ts';
import { wordApiRefusal } from './refusal-text.ts';

/**
 * Why the rules keep an account from moving a reference so, in GitHub's words; undefined if they do
 * not. Every way that moves a branch past a pull request asks here, or git's own hook does.
 */
export async function findMoveRefusal(
  world: World,
  repository: Repository,
  actor: User,
  move: RefMove,
): Promise<string | undefined> {
  if (isHiddenRef(move.ref)) return HIDDEN_REF;
  const rules = rulesForPush(world, repository, actor.id, move.ref);
  if (rules.length === 0) return undefined;
  const known = await readMove(repository.gitDir, rules, move);
  return wordApiRefusal(judgeMove(repository, rules, move, known));
}

/** What only git knows of a move, where some rule asks for it. */
async function readMove(
  gitDir: string,
  rules: readonly EffectiveRule[],
  { before, after }: RefMove,
) {
  const isUpdate = before !== ZERO_SHA && after !== ZERO_SHA;
  const isForward = isUpdate ? await isAncestor(gitDir, before, after) : undefined;
  const isLinear = rules.some(({ rule }) => rule.type === 'required_linear_history');
  if (!isLinear || after === ZERO_SHA) return { isForward, hasMerges: undefined };
  const span = { from: after, ...(isUpdate ? { without: before } : {}) };
  const hasMerges = (await listCommits(gitDir, span)).some((commit) => commit.parents.length > 1);
  return { isForward, hasMerges };
}
