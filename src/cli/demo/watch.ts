import type { Entry } from '#model/entry.ts';
import { visibleText } from '#model/text.ts';
import type { Database } from '#postgres/database.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import { findRun } from '#postgres/run-store.ts';

/** The ledger is looked at this often. */
const lookEveryMs = 150;

/**
 * Print what is recorded, as it is recorded: the time since the start, the issue, the stage, what
 * happened. Call the answer to print the rest and end.
 */
export function watchLedger(
  database: Database,
  startedAt: number,
  say: (line: string) => void,
): () => Promise<void> {
  const issues = new Map<string, number>();
  let after = 0;
  let busy: Promise<void> = Promise.resolve();
  const look = async () => {
    for (const entry of await listEntries(database, after)) {
      after = entry.seq;
      const text = describeEntry(entry);
      if (text) say(`${timeOf(entry, startedAt)}  ${await issueOf(entry)}  ${text}`);
    }
  };
  const issueOf = async (entry: Entry): Promise<string> => {
    const id = entry.runId;
    if (id && !issues.has(id)) issues.set(id, (await findRun(database, id))?.issue.number ?? 0);
    const number = id ? issues.get(id) : Number(entry.facts.issue ?? 0);
    return (number ? `#${number}` : '').padEnd(4);
  };
  const timer = setInterval(() => {
    busy = busy.then(look).catch(() => {}); // the database may be closing
  }, lookEveryMs);
  return async () => {
    clearInterval(timer);
    await busy;
    await look();
  };
}

function timeOf(entry: Entry, startedAt: number): string {
  const seconds = Math.max(0, Date.parse(entry.at) - startedAt) / 1000;
  return `${seconds.toFixed(1).padStart(6)} s`;
}

/** Entries that only repeat what the next one says. */
const silent: readonly string[] = ['ingress.received', 'policy.answered', 'dispatch.requested'];

/** One line about an entry: stage, what, and the facts that tell a person something. */
export function describeEntry(entry: Entry): string | null {
  if (silent.includes(entry.kind)) return null;
  const [stage = '', what = ''] = entry.kind.split('.');
  const told = [
    'to',
    'verdict',
    'phase',
    'tool',
    'decision',
    'result',
    'conclusion',
    'title',
    'because',
    'pull',
  ]
    .map((name) => entry.facts[name])
    .filter((fact) => typeof fact === 'string' || typeof fact === 'number')
    .map((fact) => visibleText(String(fact)).replaceAll('\n', ' ').slice(0, 120));
  return `${stage.padEnd(12)} ${what.padEnd(10)} ${[...new Set(told)].join(' · ')}`.trimEnd();
}
