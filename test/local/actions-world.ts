import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { actionsRoutes } from '#local/actions/actions-routes.ts';
import { type ActionsService, openActionsService } from '#local/actions/actions-service.ts';
import type { ActionsOptions } from '#local/actions/host.ts';
import { type Answer, HttpError } from '#local/api/route.ts';
import { openEventLine } from '#local/event-line.ts';
import type { User } from '#local/record/account.ts';
import type { App } from '#local/record/app.ts';
import type { Repository } from '#local/record/repository.ts';
import { emptyRepository } from '#local/seed/seed.ts';
import type { World } from '#local/world.ts';
import { ACTIONS_APP_ID } from '#local/world-state.ts';
import type { JsonObject } from '#model/json.ts';

/** A small world around the real Actions service: one organization, real git over real HTTP. */
export interface ActionsWorld {
  readonly world: World;
  readonly service: ActionsService;
  readonly events: { readonly event: string; readonly payload: JsonObject }[];
  readonly tokens: Map<string, Readonly<Record<string, string>>>;
  readonly revoked: string[];
  addRepository(name: string, files: Readonly<Record<string, string>>): Promise<Repository>;
  /** Tag the main branch; returns the commit. */
  tag(repository: Repository, name: string): Promise<string>;
  /** Dispatch a workflow and wait until the run has ended. */
  dispatch(repository: Repository, file: string, inputs?: JsonObject): Promise<Outcome>;
  /** Dispatch and return at once. */
  start(repository: Repository, file: string, inputs?: JsonObject): Promise<number>;
  api<T>(method: string, url: string, body?: object): Promise<ApiAnswer<T>>;
  log(jobId: number): Promise<string>;
  close(): Promise<void>;
}

export interface ApiAnswer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface JobOutcome {
  readonly id: number;
  readonly name: string;
  readonly conclusion: string;
  readonly run_attempt: number;
  readonly runner_id: number | null;
  readonly started_at: string;
  readonly completed_at: string;
  readonly steps: readonly { readonly name: string; readonly conclusion: string }[];
  readonly check_run_url: string;
}

export interface Outcome {
  readonly runId: number;
  readonly conclusion: string;
  readonly jobs: readonly JobOutcome[];
}

