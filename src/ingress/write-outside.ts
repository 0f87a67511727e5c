import type { EntryDraft, EntryKind } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import type { IssueDigest, OutsideKey, OutsideReport, OutsideThread } from '#model/outside.ts';
import { digestIssue, signalMark } from '#model/outside.ts';
import type { Result } from '#model/result.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { Source } from '#model/source.ts';
import { renderOutside, renderOutsideRemark, reportedAgain } from './render-outside.ts';

export interface OutsidePlace {
  readonly installationId: number;
  readonly repository: RepositoryRef;
}

interface IssueText {
  readonly title: string;
  readonly body: string;
}

export interface WriteOutsideDeps {
  readonly sources: readonly Source[];
  readonly newId: () => string;
  readonly find: (key: OutsideKey) => Promise<OutsideReport | undefined>;
  /** Undefined while somebody else holds the thread. */
  readonly take: (
    key: OutsideKey,
    report: OutsideReport,
    holder: string,
  ) => Promise<OutsideThread | undefined>;
  readonly again: (key: OutsideKey) => Promise<void>;
  readonly release: (holder: string) => Promise<void>;
  readonly settle: (
    key: OutsideKey,
    end: {
      readonly state: 'written' | 'held_back' | 'failed';
      readonly because: string;
      readonly holder: string;
    },
    entry: EntryDraft,
  ) => Promise<void>;
  /** Recorded before it is asked for; a sentence when the source has had its share. */
  readonly request: (
    thread: OutsideThread,
    ask: { readonly wanted: IssueDigest; readonly limits: Source; readonly holder: string },
    entry: EntryDraft,
  ) => Promise<string | null>;
  readonly confirm: (
    thread: OutsideThread,
    issue: { readonly repositoryId: number; readonly number: number },
    entry: EntryDraft,
  ) => Promise<void>;
  /** Null when the App is not installed there. */
  readonly locate: (source: Source) => Promise<OutsidePlace | null>;
  /** Those of the labels that start no work in that repository. */
  readonly chooseLabels: (
    place: OutsidePlace,
    labels: readonly string[],
  ) => Promise<readonly string[]>;
  readonly findMarked: (place: OutsidePlace, mark: string, since: Date) => Promise<number | null>;
  readonly open: (
    place: OutsidePlace,
    draft: IssueText & { readonly labels: readonly string[] },
  ) => Promise<Result<number, string>>;
  readonly read: (
    place: OutsidePlace,
    number: number,
  ) => Promise<(IssueText & { readonly isClosed: boolean }) | null>;
  readonly edit: (
    place: OutsidePlace,
    change: { readonly number: number } & Partial<IssueText>,
  ) => Promise<Result<number, string>>;
  /** One comment a kind, edited in place. */
  readonly remark: (
    place: OutsidePlace,
    number: number,
    comment: { readonly kind: 'signal' | 'signal-again'; readonly body: string },
  ) => Promise<void>;
}

/** One signal's work, as far as it has come. */
interface Work {
  readonly key: OutsideKey;
  readonly source: Source;
  readonly place: OutsidePlace;
  readonly thread: OutsideThread;
  readonly text: IssueText;
  readonly holder: string;
}

type End = { readonly state: 'written' | 'held_back' | 'failed'; readonly because: string };

/**
 * Bring the issue of an outside signal up to date: open it, or change it. It may be asked for again
 * at any point: what was done before is looked for first. It starts no run and sets no trigger.
 *
 * Returns what came of it, a sentence for the log.
 */
export async function writeOutside(key: OutsideKey, deps: WriteOutsideDeps): Promise<string> {
  const report = await deps.find(key);
  if (!report) return 'nothing waits under this key';
  const holder = deps.newId();
  const source = deps.sources.find(({ name }) => name === key.source);
  const place = source && (await deps.locate(source));
  if (!source || !place) {
    const because = source
      ? `expected the App on ${source.owner}/${source.repository}, but it is not installed there`
      : `expected a source named ${key.source}, but it is configured no more`;
    return settle({ key, holder }, { state: 'failed', because }, deps);
  }
  const thread = await deps.take(key, report, holder);
  if (!thread) {
    await deps.again(key);
    return 'another signal of the same thread is being worked on';
  }
  try {
    const work = { key, source, place, thread, text: renderOutside(thread), holder };
    const end = await bringUpToDate(work, deps);
    return await settle(work, end, deps);
  } catch (error) {
    await deps.release(holder);
    throw error;
  }
}

