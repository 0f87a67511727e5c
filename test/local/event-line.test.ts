import { describe, expect, it } from '@jest/globals';
import { openEventLine } from '#local/event-line.ts';
import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import type { JsonObject } from '#model/json.ts';

const sender = { id: 1, login: 'ada' } as User;
const shop = { id: 5 } as Repository;
const api = { id: 6 } as Repository;

function open() {
  const sent: string[] = [];
  const work: Promise<void>[] = [];
  const emit = openEventLine(
    (event, repository, _sender, payload) =>
      sent.push(`${repository.id} ${event} ${String(payload.action)}`),
    (tracked) => work.push(tracked),
  );
  return { sent, work, emit };
}

/** A payload that git has not answered for yet. */
function later() {
  let tell: (payload: JsonObject) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const payload = new Promise<JsonObject>((resolve, reject) => {
    tell = resolve;
    fail = reject;
  });
  return { payload, tell, fail };
}

describe('the events of a repository', () => {
  it('go out at once when nothing is asked of git', () => {
    const { sent, emit } = open();

    emit('pull_request', shop, sender, { action: 'labeled' });

    expect(sent).toEqual(['5 pull_request labeled']);
  });

  it('wait for the one before them, those of another repository do not', async () => {
    const { sent, work, emit } = open();
    const synchronize = later();

    emit('pull_request', shop, sender, synchronize.payload);
    emit('pull_request', shop, sender, { action: 'labeled' });
    emit('pull_request_review', shop, sender, { action: 'submitted' });
    emit('issues', api, sender, { action: 'opened' });
    const before = [...sent];
    synchronize.tell({ action: 'synchronize' });
    await Promise.all(work);
    emit('pull_request', shop, sender, { action: 'closed' });

    expect(before).toEqual(['6 issues opened']);
    expect(sent.slice(1)).toEqual([
      '5 pull_request synchronize',
      '5 pull_request labeled',
      '5 pull_request_review submitted',
      '5 pull_request closed',
    ]);
  });

  it('are not held back for ever by one that cannot be told', async () => {
    const { sent, work, emit } = open();
    const broken = later();

    emit('pull_request', shop, sender, broken.payload);
    emit('pull_request', shop, sender, { action: 'labeled' });
    broken.fail(new Error('git is gone'));
    await Promise.all(work);

    expect(sent).toEqual(['5 pull_request labeled']);
  });
});
