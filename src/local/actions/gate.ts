/** What people decided of a job that waited for them; `gone` when it was cancelled meanwhile. */
export type Decision = 'approved' | 'rejected' | 'gone';

/** Jobs that wait for a person's word. */
export interface Gates {
  wait(jobId: number, signal: AbortSignal): Promise<Decision>;
  /** False when no such job waits. */
  decide(jobId: number, decision: Decision): boolean;
}

/** Nobody waits yet. */
export function openGates(): Gates {
  const waiting = new Map<number, (decision: Decision) => void>();
  return {
    wait: (jobId, signal) =>
      new Promise((resolve) => {
        const leave = (decision: Decision) => {
          waiting.delete(jobId);
          signal.removeEventListener('abort', giveUp);
          resolve(decision);
        };
        const giveUp = () => leave('gone');
        waiting.set(jobId, leave);
        if (signal.aborted) giveUp();
        else signal.addEventListener('abort', giveUp, { once: true });
      }),
    decide: (jobId, decision) => {
      const leave = waiting.get(jobId);
      leave?.(decision);
      return leave !== undefined;
    },
  };
}
