import {
  type Agent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { MeteredCall, RouteMeter } from '#model/sandbox.ts';
import type { OpenCall } from './call-log.ts';
import { answerRefusal } from './refusal.ts';
import {
  headersDownstream,
  headersUpstream,
  type Injection,
  withoutQuery,
} from './route-headers.ts';
import { createScrubber } from './scrub-secret.ts';

/** A prompt with a long transcript and pictures is a few megabytes. */
const requestBytesMax = 32_000_000;
const responseBytesMax = 64_000_000;
/** A model that thinks may be silent for minutes; one that is silent for ten is gone. */
const idleTimeoutMs = 10 * 60_000;

/** Where a request goes: a route's upstream, or a host that policy lists. */
export interface Upstream extends Injection {
  /** For the answer when it cannot be reached. */
  readonly name: string;
  readonly responseBytesMax?: number;
  /** Counts what calls cost. */
  readonly meter?: RouteMeter;
  /** Connections that are made and secured already. */
  readonly agent?: Agent;
}

/** Send an allowed request to its route's upstream and stream the answer back. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  way: { readonly route: Upstream; readonly path: string; readonly call: OpenCall },
): void {
  const { route, path, call } = way;
  const spent = route.meter?.refusal() ?? null;
  if (spent !== null) {
    request.resume();
    call.refuse('model-budget', spent.sentence);
    call.status = spent.status;
    response.writeHead(spent.status, { 'content-type': 'application/json' }).end(spent.body);
    call.finish();
    return;
  }
  const metered = route.meter?.open(path) ?? null;
  const target = new URL(route.upstream);
  // A way of its own brings the finished TLS: the request itself is plain to Node.
  const isPlain = route.agent !== undefined || target.protocol === 'http:';
  const send = isPlain ? httpRequest : httpsRequest;
  const upstream = send({
    hostname: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port || undefined,
    method: request.method,
    path: `${target.pathname.replace(/\/+$/, '')}${withoutQuery(path, route.strip ?? [])}`,
    headers: headersUpstream(request.rawHeaders, route, {
      method: request.method ?? '',
      path,
    }).flat(),
    timeout: idleTimeoutMs,
    ...(route.agent ? { agent: route.agent } : {}),
  });
  const fail = (error?: NodeJS.ErrnoException) => {
    const untrusted = certificateTrouble(upstream.socket);
    upstream.destroy();
    if (untrusted !== null) call.refuse('certificate', untrusted);
    else call.because ??= error?.code ?? null;
    if (!response.headersSent) {
      call.status = 502;
      if (untrusted === null) answerUnreachable(response, route.name);
      else answerRefusal(response, 502, 'certificate', wrongCertificate);
    } else response.destroy();
    call.finish();
  };
  upstream.on('timeout', () => fail()).on('error', fail);
  upstream.on('response', (answer) => carryBack(answer, response, { route, call, fail, metered }));
  response.on('close', () => {
    metered?.end(call);
    upstream.destroy();
    call.finish();
  });
  request.on('error', fail);
  const count = limit(requestBytesMax, (bytes) => call.count('bytesOut', bytes));
  count.on('error', () => {
    upstream.destroy();
    call.status = 413;
    if (!response.headersSent) response.writeHead(413, { connection: 'close' });
    response.end();
    call.finish();
  });
  request.pipe(count).pipe(upstream);
}

const wrongCertificate =
  'the server must show a certificate of a root that the runner trusts, in date and of this host';

/** Why the upstream's certificate is not believed (`CERT_HAS_EXPIRED`); null when that is not it. */
function certificateTrouble(socket: Socket | null): string | null {
  const error = socket instanceof TLSSocket ? socket.authorizationError : null;
  return error ? String(error) : null;
}

function answerUnreachable(response: ServerResponse, name: string): void {
  response.writeHead(502, { 'content-type': 'application/json', connection: 'close' });
  response.end(`{"error":"upstream_unreachable","route":"${name}"}\n`);
}

function carryBack(
  answer: IncomingMessage,
  response: ServerResponse,
  {
    route,
    call,
    fail,
    metered,
  }: {
    route: Upstream;
    call: OpenCall;
    fail: (error?: Error) => void;
    metered: MeteredCall | null;
  },
): void {
  // What is packed cannot be searched for the credential; we asked for what is not (RFC 9110 §12.5.3).
  const packed = answer.headers['content-encoding'] ?? 'identity';
  if (route.header && packed.toLowerCase() !== 'identity') {
    call.refuse('packed-answer', 'an answer to a call with a credential must come unpacked');
    fail();
    return;
  }
  call.status = answer.statusCode ?? 502;
  const count = limit(route.responseBytesMax ?? responseBytesMax, (bytes) =>
    call.count('bytesIn', bytes),
  );
  count.on('error', fail);
  answer.on('error', fail);
  const echoed = () => {
    call.because = 'the answer held the credential; it was blanked out';
  };
  const scrub = createScrubber(route.header?.value ?? null, echoed);
  const headers = headersDownstream(answer.rawHeaders, route)
    // The scrubber may change the length; the framing is made anew.
    .filter(([name]) => name.toLowerCase() !== 'content-length')
    .flat();
  response.writeHead(call.status, headers);
  response.flushHeaders();
  if (metered === null) {
    answer.pipe(count).pipe(scrub).pipe(response);
    return;
  }
  metered.answered(call.status, answer.headers['content-type']);
  const meter = tap(metered, (sentence) => {
    call.refuse('model-budget', sentence);
    answer.unpipe(count).destroy();
  });
  answer.pipe(count).pipe(scrub).pipe(meter).pipe(response);
}

/** Shows each piece to a meter, and ends the stream with the meter's own words when it says so. */
function tap(metered: MeteredCall, cut: (sentence: string) => void): Transform {
  let isCut = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      if (isCut) return done();
      const end = metered.push(chunk);
      this.push(chunk);
      if (end !== null) {
        isCut = true;
        this.push(end.last);
        this.push(null);
        cut(end.sentence);
      }
      done();
    },
  });
}

function limit(bytesMax: number, fits: (bytes: number) => boolean): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      total += chunk.length;
      if (total > bytesMax) return done(new Error(`more than ${bytesMax} bytes`));
      if (!fits(chunk.length)) return done(new Error('the byte budget is spent'));
      done(null, chunk);
    },
  });
}
