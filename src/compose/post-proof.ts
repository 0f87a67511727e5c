import type { ScreenView } from '#evidence/comment/render-evidence-comment.ts';
import { renderEvidenceComment } from '#evidence/comment/render-evidence-comment.ts';
import { sayOpener } from '#evidence/comment/render-texts.ts';
import { renderWaivers } from '#evidence/comment/render-waivers.ts';
import { summarizeEgress } from '#evidence/comment/summarize-egress.ts';
import type { Publication } from '#evidence/evidence.ts';
import { manifestName } from '#evidence/statement/build-statement.ts';
import { bundleName } from '#evidence/statement/verify-evidence.ts';
import { planFiles } from '#evidence/tree/build-tree.ts';
import { writeCheckRun } from '#github/check-run.ts';
import { putComment } from '#github/comment.ts';
import { createCommit, createRef, createTree } from '#github/publish.ts';
import { reductionsOf } from '#model/assurance.ts';
import { canonicalJson } from '#model/canonical-json.ts';
import type { Json } from '#model/json.ts';
import { checks, evidenceRef } from '#model/names.ts';
import type { Run } from '#model/run.ts';
import { screenMetaSchema } from '#model/verify-record.ts';
import type { Waiver } from '#model/waiver.ts';
import { countToolCalls } from '#postgres/context-store.ts';
import { createReviewStore } from '#postgres/review-store.ts';
import { createWaiverStore } from '#postgres/waiver-store.ts';
import type { Edges } from './edges.ts';
import { readOpener } from './open-pull.ts';

/** Put the proof where reviewers look: pictures on the evidence ref, one comment, two checks. */
export async function postProof(edges: Edges, publication: Publication): Promise<void> {
  const { run, manifest, files } = publication;
  const commitSha = await putEvidenceRef(edges, publication);
  const evidenceUrl = `${edges.settings.publicUrl}/runs/${run.id}`;
  const body = renderEvidenceComment({
    manifest,
    opened: await sayOpened(edges, run),
    screens: listScreens(edges, publication, commitSha),
    egress: summarizeEgress(egressLogs(files)),
    usage: publication.usage,
    tools: await countToolCalls(edges.database, run.id),
    notes: [...reductionsOf(edges.settings), ...publication.notes],
    commands: run.policy.verify.commands.map((command) => command.run),
    branch: run.branch ?? '',
    evidenceUrl,
    agentClaims: decode(files.get('agent/agent.log') ?? new Uint8Array()),
  });
  const store = createWaiverStore(edges.database, edges.queue, edges.now);
  await store.keepBody(manifest.id, body);
  await putEvidenceComment(edges, run, {
    body,
    waivers: await store.list(manifest.id),
    isFirst: publication.isFirst,
  });
  await concludeEvidence(edges, publication, evidenceUrl);
}

/** Each job's log of calls; a log that a job should have left and did not is an empty one. */
function egressLogs(files: Publication['files']): ReadonlyMap<string, string> {
  const read = (path: string) => decode(files.get(path) ?? new Uint8Array());
  return new Map([
    ['agent', read('agent/egress.jsonl')],
    ['verify', read('egress.jsonl')],
  ]);
}

/** The line about who opened the pull request; none where nobody wanted another than the App. */
async function sayOpened(edges: Edges, run: Run): Promise<string | null> {
  const opener = await readOpener(edges, run);
  return (opener && sayOpener(opener, run.requester)[0]) ?? null;
}

/** The one comment reviewers read first, with what people put aside below it. */
export async function putEvidenceComment(
  edges: Edges,
  { installationId, repository, pull }: Run,
  comment: {
    readonly body: string;
    readonly waivers: readonly Waiver[];
    readonly isFirst: boolean;
  },
): Promise<void> {
  await putComment(edges.github, edges.identity.botId, {
    stage: 'evidence',
    installationId,
    repository,
    issue: pull ?? 0,
    marker: 'evidence',
    isFirst: comment.isFirst,
    body: [comment.body, renderWaivers(comment.waivers)].filter(Boolean).join('\n\n'),
  });
}

