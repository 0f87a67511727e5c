import { z } from 'zod';
import type { Leave } from '#model/leave.ts';
import { leaveEndSchema, leaveSchema } from '#model/leave.ts';
import { plainLine } from '#model/neutralise.ts';
import { askApp } from './ask-app.ts';
import { openOutput } from './output.ts';

const why = 'what people let it do is known to it alone; start it, then ask again';
const listed = z.object({ people: z.array(leaveSchema) });
const answered = z.object({ ended: leaveEndSchema });
/** A name of somebody else's choice is data on a terminal too. */
const cellMax = 200;

/** `sallyport people list`: who let the App open pull requests as them. */
export async function peopleList(options: { readonly json?: boolean }): Promise<void> {
  const { people } = listed.parse(await askApp('GET', '/v1/people', why));
  const lines = people.map((leave) => plainLine(toLine(leave), cellMax));
  const none = 'nobody let this App act for them';
  openOutput(options.json ?? false).answer({ people }, lines.length > 0 ? lines : [none]);
}

function toLine(leave: Leave): string {
  const { login, id, state, token, since, lastUsedAt, expiresAt, endedAt, because } = leave;
  const life =
    endedAt === null
      ? `since ${since}, last used ${lastUsedAt ?? 'never'}, until ${expiresAt}`
      : `since ${endedAt}: ${because}${leave.isKept ? '; GitHub has not confirmed it yet' : ''}`;
  return `${login} (${id}), token ${token}: ${state} ${life}`;
}

const outcomes = {
  revoked: 'its tokens are revoked at GitHub and forgotten here',
  pending: 'GitHub does not answer, and is asked again until it does; nothing is done with it here',
  out_of_reach:
    'this App cannot tell GitHub, and has forgotten its copy; the person can end it there, too',
};

/** `sallyport people forget LOGIN|ID`: end what a person let the App do, here and at GitHub. */
export async function peopleForget(
  who: string,
  options: { readonly because?: string; readonly json?: boolean },
): Promise<void> {
  const path = `/v1/people/${encodeURIComponent(who.slice(0, 100))}`;
  const body = options.because === undefined ? {} : { because: options.because };
  const { ended } = answered.parse(await askApp('DELETE', path, why, body));
  openOutput(options.json ?? false).answer(ended, [
    plainLine(`what ${ended.login} let this App do ended: ${outcomes[ended.atGitHub]}`, cellMax),
  ]);
}
