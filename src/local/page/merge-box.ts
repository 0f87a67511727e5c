// What stands above GitHub's merge button, and the button: only what would be done is offered.

import type { CheckRun } from '#local/record/check.ts';
import type { AutoMerge, Pull } from '#local/record/pull.ts';
import {
  findMergeRefusal,
  findQueueRefusal,
  isMethodAllowed,
  latestRun,
  readReviewDecision,
} from '../api/merge-rules.ts';
import { userById } from '../api/render-user.ts';
import { findEntry, listQueue, readQueueSettings } from '../queue/read-queue.ts';
import { mayDo, openForm, renderReviewForm } from './form.ts';
import { type Html, html, link } from './html.ts';
import type { RepositoryPlace } from './render-page.ts';
import { showResult, showUser } from './view.ts';

type Method = AutoMerge['method'];

const METHODS: Readonly<Record<Method, string>> = {
  squash: 'Squash and merge',
  merge: 'Create a merge commit',
  rebase: 'Rebase and merge',
};
const METHOD_NAMES = Object.keys(METHODS) as readonly Method[];

const decisions = {
  APPROVED: ['✓', 'good', 'Approved'],
  CHANGES_REQUESTED: ['✕', 'bad', 'Changes were requested'],
  REVIEW_REQUIRED: ['○', 'wait', 'A review is required'],
} as const;

/** Reviews, checks, whether it may be merged and how; null when it is closed. */
export async function renderMergeBox(place: RepositoryPlace, pull: Pull): Promise<Html | null> {
  if (pull.state !== 'open') return null;
  const { world, repository } = place;
  const decision = await readReviewDecision(world, repository, pull);
  const [sign, tone, words] = decisions[decision ?? 'REVIEW_REQUIRED'];
  const way = await readWay(place, pull);
  return html`<div class="box merge"><div class="top"><b>Merge</b></div>${decision !== null && html`<div class="row"><span class="${tone}">${sign}</span> ${words}</div>`}${renderCheckRows(place, pull)}<div class="row"><span>${way.verdict}</span></div><div class="text">${mayDo(place, 'write') && way.form}${renderReviewForm(place, pull)}</div></div>`;
}

/** What stands in the way, or what happens next, and the form for it. */
interface Way {
  readonly verdict: Html;
  readonly form: Html | null;
}

async function readWay(place: RepositoryPlace, pull: Pull): Promise<Way> {
  const { repository } = place;
  if (findEntry(repository, pull.number)) return queued(place, pull);
  if (pull.autoMerge) return waiting(place, pull, pull.autoMerge);
  if (pull.draft) {
    const form = openForm(place, pull, 'ready', html`<button>Ready for review</button>`);
    return { verdict: blocked('this is still a draft'), form };
  }
  const hasQueue = readQueueSettings(repository, pull.baseRef) !== undefined;
  return hasQueue ? toQueue(place, pull) : toBase(place, pull);
}

const blocked = (because: string) =>
  html`<span class="bad">✕</span> Merging is blocked: ${because}`;

function queued(place: RepositoryPlace, pull: Pull): Way {
  const queue = listQueue(place.repository, pull.baseRef);
  const position = queue.findIndex((entry) => entry.pull === pull.number) + 1;
  const path = `/${place.world.fullName(place.repository)}/queue/${encodeURIComponent(pull.baseRef)}`;
  return {
    verdict: html`<span class="wait">●</span> Queued to merge: position ${position} of ${queue.length} in <a href="${path}">the merge queue of ${pull.baseRef}</a>`,
    form: openForm(place, pull, 'dequeue', html`<button class="plain">Remove from queue</button>`),
  };
}

function waiting(place: RepositoryPlace, pull: Pull, { method, enabledById }: AutoMerge): Way {
  return {
    verdict: html`<span class="wait">●</span> Merges by itself (${METHODS[method].toLowerCase()}) when its requirements are met, as ${showUser(place.world, enabledById)} asked`,
    form: openForm(
      place,
      pull,
      'wait-no-more',
      html`<button class="plain">Disable auto-merge</button>`,
    ),
  };
}

