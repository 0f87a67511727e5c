/** Concurrency groups: one member runs, one waits, and a newcomer displaces the one that waits. */
export interface ConcurrencyGroups {
  /**
   * Resolves with the function that leaves the group, or undefined when a newer member took the
   * place or `signal` fired. `cancel` ends a member that is running.
   */
  enter(
    group: string,
    cancelInProgress: boolean,
    cancel: () => void,
    signal: AbortSignal,
  ): Promise<(() => void) | undefined>;
}

interface Member {
  readonly cancel: () => void;
  readonly start: (entered: boolean) => void;
}

/** Groups are named per repository by the caller; names compare without case, as GitHub's do. */
export function openConcurrencyGroups(): ConcurrencyGroups {
  const running = new Map<string, Member>();
  const pending = new Map<string, Member>();

  const leave = (key: string, member: Member) => {
    if (running.get(key) !== member) return;
    running.delete(key);
    const next = pending.get(key);
    pending.delete(key);
    next?.start(true);
  };

  return {
    enter: (group, cancelInProgress, cancel, signal) =>
      new Promise((resolve) => {
        const key = group.toLowerCase();
        const start = (entered: boolean) => {
          signal.removeEventListener('abort', giveUp);
          if (entered) running.set(key, member);
          resolve(entered ? () => leave(key, member) : undefined);
        };
        const giveUp = () => {
          if (pending.get(key) === member) pending.delete(key);
          start(false);
        };
        const member: Member = { cancel, start };
        if (signal.aborted) return start(false);
        const current = running.get(key);
        if (current === undefined) return start(true);
        pending.get(key)?.start(false);
        pending.set(key, member);
        signal.addEventListener('abort', giveUp, { once: true });
        if (cancelInProgress) current.cancel();
      }),
  };
}
