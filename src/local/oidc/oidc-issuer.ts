import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK_RSA_Private,
  SignJWT,
} from 'jose';
import { buildJobClaims, type JobFacts } from './job-claims.ts';

/** The issuer of ID tokens: keys made at start, one request token for each job that may ask. */
export interface OidcIssuer {
  /** The pair a job with `id-token: write` gets; it dies with `end`. */
  begin(jobId: number, facts: JobFacts): { readonly url: string; readonly token: string };
  end(jobId: number): void;
  /** Answer a request below the issuer or `/_oidc/`; false when the path is another's. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** The private signing key: an issuer that is opened with it again is the same one. */
  readonly key: JWK_RSA_Private;
}

/** What the issuer is told at start. */
export interface IssuerOptions {
  readonly origin: string;
  readonly issuer: string;
  readonly now: () => Date;
  /** The key of an earlier issuer; a new one is made when absent. */
  readonly key?: JWK_RSA_Private;
}

// GitHub's own: five minutes to use a token, ten minutes of tolerance for slow clocks.
const LIFETIME_SECONDS = 300;
const BACKDATE_SECONDS = 600;
const AUDIENCE_CHARACTERS_MAX = 1024;

interface LiveJob {
  readonly token: string;
  readonly facts: JobFacts;
}

/** Make or take over an RS256 key and serve its JWKS, the discovery document and ID tokens for running jobs. */
export async function openOidcIssuer(options: IssuerOptions): Promise<OidcIssuer> {
  const key = options.key ?? (await makeKey());
  const privateKey = await importJWK(key, 'RS256');
  const publicJwk = { kty: 'RSA', n: key.n, e: key.e };
  const kid = await calculateJwkThumbprint(publicJwk);
  const jwks = { keys: [{ ...publicJwk, kid, use: 'sig', alg: 'RS256' }] };
  const base = new URL(options.issuer).pathname.replace(/\/$/, '');
  const jobs = new Map<number, LiveJob>();

  const mint = (facts: JobFacts, audience: string) => {
    const issued = Math.floor(options.now().getTime() / 1000);
    return new SignJWT(buildJobClaims(facts))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
      .setIssuer(options.issuer)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(issued)
      .setNotBefore(issued - BACKDATE_SECONDS)
      .setExpirationTime(issued + LIFETIME_SECONDS)
      .sign(privateKey);
  };

  const serveToken = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const job = jobs.get(Number(url.pathname.split('/')[3]));
    const bearer = /^bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (job === undefined || bearer !== job.token)
      return reply(response, 401, { message: 'the request token is not valid for a running job' });
    const audience = url.searchParams.get('audience') ?? `https://github.com/${job.facts.owner}`;
    if (audience === '' || audience.length > AUDIENCE_CHARACTERS_MAX)
      return reply(response, 400, { message: 'expected an audience of 1 to 1024 characters' });
    return reply(response, 200, { count: 1, value: await mint(job.facts, audience) });
  };

  return {
    key,
    begin: (jobId, facts) => {
      const token = randomBytes(32).toString('base64url');
      jobs.set(jobId, { token, facts });
      // The toolkit appends `&audience=…` blindly, so the URL must already have a query.
      const url = `${options.origin}/_oidc/${facts.runId}/${jobId}/idtoken?api-version=2.0`;
      return { url, token };
    },
    end: (jobId) => {
      jobs.delete(jobId);
    },
    serve: async (request, response) => {
      const url = new URL(request.url ?? '/', options.origin);
      if (url.pathname === `${base}/.well-known/openid-configuration`)
        reply(response, 200, discovery(options.issuer));
      else if (url.pathname === `${base}/.well-known/jwks`) reply(response, 200, jwks);
      else if (/^\/_oidc\/\d+\/\d+\/idtoken$/.test(url.pathname))
        await serveToken(request, response, url);
      else return false;
      return true;
    },
  };
}

async function makeKey(): Promise<JWK_RSA_Private> {
  const options = { modulusLength: 2048, extractable: true };
  return (await exportJWK((await generateKeyPair('RS256', options)).privateKey)) as JWK_RSA_Private;
}

function discovery(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
