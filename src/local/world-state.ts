import type { JsonObject } from '#model/json.ts';
import { openEventLine } from './event-line.ts';
import type { User } from './record/account.ts';
import type { App, Installation } from './record/app.ts';
import type { Repository } from './record/repository.ts';
import type { World } from './world.ts';

/** GitHub's own numbers for GitHub Actions; clients compare check runs with them. */
export const ACTIONS_APP_ID = 15368;
/** The account that `GITHUB_TOKEN` acts as. */
export const ACTIONS_BOT_ID = 41898282;

/** The account that the merge queue acts as. */
export const QUEUE_BOT_ID = 118344674;

/** What the world needs from the parts that serve it. */
export interface WorldParts {
  readonly port: number;
  readonly dataDir: string;
  readonly now: () => Date;
  /** The last id that was ever given out, when this world goes on from an earlier one. */
  readonly lastId?: number;
  /** Told whenever the state may have changed. */
  readonly changed?: () => void;
  readonly mintJobToken: World['mintJobToken'];
  readonly revokeJobToken: World['revokeJobToken'];
  /** Queue one webhook for every App that listens. */
  readonly deliver: (
    event: string,
    repository: Repository,
    sender: User,
    payload: JsonObject,
  ) => void;
}

/** A world that can also say when nothing is in flight. */
export interface OpenWorld {
  readonly world: World;
  /** Work that `track` counts now. */
  inFlight(): number;
  lastId(): number;
}

type Listener = (event: string, repository: Repository, sender: User, payload: JsonObject) => void;

/** An empty world: no people, no repositories, only GitHub Actions and its bot. */
export function createWorld(parts: WorldParts): OpenWorld {
  const listeners: Listener[] = [];
  const users = new Map<number, User>();
  const repositories = new Map<number, Repository>();
  const apps = new Map<number, App>();
  const members: World['members'] = new Map();
  const changed = parts.changed ?? (() => {});
  let lastId = parts.lastId ?? 1000;
  let working = 0;
  const world: World = {
    users,
    repositories,
    apps,
    installations: new Map<number, Installation>(),
    members,
    teams: new Map(),
    projectItems: new Map(),
    urls: buildUrls(parts.port),
    dataDir: parts.dataDir,
    now: parts.now,
    nextId: () => {
      lastId += 1;
      changed();
      return lastId;
    },
    userByLogin: (login) => findByName(users.values(), login, (user) => user.login),
    repositoryByName: (owner, name) =>
      findByName(repositories.values(), `${owner}/${name}`, (each) => fullName(each)),
    fullName,
    roleOf: (repository, userId) => roleOf(world, repository, userId),
    emit: openEventLine(
      (event, repository, sender, payload) => {
        parts.deliver(event, repository, sender, payload);
        for (const listener of listeners) listener(event, repository, sender, payload);
        changed();
      },
      (work) => void world.track(work),
    ),
    onEvent: (listener) => {
      listeners.push(listener);
    },
    mintJobToken: parts.mintJobToken,
    revokeJobToken: parts.revokeJobToken,
    track: async (work) => {
      working += 1;
      try {
        return await work;
      } finally {
        working -= 1;
        changed();
      }
    },
  };
  function fullName(repository: Repository): string {
    return `${users.get(repository.ownerId)?.login ?? 'ghost'}/${repository.name}`;
  }
  addActionsApp(world);
  addQueueBot(world);
  return { world, inFlight: () => working, lastId: () => lastId };
}

function buildUrls(port: number): World['urls'] {
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    rest: `${origin}/api/v3`,
    graphql: `${origin}/api/graphql`,
    server: `http://github.localhost:${port}`,
    oidcIssuer: `${origin}/_oidc`,
  };
}

/** Names on GitHub are equal when they differ only in case. */
function findByName<T>(
  items: Iterable<T>,
  name: string,
  nameOf: (item: T) => string,
): T | undefined {
  const wanted = name.toLowerCase();
  for (const item of items) if (nameOf(item).toLowerCase() === wanted) return item;
  return undefined;
}

const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;

/** The highest of what an account has by itself, by its organization and by its teams. */
function roleOf(world: World, repository: Repository, userId: number): (typeof ROLES)[number] {
  if (repository.ownerId === userId) return 'admin';
  const membership = world.members.get(repository.ownerId)?.get(userId);
  if (membership === 'admin') return 'admin';
  const base = membership === 'member' || !repository.private ? 'read' : 'none';
  const teams = [...world.teams.values()].filter((team) => team.members.has(userId));
  const roles = [
    base,
    repository.collaborators.get(userId) ?? 'none',
    ...teams.map((team) => team.repositories.get(repository.id) ?? 'none'),
  ] as const;
  return ROLES[Math.max(...roles.map((role) => ROLES.indexOf(role)))] ?? 'none';
}

function addQueueBot(world: World): void {
  world.users.set(QUEUE_BOT_ID, {
    id: QUEUE_BOT_ID,
    login: 'github-merge-queue[bot]',
    type: 'Bot',
    name: null,
  });
}

function addActionsApp(world: World): void {
  world.users.set(ACTIONS_BOT_ID, {
    id: ACTIONS_BOT_ID,
    login: 'github-actions[bot]',
    type: 'Bot',
    name: null,
  });
  world.apps.set(ACTIONS_APP_ID, {
    id: ACTIONS_APP_ID,
    slug: 'github-actions',
    name: 'GitHub Actions',
    clientId: 'Iv1.github-actions',
    botId: ACTIONS_BOT_ID,
    ownerId: null,
    publicKeyPem: '',
    permissions: {},
    events: [],
    webhook: null,
  });
}
