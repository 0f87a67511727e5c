import { setImmediate as pause } from 'node:timers/promises';
import type { Json } from '#model/json.ts';
import type { ActionsService, SavedActions } from '../actions/actions-service.ts';
import type { SavedTokens, TokenRegistry } from '../api/token-registry.ts';
import type { AppCredentials } from '../seed/plant-app.ts';
import type { SeedUser } from '../seed/seed.ts';
import type { World } from '../world.ts';
import { fromPlain, toPlain } from './plain.ts';
import {
  type SavedRepository,
  type SavedWorld,
  saveRepositories,
  saveWorld,
} from './saved-world.ts';

/** Somebody of the seed, with the token that was printed. */
export interface Person {
  readonly login: string;
  readonly as: NonNullable<SeedUser['as']> | null;
  readonly token: string;
}

/** All that a local GitHub needs to go on where it ended; repositories and logs are files beside it. */
export interface SavedState {
  readonly repositories: readonly SavedRepository[];
  readonly runs: SavedActions['runs'];
  readonly rest: SavedRest;
}

/** What is small, or refers to nothing that is not saved before it. */
export interface SavedRest {
  readonly lastId: number;
  readonly world: SavedWorld;
  readonly tokens: SavedTokens;
  readonly people: readonly Person[];
  readonly app: AppCredentials | null;
  readonly actions: Omit<SavedActions, 'runs'>;
}

/**
 * One line of the state. They are read one after the other, and others run in between: each is whole
 * in itself, and `rest` comes last, so that it knows every account and id that those before name.
 */
export type Section =
  | readonly ['repository', SavedRepository]
  | readonly ['run', SavedActions['runs'][number]]
  | readonly ['rest', SavedRest];

/** Where the state comes from. */
export interface StateSources {
  readonly world: World;
  readonly lastId: () => number;
  readonly tokens: Pick<TokenRegistry, 'save'>;
  readonly people: readonly Person[];
  readonly app: AppCredentials | null;
  readonly actions: Pick<ActionsService, 'save'>;
}

/** The state as it is now, a section at a time: each is read when it is asked for. */
export function* readSections(sources: StateSources): Iterable<Section> {
  const { world, lastId, tokens, people, app, actions } = sources;
  const { runs, ...others } = actions.save();
  for (const each of saveRepositories(world)) yield ['repository', each];
  for (const each of runs) yield ['run', each];
  const ids = { lastId: lastId(), tokens: tokens.save() };
  yield ['rest', { ...ids, world: saveWorld(world), people, app, actions: others }];
}

/** Requests wait no longer than this, and the one section, while the state is rendered. */
const SLICE_MS = 5;

/** Renders states as lines. A run that is the same object as the last time is not rendered again. */
export function openRenderer(): (sections: Iterable<Section>) => Promise<readonly string[]> {
  const rendered = new WeakMap<object, string>();
  const renderRun = (run: object) => {
    const text = rendered.get(run) ?? render(['run', run]);
    rendered.set(run, text);
    return text;
  };
  return async (sections) => {
    const lines: string[] = [];
    let since = performance.now();
    for (const section of sections) {
      lines.push(section[0] === 'run' ? renderRun(section[1]) : render(section));
      if (performance.now() - since < SLICE_MS) continue;
      await pause();
      since = performance.now();
    }
    return lines;
  };
}

function render(section: readonly [string, unknown]): string {
  return `${JSON.stringify(toPlain(section))}\n`;
}

/** The state again. The file's digest vouches for the shape: only this program writes it. */
export function parseSections(lines: readonly Json[]): SavedState {
  const sections = lines.map((line) => fromPlain(line) as Section);
  const repositories: SavedRepository[] = [];
  const runs: SavedActions['runs'][number][] = [];
  let rest: SavedRest | undefined;
  for (const section of sections) {
    if (section[0] === 'repository') repositories.push(section[1]);
    else if (section[0] === 'run') runs.push(section[1]);
    else rest = section[1];
  }
  if (rest === undefined) throw new Error('expected the state to have its last line');
  return { repositories, runs, rest };
}
