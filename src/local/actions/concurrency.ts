/** Concurrency groups: one member runs, the others wait their turn or give way to a newcomer. */
export interface ConcurrencyGroups {
  /**
   * Resolves with the function that leaves the group, or undefined when a newer member took the
   * place, the queue was full or `signal` fired.
   */
  enter(entrant: Entrant): Promise<(() => void) | undefined>;
}

/** Who wants to enter a group. */
export interface Entrant {
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** `single`: one waits, and a newcomer displaces it. `max`: they wait in order. */
  readonly queue: 'single' | 'max';
  /** Ends this member while it runs. */
  readonly cancel: () => void;
  readonly signal: AbortSignal;
}

// GitHub's bound on a queue of the `max` kind.
const QUEUE_MAX = 100;

interface Member {
  readonly cancel: () => void;
  readonly start: (entered: boolean) => void;
}

/** Groups are named per repository by the caller; names compare without case, as GitHub's do. */
export function openConcurrencyGroups(): ConcurrencyGroups {
  const running = new Map<string, Member>();
  const pending = new Map<string, Member[]>();

  const drop = (key: string, member: Member) => {
    const rest = (pending.get(key) ?? []).filter((each) => each !== member);
    if (rest.length > 0) pending.set(key, rest);
    else pending.delete(key);
  };
  const leave = (key: string, member: Member) => {
    if (running.get(key) !== member) return;
    running.delete(key);
    const next = pending.get(key)?.[0];
    if (next === undefined) return;
    drop(key, next);
    next.start(true);
  };
  const wait = (key: string, member: Member, queue: Entrant['queue']): boolean => {
    const waiting = pending.get(key) ?? [];
    if (queue === 'max' && waiting.length >= QUEUE_MAX) return false;
    if (queue === 'max') pending.set(key, [...waiting, member]);
    else pending.set(key, [member]);
    if (queue === 'single') for (const each of waiting) each.start(false);
    return true;
  };

  return {
    enter: ({ group, cancelInProgress, queue, cancel, signal }) =>
      new Promise((resolve) => {
        const key = group.toLowerCase();
        const start = (entered: boolean) => {
          signal.removeEventListener('abort', giveUp);
          if (entered) running.set(key, member);
          resolve(entered ? () => leave(key, member) : undefined);
        };
        const giveUp = () => {
          drop(key, member);
          start(false);
        };
        const member: Member = { cancel, start };
        if (signal.aborted) return start(false);
        const current = running.get(key);
        if (current === undefined) return start(true);
        if (!wait(key, member, queue)) return start(false);
        signal.addEventListener('abort', giveUp, { once: true });
        if (cancelInProgress) current.cancel();
      }),
  };
}
