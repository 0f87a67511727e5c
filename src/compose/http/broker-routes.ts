import type { IncomingMessage } from 'node:http';
import { exchange } from '#broker/broker.ts';
import { exchangeBytesMax, toSessionToken } from '#broker/check-request.ts';
import { reportBytesMax } from '#broker/parse-report.ts';
import type { BrokerRefusal } from '#broker/refusal.ts';
import { brokerRefusal, toWireError } from '#broker/refusal.ts';
import { report, revoke } from '#broker/session.ts';
import { readBody } from '#http/read-body.ts';
import type { Exchange, HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import { proofHeader } from '#model/possession.ts';
import { exchangeDeps, sessionDeps } from '../broker.ts';
import type { Edges } from '../edges.ts';

/** `POST /v1/exchange`, `/v1/report`, `/v1/revoke`: the broker, spoken to by jobs. */
export function brokerRoutes(edges: Edges): readonly HttpRoute[] {
  const exchanges = exchangeDeps(edges);
  const reports = sessionDeps(edges);
  return [
    route('/v1/exchange', async (http) => {
      const body = await readBody(http.request, exchangeBytesMax);
      if (!body.ok) return refuseTo(http, tooLarge);
      const { request } = http;
      const outcome = await exchange(
        {
          authorization: authorizationOf(request),
          proofs: proofsOf(request),
          contentType: request.headers['content-type'],
          body: body.value,
        },
        exchanges,
      );
      if (!outcome.ok) return refuseTo(http, outcome.refusal);
      sendJson(http.response, 200, outcome.value);
    }),
    route('/v1/report', async (http) => {
      const body = await readBody(http.request, reportBytesMax);
      if (!body.ok) return refuseTo(http, tooLarge);
      const contentType = http.request.headers['content-type'];
      const token = toSessionToken(authorizationOf(http.request)) ?? '';
      const proofs = proofsOf(http.request);
      const outcome = await report(token, { proofs, contentType, body: body.value }, reports);
      if (!outcome.ok) return refuseTo(http, outcome.refusal);
      sendJson(http.response, 202, { accepted: true, repeated: outcome.value.repeated });
    }),
    route('/v1/revoke', async ({ request, response }) => {
      request.resume();
      await revoke(toSessionToken(authorizationOf(request)) ?? '', edges.sessions);
      response.writeHead(204, { 'cache-control': 'no-store' }).end();
    }),
  ];
}

const tooLarge = brokerRefusal('invalid_request', 'A3', 'the body is too large or cut off', 413);

const inUrl = brokerRefusal(
  'invalid_request',
  'A3',
  'expected no query: a URL is logged on its way',
);

/** What is in a URL ends up in logs: a token there is refused, however good it is (T-M3). */
function route(path: string, serve: (exchange: Exchange) => Promise<void>): HttpRoute {
  return {
    method: 'POST',
    path,
    serve: (http) =>
      http.request.url?.includes('?') ? Promise.resolve(refuseTo(http, inUrl)) : serve(http),
  };
}

/** Every such header: a second one must not be dropped in silence. */
function authorizationOf(request: IncomingMessage): readonly string[] {
  return request.headersDistinct.authorization ?? [];
}

/** Every proof of possession; two are one too many, not the first of them. */
export function proofsOf(request: IncomingMessage): readonly string[] {
  return request.headersDistinct[proofHeader] ?? [];
}

function refuseTo({ request, response, requestId }: Exchange, refusal: BrokerRefusal): void {
  request.resume();
  const { status, headers, body } = toWireError(refusal, requestId);
  sendJson(response, status, body, headers);
}