async function putEvidenceRef(
  edges: Edges,
  { run, manifest, envelope, files }: Publication,
): Promise<string> {
  const { github } = edges;
  const shown = [...files].filter(([path]) => /\/(?:before|after)\.png$/.test(path));
  const records: [string, Uint8Array][] = [
    [manifestName, Buffer.from(canonicalJson(manifest as unknown as Json))],
    [bundleName, Buffer.from(`${canonicalJson(envelope as unknown as Json)}\n`)],
  ];
  const plan = planFiles(
    [...records, ...shown].map(([path, bytes]) => ({ path, bytes, mode: '100644' })),
  );
  const tree = await createTree(github, run, null, plan);
  const sha = await createCommit(github, run, {
    tree,
    parents: [],
    message: `evidence ${manifest.id}`,
  });
  await createRef(github, run, evidenceRef(run.pull ?? 0, manifest.subject.headSha), sha);
  return sha;
}

function listScreens(edges: Edges, { run, files }: Publication, commitSha: string): ScreenView[] {
  const base = `${edges.settings.serverUrl}/${run.repository.owner}/${run.repository.name}/blob/${commitSha}`;
  return [...files]
    .filter(([path]) => path.startsWith('ui/') && path.endsWith('/meta.json'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, bytes]) => {
      const folder = path.slice(0, -'/meta.json'.length);
      const meta = screenMetaSchema.parse(JSON.parse(decode(bytes)));
      const urlOf = (side: 'before' | 'after') =>
        files.has(`${folder}/${side}.png`) ? `${base}/${folder}/${side}.png?raw=true` : null;
      return {
        name: meta.screen,
        viewport: meta.viewport,
        beforeUrl: urlOf('before'),
        afterUrl: urlOf('after'),
        sentence: saySameness(meta),
      };
    });
}

function saySameness({
  equal,
  pixelsAt0,
  pixelsAt01,
}: ReturnType<typeof screenMetaSchema.parse>): string {
  if (!equal) return 'not captured on both sides';
  const same = Object.entries(equal)
    .filter(([, is]) => is)
    .map(([name]) => name);
  if (same.length === 3) return 'picture, ARIA and HTML are equal';
  const pixels =
    pixelsAt0 === null ? '' : `${pixelsAt0} pixels differ (${pixelsAt01} at threshold 0.1)`;
  return (
    [pixels, same.length > 0 ? `equal: ${same.join(', ')}` : ''].filter(Boolean).join('; ') ||
    'sizes differ'
  );
}

/** `sallyport / evidence` says the verdict; the gate's own check follows from it. */
async function concludeEvidence(
  edges: Edges,
  { run, manifest }: Publication,
  detailsUrl: string,
): Promise<void> {
  const { verdict, subject } = manifest;
  const proven = verdict.result === 'proven';
  const store = createReviewStore(edges.database, edges.now);
  const known = await store.findCheck(run.repository.id, subject.headSha, checks.evidence);
  const first =
    verdict.missing[0]?.because ??
    verdict.findings.find((one) => one.severity === 'high')?.sentence;
  const id = await writeCheckRun(
    edges.github,
    {
      stage: 'evidence',
      installationId: run.installationId,
      repository: run.repository,
      headSha: subject.headSha,
      name: checks.evidence,
      conclusion: proven ? 'success' : 'failure',
      externalId: manifest.id,
      detailsUrl,
      title: proven ? 'Proven' : `Unproven: ${first ?? 'see the comment'}`,
      summary:
        verdict.properties.map((property) => `- ✓ ${property}`).join('\n') || 'Nothing was shown.',
    },
    known?.id ?? null,
  );
  await store.saveCheck({
    repositoryId: run.repository.id,
    headSha: subject.headSha,
    name: checks.evidence,
    id,
    said: verdict.result,
  });
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
