import type { Sha256 } from './digest.ts';
import { sha256 } from './digest.ts';
import { visibleText } from './text.ts';

/** One piece of an outside thread: a Linear issue's description, one Slack message. */
export interface OutsidePart {
  /** Unique in its thread: a later version of the same part takes its place. */
  readonly id: string;
  /** When this version was written, RFC 3339. An older version never replaces a newer one. */
  readonly at: string;
  /** As the sender names them; nobody here knows who that is. */
  readonly author: string | null;
  readonly title: string;
  readonly text: string;
}

/** Something outside GitHub was reported or changed. All its text is somebody else's. */
export interface OutsideReport {
  readonly kind: 'report';
  /** The sender's own id of what it is about: everything with the same id is one issue. */
  readonly thread: string;
  /** What people call it there, for example ENG-12. */
  readonly reference: string;
  /** Where it is there; shown, never followed. */
  readonly url: string | null;
  /** Words to choose by: labels, a channel, a project. */
  readonly tags: readonly string[];
  readonly part: OutsidePart;
}

/** What a signed call from outside means, whoever sent it. */
export type OutsideSignal = OutsideReport | { readonly kind: 'ignored'; readonly because: string };

/**
 * The visible mark of the issue that belongs to an outside thread. It finds the issue again when
 * its number was lost, and shows a text that came back from GitHub for what it is.
 */
export function signalMark(source: string, thread: string): string {
  return `sallyport-signal:${source}:${sha256(`${source}\0${thread}`).slice(0, 32)}`;
}

/** True when a text carries the mark of an issue that was written from a signal. */
export function carriesMark(text: string): boolean {
  return /sallyport-signal\\?:[a-z0-9-]{1,40}\\?:[0-9a-f]{32}/.test(visibleText(text));
}

/** What identifies a signal that was taken. */
export interface OutsideKey {
  /** The name of its source. */
  readonly source: string;
  readonly bodySha256: Sha256;
}

/** The text of an issue, by its digests. */
export type IssueDigest = Readonly<Record<'title' | 'body', Sha256>>;

/** What is known of the issue of an outside thread, and what it should say. */
export interface OutsideThread {
  readonly source: string;
  readonly thread: string;
  /** Set together with `issue`. */
  readonly repositoryId: number | null;
  readonly issue: number | null;
  /** When GitHub was asked for it first; null when it never was. */
  readonly askedAt: Date | null;
  readonly wanted: IssueDigest | null;
  readonly written: IssueDigest | null;
  /** Oldest first: the one that began it, then the newest ones. Never empty. */
  readonly reports: readonly OutsideReport[];
  /** Parts between the first and the next that are not among `reports`. */
  readonly leftOut: number;
}

/** Digests of a title and a body. */
export function digestIssue(text: Readonly<Record<'title' | 'body', string>>): IssueDigest {
  return { title: sha256(text.title), body: sha256(text.body) };
}
