import { randomBytes } from 'node:crypto';
import type { ActingApp } from '#local/record/principal.ts';
import { digestOf, makeToken } from '../api/opaque-token.ts';

/** GitHub's lifetimes: a code ten minutes, a token eight hours, a refresh token six months. */
export const CODE_SECONDS = 600;
export const TOKEN_SECONDS = 28_800;
export const REFRESH_SECONDS = 15_897_600;

/** What a person consented to: an App acts for them. */
export interface Consent {
  readonly appId: number;
  readonly userId: number;
}

/** What a code was given out for, and what has to come with it. */
export interface CodeTerms extends Consent {
  readonly redirectUri: string;
  /** The S256 challenge of PKCE (RFC 7636); null when the App sent none. */
  readonly challenge: string | null;
}

/** A token that acts for a person, by its digest. Times in Unix milliseconds. */
export interface UserToken extends Consent {
  readonly narrowed: Pick<ActingApp, 'repositoryIds' | 'permissions'>;
  readonly lastEight: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

interface RefreshToken extends Consent {
  /** The token that came with it: it dies when this one is used. */
  readonly tokenSha256: string;
  readonly expiresAt: number;
}

/** What outlives the process: codes do not. */
export interface SavedGrants {
  readonly consents: ReadonlyMap<string, Consent>;
  readonly tokens: ReadonlyMap<string, UserToken>;
  readonly refreshes: ReadonlyMap<string, RefreshToken>;
}

/** A fresh pair, as the App gets it. */
export interface TokenPair {
  readonly token: string;
  readonly refreshToken: string;
}

/** Everything that people authorized Apps to, kept by digest. */
export interface UserGrants {
  hasConsent(consent: Consent): boolean;
  consentsOf(userId: number): readonly Consent[];
  /** Remember the consent and give out a code. */
  authorize(terms: CodeTerms): string;
  /** Works once, within ten minutes; undefined otherwise. */
  redeem(code: string): CodeTerms | undefined;
  /** A token with its refresh token, for one repository or for all. */
  mint(consent: Consent, repositoryIds: readonly number[] | null): TokenPair;
  /** Trade a refresh token, once: it ends, and so does the token that came with it. */
  refresh(appId: number, refreshToken: string): TokenPair | undefined;
  /** A narrower token of the same life, which cannot be refreshed. */
  narrow(token: string, to: UserToken['narrowed']): string | undefined;
  find(token: string): UserToken | undefined;
  revokeToken(token: string): void;
  /** End everything of one person and one App. False when there was nothing. */
  revokeConsent(consent: Consent): boolean;
  save(): SavedGrants;
}

/** Open the book of what people authorized: empty, or with what was saved. */
export function openUserGrants(now: () => Date, saved?: SavedGrants): UserGrants {
  const consents = new Map(saved?.consents);
  const tokens = new Map(saved?.tokens);
  const refreshes = new Map(saved?.refreshes);
  const codes = new Map<string, CodeTerms & { readonly expiresAt: number }>();
  const isAlive = ({ expiresAt }: { readonly expiresAt: number }) => expiresAt > now().getTime();
  const inSeconds = (seconds: number) => now().getTime() + seconds * 1000;

  function keep(
    { appId, userId }: Consent,
    narrowed: UserToken['narrowed'],
    expiresAt: number,
  ): string {
    const token = makeToken('ghu_', 36);
    const lastEight = token.slice(-8);
    const createdAt = now().getTime();
    tokens.set(digestOf(token), { appId, userId, narrowed, lastEight, createdAt, expiresAt });
    return token;
  }

  function mint(consent: Consent, repositoryIds: readonly number[] | null): TokenPair {
    const token = keep(consent, { repositoryIds, permissions: null }, inSeconds(TOKEN_SECONDS));
    const refreshToken = makeToken('ghr_', 76);
    const { appId, userId } = consent;
    const expiresAt = inSeconds(REFRESH_SECONDS);
    refreshes.set(digestOf(refreshToken), {
      appId,
      userId,
      tokenSha256: digestOf(token),
      expiresAt,
    });
    return { token, refreshToken };
  }

  return {
    hasConsent: (consent) => consents.has(keyOf(consent)),
    consentsOf: (userId) => [...consents.values()].filter((each) => each.userId === userId),
    authorize: (terms) => {
      const code = randomBytes(10).toString('hex');
      consents.set(keyOf(terms), { appId: terms.appId, userId: terms.userId });
      codes.set(code, { ...terms, expiresAt: inSeconds(CODE_SECONDS) });
      return code;
    },
    redeem: (code) => {
      const found = codes.get(code);
      codes.delete(code);
      return found && isAlive(found) && consents.has(keyOf(found)) ? found : undefined;
    },
    mint,
    refresh: (appId, refreshToken) => {
      const key = digestOf(refreshToken);
      const found = refreshes.get(key);
      if (found?.appId !== appId || !isAlive(found)) return undefined;
      const repositoryIds = tokens.get(found.tokenSha256)?.narrowed.repositoryIds ?? null;
      refreshes.delete(key);
      tokens.delete(found.tokenSha256);
      return mint(found, repositoryIds);
    },
    narrow: (token, to) => {
      const found = tokens.get(digestOf(token));
      return found && isAlive(found) ? keep(found, to, found.expiresAt) : undefined;
    },
    find: (token) => {
      const found = tokens.get(digestOf(token));
      return found && isAlive(found) ? found : undefined;
    },
    revokeToken: (token) => {
      tokens.delete(digestOf(token));
      for (const [key, each] of refreshes)
        if (each.tokenSha256 === digestOf(token)) refreshes.delete(key);
    },
    revokeConsent: (consent) => {
      const isSame = (each: Consent) => keyOf(each) === keyOf(consent);
      for (const kept of [tokens, refreshes, codes] as readonly Map<string, Consent>[])
        for (const [key, each] of kept) if (isSame(each)) kept.delete(key);
      return consents.delete(keyOf(consent));
    },
    save: () => {
      const alive = <T extends { readonly expiresAt: number }>(kept: ReadonlyMap<string, T>) =>
        new Map([...kept].filter(([, each]) => isAlive(each)));
      return { consents: new Map(consents), tokens: alive(tokens), refreshes: alive(refreshes) };
    },
  };
}

function keyOf({ appId, userId }: Consent): string {
  return `${appId}:${userId}`;
}
