import type { IncomingMessage, ServerResponse } from 'node:http';
import { canSee } from '../api/access.ts';
import { identify } from '../api/identity.ts';
import { HttpError } from '../api/route.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import { isRevision } from '../git/name.ts';
import { readBlobAtPath } from '../git/object.ts';
import type { Principal, Repository, World } from '../world.ts';
import { escapeHtml } from './escape.ts';
import { renderIssuePage } from './issue-page.ts';
import { PAGE_HEADERS, renderPage } from './render-page.ts';
import { renderHomePage, renderRepositoryPage } from './repository-page.ts';

/** Files a browser may show as what they are; all else is plain bytes to save. */
const SHOWN_TYPES: Readonly<Record<string, string>> = {
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};

export interface PageParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
}

/**
 * Pages for people: what is public, to anyone who reaches loopback; a private repository only with
 * a token. Nothing can be changed here.
 */
export async function servePage(
  parts: PageParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  try {
    const principal = await identify(parts.world, parts.tokens, request.headers.authorization);
    await answer(parts.world, principal, response, url);
  } catch (error) {
    const status = error instanceof HttpError ? error.status : 500;
    const text = error instanceof HttpError ? error.message : 'Something went wrong.';
    const html = renderPage(String(status), 'Local GitHub', `<h1>${escapeHtml(text)}</h1>`);
    response.writeHead(status, PAGE_HEADERS).end(html);
  }
}

async function answer(
  world: World,
  principal: Principal,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const show = (html: string) => void response.writeHead(200, PAGE_HEADERS).end(html);
  const [owner, name, kind, ...rest] = readSegments(url.pathname);
  if (owner === undefined) return show(renderHomePage(world));
  const repository = name === undefined ? undefined : world.repositoryByName(owner, name);
  if (!repository || !canSee(world, repository, principal))
    throw new HttpError(404, 'There is no such page.');
  if (kind === undefined) return show(renderRepositoryPage(world, repository));
  if (kind === 'issues' || kind === 'pull') {
    const number = Number(rest[0]);
    const subject = repository.issues.get(number) ?? repository.pulls.get(number);
    if (!subject) throw new HttpError(404, 'There is no such page.');
    return show(renderIssuePage(world, repository, subject));
  }
  const isRaw = kind === 'raw' || (kind === 'blob' && url.searchParams.get('raw') === 'true');
  if (!isRaw) throw new HttpError(404, 'There is no such page.');
  await sendFile(repository, response, rest);
}

function readSegments(pathname: string): readonly string[] {
  try {
    return pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment) => decodeURIComponent(segment));
  } catch {
    throw new HttpError(404, 'There is no such page.');
  }
}

/** A file of any commit in the repository, also of those that only `refs/sallyport/…` holds. */
async function sendFile(
  repository: Repository,
  response: ServerResponse,
  [revision = '', ...path]: readonly string[],
): Promise<void> {
  if (!isRevision(revision) || /[:^~@{}]/.test(revision) || path.length === 0)
    throw new HttpError(404, 'There is no such file.');
  const blob = await readBlobAtPath(repository.gitDir, revision, path.join('/'));
  if (!blob) throw new HttpError(404, 'There is no such file.');
  const extension = path.at(-1)?.split('.').at(-1)?.toLowerCase() ?? '';
  response.writeHead(200, {
    'content-type': SHOWN_TYPES[extension] ?? 'text/plain; charset=utf-8',
    'content-length': String(blob.bytes.length),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(blob.bytes);
}
