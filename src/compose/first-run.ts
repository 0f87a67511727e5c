import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { convertManifest } from '#github/convert-manifest.ts';
import type { HttpServer } from '#http/server.ts';
import { listen } from '#http/server.ts';
import { startGuards } from '#ingress/start-guards.ts';
import { sha256 } from '#model/digest.ts';
import { finishSetup } from '#setup/setup.ts';
import { openStateBook } from '#setup/state-book.ts';
import { keepCredentials, prepareFolder } from '../app-credentials.ts';
import type { FirstRun } from '../settings.ts';
import { setupRoutes } from './http/setup-routes.ts';

/** The listener before there is an App. */
export interface SetupListener {
  /** The address of the page, with the key that opens it: for the operator's eyes. */
  readonly pageUrl: string;
  /** Resolves when the App exists and its credentials are kept. */
  readonly created: Promise<void>;
  close(): Promise<void>;
}

const appYml = new URL('../../app.yml', import.meta.url);

/**
 * Serve the page from which an owner creates the App, to whoever has the key: on a public address
 * anybody else could make this machine work for an App of their own.
 *
 * Fails  with CONFIG_INVALID when what GitHub gives could not be kept.
 */
export async function openFirstRun(
  settings: FirstRun,
  hookUrl: string,
  say: (line: string) => void,
): Promise<SetupListener> {
  const random = () => randomBytes(32).toString('base64url');
  const key = random();
  const isKey = (given: string) =>
    timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(key)));
  const book = openStateBook(isKey, { random, now: Date.now });
  const { promise: created, resolve: done } = Promise.withResolvers<void>();
  const { publicUrl, serverUrl, restUrl, dataDir } = settings;
  const deps = {
    convert: (code: string) => convertManifest(restUrl, code),
    guard: startGuards,
    keep: (credentials: Parameters<typeof keepCredentials>[1]) =>
      keepCredentials(dataDir, credentials),
  };
  await prepareFolder(dataDir);
  const routes = setupRoutes({
    ...{ publicUrl, serverUrl, hookUrl, book, done },
    appYml: await readFile(appYml, 'utf8'),
    finish: (back) => finishSetup(deps, book, back),
  });
  const server: HttpServer = await listen(routes, settings, (error, requestId) =>
    say(`request ${requestId}: ${String(error)}`),
  );
  return { pageUrl: `${server.url}/setup?key=${key}`, created, close: server.close };
}
