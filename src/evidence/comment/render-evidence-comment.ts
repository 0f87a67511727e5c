// Pure: the one comment a reviewer reads first. Order: evidence §4.5.
import type { Manifest } from '#model/evidence.ts';
import type { ModelUsage } from '#model/model-usage.ts';
import { sayUsage } from '#model/model-usage.ts';
import { codeSpan, fenced, plainLine } from '#model/neutralise.ts';
import { capText } from '#model/text.ts';
import { nameFindings } from '#model/waiver.ts';
import type { EgressSummary } from './summarize-egress.ts';

/** Everything the comment says. */
export interface EvidenceView {
  readonly manifest: Manifest;
  /** Who opened the pull request, ready to be shown; null where nothing has to be said. */
  readonly opened: string | null;
  readonly screens: readonly ScreenView[];
  readonly egress: EgressSummary;
  readonly tools: readonly {
    readonly tool: string;
    readonly allowed: number;
    readonly refused: number;
  }[];
  /** What the agent used of its model; null where that was not counted. */
  readonly usage: ModelUsage | null;
  /** What the verify job says it could not do. */
  readonly notes: readonly string[];
  /** The policy's own commands, for doing it again. */
  readonly commands: readonly string[];
  readonly branch: string;
  readonly evidenceUrl: string;
  readonly agentClaims: string;
}

/** One screen, with the address of each picture or the reason why there is none. */
export interface ScreenView {
  readonly name: string;
  readonly viewport: string;
  readonly beforeUrl: string | null;
  readonly afterUrl: string | null;
  readonly sentence: string;
}

/** GitHub takes 65,536 characters; the rest is headroom for its own counting. */
const commentMax = 60_000 - 40; // room for the words of a cut
const rowsMax = 10;
const screensMax = 6;
const claimsMax = 2_000;

/** Render the comment. Every string of the subject or the agent goes through one sanitiser. */
export function renderEvidenceComment(view: EvidenceView): string {
  const sections = [
    renderVerdict(view),
    view.opened ?? '',
    renderTests(view.manifest),
    renderScreens(view.screens),
    renderFindings(view.manifest),
    renderNotShown(view),
    renderEgress(view.egress),
    renderTools(view.tools),
    renderUsage(view.usage),
    renderReproduce(view),
    `<details><summary>What the agent says of its work (not evidence)</summary>\n\n${fenced(view.agentClaims, claimsMax)}\n\n</details>`,
  ];
  return capText(sections.filter(Boolean).join('\n\n'), commentMax);
}

function renderVerdict({ manifest, evidenceUrl }: EvidenceView): string {
  const { subject, verdict, id } = manifest;
  const word = verdict.result === 'proven' ? '✅ **Proven**' : '❌ **Unproven**';
  return `${word} · head \`${subject.headSha.slice(0, 7)}\` on base \`${subject.baseSha.slice(0, 7)}\` · [evidence ${id}](${evidenceUrl})`;
}

function renderTests({ verdict }: Manifest): string {
  const { headHead, headBase } = verdict.cells;
  const counted = [
    headHead && `${headHead.passed} passed, ${headHead.failed} failed, ${headHead.skipped} skipped`,
    headBase &&
      `the base's own tests on this code: ${headBase.passed} passed, ${headBase.failed} failed`,
  ].filter(Boolean);
  const rows = list(verdict.redGreen, ({ name }) => codeSpan(name));
  const heading =
    rows.length > 0 ? '**Red before, green now**' : '**No test went from red to green**';
  return [heading, ...rows, '', counted.join(' · ')].join('\n');
}

function renderScreens(screens: readonly ScreenView[]): string {
  if (screens.length === 0) return '';
  const picture = (url: string | null, alt: string) =>
    url === null ? 'none' : `<img src="${url}" alt="${alt}" width="380">`;
  const rows = screens
    .slice(0, screensMax)
    .map(
      (one) =>
        `| ${codeSpan(one.name)} ${codeSpan(one.viewport)}<br>${plainLine(one.sentence)} | ${picture(one.beforeUrl, 'before')} | ${picture(one.afterUrl, 'after')} |`,
    );
  return ['| Screen | Before | After |', '|---|---|---|', ...rows].join('\n');
}

