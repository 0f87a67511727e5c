import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import type { Edges } from '../edges.ts';

/** `/healthz` the process is there; `/readyz` its store answers; `/metrics` for Prometheus. */
export function healthRoutes(edges: Edges): readonly HttpRoute[] {
  const registry = buildRegistry(edges);
  return [
    {
      method: 'GET',
      path: '/healthz',
      serve: async ({ response }) => sendJson(response, 200, { ok: true }),
    },
    {
      method: 'GET',
      path: '/readyz',
      serve: async ({ response }) => {
        const ready = await edges.database.query('select 1').then(
          () => true,
          () => false,
        );
        sendJson(response, ready ? 200 : 503, { ok: ready });
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      serve: async ({ response }) => {
        response
          .writeHead(200, { 'content-type': registry.contentType })
          .end(await registry.metrics());
      },
    },
  ];
}

function buildRegistry({ database, github, tokens }: Edges): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'sallyport_runs',
    help: 'Runs by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      const rows = await database.query<{ state: string; count: number }>(
        'select state, count(*) as count from run group by state',
      );
      for (const { state, count } of rows) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'sallyport_github_requests',
    help: 'Requests to GitHub since the start, by stage',
    labelNames: ['stage'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { stage } of github.requests()) this.inc({ stage });
    },
  });
  new Gauge({
    name: 'sallyport_tokens_unrevoked',
    help: 'Installation tokens whose end was asked for and not confirmed: alert when it stays above 0',
    registers: [registry],
    async collect() {
      this.set(await tokens.countOwed());
    },
  });
  return registry;
}