const run = promisify(execFile);
const ACTIONS_APP: App = {
  id: ACTIONS_APP_ID,
  slug: 'github-actions',
  name: 'GitHub Actions',
  clientId: 'Iv1.github-actions',
  botId: 12,
  ownerId: null,
  publicKeyPem: '',
  permissions: {},
  events: [],
  webhook: null,
};
const ENV = {
  PATH: '/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** Open the world; close it in afterAll. */
export async function openActionsWorld(options: ActionsOptions = {}): Promise<ActionsWorld> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sp-'));
  const owner: User = { id: 10, login: 'octo', type: 'Organization', name: null };
  const bot: User = { id: 11, login: 'sallyport[bot]', type: 'Bot', name: null };
  const token: User = { id: 12, login: 'github-actions[bot]', type: 'Bot', name: null };
  const users = new Map([owner, bot, token].map((user) => [user.id, user]));
  const repositories = new Map<number, Repository>();
  const listeners: Parameters<World['onEvent']>[0][] = [];
  const events: { event: string; payload: JsonObject }[] = [];
  const tokens = new Map<string, Readonly<Record<string, string>>>();
  const revoked: string[] = [];
  let id = 1000;
  let service: ActionsService | undefined;

  const server = createServer((request, response) => {
    void serve(request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error?.stack ?? error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const world: World = {
    users,
    repositories,
    apps: new Map([[ACTIONS_APP_ID, ACTIONS_APP]]),
    installations: new Map(),
    members: new Map(),
    teams: new Map(),
    projectItems: new Map(),
    urls: {
      origin,
      rest: `${origin}/api/v3`,
      graphql: `${origin}/api/graphql`,
      server: `http://github.localhost:${port}`,
      oidcIssuer: `${origin}/_services/token`,
    },
    dataDir,
    now: () => new Date(),
    nextId: () => id++,
    userByLogin: (login) => [...users.values()].find((user) => user.login === login),
    repositoryByName: (login, name) =>
      [...repositories.values()].find((each) => login === 'octo' && each.name === name),
    fullName: (repository) => `octo/${repository.name}`,
    roleOf: () => 'admin',
    emit: openEventLine(
      (event, repository, sender, payload) => {
        events.push({ event, payload });
        for (const listener of listeners) listener(event, repository, sender, payload);
      },
      () => {},
    ),
    onEvent: (listener) => {
      listeners.push(listener);
    },
    mintJobToken: (_repositoryId, permissions) => {
      const minted = `ghs_job${id++}${'x'.repeat(20)}`;
      tokens.set(minted, permissions);
      return minted;
    },
    revokeJobToken: (minted) => {
      revoked.push(minted);
    },
    track: (work) => work,
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await service?.handle(request, response)) return;
    const url = new URL(request.url ?? '/', origin);
    const git = /^\/octo\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack)$/.exec(url.pathname);
    if (git !== null) return serveUpload(request, response, git[1] ?? '', git[2] ?? '');
    return serveRest(request, response, url);
  }

  function serveUpload(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    op: string,
  ) {
    const repository = world.repositoryByName('octo', name);
    const basic = Buffer.from((request.headers.authorization ?? '').split(' ')[1] ?? '', 'base64');
    const secret = basic.toString().split(':')[1] ?? '';
    const known = tokens.has(secret) && !revoked.includes(secret);
    if (repository === undefined || !known) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' });
      response.end();
      return;
    }
    const advertise = op === 'info/refs';
    const kind = advertise ? 'upload-pack-advertisement' : 'upload-pack-result';
    response.writeHead(200, { 'content-type': `application/x-git-${kind}` });
    if (advertise && request.headers['git-protocol'] === undefined)
      response.write('001e# service=git-upload-pack\n0000');
    const args = ['-c', 'uploadpack.allowAnySHA1InWant=true', 'upload-pack', '--stateless-rpc'];
    if (advertise) args.push('--advertise-refs');
    const protocol = String(request.headers['git-protocol'] ?? '');
    const child = spawn('git', [...args, repository.gitDir], {
      env: { ...ENV, GIT_PROTOCOL: protocol },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(child.stdin);
    child.stdout.pipe(response);
  }

  async function serveRest(request: IncomingMessage, response: ServerResponse, url: URL) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    const answer = await answerRest(request, url, body);
    const type = { 'content-type': 'application/json' };
    response.writeHead(answer.status, { ...type, ...answer.headers });
    response.end(answer.bytes ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
  }

  async function answerRest(
    request: IncomingMessage,
    url: URL,
    body: Readonly<Record<string, unknown>>,
  ): Promise<Answer> {
    const pathname = url.pathname.replace(/^\/api\/v3/, '');
    const matched = matchRoute(request.method ?? '', pathname);
    if (matched === undefined) return { status: 501 };
    const { route, params } = matched;
    const repository = world.repositoryByName(params.owner ?? '', params.repo ?? '');
    const { headers } = request;
    const asked = { params, query: url.searchParams, path: pathname, body, headers };
    try {
      return await route.handle({
        world,
        principal: { kind: 'user', user: bot },
        repository,
        ...asked,
      });
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return { status: error.status, body: { message: error.message } };
    }
  }

  const opened = await openActionsService(world, options);
  service = opened;

  const api = async <T>(method: string, url: string, body?: object): Promise<ApiAnswer<T>> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${world.urls.rest}${url}`, {
      method,
      redirect: 'manual',
      ...sent,
    });
    const text = await response.text();
    const json: T = JSON.parse(text.startsWith('{') ? text : '{}');
    return { status: response.status, body: json, headers: response.headers };
  };

  const start: ActionsWorld['start'] = async (repository, file, inputs = {}) => {
    const url = `/repos/octo/${repository.name}/actions/workflows/${file}/dispatches`;
    const sent = { ref: 'main', inputs, return_run_details: true };
    const answer = await api<{ workflow_run_id: number }>('POST', url, sent);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.workflow_run_id;
  };

  return {
    world,
    service: opened,
    events,
    tokens,
    revoked,
    api,
    start,
    addRepository: async (name, files) => {
      const repository = newRepository(id++, name, path.join(dataDir, 'git', `${name}.git`));
      await commitFiles(dataDir, repository, files);
      repositories.set(repository.id, repository);
      return repository;
    },
    tag: async (repository, name) => {
      const git = [`--git-dir=${repository.gitDir}`];
      await run('git', [...git, 'tag', name, 'main'], { env: ENV });
      return (await run('git', [...git, 'rev-parse', 'main'], { env: ENV })).stdout.trim();
    },
    dispatch: async (repository, file, inputs) => {
      const runId = await start(repository, file, inputs);
      await opened.idle();
      const base = `/repos/octo/${repository.name}/actions/runs/${runId}`;
      const found = await api<{ conclusion: string }>('GET', base);
      const jobs = await api<{ jobs: readonly JobOutcome[] }>('GET', `${base}/jobs`);
      return { runId, conclusion: found.body.conclusion, jobs: jobs.body.jobs };
    },
    log: async (jobId) => {
      const repository = [...repositories.values()].find(
        (each) => opened.runs.findJob(each, jobId) !== undefined,
      );
      const url = `/repos/octo/${repository?.name}/actions/jobs/${jobId}/logs`;
      const answer = await api<object>('GET', url);
      return (await fetch(answer.headers.get('location') ?? '')).text();
    },
    close: async () => {
      await opened.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function matchRoute(method: string, pathname: string) {
  for (const route of actionsRoutes) {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '');
    const found = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(pathname);
    if (found === null || route.method !== method) continue;
    const params = Object.fromEntries(names.map((name, at) => [name, found[at + 1] ?? '']));
    return { route, params };
  }
  return undefined;
}

function newRepository(id: number, name: string, gitDir: string): Repository {
  return emptyRepository({
    id,
    name,
    ownerId: 10,
    private: false,
    description: '',
    defaultBranch: 'main',
    gitDir,
    createdAt: new Date().toISOString(),
  });
}

async function commitFiles(
  dataDir: string,
  repository: Repository,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = path.join(dataDir, 'seed', repository.name);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  const git = (...args: string[]) => run('git', args, { cwd: folder, env: ENV });
  await git('init', '-q', '-b', 'main');
  await git('add', '-A');
  await git('commit', '-qm', 'seed');
  await mkdir(path.dirname(repository.gitDir), { recursive: true });
  await git('clone', '-q', '--bare', '.', repository.gitDir);
}

/** The import specifier of an installed toolkit package, for actions that live in a job's folder. */
export function toolkit(name: 'core' | 'artifact'): string {
  const entry = name === 'core' ? 'core/lib/core.js' : 'artifact/lib/artifact.js';
  return `file://${path.resolve('node_modules/@actions', entry)}`;
}
