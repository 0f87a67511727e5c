import type { MergeSettings } from '#local/record/merge-settings.ts';
import type { Repository } from '#local/record/repository.ts';
import { invalid, optionalFlag, optionalText, optionalWord } from './field.ts';
import { HttpError } from './route.ts';

type Body = Readonly<Record<string, unknown>>;

const FLAGS = [
  'allow_merge_commit',
  'allow_squash_merge',
  'allow_rebase_merge',
  'allow_auto_merge',
  'allow_update_branch',
  'delete_branch_on_merge',
] as const;
const WORDS = {
  squash_merge_commit_title: ['PR_TITLE', 'COMMIT_OR_PR_TITLE'],
  squash_merge_commit_message: ['PR_BODY', 'COMMIT_MESSAGES', 'BLANK'],
  merge_commit_title: ['PR_TITLE', 'MERGE_MESSAGE'],
  merge_commit_message: ['PR_BODY', 'PR_TITLE', 'BLANK'],
} as const;
const KNOWN: readonly string[] = ['name', 'description', ...FLAGS, ...Object.keys(WORDS)];

/**
 * Change the description of a repository and how it merges. Throws 422 for settings that GitHub does
 * not take together, and for those that the local GitHub does not have: what it would not hold to, it
 * does not promise.
 */
export function changeRepository(repository: Repository, body: Body): void {
  const other = Object.keys(body).find((field) => !KNOWN.includes(field));
  if (other !== undefined)
    throw invalid(other, 'custom', `The local GitHub does not change ${other.slice(0, 60)}.`);
  const name = optionalText(body, 'name', 100);
  if (name !== undefined && name !== repository.name)
    throw invalid('name', 'custom', 'The local GitHub does not rename repositories.');
  const description = optionalText(body, 'description', 350);
  const merging = { ...repository.merging, ...readFlags(body), ...readWords(body) };
  checkSettings(merging);
  repository.merging = merging;
  repository.description = description ?? repository.description;
}

function readFlags(body: Body): Partial<MergeSettings> {
  return defined(FLAGS.map((name) => [name, optionalFlag(body, name)]));
}

function readWords(body: Body): Partial<MergeSettings> {
  return defined(
    Object.entries(WORDS).map(([name, words]) => [name, optionalWord<string>(body, name, words)]),
  );
}

/** Only what was said: the rest stays as it is. */
function defined(pairs: readonly (readonly [string, unknown])[]): Partial<MergeSettings> {
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function checkSettings(settings: MergeSettings): void {
  const { allow_merge_commit, allow_squash_merge, allow_rebase_merge } = settings;
  if (!allow_merge_commit && !allow_squash_merge && !allow_rebase_merge)
    throw new HttpError(422, 'Sorry, you need to allow at least one merge strategy.');
  if (
    settings.squash_merge_commit_title === 'COMMIT_OR_PR_TITLE' &&
    settings.squash_merge_commit_message !== 'COMMIT_MESSAGES'
  )
    throw invalid('squash_merge_commit_message', 'custom', NO_PAIR);
  if (
    (settings.merge_commit_title === 'MERGE_MESSAGE') !==
    (settings.merge_commit_message === 'PR_TITLE')
  )
    throw invalid('merge_commit_message', 'custom', NO_PAIR);
}

const NO_PAIR = 'Sorry, this title and this message do not go together.';