function renderFindings({ verdict }: Manifest): string {
  const rows = list(
    nameFindings(verdict.findings),
    (finding) =>
      `**${finding.severity}** ${codeSpan(finding.name)} ${finding.path === null ? '' : `${codeSpan(finding.path)}${finding.line === null ? '' : ` line ${finding.line}`}: `}${codeSpan(finding.sentence, 300)}`,
  );
  return rows.length === 0 ? '' : ['**Look at**', ...rows].join('\n');
}

function renderNotShown({ manifest, notes }: EvidenceView): string {
  const { missing, properties } = manifest.verdict;
  const touched = properties.includes('NO_PROTECTED_PATH')
    ? 'No protected path is touched.'
    : '**It could not be shown that no protected path is touched.**';
  return [
    touched,
    '',
    '**Not verified**',
    ...list(missing, (one) => `${one.property}: ${codeSpan(one.because, 300)}`),
    ...list(notes, (note) => codeSpan(note, 300)),
    '- whether the change does what the issue asks beyond what these tests look at',
  ].join('\n');
}

function renderEgress({ allowed, refused, hosts, unreadable, troubles }: EgressSummary): string {
  const lines = list(hosts, renderHost);
  const broken = unreadable === 0 ? '' : `, ${unreadable} lines unreadable`;
  const doubts = list(
    troubles,
    (one) => `**The log of calls cannot be relied on**, ${codeSpan(one, 300)}`,
  );
  const counts = `**Network** ${allowed} calls allowed, ${refused} refused${broken}`;
  return [counts, ...doubts, ...lines].join('\n');
}

function renderHost({ host, calls, rules, lines, by }: EgressSummary['hosts'][number]): string {
  const who = by.length === 0 ? '' : `, by ${by.map((one) => codeSpan(one, 120)).join(', ')}`;
  const seen = `${codeSpan(host)} ×${calls} (${rules.map((rule) => codeSpan(rule)).join(', ')})${who}`;
  if (lines.length === 0) return seen;
  const wanted = lines.map((line) => codeSpan(line, 400)).join(', ');
  return `${seen}; the policy line that would allow it: ${wanted} under \`sandbox.egress\``;
}

function renderTools(tools: EvidenceView['tools']): string {
  const said = tools
    .slice(0, rowsMax)
    .map(
      ({ tool, allowed, refused }) =>
        `${codeSpan(tool)} ×${allowed}${refused === 0 ? '' : ` (${refused} refused)`}`,
    );
  return `**Context tools called** ${said.join(', ') || 'none'}`;
}

/** Names of models come from the provider's answers. */
function renderUsage(usage: ModelUsage | null): string {
  if (usage === null) return '';
  const stopped = usage.stopped === null ? '' : `\n**Cut short** ${codeSpan(usage.stopped, 300)}`;
  return `**Model** ${codeSpan(sayUsage(usage), 400)}${stopped}`;
}

/** Commands are the base branch's own, yet a line of them could still close the fence. */
function renderReproduce({ manifest, branch, commands }: EvidenceView): string {
  const { headSha } = manifest.subject;
  const own = commands.filter((command) => !command.includes('~~~'));
  return [
    '**Do it again**',
    '~~~sh',
    `git fetch origin ${branch} && git switch --detach ${headSha}`,
    ...own,
    '~~~',
  ].join('\n');
}

/** A list of the first rows. What is cut is never rendered: there can be very many. */
function list<T>(items: readonly T[], render: (item: T) => string): readonly string[] {
  const rows = items.slice(0, rowsMax).map((item) => `- ${render(item)}`);
  const more = items.length - rows.length;
  return more > 0 ? [...rows, `- and ${more} more in the evidence`] : rows;
}
