import { compactVerify, importSPKI } from 'jose';
import type { App } from '#local/record/app.ts';
import type { World } from '../world.ts';
import { REST_DOCUMENTATION } from './documentation.ts';
import { HttpError } from './route.ts';

/** GitHub's bound on the life of an App's JWT; a minute more for clocks that differ. */
const LIFETIME_SECONDS_MAX = 600;
const CLOCK_SKEW_SECONDS = 60;

/** The refusals are about the caller, whatever it wanted: they name no operation's page. */
function refusal(status: 401 | 404, message: string): HttpError {
  const error = new HttpError(status, message);
  error.documentationUrl = REST_DOCUMENTATION;
  return error;
}

/** Verify the JWT an App signs in with. Throws 401 (404 for an unknown App) in GitHub's words. */
export async function verifyAppJwt(world: World, jwt: string): Promise<App> {
  const claims = readClaims(jwt);
  if (claims.iss === '') throw refusal(401, "Missing 'issuer' claim ('iss') in assertion");
  const app = findApp(world, claims.iss);
  if (!app?.publicKeyPem) throw refusal(404, 'Integration not found');
  await checkSignature(app, jwt);
  checkTimes(claims, Math.floor(world.now().getTime() / 1000));
  return app;
}

interface Claims {
  readonly iss: string;
  readonly iat: unknown;
  readonly exp: unknown;
}

function readClaims(jwt: string): Claims {
  try {
    const part = jwt.split('.')[1] ?? '';
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value !== 'object' || value === null) throw new Error('not an object');
    const { iss, iat, exp } = value as Record<string, unknown>;
    return { iss: String(iss ?? ''), iat, exp };
  } catch {
    throw refusal(401, 'A JSON web token could not be decoded');
  }
}

function findApp(world: World, issuer: string): App | undefined {
  for (const app of world.apps.values())
    if (String(app.id) === issuer || app.clientId === issuer) return app;
  return undefined;
}

async function checkSignature(app: App, jwt: string): Promise<void> {
  try {
    const key = await importSPKI(app.publicKeyPem, 'RS256');
    // Only the signature: the times are checked below, with GitHub's own words.
    await compactVerify(jwt, key, { algorithms: ['RS256'] });
  } catch (cause) {
    const error = refusal(401, 'A JSON web token could not be decoded');
    error.cause = cause;
    throw error;
  }
}

function checkTimes({ iat, exp }: Claims, now: number): void {
  if (typeof exp !== 'number' || !Number.isInteger(exp) || exp <= now)
    throw refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > now + LIFETIME_SECONDS_MAX + CLOCK_SKEW_SECONDS)
    throw refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > now + CLOCK_SKEW_SECONDS)
    throw refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
}
