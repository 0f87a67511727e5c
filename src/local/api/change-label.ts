import type { User } from '#local/record/account.ts';
import type { Issue, IssueEvent } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { announcePull } from './announce-pull.ts';
import { invalid } from './field.ts';
import type { Webhook } from './operation.ts';
import { renderIssue, renderLabel } from './render-issue.ts';
import { HttpError } from './route.ts';

/** GitHub's own bounds. */
const LABEL_CHARS_MAX = 50;
const LABELS_MAX = 100;

/** An issue or a pull request by number; labels and comments treat them alike. Throws 404. */
export function subjectByNumber(repository: Repository, number: number): Issue | Pull {
  const subject = repository.issues.get(number) ?? repository.pulls.get(number);
  if (!subject) throw new HttpError(404, 'Not Found');
  return subject;
}

/** Write one line of the history. */
export function appendEvent(
  world: World,
  repository: Repository,
  actor: User,
  event: Pick<IssueEvent, 'number' | 'event'> &
    Partial<Omit<IssueEvent, 'id' | 'actorId' | 'createdAt'>>,
): void {
  repository.timeline.push({
    label: null,
    commitId: null,
    ...event,
    id: world.nextId(),
    actorId: actor.id,
    createdAt: timestamp(world),
  });
}

/** Now, in GitHub's form: whole seconds, UTC. */
export function timestamp(world: World): string {
  return `${world.now().toISOString().slice(0, 19)}Z`;
}

/** Whether a label may have this name: one line that is neither empty nor too long. */
export function isLabelName(name: string): boolean {
  const { length } = name.trim();
  // A lone surrogate has no place in the label's own URL.
  return length > 0 && length <= LABEL_CHARS_MAX && name.isWellFormed() && !/\p{Cc}/u.test(name);
}

/** Find a label, or create it in grey as GitHub does when an issue names a new one. */
export function ensureLabel(world: World, repository: Repository, name: string) {
  const trimmed = name.trim();
  if (!isLabelName(name)) throw invalid('name', 'invalid');
  const key = trimmed.toLowerCase();
  const found = repository.labels.get(key);
  if (found) return found;
  const label = { id: world.nextId(), name: trimmed, color: 'ededed', description: '' };
  repository.labels.set(key, label);
  return label;
}

/** Make the labels exactly these, with one event for each that comes or goes. */
export function setLabels(
  world: World,
  repository: Repository,
  actor: User,
  subject: Issue | Pull,
  names: readonly string[],
): void {
  if (names.length > LABELS_MAX) throw invalid('labels', 'invalid');
  const wanted = names.map((name) => ensureLabel(world, repository, name).name);
  for (const name of subject.labels.filter((each) => !wanted.includes(each)))
    removeLabel(world, repository, actor, subject, name);
  for (const name of wanted) addLabel(world, repository, actor, subject, name);
}

/** Add one label; nothing happens when it is there. */
export function addLabel(
  world: World,
  repository: Repository,
  actor: User,
  subject: Issue | Pull,
  name: string,
): void {
  const label = ensureLabel(world, repository, name);
  if (subject.labels.includes(label.name)) return;
  subject.labels.push(label.name);
  announce(world, repository, actor, subject, 'labeled', label.name);
}

/** Take one label away. Throws 404 when it is not there. */
export function removeLabel(
  world: World,
  repository: Repository,
  actor: User,
  subject: Issue | Pull,
  name: string,
): void {
  const held = subject.labels.find((each) => each.toLowerCase() === name.toLowerCase());
  if (held === undefined) throw new HttpError(404, 'Label does not exist');
  subject.labels = subject.labels.filter((each) => each !== held);
  announce(world, repository, actor, subject, 'unlabeled', held);
}

function announce(
  world: World,
  repository: Repository,
  actor: User,
  subject: Issue | Pull,
  action: 'labeled' | 'unlabeled',
  name: string,
): void {
  subject.updatedAt = timestamp(world);
  appendEvent(world, repository, actor, { number: subject.number, event: action, label: name });
  const label = renderLabel(world, repository, ensureLabel(world, repository, name));
  if ('headRef' in subject) {
    announcePull(world, repository, actor, subject, { action, label });
    return;
  }
  const issue = renderIssue(world, repository, subject);
  const payload = { action, issue, label } satisfies Webhook<'issues-labeled' | 'issues-unlabeled'>;
  world.emit('issues', repository, actor, payload);
}