/** The queue merges; what is not ready yet is added to it by auto-merge. */
async function toQueue(place: RepositoryPlace, pull: Pull): Promise<Way> {
  const { world, repository } = place;
  const refusal = await findQueueRefusal(world, repository, pull, actorOf(place, pull));
  const verdict =
    refusal === undefined
      ? html`<span class="good">✓</span> This branch can be added to the merge queue`
      : blocked(refusal);
  const form = openForm(place, pull, 'wait', html`${seen(pull)}<button>Merge when ready</button>`);
  return { verdict, form };
}

async function toBase(place: RepositoryPlace, pull: Pull): Promise<Way> {
  const { world, repository } = place;
  const actor = actorOf(place, pull);
  const refusals = await Promise.all(
    METHOD_NAMES.map(async (method) => ({
      method,
      refusal: await findMergeRefusal(world, repository, pull, actor, { method }),
    })),
  );
  const open = refusals.filter(({ refusal }) => refusal === undefined).map(({ method }) => method);
  if (open.length > 0) {
    const form = html`${seen(pull)}${selectMethod(open)} <button>Merge</button>`;
    const verdict = html`<span class="good">✓</span> This branch can be merged`;
    return { verdict, form: openForm(place, pull, 'merge', form) };
  }
  // What another method would not change is what blocks.
  const because = refusals.findLast(({ refusal }) => !/are not allowed/.test(refusal ?? ''));
  const known = because ?? refusals[0];
  return { verdict: blocked(known?.refusal ?? ''), form: waitForm(place, pull) };
}

/** A button that does nothing shows where merging would be; auto-merge where it is allowed. */
function waitForm(place: RepositoryPlace, pull: Pull): Html {
  const { merging } = place.repository;
  const allowed = METHOD_NAMES.filter((method) => isMethodAllowed(place.repository, method));
  const off = html`<button type="button" disabled>Merge</button>`;
  if (!merging.allow_auto_merge || allowed.length === 0) return html`<p>${off}</p>`;
  const form = html`${seen(pull)}${selectMethod(allowed)} <button>Enable auto-merge</button> ${off}`;
  return openForm(place, pull, 'wait', form);
}

function selectMethod(methods: readonly Method[]): Html {
  const options = methods.map(
    (method) => html`<option value="${method}">${METHODS[method]}</option>`,
  );
  return html`<select name="method" aria-label="Merge method">${options}</select>`;
}

/** Exactly the commit that the page shows. */
const seen = (pull: Pull) => html`<input type="hidden" name="sha" value="${pull.headSha}">`;

/** Who would merge: the person who looks, or for a stranger the author. */
const actorOf = ({ world, viewer }: RepositoryPlace, pull: Pull) =>
  viewer ?? userById(world, pull.authorId);

/** The newest run of each check of the head. */
function checksOf({ repository }: RepositoryPlace, pull: Pull): readonly CheckRun[] {
  const runs = [...repository.checkRuns.values()].filter((run) => run.headSha === pull.headSha);
  const names = [...new Set(runs.map((run) => run.name))];
  return names.flatMap((name) => latestRun(repository, pull.headSha, name, null) ?? []);
}

/** A row for each check of the head, with its result and its page. */
export function renderCheckRows(place: RepositoryPlace, pull: Pull): readonly Html[] {
  const path = `/${place.world.fullName(place.repository)}`;
  return checksOf(place, pull).map((run) => {
    const result = run.conclusion ?? run.status;
    const app = place.world.apps.get(run.appId)?.name ?? '';
    return html`<div class="row">${showResult(result)}<div><a href="${path}/runs/${run.id}"><b>${run.name}</b></a> <span class="soft">${result.replaceAll('_', ' ')}</span><div class="soft">${run.output.title}</div></div><span class="end soft">${app} ${run.detailsUrl !== null && link(run.detailsUrl, 'Details')}</span></div>`;
  });
}
