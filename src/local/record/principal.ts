import type { User } from './account.ts';
import type { App, Installation } from './app.ts';

/** Who calls: worked out from the Authorization header, once, before a route sees the call. */
export type Principal =
  | { readonly kind: 'anonymous' }
  /** A person, by a token of their own; with `via`, by an App that they authorized. */
  | { readonly kind: 'user'; readonly user: User; readonly via?: ActingApp }
  | { readonly kind: 'app'; readonly app: App }
  /** An App by its client id and client secret: only for what people authorized it to. */
  | { readonly kind: 'client'; readonly app: App }
  | {
      readonly kind: 'installation';
      readonly app: App;
      readonly installation: Installation;
      /** Null means every repository of the installation. */
      readonly repositoryIds: readonly number[] | null;
      readonly permissions: Readonly<Record<string, string>>;
      readonly bot: User;
      readonly token: string;
    }
  | {
      /** A workflow job's GITHUB_TOKEN. */
      readonly kind: 'job';
      readonly repositoryId: number;
      readonly permissions: Readonly<Record<string, string>>;
      readonly bot: User;
      readonly workflowRunId: number;
      readonly token: string;
    };

/** The App that acts for a person, and how far its token was narrowed; null where it was not. */
export interface ActingApp {
  readonly app: App;
  readonly repositoryIds: readonly number[] | null;
  readonly permissions: Readonly<Record<string, string>> | null;
}
