import type { Command } from '#model/command.ts';
import { hasRole } from '#model/policy.ts';
import type { Answer } from './answer.ts';
import { refused } from './answer.ts';
import { neededRole } from './authority.ts';
import type { CommandDeps, Order } from './deps.ts';
import { explain } from './explain.ts';
import { approveRun, resumeRun } from './let-go.ts';
import { waiveFinding } from './put-aside.ts';
import { renderAnswer } from './render-answer.ts';
import { holdRun, stopRun } from './restrain.ts';
import { planRun, retryRun, startRun } from './start-work.ts';

/**
 * Obey one command, or say why not: recorded before anything is done, authorized by the role its
 * author has now, answered in the one comment of the issue. Safe to repeat at any point.
 */
export async function obey(order: Order, deps: CommandDeps): Promise<string> {
  if ((await deps.receive(order)) === 'done') return 'it was answered before';
  const answer = await decideOrder(order, deps);
  await deps.answer(order, answer, renderAnswer(order, answer));
  return answer.sentence;
}

async function decideOrder(order: Order, deps: CommandDeps): Promise<Answer> {
  const { parsed, sender } = order.given;
  if (parsed.kind === 'malformed') {
    return refused('command-form', parsed.because, { headline: 'Not understood' });
  }
  const { command } = parsed;
  const needed = neededRole(command.name, await deps.findRun(order));
  const role = await deps.readRole(order);
  if (role === 'none' || !hasRole(role, needed)) {
    const seen = role === 'none' ? 'no role' : `the role ${role}`;
    return refused(
      'command-role',
      `expected the role ${needed} or higher for ${command.name}, but ${sender.login} has ${seen}`,
    );
  }
  await deps.allow(order, role);
  return act(command, order, deps);
}

function act(command: Command, order: Order, deps: CommandDeps): Promise<Answer> {
  switch (command.name) {
    case 'run':
      return startRun(order, deps);
    case 'retry':
      return retryRun(order, deps);
    case 'plan':
      return planRun(order, deps);
    case 'why':
      return explain(order, deps);
    case 'stop':
      return stopRun(order, deps);
    case 'hold':
      return holdRun(order, deps);
    case 'resume':
      return resumeRun(order, deps);
    case 'approve':
      return approveRun({ ...order, command }, deps);
    case 'waive':
      return waiveFinding({ ...order, command }, deps);
  }
}
