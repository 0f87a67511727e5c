import type { Decision, Reason } from '#model/decision.ts';
import { walkReasons } from '#model/decision.ts';
import type { EgressCall } from '#model/egress-call.ts';
import type { Entry } from '#model/entry.ts';
import type { Manifest } from '#model/evidence.ts';
import type { ModelUsage } from '#model/model-usage.ts';
import { sayUsage } from '#model/model-usage.ts';
import type { Policy } from '#model/policy.ts';
import type { Run } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import { capText } from '#model/text.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { badge, renderPage, sayDuration } from './page.ts';
import type { TimelineStage } from './timeline.ts';

/** The record keeps sentences shorter than this; what comes from elsewhere is cut. */
const sentenceMax = 2000;

/** Everything one run's page shows. */
export interface RunView {
  readonly run: Run;
  readonly decision: Decision;
  readonly timeline: readonly TimelineStage[];
  readonly manifest: Manifest | null;
  readonly egress: readonly EgressCall[];
  /** Why a log of calls is not what the gate wrote. */
  readonly egressTroubles: readonly string[];
  readonly tools: readonly {
    readonly tool: string;
    readonly allowed: number;
    readonly refused: number;
  }[];
  /** What the agent has used of its model, as it was last told; null where nothing was. */
  readonly usage: ModelUsage | null;
  readonly budget: Pick<Policy['agent'], 'budget_usd' | 'budget_tokens'>;
  readonly entries: readonly Entry[];
  /** `https://github.com` or the like: where issue and pull request live. */
  readonly serverUrl: string;
}

/** One run: where it is, why it was allowed, what was proved, what it reached, what was recorded. */
export function renderRunPage(view: RunView): string {
  const { run } = view;
  const repository = `${view.serverUrl}/${run.repository.owner}/${run.repository.name}`;
  const body = html`<h1>#${run.issue.number} ${run.issue.title}</h1>
<p>${badge(run.state)} <span class="soft">${run.repository.owner}/${run.repository.name}, asked by ${run.requester.login}, base <code>${run.baseSha.slice(0, 7)}</code></span>
· <a href="${repository}/issues/${run.issue.number}">issue</a>${run.pull === null ? null : html` · <a href="${repository}/pull/${run.pull}">pull request #${run.pull}</a>`}</p>
${run.because ? html`<p>${run.because}</p>` : null}
<ol class="stages">${view.timeline.map(renderStage)}</ol>
${view.manifest ? renderProof(view.manifest) : null}
<section class="card"><h2>Why it may run ${badge(view.decision.verdict)}</h2>${renderReasons(view.decision.reasons)}</section>
${renderUsage(view)}
${renderEgress(view)}
${renderTools(view.tools)}
<section class="card"><h2>Recorded</h2>${renderEntries(view.entries)}</section>`;
  return renderPage(`#${run.issue.number} ${run.issue.title}`, body, isEnded(run.state) ? null : 2);
}

function renderStage(stage: TimelineStage): Html {
  const time = stage.reachedMs === null ? '' : `+${sayDuration(stage.reachedMs)}`;
  return html`<li class="${stage.status}" title="${stage.sentence}"><b>${stage.name}</b><span class="soft">${time || (stage.status === 'waiting' ? 'waiting' : stage.status)}</span></li>`;
}

function renderProof(manifest: Manifest): Html {
  const { verdict } = manifest;
  const shots = manifest.files.filter((file) => /\/(before|after)\.png$/.test(file.path)).reverse();
  const screens = [...new Set(shots.map((file) => file.path.replace(/\/[^/]*$/, '')))].sort();
  return html`<section class="card"><h2>Proof ${badge(verdict.result)}</h2>
<table><tbody>
${verdict.properties.map((property) => html`<tr><td>${badge('pass')}</td><td>${property}</td><td></td></tr>`)}
${verdict.missing.map((miss) => html`<tr><td>${badge('fail')}</td><td>${miss.property}</td><td>${miss.because}</td></tr>`)}
${verdict.findings.map((finding) => html`<tr><td>${badge(finding.severity)}</td><td>${finding.id}</td><td>${finding.sentence}</td></tr>`)}
${verdict.redGreen.map((test) => html`<tr><td>red → green</td><td colspan="2"><code>${test.name}</code></td></tr>`)}
</tbody></table>
<p class="soft">Evidence <code>${manifest.id}</code>: ${manifest.files.length} files, head <code>${manifest.subject.headSha.slice(0, 7)}</code></p>
${screens.map((screen) => renderShots(screen, manifest))}</section>`;
}

