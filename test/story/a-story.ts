import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Factory, FactoryPlan } from '#cli/demo/factory.ts';
import { openFactory } from '#cli/demo/factory.ts';
import type { Stage } from '#cli/demo/journey.ts';
import { organization, people } from '#cli/demo/shop.ts';
import type { SeedRepository } from '#local/seed/seed.ts';
import type { Source } from '#model/source.ts';
import { readTestRelease } from '../fake/release.ts';
import { readTestStore } from '../fake/store.ts';

/** A token that the App was given, with what it asked for. */
export interface AppToken {
  readonly token: string;
  readonly repositoryIds: readonly number[];
  readonly permissions: Readonly<Record<string, string>>;
}

/** A job's GITHUB_TOKEN. */
export interface JobToken {
  readonly token: string;
  readonly permissions: Readonly<Record<string, string>>;
}

/** A whole factory, and every token that was minted in it, to look for where none may be. */
export interface Story {
  readonly factory: Factory;
  readonly dataDir: string;
  readonly appTokens: readonly AppToken[];
  readonly jobTokens: readonly JobToken[];
  /** Do something as if it had been done on GitHub a while ago. */
  ago<T>(ms: number, happen: () => Promise<T>): Promise<T>;
  stage(repository: string): Stage;
  close(): Promise<void>;
}

/** Triage may set labels on GitHub, and start nothing here. */
export const triager = { login: 'tess', name: 'Tess Triager' } as const;

/** One run may take this long on a machine that is busy with other suites. */
const limitMs = 170_000;

/** Open the real thing: a local GitHub, the App, the product's own workflows and actions. */
export async function openStory(
  repositories: (caller: string) => Promise<readonly SeedRepository[]>,
  sources: readonly Source[] = [],
  more: Pick<FactoryPlan, 'enterpriseServer' | 'openAsRequester'> = {},
): Promise<Story> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sallyport-story-'));
  const wire = watchMints();
  let behindMs = 0;
  const factory = await openFactory({
    dataDir,
    appPort: 0,
    githubPort: 0,
    organization,
    people: [...Object.values(people), triager],
    repositories,
    sources,
    ...more,
    githubNow: () => new Date(Date.now() - behindMs),
    databaseTemplate: await readTestStore(),
    release: await readTestRelease(),
    say: () => {},
  });
  const ended = new AbortController();
  return {
    factory,
    dataDir,
    appTokens: wire.tokens,
    jobTokens: watchJobs(factory),
    ago: async (ms, happen) => {
      behindMs = ms;
      try {
        return await happen();
      } finally {
        behindMs = 0;
      }
    },
    stage: (name) => ({
      factory,
      repository: { owner: organization, name },
      limitMs,
      signal: ended.signal,
    }),
    close: async () => {
      ended.abort();
      await factory.close();
      wire.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The App asks for its tokens over HTTP: what it asks and what it gets is read on the wire. */
function watchMints() {
  const tokens: AppToken[] = [];
  const plain = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const reply = await plain(input, init);
    if (/\/app\/installations\/\d+\/access_tokens$/.test(String(input)) && reply.ok) {
      const asked = JSON.parse(String(init?.body));
      const { token } = (await reply.clone().json()) as { token: string };
      tokens.push({ token, repositoryIds: asked.repository_ids, permissions: asked.permissions });
    }
    return reply;
  };
  return {
    tokens,
    stop: () => {
      globalThis.fetch = plain;
    },
  };
}

function watchJobs({ github: { world } }: Factory): readonly JobToken[] {
  const tokens: JobToken[] = [];
  const mint = world.mintJobToken;
  world.mintJobToken = (repositoryId, permissions, workflowRunId) => {
    const token = mint(repositoryId, permissions, workflowRunId);
    tokens.push({ token, permissions });
    return token;
  };
  return tokens;
}
