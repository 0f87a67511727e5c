import type { User } from './account.ts';
import type { App, Installation } from './app.ts';

/** Who calls: worked out from the Authorization header, once, before a route sees the call. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'app'; readonly app: App }
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
