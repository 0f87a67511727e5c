// Small pieces that many pages show.

import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { userById } from '../api/render-user.ts';
import type { World } from '../world.ts';
import { type Html, html } from './html.ts';

/** A person with a picture, linked to nobody: accounts have no pages here. */
export function showUser(world: World, id: number): Html {
  const { login } = userById(world, id);
  return html`<img class="avatar" src="/_avatar/${id}" alt=""> <b>${login}</b>`;
}

/** A moment, for people and for programs. */
export function showTime(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

/** `open`, `closed`, `merged` or `draft`, as a badge. */
export function showState(item: Issue | Pull): Html {
  const word = stateOf(item);
  return html`<span class="state ${word.className}">${word.text}</span>`;
}

function stateOf(item: Issue | Pull): { readonly className: string; readonly text: string } {
  if (!('headRef' in item))
    return item.state === 'open'
      ? { className: 'open', text: 'Open' }
      : { className: item.stateReason === 'not_planned' ? 'draft' : 'done', text: 'Closed' };
  if (item.merged) return { className: 'merged', text: 'Merged' };
  if (item.state === 'closed') return { className: 'closed', text: 'Closed' };
  return item.draft ? { className: 'draft', text: 'Draft' } : { className: 'open', text: 'Open' };
}

/** Labels in their colours, dark text on light ones. */
export function showLabels(repository: Repository, names: readonly string[]): readonly Html[] {
  return names.map((name) => {
    const color = repository.labels.get(name.toLowerCase())?.color ?? 'ededed';
    const ink = isLight(color) ? '#1f2328' : '#ffffff';
    return html`<span class="label" style="background:#${color};color:${ink}">${name}</span>`;
  });
}

/** Relative luminance above one half (ITU-R BT.709 weights). */
function isLight(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = (color.match(/../g) ?? []).map((part) =>
    parseInt(part, 16),
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 127;
}

/** The mark of a result: a check's conclusion, a run's, a step's. */
export function showResult(result: string): Html {
  const marks: Readonly<Record<string, readonly [sign: string, tone: string]>> = {
    success: ['✓', 'good'],
    failure: ['✕', 'bad'],
    timed_out: ['✕', 'bad'],
    startup_failure: ['✕', 'bad'],
    action_required: ['!', 'wait'],
    in_progress: ['●', 'wait'],
    waiting: ['●', 'wait'],
    queued: ['○', 'wait'],
  };
  const [sign, tone] = marks[result] ?? ['–', 'soft'];
  return html`<span class="${tone}" title="${result}">${sign}</span>`;
}

/** A commit's short id, linked. */
export function showCommit(path: string, sha: string): Html {
  return html`<a class="code" href="${path}/commit/${sha}">${sha.slice(0, 7)}</a>`;
}

/** The path of an issue or pull request. */
export function subjectPath(path: string, item: Issue | Pull): string {
  return `${path}/${'headRef' in item ? 'pull' : 'issues'}/${item.number}`;
}
