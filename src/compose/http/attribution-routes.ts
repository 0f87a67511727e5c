import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { pageHeaders } from '#dashboard/page.ts';
import { readBody } from '#http/read-body.ts';
import type { Exchange, HttpRoute } from '#http/server.ts';
import { sha256 } from '#model/digest.ts';
import { authorizeUrl } from '#people/authorize-url.ts';
import { finishSignIn } from '#people/people.ts';
import { renderSignInPage } from '#people/render-page.ts';
import type { Edges } from '../edges.ts';
import type { People } from '../people.ts';
import { composePeople, signInDonePath, signInPath } from '../people.ts';
import { isOwnForm } from './may-look.ts';

const cookieName = 'sallyport_sign_in';
/** The cookie is good for nothing else, and opens as nothing else. */
const cookieContext = 'sign-in';
/** GitHub's code lives as long. */
const signInMs = 10 * 60_000;
const formBytesMax = 1024;

const signInSchema = z.strictObject({
  state: z.string(),
  verifier: z.string(),
  intent: z.enum(['begin', 'end']),
  until: z.number(),
});
type SignInState = z.infer<typeof signInSchema>;

/**
 * Where people let the App open pull requests as them, and take that back; nothing where it is not
 * switched on. The page is for everybody: it shows nothing, and only GitHub says who somebody is.
 */
export function attributionRoutes(edges: Edges): readonly HttpRoute[] {
  const people = composePeople(edges);
  if (!people) return [];
  return [
    {
      method: 'GET',
      path: signInPath,
      serve: async (exchange) => sendPage(edges, exchange, 200, null),
    },
    { method: 'POST', path: signInPath, serve: (exchange) => begin(edges, exchange) },
    { method: 'GET', path: signInDonePath, serve: (exchange) => finish(edges, people, exchange) },
  ];
}

/** What the browser has to bring back travels sealed in a cookie: any replica can finish. */
async function begin(edges: Edges, exchange: Exchange): Promise<void> {
  const { settings, sealer, now } = edges;
  const body = await readBody(exchange.request, formBytesMax);
  const intent = body.ok ? new URLSearchParams(decode(body.value)).get('intent') : null;
  if (!isOwnForm(exchange.request) || (intent !== 'begin' && intent !== 'end'))
    return sendPage(edges, exchange, 403, 'Nothing was done: a form of this page was expected.');
  const [state, verifier] = [randomName(), randomName()];
  const until = now().getTime() + signInMs;
  const kept: SignInState = { state, verifier, intent, until };
  const location = authorizeUrl({
    serverUrl: settings.serverUrl,
    clientId: settings.openAsRequester?.clientId ?? '',
    redirectUri: `${settings.publicUrl}${signInDonePath}`,
    state,
    verifier,
  });
  const cookie = toCookie(settings.publicUrl, sealer.seal(JSON.stringify(kept), cookieContext));
  exchange.response.writeHead(303, { ...pageHeaders, location, 'set-cookie': cookie }).end();
}

async function finish(edges: Edges, people: People, exchange: Exchange): Promise<void> {
  const query = new URLSearchParams(exchange.request.url?.split('?')[1] ?? '');
  const kept = readState(edges, exchange.request);
  const isOurs = kept !== null && isSame(kept.state, query.get('state') ?? '');
  if (!isOurs || kept.until <= edges.now().getTime()) {
    const sentence =
      'Nothing was done: the state that came back was not given to this browser, or is more than ten minutes old.';
    return sendPage(edges, exchange, 403, sentence);
  }
  const code = query.get('code');
  if (code === null || !/^[\w-]{1,200}$/.test(code))
    return sendPage(
      edges,
      exchange,
      403,
      'Nothing was done: GitHub sent no code, since you did not authorize the App.',
    );
  const { verifier, intent } = kept;
  const outcome = await finishSignIn(people.deps, { code, verifier, intent });
  if (!outcome.ok) return sendPage(edges, exchange, 403, `Nothing was done: ${outcome.refusal}`);
  const { login } = outcome.value;
  const sentence =
    intent === 'begin'
      ? `From now on this App opens pull requests as ${login}, where a policy asks for it.`
      : `This App opens nothing as ${login} any more.`;
  return sendPage(edges, exchange, 200, sentence);
}

/** The page; the cookie has served, whatever came of it. */
function sendPage(
  { settings }: Edges,
  { response }: Exchange,
  status: number,
  sentence: string | null,
): void {
  const policy = pageHeaders['content-security-policy'].replace(
    "form-action 'none'",
    `form-action 'self' ${new URL(settings.serverUrl).origin}`,
  );
  const spent = sentence === null ? {} : { 'set-cookie': toCookie(settings.publicUrl, null) };
  // The form has to say where it came from.
  const referrer = { 'referrer-policy': 'same-origin' };
  response
    .writeHead(status, { ...pageHeaders, ...referrer, 'content-security-policy': policy, ...spent })
    .end(renderSignInPage({ sentence, serverUrl: settings.serverUrl }));
}

function toCookie(publicUrl: string, value: string | null): string {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  const kept = value === null ? '=; Max-Age=0' : `=${value}; Max-Age=${signInMs / 1000}`;
  // Lax, not Strict: the browser comes back from GitHub with it.
  return `${cookieName}${kept}; Path=${signInPath}; HttpOnly; SameSite=Lax${secure}`;
}

function readState({ sealer }: Edges, request: IncomingMessage): SignInState | null {
  const pattern = new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]{1,2000})(?:;|$)`);
  const sealed = pattern.exec(request.headers.cookie ?? '')?.[1];
  const text = sealed === undefined ? null : sealer.open(sealed, cookieContext);
  return text === null ? null : signInSchema.parse(JSON.parse(text));
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(a)), Buffer.from(sha256(b)));
}

/** 43 characters that nobody guesses: what PKCE asks of a verifier (RFC 7636 §4.1). */
function randomName(): string {
  return randomBytes(32).toString('base64url');
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
