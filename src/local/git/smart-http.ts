import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { gitEnvironment } from './git.ts';
import { encodeLine, FLUSH, type PushCommand } from './pkt-line.ts';
import type { PushRules } from './push-hook.ts';
import { receivePush } from './receive-pack.ts';

/** One call of git's smart HTTP protocol, authenticated and matched to a repository. */
export interface GitCall {
  readonly gitDir: string;
  readonly path: 'info/refs' | 'git-upload-pack' | 'git-receive-pack';
  /** `owner/name`. */
  readonly fullName: string;
  /** The account that calls; null for nobody, who is then asked for a password where one is needed. */
  readonly login: string | null;
  readonly canRead: boolean;
  readonly canPush: boolean;
  readonly canChangeWorkflows: boolean;
  /** What the rules say of one command of a push. */
  readonly judge: PushRules['judge'];
  /** Told after git has ended and the references read back; the answer waits for it. */
  readonly onPush: (changes: readonly PushCommand[]) => void | Promise<void>;
}

type Service = 'upload-pack' | 'receive-pack';

const NO_CACHE = {
  'cache-control': 'no-cache, max-age=0, must-revalidate',
  expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
  pragma: 'no-cache',
};

/** Serve clone, fetch and push. A refusal is GitHub's status and sentence, as git shows it to people. */
export async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  call: GitCall,
): Promise<void> {
  const service = readService(request, call);
  if (service === undefined)
    return refuse(response, 403, 'Please upgrade your git client: only smart HTTP is served.');
  const isPush = service === 'receive-pack';
  if (call.login === null && (isPush || !call.canRead)) return askForPassword(response);
  if (!call.canRead) return refuse(response, 404, 'Repository not found.');
  if (isPush && !call.canPush)
    return refuse(response, 403, `Permission to ${call.fullName}.git denied to ${call.login}.`);
  if (call.path === 'info/refs') return advertise(request, response, call, service);
  if (isPush) return push(request, response, call);
  return fetch(request, response, call);
}

/** Answer a credential that is not good, so that git asks for another. */
export function refuseGitCredential(response: ServerResponse): void {
  askForPassword(response);
}

function readService(request: IncomingMessage, call: GitCall): Service | undefined {
  const [, query = ''] = (request.url ?? '').split('?', 2);
  const isAdvertising = call.path === 'info/refs';
  const name = isAdvertising ? new URLSearchParams(query).get('service') : call.path;
  if (request.method !== (isAdvertising ? 'GET' : 'POST')) return undefined;
  if (name === 'git-upload-pack') return 'upload-pack';
  return name === 'git-receive-pack' ? 'receive-pack' : undefined;
}

function askForPassword(response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Basic realm="GitHub"');
  refuse(response, 401, 'Invalid username or token.');
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  // What the client still sends is not read; the connection ends with the answer.
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${sentence}\n`);
}

async function advertise(
  request: IncomingMessage,
  response: ServerResponse,
  call: GitCall,
  service: Service,
): Promise<void> {
  const child = start(request, call, service, ['--advertise-refs']);
  child.stdin.end();
  sendHead(response, `application/x-git-${service}-advertisement`);
  const isVersion2 = service === 'upload-pack' && protocolOf(request).includes('version=2');
  if (!isVersion2) response.write(Buffer.concat([encodeLine(`# service=git-${service}\n`), FLUSH]));
  await pipeline(child.stdout, response);
}

async function fetch(
  request: IncomingMessage,
  response: ServerResponse,
  call: GitCall,
): Promise<void> {
  const child = start(request, call, 'upload-pack', []);
  response.on('close', () => child.kill());
  sendHead(response, 'application/x-git-upload-pack-result');
  const feeding = pipeline(decode(request), child.stdin).catch(() => child.stdin.destroy());
  await Promise.all([feeding, pipeline(child.stdout, response)]);
}

async function push(
  request: IncomingMessage,
  response: ServerResponse,
  call: GitCall,
): Promise<void> {
  const outcome = await receivePush({
    gitDir: call.gitDir,
    body: decode(request),
    judge: call.judge,
    canChangeWorkflows: call.canChangeWorkflows,
    start: (hooks) => start(request, call, 'receive-pack', [], hooks),
  });
  if (!outcome.ok) return refuse(response, outcome.status, outcome.sentence);
  if (outcome.changes.length > 0) await call.onPush(outcome.changes);
  sendHead(response, 'application/x-git-receive-pack-result');
  response.end(outcome.answer);
}

function sendHead(response: ServerResponse, type: string): void {
  response.writeHead(200, { 'content-type': type, ...NO_CACHE });
}

function decode(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? '';
  if (!/^(x-)?gzip$/.test(encoding)) return request;
  const gunzip = createGunzip();
  request.on('error', (error) => gunzip.destroy(error));
  return request.pipe(gunzip);
}

function protocolOf(request: IncomingMessage): string {
  const text = String(request.headers['git-protocol'] ?? '');
  return /^[\w=:.-]{1,200}$/.test(text) ? text : '';
}

// biome-ignore lint/complexity/useMaxParams: one process, five independent facts about it.
function start(
  request: IncomingMessage,
  call: GitCall,
  service: Service,
  flags: readonly string[],
  hooks = '/dev/null',
): ChildProcessWithoutNullStreams {
  const settings = [
    'uploadpack.allowFilter=true',
    'uploadpack.allowAnySHA1InWant=true',
    'receive.fsckObjects=true',
    'receive.advertisePushOptions=true',
    // The default, without git's advice on how to configure a server.
    'receive.denyDeleteCurrent=refuse',
    `core.hooksPath=${hooks}`,
  ].flatMap((setting) => ['-c', setting]);
  const child = spawn('git', [...settings, service, '--stateless-rpc', ...flags, call.gitDir], {
    env: gitEnvironment({ GIT_PROTOCOL: protocolOf(request) }),
    stdio: 'pipe',
  });
  child.stderr.resume();
  // Without git the streams end at once and the client sees an answer cut short.
  child.on('error', () => child.stdout.destroy());
  return child;
}
