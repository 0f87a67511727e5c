import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Repository } from '#local/record/repository.ts';
import { openUrlSigner, type UrlSigner } from '../artifacts/signed-url.ts';
import type { World } from '../world.ts';
import { runGit } from './git.ts';

const ROOT = '/_codeload/';

const signers = new WeakMap<World, UrlSigner>();

/** One signer for each local GitHub: its key lives as long as the server. */
function signerOf(world: World): UrlSigner {
  const known = signers.get(world) ?? openUrlSigner(world.urls.origin, () => world.now());
  signers.set(world, known);
  return known;
}

/** Where an archive of a commit can be fetched for a while, without a token, as from codeload. */
export function archiveUrl(world: World, repository: Repository, sha: string): string {
  const path = `${ROOT}${world.fullName(repository)}/legacy.tar.gz/${sha}`;
  return signerOf(world).sign(path, 'GET');
}

/** Whether a request is for an archive. */
export function isArchivePath(pathname: string): boolean {
  return pathname.startsWith(ROOT);
}

/** Answer a signed address with the archive; 404 for every other one. */
export async function serveArchive(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const [owner = '', name = '', , sha = ''] = url.pathname.slice(ROOT.length).split('/');
  const repository = world.repositoryByName(owner, name);
  if (!repository || !signerOf(world).verify(url, request.method ?? '')) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404: Not Found');
    return;
  }
  const folder = `${owner}-${name}-${sha.slice(0, 7)}`;
  const args = ['archive', '--format=tar.gz', `--prefix=${folder}/`, sha];
  const { stdout } = await runGit({ gitDir: repository.gitDir, args });
  response.writeHead(200, {
    'content-type': 'application/x-gzip',
    'content-disposition': `attachment; filename=${folder}.tar.gz`,
  });
  response.end(stdout);
}
