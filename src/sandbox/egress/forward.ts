import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Transform, type TransformCallback } from 'node:stream';
import type { EgressRoute } from '#model/sandbox.ts';
import type { OpenCall } from './call-log.ts';
import { headersDownstream, headersUpstream } from './route-headers.ts';
import { createScrubber } from './scrub-secret.ts';

/** A prompt with a long transcript and pictures is a few megabytes. */
const requestBytesMax = 32_000_000;
const responseBytesMax = 64_000_000;
/** A model that thinks may be silent for minutes; one that is silent for ten is gone. */
const idleTimeoutMs = 10 * 60_000;

/** Send an allowed request to its route's upstream and stream the answer back. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  way: { readonly route: EgressRoute; readonly path: string; readonly call: OpenCall },
): void {
  const { route, path, call } = way;
  const target = new URL(route.upstream);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const upstream = send({
    hostname: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port || undefined,
    method: request.method,
    path: `${target.pathname.replace(/\/+$/, '')}${path}`,
    headers: headersUpstream(request.rawHeaders, route).flat(),
    timeout: idleTimeoutMs,
  });
  const fail = () => {
    upstream.destroy();
    if (!response.headersSent) {
      call.status = 502;
      response.writeHead(502, { 'content-type': 'application/json', connection: 'close' });
      response.end(`{"error":"upstream_unreachable","route":"${route.name}"}\n`);
    } else response.destroy();
    call.finish();
  };
  upstream.on('timeout', fail).on('error', fail);
  upstream.on('response', (answer) => carryBack(answer, response, { route, call, fail }));
  response.on('close', () => {
    upstream.destroy();
    call.finish();
  });
  request.on('error', fail);
  const count = limit(requestBytesMax, (bytes) => {
    call.bytesOut += bytes;
  });
  count.on('error', () => {
    upstream.destroy();
    call.status = 413;
    if (!response.headersSent) response.writeHead(413, { connection: 'close' });
    response.end();
    call.finish();
  });
  request.pipe(count).pipe(upstream);
}

function carryBack(
  answer: IncomingMessage,
  response: ServerResponse,
  { route, call, fail }: { route: EgressRoute; call: OpenCall; fail: () => void },
): void {
  call.status = answer.statusCode ?? 502;
  const count = limit(responseBytesMax, (bytes) => {
    call.bytesIn += bytes;
  });
  count.on('error', fail);
  answer.on('error', fail);
  const scrub = createScrubber(route.header?.value ?? null);
  const headers = headersDownstream(answer.rawHeaders, route)
    // The scrubber may change the length; the framing is made anew.
    .filter(([name]) => name.toLowerCase() !== 'content-length')
    .flat();
  response.writeHead(call.status, headers);
  response.flushHeaders();
  answer.pipe(count).pipe(scrub).pipe(response);
}

function limit(bytesMax: number, seen: (bytes: number) => void): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      total += chunk.length;
      if (total > bytesMax) return done(new Error(`more than ${bytesMax} bytes`));
      seen(chunk.length);
      done(null, chunk);
    },
  });
}