async function bringUpToDate(work: Work, deps: WriteOutsideDeps): Promise<End> {
  const { thread, place } = work;
  if (thread.issue !== null) return change(work, thread.issue, deps);
  // It was asked for and never confirmed: it may be there.
  const found =
    thread.askedAt &&
    (await deps.findMarked(place, signalMark(thread.source, thread.thread), thread.askedAt));
  if (!found) return open(work, deps);
  const issue = { repositoryId: place.repository.id, number: found };
  await deps.confirm(thread, issue, entryOf(work, 'ingress.issue_found', { issue: found }));
  const known = { ...thread, ...issue, issue: found, written: thread.wanted };
  return change({ ...work, thread: known }, found, deps);
}

async function open(work: Work, deps: WriteOutsideDeps): Promise<End> {
  const { place, source, text } = work;
  const labels =
    source.labels.length > 0 ? await deps.chooseLabels(place, source.labels) : source.labels;
  const over = await request(work, { write: 'open', labels }, deps);
  if (over !== null) return { state: 'held_back', because: over };
  const opened = await deps.open(place, { ...text, labels });
  if (!opened.ok) return { state: 'failed', because: opened.refusal };
  return confirmed(work, { number: opened.value, wrote: 'issue' }, deps);
}

/** A person's words are never written over: what they changed here stays. */
async function change(work: Work, number: number, deps: WriteOutsideDeps): Promise<End> {
  const { place, thread, text } = work;
  const live = thread.repositoryId === place.repository.id ? await deps.read(place, number) : null;
  if (!live) {
    return { state: 'failed', because: `issue ${number} is gone or in another repository` };
  }
  const now = digestIssue(live);
  const wanted = digestIssue(text);
  const isOurs = (part: 'title' | 'body') =>
    [thread.written, thread.wanted].some((earlier) => earlier?.[part] === now[part]);
  if (now.body === wanted.body && (now.title === wanted.title || !isOurs('title'))) {
    return confirmed(work, { number, wrote: 'nothing' }, deps);
  }
  const over = await request(work, { write: 'change', issue: number }, deps);
  if (over !== null) return { state: 'held_back', because: over };
  if (live.isClosed) {
    await deps.remark(place, number, { kind: 'signal-again', body: reportedAgain });
  }
  if (!isOurs('body')) {
    await deps.remark(place, number, { kind: 'signal', body: renderOutsideRemark(text) });
    return confirmed(work, { number, wrote: 'comment' }, deps);
  }
  const title = isOurs('title') ? { title: text.title } : {};
  const edited = await deps.edit(place, { number, body: text.body, ...title });
  if (!edited.ok) return { state: 'failed', because: edited.refusal };
  return confirmed(work, { number, wrote: 'issue' }, deps);
}

function request(work: Work, facts: JsonObject, deps: WriteOutsideDeps): Promise<string | null> {
  const { thread, source, text, holder } = work;
  return deps.request(
    thread,
    { wanted: digestIssue(text), limits: source, holder },
    entryOf(work, 'ingress.issue_requested', { ...facts, ...digestIssue(text) }),
  );
}

async function confirmed(
  work: Work,
  { number, wrote }: { readonly number: number; readonly wrote: 'issue' | 'comment' | 'nothing' },
  deps: WriteOutsideDeps,
): Promise<End> {
  const repositoryId = work.place.repository.id;
  await deps.confirm(
    work.thread,
    { repositoryId, number },
    entryOf(work, 'ingress.issue_written', { issue: number, wrote }),
  );
  return { state: 'written', because: `issue ${number} is up to date: ${wrote} written` };
}

const endKinds: Readonly<Record<End['state'], EntryKind>> = {
  written: 'ingress.signal_done',
  held_back: 'ingress.held_back',
  failed: 'ingress.signal_failed',
};

async function settle(
  work: Pick<Work, 'key' | 'holder'> & Partial<Work>,
  end: End,
  deps: WriteOutsideDeps,
): Promise<string> {
  const entry = entryOf(work, endKinds[end.state], { because: end.because });
  await deps.settle(work.key, { ...end, holder: work.holder }, entry);
  return end.because;
}

function entryOf(
  { key, place, thread }: Pick<Work, 'key'> & Partial<Work>,
  kind: EntryKind,
  facts: JsonObject,
): EntryDraft {
  return {
    kind,
    runId: null,
    repositoryId: place?.repository.id ?? null,
    actor: 'app',
    facts: { ...key, ...(thread ? { thread: thread.thread } : {}), ...facts },
  };
}
