import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { CheckRun } from '#local/record/check.ts';
import { actionsOf } from '../actions/actions-service.ts';
import type { JobRecord, RunRecord } from '../actions/run-record.ts';
import { HttpError } from '../api/route.ts';
import { type Html, html, link } from './html.ts';
import { renderMarkdown } from './render-markdown.ts';
import { type RepositoryPlace, renderPage } from './render-page.ts';
import { showCommit, showResult, showTime } from './view.ts';

/** Runs in one list. */
const RUNS_MAX = 100;
/** Lines of a log that are shown; the whole of it is in the API. */
const LINES_MAX = 5000;

/** Workflow runs, newest first. */
export function renderRunListPage(place: RepositoryPlace): string {
  const { world, repository } = place;
  const name = world.fullName(repository);
  const rows = actionsOf(world)
    .runs.list(repository)
    .slice(0, RUNS_MAX)
    .map(
      (run) =>
        html`<div class="row">${showResult(run.conclusion ?? run.status)}<div><a href="/${name}/actions/runs/${run.id}"><b>${run.displayTitle}</b></a><div class="soft">${run.workflowName} #${run.runNumber}: ${run.event} by ${run.actor.login}</div></div><span class="end soft">${showTime(run.createdAt)}</span></div>`,
    );
  return renderPage(
    { ...place, tab: 'Actions' },
    `Actions · ${name}`,
    html`<div class="box"><div class="top"><b>Workflow runs</b></div>${rows}${rows.length === 0 && html`<div class="row soft">None yet.</div>`}</div>`,
  );
}

function findRun({ world, repository }: RepositoryPlace, id: string): RunRecord {
  const run = actionsOf(world).runs.find(repository, Number(id));
  if (!run) throw new HttpError(404, 'There is no such workflow run.');
  return run;
}

/** One workflow run: its jobs with their steps, and what they noted. */
export function renderRunPage(place: RepositoryPlace, id: string): string {
  const { world, repository } = place;
  const run = findRun(place, id);
  const path = `/${world.fullName(repository)}`;
  const jobs = run.jobs.filter((job) => job.attempt === run.attempt);
  return renderPage(
    { ...place, tab: 'Actions' },
    `${run.displayTitle} · ${path.slice(1)}`,
    html`<h1>${showResult(run.conclusion ?? run.status)} ${run.displayTitle} <span class="number">#${run.runNumber}</span></h1><p class="soft">${run.workflowName} · ${run.event} by ${run.triggeringActor.login} at ${showCommit(path, run.headSha)} · attempt ${run.attempt} · ${showTime(run.startedAt)}</p>`,
    jobs.map((job) => renderJob(`${path}/actions/runs/${run.id}/job/${job.id}`, job)),
    jobs.map((job) => renderSummary(path, job)),
  );
}

function renderSummary(repositoryPath: string, job: JobRecord): Html | false {
  const context = { repositoryPath, breaks: false };
  const parts = job.summaries.map((text) => renderMarkdown(text, context));
  return (
    parts.length > 0 &&
    html`<div class="box"><div class="top"><b>${job.name} summary</b></div><div class="text">${parts}</div></div>`
  );
}

function renderJob(href: string, job: JobRecord): Html {
  const steps = job.steps.map(
    (step) =>
      html`<div class="row">${showResult(step.conclusion ?? step.status)} ${step.name}<span class="end soft">${duration(step)}</span></div>`,
  );
  const notes = job.annotations.map(
    (note) =>
      html`<div class="row"><span class="${note.level === 'failure' ? 'bad' : 'wait'}">${note.level}</span> ${note.message}</div>`,
  );
  return html`<div class="box"><div class="top">${showResult(job.conclusion ?? job.status)} <a href="${href}"><b>${job.name}</b></a> <span class="soft">${duration(job)}</span></div>${steps}${notes}</div>`;
}

function duration(part: {
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}): string {
  if (part.startedAt === null || part.completedAt === null) return '';
  const ms = Date.parse(part.completedAt) - Date.parse(part.startedAt);
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A job's log with its times, errors and groups marked. */
export async function renderLogPage(
  place: RepositoryPlace,
  runId: string,
  jobId: string,
): Promise<string> {
  const { world, repository } = place;
  const run = findRun(place, runId);
  const job = run.jobs.find((each) => each.id === Number(jobId));
  if (!job) throw new HttpError(404, 'There is no such job.');
  const path = `/${world.fullName(repository)}/actions/runs/${run.id}`;
  return renderPage(
    { ...place, tab: 'Actions' },
    `${job.name} · ${run.displayTitle}`,
    html`<h1>${showResult(job.conclusion ?? job.status)} ${job.name}</h1><p class="soft"><a href="${path}">${run.displayTitle}</a> · attempt ${job.attempt} · ${duration(job)}</p>`,
    await renderLog(job.logFile),
  );
}

async function renderLog(file: string): Promise<Html> {
  const rows: Html[] = [];
  try {
    const input = createReadStream(file, 'utf8');
    for await (const line of createInterface({ input })) {
      if (rows.length >= LINES_MAX) break;
      rows.push(renderLine(line, rows.length + 1));
    }
    input.destroy();
  } catch {
    // A job that never ran has no log.
  }
  if (rows.length === 0) return html`<p class="soft">No log yet.</p>`;
  return html`<div class="log code"><table>${rows}</table></div>`;
}

function renderLine(line: string, number: number): Html {
  const [, at = '', text = ''] = /^(\S+Z) (.*)$/.exec(line) ?? ['', '', line];
  const [, mark = '', rest = ''] = /^##\[(\w+)\](.*)$/.exec(text) ?? ['', '', text];
  return html`<tr id="L${number}"><td class="at" title="${at}">${number}</td><td class="${mark}">${rest}</td></tr>`;
}

/** A check run: its summary and text as its App wrote them. */
export function renderCheckPage(place: RepositoryPlace, check: CheckRun): string {
  const { world, repository } = place;
  const path = `/${world.fullName(repository)}`;
  const context = { repositoryPath: path, breaks: true };
  const { title, summary, text } = check.output;
  const app = world.apps.get(check.appId)?.name ?? 'an App';
  return renderPage(
    place,
    `${check.name} · ${path.slice(1)}`,
    html`<h1>${showResult(check.conclusion ?? check.status)} ${check.name}</h1><p class="soft">${app} says <b>${(check.conclusion ?? check.status).replaceAll('_', ' ')}</b> of ${showCommit(path, check.headSha)} ${check.detailsUrl !== null && link(check.detailsUrl, 'Details')}</p>`,
    html`<div class="box"><div class="top"><b>${title}</b></div><div class="text">${summary !== null && renderMarkdown(summary, context)}${text !== null && renderMarkdown(text, context)}</div></div>`,
  );
}
