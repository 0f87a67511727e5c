import type { JsonObject } from '#model/json.ts';
import type { User } from './record/account.ts';
import type { Repository } from './record/repository.ts';

/** What becomes of an event: deliveries, and whoever listens here. */
export type SendEvent = (
  event: string,
  repository: Repository,
  sender: User,
  payload: JsonObject,
) => void;

/**
 * Send events of a repository in the order in which things happened. One whose payload git still has
 * to answer for holds back those after it; otherwise an event is sent at once.
 */
export function openEventLine(
  send: SendEvent,
  track: (work: Promise<void>) => void,
): (
  event: string,
  repository: Repository,
  sender: User,
  payload: JsonObject | Promise<JsonObject>,
) => void {
  const tails = new Map<number, Promise<void>>();
  return (event, repository, sender, payload) => {
    const before = tails.get(repository.id);
    if (before === undefined && !(payload instanceof Promise)) {
      send(event, repository, sender, payload);
      return;
    }
    const tail = sendAfter(before, async () => send(event, repository, sender, await payload));
    tails.set(repository.id, tail);
    track(
      tail.finally(() => {
        if (tails.get(repository.id) === tail) tails.delete(repository.id);
      }),
    );
  };
}

/** An event that cannot be told is lost; those after it are not. */
async function sendAfter(before: Promise<void> | undefined, act: () => Promise<void>) {
  await before;
  await act().catch(() => undefined);
}
