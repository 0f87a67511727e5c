import type { JsonObject } from '#model/json.ts';
import type { Team, User } from './record/account.ts';
import type { App, Installation } from './record/app.ts';
import type { ProjectItem } from './record/project-item.ts';
import type { Repository } from './record/repository.ts';

/** What every part of the local GitHub may use of the rest. */
export interface World {
  readonly users: Map<number, User>;
  readonly repositories: Map<number, Repository>;
  readonly apps: Map<number, App>;
  readonly installations: Map<number, Installation>;
  /** Organization id → member ids with their role. */
  readonly members: Map<number, Map<number, 'member' | 'admin'>>;
  readonly teams: Map<number, Team>;
  /** Items of organizations' projects that were ever moved, by the number of their node id. */
  readonly projectItems: Map<string, ProjectItem>;
  readonly urls: {
    /** `http://127.0.0.1:PORT` */
    readonly origin: string;
    /** `http://127.0.0.1:PORT/api/v3` */
    readonly rest: string;
    readonly graphql: string;
    /** `http://github.localhost:PORT`: what GITHUB_SERVER_URL and html_url say. */
    readonly server: string;
    readonly oidcIssuer: string;
  };
  /** Where git directories, artifacts, logs and workspaces live. */
  readonly dataDir: string;
  now(): Date;
  nextId(): number;
  userByLogin(login: string): User | undefined;
  repositoryByName(owner: string, name: string): Repository | undefined;
  /** `owner/name` */
  fullName(repository: Repository): string;
  /** The role of an account, organization ownership counted; `none` for strangers (public: read). */
  roleOf(
    repository: Repository,
    userId: number,
  ): 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin';
  /**
   * Send a webhook to every installed App that listens, and tell the local listeners (the Actions
   * service). `payload` is the event's own part: `action`, `issue`, …; repository, organization,
   * sender and installation are added here. One that git must be asked for holds back the events of
   * the repository that come after it.
   */
  emit(
    event: string,
    repository: Repository,
    sender: User,
    payload: JsonObject | Promise<JsonObject>,
  ): void;
  /** Listeners inside the local GitHub, called after the state has changed, in the order of events. */
  onEvent(
    listener: (event: string, repository: Repository, sender: User, payload: JsonObject) => void,
  ): void;
  /** Mint and end a job's GITHUB_TOKEN. */
  mintJobToken(
    repositoryId: number,
    permissions: Readonly<Record<string, string>>,
    workflowRunId: number,
  ): string;
  revokeJobToken(token: string): void;
  /** Count work in flight, so that `idle()` of the server can wait for quiet. */
  track<T>(work: Promise<T>): Promise<T>;
}
