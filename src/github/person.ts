import { z } from 'zod';
import type { TokenPair } from '#model/person.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Account, RepositoryRef } from '#model/snapshot.ts';
import { GitHubFault } from './github-fault.ts';
import type { ClientRoute, PersonRoute } from './permitted.ts';
import { permissionsToWrite } from './permitted.ts';
import type { Reply, Requester } from './requester.ts';

/** The App as a client of GitHub's OAuth flow. */
export interface ClientSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where codes and refresh tokens are traded: `https://github.com`, or a server of one's own. */
  readonly tradeUrl: string;
  /** Where GitHub sends people back to: one of the App's callback URLs, exactly. */
  readonly redirectUri: string;
}

/** What the App does for people who let it: their tokens, and the one thing done with them. */
export interface PersonGitHub {
  trade(code: string, verifier: string): Promise<Result<TokenPair, string>>;
  refresh(refreshToken: string): Promise<Result<TokenPair, string>>;
  /** Null for a token that works no more. */
  readPerson(
    token: string,
  ): Promise<{ readonly account: Account; readonly installations: readonly number[] } | null>;
  /** A token of the same person for one repository and what this route needs. */
  narrow(
    token: string,
    repository: RepositoryRef,
    route: PersonRoute,
  ): Promise<Result<string, string>>;
  /** With a narrowed token. Fails with a Fault that keeps the status. */
  writeAs<T>(
    token: string,
    route: PersonRoute,
    parameters: Record<string, unknown>,
  ): Promise<Reply<T>>;
  /** One that is dead already is no failure. */
  revokeToken(token: string): Promise<void>;
  revokeGrant(token: string): Promise<void>;
}

const pairSchema = z
  .object({
    access_token: z.string().min(1).max(1000),
    expires_in: z.number().int().positive(),
    refresh_token: z.string().min(1).max(1000),
    refresh_token_expires_in: z.number().int().positive(),
  })
  .transform((pair) => ({
    token: pair.access_token,
    refreshToken: pair.refresh_token,
    tokenSeconds: pair.expires_in,
    refreshSeconds: pair.refresh_token_expires_in,
  }));
/** GitHub answers its refusals with 200. */
const refusalSchema = z.object({ error: z.string().regex(/^[a-z_]{1,60}$/) });
/** Whatever else an answer says: the token in it, to revoke it. */
const tokenSchema = z.object({ token: z.string().min(1).max(1000) });
const foreverSchema = z.object({ access_token: z.string().min(1).max(1000) });
const userSchema = z.object({ id: z.number().int(), login: z.string(), type: z.string() });
const installationsSchema = z.object({
  total_count: z.number().int(),
  installations: z.array(z.object({ id: z.number().int() })),
});
const narrowSchema = z.object({
  token: z.string().min(1).max(1000),
  expires_at: z.string().nullish(),
  installation: z.object({
    permissions: z.record(z.string(), z.string()),
    repository_selection: z.string(),
  }),
});

/** GitHub lists a hundred at once; nobody is known to reach more. */
const perPage = 100;

/** Open the way to GitHub for people. */
export function openPersonGitHub(requester: Requester, client: ClientSettings): PersonGitHub {
  const { clientId, clientSecret, tradeUrl, redirectUri } = client;
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const asClient = (route: ClientRoute, parameters: Record<string, unknown>) =>
    requester.call<unknown>('evidence', basic, {
      route,
      parameters: { client_id: clientId, ...parameters },
    });
  const read = (token: string, route: `GET /${string}`, parameters: Record<string, unknown> = {}) =>
    requester.call<unknown>('evidence', `Bearer ${token}`, { route, parameters });

  async function trade(fields: Record<string, string>): Promise<Result<TokenPair, string>> {
    const { data } = await requester.call<unknown>('evidence', null, {
      route: 'POST /login/oauth/access_token' satisfies ClientRoute,
      parameters: {
        baseUrl: tradeUrl,
        headers: { accept: 'application/json' },
        client_id: clientId,
        client_secret: clientSecret,
        ...fields,
      },
    });
    const pair = pairSchema.safeParse(data);
    if (pair.success) return ok(pair.data);
    const refused = refusalSchema.safeParse(data);
    if (refused.success) return refuse(`GitHub answered ${refused.data.error}`);
    const forever = foreverSchema.safeParse(data);
    if (forever.success) await revokeToken(forever.data.access_token);
    return refuse(
      'expected a token of a person that expires: switch on “User-to-server token expiration” in the App’s settings on GitHub',
    );
  }

  const revokeToken = (token: string) =>
    asClient('DELETE /applications/{client_id}/token', { access_token: token }).catch(ifDead);

  return {
    trade: (code, verifier) => trade({ code, code_verifier: verifier, redirect_uri: redirectUri }),
    refresh: (refreshToken) => trade({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    readPerson: async (token) => {
      try {
        const user = userSchema.parse((await read(token, 'GET /user')).data);
        if (user.type !== 'User') return null;
        const listed = await read(token, 'GET /user/installations', { per_page: perPage });
        const { installations } = installationsSchema.parse(listed.data);
        return {
          account: { id: user.id, login: user.login },
          installations: installations.map(({ id }) => id),
        };
      } catch (error) {
        if (error instanceof GitHubFault && error.status === 401) return null;
        throw error;
      }
    },
    narrow: async (token, repository, route) => {
      const permissions = permissionsToWrite(route);
      const reply = await asClient('POST /applications/{client_id}/token/scoped', {
        access_token: token,
        target_id: repository.ownerId,
        repository_ids: [repository.id],
        permissions,
      }).catch(asRefusal);
      if (typeof reply === 'string') return refuse(reply);
      const narrow = narrowSchema.safeParse(reply.data);
      if (narrow.success && isAsAsked(narrow.data.installation, permissions))
        return ok(narrow.data.token);
      const given = tokenSchema.safeParse(reply.data);
      if (given.success) await revokeToken(given.data.token);
      return refuse('GitHub narrowed the token to something else than was asked; it was revoked');
    },
    writeAs: (token, route, parameters) =>
      requester.call('evidence', `Bearer ${token}`, { route, parameters }),
    revokeToken: async (token) => {
      await revokeToken(token);
    },
    revokeGrant: async (token) => {
      await asClient('DELETE /applications/{client_id}/grant', { access_token: token }).catch(
        ifDead,
      );
    },
  };
}

/** Chosen repositories, and no permission that was not asked. */
function isAsAsked(
  given: z.infer<typeof narrowSchema>['installation'],
  asked: Readonly<Record<string, string>>,
): boolean {
  return (
    given.repository_selection === 'selected' &&
    Object.entries(given.permissions).every(
      ([name, level]) => asked[name] === level || (name === 'metadata' && level === 'read'),
    )
  );
}

/** A token that GitHub does not know any more cannot be revoked, and need not be. */
function ifDead(error: unknown): void {
  if (error instanceof GitHubFault && [401, 404, 422].includes(error.status)) return;
  throw error;
}

function asRefusal(error: unknown): string {
  if (error instanceof GitHubFault && error.code === 'GITHUB_REFUSED') return error.message;
  throw error;
}
