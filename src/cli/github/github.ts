import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { openOutput } from '../output.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { buildAddressSheet, renderAddressSheet } from './address-sheet.ts';
import { defaultWorld } from './default-world.ts';
import { readSeed } from './read-seed.ts';

/** What the command line gives. */
export interface GitHubOptions {
  readonly port: number;
  readonly seed?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** `sallyport github`: the local GitHub alone, until a signal ends it. */
export async function github(options: GitHubOptions): Promise<void> {
  const output = openOutput(options.json ?? false);
  // Listened for first: a signal that comes while the world is made must end it cleanly, too.
  const interrupted = untilInterrupted();
  const seed = options.seed === undefined ? defaultWorld : await readSeed(options.seed);
  const folder = options.data
    ? resolve(options.data)
    : await mkdtemp(join(tmpdir(), 'sallyport-github-'));
  try {
    const server = await startLocalGitHub({
      port: options.port,
      dataDir: folder,
      seed,
      keep: options.data !== undefined,
      onSaveError: (error) => output.say(wordSaveError(folder, error)),
    });
    try {
      const keyFile = await writeAppKey(server, folder);
      if (server.isRestored && options.seed !== undefined)
        output.say(`${folder} has a world already: the seed is not planted again`);
      const lines = renderAddressSheet(server, keyFile);
      // The document is the sign for scripts that all is ready; people read on standard error then.
      if (options.json) for (const line of lines) output.say(line);
      output.answer(buildAddressSheet(server), lines);
      await interrupted;
    } finally {
      await server.close();
    }
  } finally {
    if (options.data === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** The App's private key as a file, as GitHub hands it out; null without an App. */
async function writeAppKey({ app }: LocalGitHub, folder: string): Promise<string | null> {
  if (app === null) return null;
  const file = join(folder, `${app.slug}.private-key.pem`);
  await writeFile(file, app.privateKeyPem, { mode: 0o600 });
  return file;
}

/** What a person has to know when the folder cannot be written: nothing is lost as long as it runs. */
function wordSaveError(folder: string, error: unknown): string {
  const cause = error instanceof Error ? error.message : String(error);
  return `cannot write to ${folder} (${cause}): what changes from now on is kept in memory only, and is written as soon as that works again`;
}
