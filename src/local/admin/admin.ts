import type { User } from '#local/record/account.ts';
import type { App, Installation } from '#local/record/app.ts';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import type { Schema } from '../api/operation.ts';
import { renderUser } from '../api/render-user.ts';
import type { UserGrants } from '../oauth/user-grants.ts';
import type { Webhooks } from '../webhook/webhooks.ts';
import type { World } from '../world.ts';
import {
  acceptPermissions,
  type ChangeParts,
  chooseRepositories,
  installApp,
  removeInstallation,
  suspendInstallation,
  unsuspendInstallation,
} from './installation-change.ts';
import { moveProjectItem, type ProjectMove } from './project-item.ts';

/**
 * What a person does on GitHub's settings pages, not by its API. Names are logins, slugs and
 * `owner/name`; `by` is the login of the person who does it. Every change sends its webhook. Throws
 * LOCAL_GITHUB for a name that is nowhere.
 */
export interface Admin {
  /** Install an App on an account; with `repositories` on those alone. */
  install(wish: InstallWish): Installation;
  remove(installationId: number, by: string): void;
  suspend(installationId: number, by: string): void;
  unsuspend(installationId: number, by: string): void;
  /** Agree to the permissions that the App asks for by now. */
  acceptPermissions(installationId: number, by: string): void;
  addRepositories(installationId: number, names: readonly string[], by: string): void;
  removeRepositories(installationId: number, names: readonly string[], by: string): void;
  /** Change what an App asks for; each installation has to agree to it. */
  requestPermissions(slug: string, permissions: App['permissions']): void;
  /** Name where people may be sent back to after they authorized an App; the first is the default. */
  setCallbackUrls(slug: string, urls: readonly string[]): void;
  /** Take back what a person authorized an App to: its tokens for them end, and it is told. */
  revokeAuthorization(slug: string, login: string): void;
  /** Count an App among the coding agents: from now on its bot may be assigned. */
  offerAsAssignee(slug: string): void;
  /** Send the App's webhook its first greeting again. */
  ping(slug: string): void;
  /** Drag an issue or a pull request to another column of a project's board. */
  moveProjectItem(move: ProjectMove): void;
}

export interface InstallWish {
  readonly app: string;
  readonly account: string;
  readonly repositories?: readonly string[];
  readonly by: string;
}

export interface AdminParts {
  readonly world: World;
  readonly webhooks: Webhooks;
  readonly grants: Pick<UserGrants, 'revokeConsent'>;
  /** Told at every change, so that it is saved. */
  readonly changed: () => void;
}

/** Open the settings pages of a world. */
export function openAdmin({ world, webhooks, grants, changed }: AdminParts): Admin {
  const partsBy = (login: string): ChangeParts => {
    changed();
    return { world, webhooks, sender: user(login) };
  };
  const user = (login: string): User => found(world.userByLogin(login), login);
  const app = (slug: string): App =>
    found(
      [...world.apps.values()].find((each) => each.slug === slug),
      slug,
    );
  const installation = (id: number): Installation => found(world.installations.get(id), `${id}`);
  const repository = (name: string): Repository => {
    const [owner = '', repo = ''] = name.split('/');
    return found(world.repositoryByName(owner, repo), name);
  };
  const idsOf = (names: readonly string[]) => names.map((name) => repository(name).id);
  return {
    install: ({ app: slug, account, repositories, by }) =>
      installApp(partsBy(by), app(slug), user(account), repositories ? idsOf(repositories) : null),
    remove: (id, by) => removeInstallation(partsBy(by), installation(id)),
    suspend: (id, by) => suspendInstallation(partsBy(by), installation(id)),
    unsuspend: (id, by) => unsuspendInstallation(partsBy(by), installation(id)),
    acceptPermissions: (id, by) => acceptPermissions(partsBy(by), installation(id)),
    addRepositories: (id, names, by) => {
      const target = installation(id);
      const chosen = [...new Set([...(target.repositoryIds ?? []), ...idsOf(names)])];
      chooseRepositories(partsBy(by), target, chosen);
    },
    removeRepositories: (id, names, by) => {
      const target = installation(id);
      const own = [...world.repositories.values()].filter((r) => r.ownerId === target.accountId);
      const gone = idsOf(names);
      const before = target.repositoryIds ?? own.map((each) => each.id);
      chooseRepositories(
        partsBy(by),
        target,
        before.filter((each) => !gone.includes(each)),
      );
    },
    requestPermissions: (slug, permissions) => {
      app(slug).permissions = { ...permissions, metadata: 'read' };
    },
    setCallbackUrls: (slug, urls) => {
      app(slug).callbackUrls = urls;
      changed();
    },
    revokeAuthorization: (slug, login) => {
      const person = user(login);
      if (!grants.revokeConsent({ appId: app(slug).id, userId: person.id })) return;
      const payload = { action: 'revoked', sender: renderUser(world, person) } as const;
      webhooks.tell(app(slug), 'github_app_authorization', payload satisfies Revoked);
      changed();
    },
    offerAsAssignee: (slug) => {
      app(slug).isAssignable = true;
      changed();
    },
    ping: (slug) => webhooks.ping(app(slug)),
    moveProjectItem: (move) => moveProjectItem(partsBy(move.by), repository(move.repository), move),
  };
}

type Revoked = Schema<'webhook-github-app-authorization-revoked'>;

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Fault('LOCAL_GITHUB', `there is no "${name}"`);
  return value;
}
