import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import type { JsonObject } from '#model/json.ts';
import type { World } from '../world.ts';
import { announcePull } from './announce-pull.ts';
import { appendEvent, timestamp } from './change-label.ts';
import { closePull } from './change-pull.ts';
import { dismissApprovals } from './dismiss-approvals.ts';

const ZERO_SHA = '0'.repeat(40);

/** Keep pull requests in step with their branches: a push moves the head, a deletion closes. */
export function followPushes(world: World): void {
  world.onEvent((event, repository, sender, payload) => {
    if (event === 'push') followPush(world, repository, sender, payload);
  });
}

/** Move or close the pull requests of one branch; `payload` has `ref` and `after` as a push has. */
export function followPush(
  world: World,
  repository: Repository,
  sender: User,
  payload: JsonObject,
): void {
  const { ref, after, forced } = payload;
  if (typeof ref !== 'string' || typeof after !== 'string') return;
  if (!ref.startsWith('refs/heads/')) return;
  const branch = ref.slice('refs/heads/'.length);
  if (after === ZERO_SHA) repository.pushers.delete(branch);
  else repository.pushers.set(branch, sender.id);
  for (const pull of repository.pulls.values()) {
    if (pull.state !== 'open' || pull.headRef !== branch) continue;
    // Opened at this head before it was told who had pushed it.
    if (pull.headSha === after) pull.lastPusherId = sender.id;
    if (pull.headSha === after) continue;
    if (after === ZERO_SHA) {
      appendEvent(world, repository, sender, { number: pull.number, event: 'head_ref_deleted' });
      closePull(world, repository, sender, pull);
      continue;
    }
    const before = pull.headSha;
    pull.headSha = after;
    pull.figures = null;
    delete pull.trialMergeSha;
    pull.lastPusherId = sender.id;
    pull.updatedAt = timestamp(world);
    if (forced === true) {
      const event = 'head_ref_force_pushed';
      const moved = { commitId: after, beforeId: before };
      appendEvent(world, repository, sender, { number: pull.number, event, ...moved });
    }
    announcePull(world, repository, sender, pull, { action: 'synchronize', before, after });
    const reason = 'The head was changed by a push.';
    dismissApprovals(world, repository, sender, pull, { reason, isOlder: true });
  }
}
