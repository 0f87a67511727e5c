import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM'] as const;
const closers = new Set<() => Promise<void>>();
let isStopping = false;

/**
 * Have `close` called before SIGINT or SIGTERM ends this process; the answer takes that back. A
 * runner that cancels sends SIGINT, SIGTERM 7.5 s later and SIGKILL 2.5 s after that (docs.github.com,
 * "Workflow cancellation reference").
 */
export function onStop(close: () => Promise<void>): () => void {
  if (closers.size === 0) for (const signal of signals) process.on(signal, stop);
  closers.add(close);
  return () => {
    closers.delete(close);
    if (closers.size === 0) for (const signal of signals) process.off(signal, stop);
  };
}

function stop(signal: NodeJS.Signals): void {
  if (isStopping) return;
  isStopping = true;
  void closeAll().finally(() => process.exit(128 + constants.signals[signal]));
}

async function closeAll(): Promise<void> {
  await Promise.allSettled([...closers].map((close) => close()));
}
