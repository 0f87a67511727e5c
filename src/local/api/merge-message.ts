import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { Commit } from '../git/object.ts';
import type { World } from '../world.ts';
import { findCommitAuthor } from './commit-author.ts';
import { comparePull } from './pull-detail.ts';

/** The words a merge is asked for with; what is absent is the repository's default. */
export interface MergeWords {
  readonly method: 'merge' | 'squash' | 'rebase';
  readonly title: string | undefined;
  readonly message: string | undefined;
}

/**
 * The message of a merge or squash commit: as it was asked for, or as the repository's settings have
 * it. A rebase keeps the messages of its commits, and asks for none.
 */
export async function buildMessage(
  world: World,
  repository: Repository,
  pull: Pull,
  words: MergeWords,
): Promise<string> {
  const { title, message } = await readWords(world, repository, pull, words);
  return message === '' ? title : `${title}\n\n${message}`;
}

/**
 * Title and text of a merge or squash commit. Source: docs.github.com, "About merge methods" and
 * "Configuring commit squashing".
 */
export async function readWords(
  world: World,
  repository: Repository,
  pull: Pull,
  { method, title, message }: MergeWords,
): Promise<{ readonly title: string; readonly message: string }> {
  if (method === 'rebase') return { title: title ?? '', message: message ?? '' };
  if (title !== undefined && message !== undefined) return { title, message };
  const words =
    method === 'merge'
      ? mergeWords(world, repository, pull)
      : squashWords(world, repository, pull, (await comparePull(repository, pull)).commits);
  return { title: title ?? words.title, message: message ?? words.message };
}

function mergeWords(world: World, repository: Repository, pull: Pull) {
  const { merge_commit_title: title, merge_commit_message: message } = repository.merging;
  const owner = world.fullName(repository).split('/')[0];
  const texts = { PR_BODY: pull.body, PR_TITLE: pull.title, BLANK: '' };
  return {
    title:
      title === 'PR_TITLE'
        ? numbered(pull.title, pull)
        : `Merge pull request #${pull.number} from ${owner}/${pull.headRef}`,
    message: texts[message],
  };
}

function squashWords(
  world: World,
  { merging }: Repository,
  pull: Pull,
  commits: readonly Commit[],
) {
  const [only, more] = commits;
  const single = more === undefined ? only : undefined;
  const isOfCommit = merging.squash_merge_commit_title === 'COMMIT_OR_PR_TITLE' && single;
  const texts = {
    PR_BODY: () => pull.body,
    COMMIT_MESSAGES: () => (single ? splitMessage(single.message).text : listMessages(commits)),
    BLANK: () => '',
  };
  const text = texts[merging.squash_merge_commit_message]();
  const helpers = listHelpers(world, pull, commits);
  return {
    title: numbered(isOfCommit ? splitMessage(isOfCommit.message).subject : pull.title, pull),
    message: [text, ...(helpers === '' ? [] : [helpers])]
      .filter((part) => part !== '')
      .join('\n\n'),
  };
}

function numbered(title: string, { number }: Pull): string {
  return `${title} (#${number})`;
}

function splitMessage(message: string): { readonly subject: string; readonly text: string } {
  const [subject = '', ...rest] = message.trim().split('\n');
  return { subject, text: rest.join('\n').trim() };
}

function listMessages(commits: readonly Commit[]): string {
  return commits.map(({ message }) => `* ${message.trim()}`).join('\n\n');
}

/** Whoever else wrote what is squashed stays named: the commit has one author only. */
function listHelpers(world: World, pull: Pull, commits: readonly Commit[]): string {
  const author = world.users.get(pull.authorId);
  const others = new Map<string, string>();
  for (const { author: each } of commits) {
    const isAuthor =
      findCommitAuthor(world, each.email)?.id === pull.authorId ||
      [author?.login, author?.name].includes(each.name);
    if (!isAuthor) others.set(each.email, `Co-authored-by: ${each.name} <${each.email}>`);
  }
  const lines = [...others.values()].join('\n');
  return lines !== '' && commits.length > 1 ? `---------\n\n${lines}` : lines;
}
