/** A registered GitHub App. */
export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly botId: number;
  /** The account that registered it; null for GitHub's own. */
  readonly ownerId: number | null;
  readonly publicKeyPem: string;
  /** What it asks for. */
  permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  readonly events: readonly string[];
  /** GitHub offers the bots of coding agents as assignees, and those of no other App. */
  isAssignable?: true;
  webhook: { url: string; secret: string } | null;
  /** Where people may be sent back to after they authorized it; the first is the default. */
  callbackUrls?: readonly string[];
  /** SHA-256 of its client secret, in hex; absent for an App that was given none. */
  clientSecretSha256?: string;
}

/** An App on one account. */
export interface Installation {
  readonly id: number;
  readonly appId: number;
  /** The account it is installed on. */
  readonly accountId: number;
  /** The repositories that were chosen; null means all, those to come included. */
  repositoryIds: readonly number[] | null;
  /** What the account's owner has agreed to; the App may have asked for more since. */
  permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  suspendedAt: string | null;
  suspendedById: number | null;
}
