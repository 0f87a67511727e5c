import { renderInventoryPage } from '#dashboard/inventory-page.ts';
import { renderLedgerPage } from '#dashboard/ledger-page.ts';
import { pageHeaders } from '#dashboard/page.ts';
import { renderRunPage } from '#dashboard/run-page.ts';
import { renderRunsPage } from '#dashboard/runs-page.ts';
import { styleSheet } from '#dashboard/style.ts';
import { buildTimeline } from '#dashboard/timeline.ts';
import type { Exchange, HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import { verifyChain } from '#ledger/verify-chain.ts';
import type { EgressCall } from '#model/egress-call.ts';
import { readEgressLog } from '#model/egress-log.ts';
import type { Manifest } from '#model/evidence.ts';
import { countToolCalls } from '#postgres/context-store.ts';
import { findEvidenceFile, findManifestOfRun } from '#postgres/evidence-read.ts';
import { listEntries, listEntriesOfRun, listLatestEntries } from '#postgres/ledger-store.ts';
import { findUsage } from '#postgres/model-usage.ts';
import { findRun, listRuns } from '#postgres/run-store.ts';
import { flow } from '../../flow.ts';
import type { Edges } from '../edges.ts';
import { readInventory } from '../inventory.ts';
import { askPassword, mayLook } from './may-look.ts';

/** Calls shown on a page; the evidence holds all. */
const egressShownMax = 500;

/** The pages. Behind a password, or on loopback only: they show issues of private repositories. */
export function pageRoutes(edges: Edges): readonly HttpRoute[] {
  const page = (
    path: string,
    render: (exchange: Exchange) => Promise<string | null>,
  ): HttpRoute => ({
    method: 'GET',
    path,
    serve: async (exchange) => {
      if (!mayLook(exchange.request, edges.settings)) return askPassword(exchange.response);
      const text = await render(exchange);
      if (text === null) return sendJson(exchange.response, 404, { error: 'not_found' });
      exchange.response.writeHead(200, pageHeaders).end(text);
    },
  });
  return [
    page('/', () => renderRuns(edges)),
    page('/runs', () => renderRuns(edges)),
    page('/runs/:id', ({ params }) => renderRun(params.id ?? '', edges)),
    page('/inventory', async () => renderInventoryPage(await readInventory(edges))),
    page('/ledger', () => renderLedger(edges)),
    {
      method: 'GET',
      path: '/v1/inventory',
      serve: async ({ request, response }) =>
        mayLook(request, edges.settings)
          ? sendJson(response, 200, await readInventory(edges))
          : askPassword(response),
    },
    {
      method: 'GET',
      path: '/style.css',
      serve: async ({ response }) => {
        response
          .writeHead(200, {
            'content-type': 'text/css; charset=utf-8',
            'cache-control': 'max-age=60',
          })
          .end(styleSheet);
      },
    },
    { method: 'GET', path: '/evidence/:file', serve: (exchange) => serveEvidence(exchange, edges) },
  ];
}

async function renderRuns({ database, pauses, now }: Edges): Promise<string> {
  return renderRunsPage(await listRuns(database), await pauses.list(), now());
}

async function renderRun(id: string, edges: Edges): Promise<string | null> {
  if (!/^[0-9a-f-]{36}$/.test(id)) return null;
  const { database, settings } = edges;
  const run = await findRun(database, id);
  if (!run) return null;
  const [entries, tools, manifest] = await Promise.all([
    listEntriesOfRun(database, id),
    countToolCalls(database, id),
    findManifestOfRun(database, id),
  ]);
  return renderRunPage({
    run,
    decision: run.decision,
    usage: await findUsage(database, run.id),
    budget: run.policy.agent,
    timeline: buildTimeline(flow, entries, run.state),
    manifest: manifest ?? null,
    ...(manifest ? await readEgress(manifest, edges) : { egress: [], egressTroubles: [] }),
    tools,
    entries,
    serverUrl: settings.serverUrl,
  });
}

/** The calls of both jobs, and what is wrong with their logs. */
async function readEgress(manifest: Manifest, edges: Edges) {
  const egress: EgressCall[] = [];
  const egressTroubles: string[] = [];
  for (const file of manifest.files.filter((one) => one.path.endsWith('egress.jsonl'))) {
    const bytes = await findEvidenceFile(edges.database, file.sha256);
    const log = readEgressLog(bytes?.toString('utf8') ?? '');
    egress.push(...log.calls.slice(0, egressShownMax));
    if (log.trouble !== null) egressTroubles.push(`${file.path}: ${log.trouble}`);
  }
  return { egress, egressTroubles };
}

async function renderLedger({ database }: Edges): Promise<string> {
  const all = await listEntries(database, 0, 100_000);
  const chain = verifyChain(all);
  return renderLedgerPage(await listLatestEntries(database), {
    intact: chain.ok,
    sentence: chain.ok
      ? `${chain.value.entries} entries, every link holds`
      : chain.refusal.sentence,
  });
}

/** Only pictures: other evidence files hold what the code under test chose to write. */
async function serveEvidence({ request, response, params }: Exchange, edges: Edges): Promise<void> {
  if (!mayLook(request, edges.settings)) return askPassword(response);
  const digest = /^([0-9a-f]{64})\.png$/.exec(params.file ?? '')?.[1];
  const bytes = digest && (await findEvidenceFile(edges.database, digest));
  if (!bytes || bytes.readUInt32BE(0) !== 0x89504e47)
    return sendJson(response, 404, { error: 'not_found' });
  response
    .writeHead(200, {
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'private, max-age=3600',
    })
    .end(bytes);
}