function renderShots(screen: string, manifest: Manifest): Html {
  const side = (name: string) => {
    const file = manifest.files.find((one) => one.path === `${screen}/${name}.png`);
    return html`<figure><figcaption class="soft">${screen.replace(/^ui\//, '')}, ${name}</figcaption>${
      file
        ? html`<img alt="${screen} ${name} the change" src="/evidence/${file.sha256}.png">`
        : html`<p>not captured</p>`
    }</figure>`;
  };
  return html`<div class="shots">${side('before')}${side('after')}</div>`;
}

/** A decision's tree, as it was decided. */
export function renderReasons(reasons: readonly Reason[]): Html {
  return html`<ul class="reasons">${walkReasons(reasons).map(
    ({ level, outcome, rule, sentence }) =>
      html`<li class="level-${Math.min(level, 3)}">${badge(outcome)} <code>${rule}</code> ${capText(sentence, sentenceMax)}</li>`,
  )}</ul>`;
}

function renderEgress({ egress: calls, egressTroubles }: RunView): Html | null {
  if (calls.length === 0 && egressTroubles.length === 0) return null;
  const shown = [...calls]
    .sort((a, b) => Number(a.decision === 'allowed') - Number(b.decision === 'allowed'))
    .slice(0, 100);
  return html`<section class="card"><h2>Calls out of the sandbox</h2>${egressTroubles.map((one) => html`<p><strong>This log cannot be relied on.</strong> ${one}</p>`)}<table>
<thead><tr><th></th><th>Phase</th><th>Call</th><th>Rule</th><th>Out / in</th></tr></thead><tbody>
${shown.map((call) => html`<tr><td>${badge(call.decision)}</td><td>${call.phase}</td><td><code>${call.method ?? call.kind} ${call.host}${call.port === null ? '' : `:${call.port}`}${call.path ?? ''}</code>${call.process === null ? null : html`<br><span class="soft">${call.process}</span>`}</td><td>${call.rule}${call.because === null ? '' : ` (${call.because})`}</td><td>${call.bytesOut} / ${call.bytesIn}</td></tr>`)}
</tbody></table>${calls.length > shown.length ? html`<p class="soft">${calls.length - shown.length} more in the evidence</p>` : null}</section>`;
}

/** While the agent works, too: the page comes again every two seconds. */
function renderUsage({ budget, usage }: RunView): Html | null {
  if (usage === null) return null;
  const limits = [
    budget.budget_usd === undefined ? null : `$${budget.budget_usd}`,
    budget.budget_tokens === undefined
      ? null
      : `${budget.budget_tokens.toLocaleString('en-US')} tokens`,
  ].filter((limit) => limit !== null);
  const bound = limits.length === 0 ? 'without a budget' : `of at most ${limits.join(' and ')}`;
  return html`<section class="card"><h2>Model</h2><p>${sayUsage(usage)}, ${bound}</p>${usage.stopped === null ? null : html`<p><strong>${usage.stopped}</strong></p>`}</section>`;
}

function renderTools(tools: RunView['tools']): Html | null {
  if (tools.length === 0) return null;
  return html`<section class="card"><h2>Context tools</h2><table><thead><tr><th>Tool</th><th>Allowed</th><th>Refused</th></tr></thead><tbody>
${tools.map((tool) => html`<tr><td><code>${tool.tool}</code></td><td>${tool.allowed}</td><td>${tool.refused}</td></tr>`)}</tbody></table></section>`;
}

/** Ledger entries as a table. */
export function renderEntries(entries: readonly Entry[]): Html {
  return html`<table><thead><tr><th>#</th><th>At</th><th>Kind</th><th>Who</th><th>Facts</th></tr></thead><tbody>
${entries.map((entry) => html`<tr><td>${entry.seq}</td><td class="short">${entry.at.slice(11, 23)}</td><td class="short">${entry.kind}</td><td class="short">${entry.actor}</td><td><code>${JSON.stringify(entry.facts).slice(0, 400)}</code></td></tr>`)}</tbody></table>`;
}
