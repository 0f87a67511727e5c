import { waiverReason } from '#model/command.ts';
import { plainLine } from '#model/neutralise.ts';
import type { Answer } from './answer.ts';
import { done, nothing, refused } from './answer.ts';
import type { CommandDeps, CommandedRun, OrderOf } from './deps.ts';
import { editedSentence } from './let-go.ts';

/**
 * `waive`: a named person puts one finding of this very head's evidence aside, with a reason. It is
 * recorded and shown to whoever reviews. It makes nothing proven.
 */
export async function waiveFinding(order: OrderOf<'waive'>, deps: CommandDeps): Promise<Answer> {
  const { given } = order;
  const run = await deps.findRun(order);
  if (!given.isPull || !run) {
    return refused('waive-on-pull', 'expected a pull request of Sallyport: say it there');
  }
  if (run.requester.id === given.sender.id) {
    return refused(
      'review-no-self',
      `expected somebody else, but ${given.sender.login} asked for this work`,
    );
  }
  const trouble = await findTrouble(run, order, deps);
  if (trouble) return trouble;
  if (!(await deps.stands(order))) return refused('cause-stands', editedSentence);
  const waiver = await deps.waive(run, order);
  const { finding, by, at } = waiver;
  const reason = plainLine(waiver.reason, waiverReason.max);
  if (waiver.commentId === given.comment.id) {
    return done('Waived', `${finding} is put aside: ${reason}; the gate stays as it is`);
  }
  return nothing(`${finding} was waived before, by ${by.login} at ${at}: ${reason}`);
}

/** The evidence that was looked at must be of the commit that is there now (`review:this-commit`). */
async function findTrouble(
  run: CommandedRun,
  { command }: OrderOf<'waive'>,
  deps: CommandDeps,
): Promise<Answer | null> {
  const evidence = await deps.readEvidence(run);
  if (!evidence) return nothing('there is no evidence whose findings could be waived');
  if (!evidence.isOpen) return nothing('the pull request is closed');
  if (evidence.headSha !== evidence.liveHeadSha) {
    return refused(
      'waive-this-head',
      `expected the head ${evidence.headSha.slice(0, 7)} that the evidence is for, but it is ${evidence.liveHeadSha.slice(0, 7)} now`,
    );
  }
  if (evidence.findings.includes(command.finding)) return null;
  const names = evidence.findings.join(', ');
  return refused(
    'waive-finding',
    `expected ${names ? `one of the findings ${names}` : 'a finding, but the evidence has none'}, got ${command.finding}`,
  );
}
