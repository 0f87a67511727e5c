import { fullName } from '#cli/demo/journey.ts';
import { organization, people } from '#cli/demo/shop.ts';
import type { Entry } from '#model/entry.ts';
import type { Source, SourceKind } from '#model/source.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import type { SentCall, SentIssue } from '../ingress/a-sender.ts';
import { aSource, senders } from '../ingress/a-sender.ts';
import type { Story } from './a-story.ts';

/** An issue that people see on GitHub. */
export interface IssueSeen {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly user: { readonly login: string };
  readonly labels: readonly { readonly name: string }[];
}

/** A source with a name and a secret of its own, writing to one repository. */
export function sourceOf(
  kind: SourceKind,
  repository: string,
  changes: Partial<Source> = {},
): Source {
  const name = `${kind}-${repository}`;
  const own = Buffer.from(`${name} has a secret of its own`).toString('base64').slice(0, 40);
  const secret = kind === 'standard-webhooks' ? `whsec_${own}` : `secret-${own}`;
  return aSource(kind, { name, secret, owner: organization, repository, ...changes });
}

/** Post a signed call to the App, and hear what it answers. */
export async function post(
  { factory }: Story,
  name: string,
  { headers, body }: SentCall,
): Promise<{ readonly status: number; readonly answer: Record<string, unknown> }> {
  const reply = await fetch(`${factory.app.url}/api/signals/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: reply.status, answer: (await reply.json()) as Record<string, unknown> };
}

/** The sender says it and signs it, now. */
export function sign(source: Source, issue: SentIssue): SentCall {
  const now = new Date();
  return senders[source.kind].sign(senders[source.kind].say(issue, now), source.secret, now);
}

/** Signed, posted, taken, and its work done. */
export async function report(story: Story, source: Source, issue: SentIssue): Promise<void> {
  const { status, answer } = await post(story, source.name, sign(source, issue));
  if (status !== 200 || answer.duplicate !== false || answer.ignored !== null)
    throw new Error(`expected a taken signal, got ${status}: ${JSON.stringify(answer)}`);
  await quietApp(story);
}

/** No job waits, and every delivery of what was written has been worked on. */
export async function quietApp({ factory }: Story): Promise<void> {
  await factory.app.idle();
  await factory.github.idle();
  await factory.app.idle();
}

/** The issues of a repository that the App wrote, oldest first. */
export async function writtenIssues(story: Story, name: string): Promise<readonly IssueSeen[]> {
  const path = `/repos/${fullName(story.stage(name))}/issues?state=all&direction=asc&per_page=100`;
  const all = await story.factory.person(people.maintainer.login).get<IssueSeen[]>(path);
  return all.filter(({ user }) => user.login === story.factory.app.edges.identity.botLogin);
}

/** What the ledger says of a source, by the end of each entry's kind. */
export async function ledgerOf({ factory }: Story, source: Source): Promise<readonly Entry[]> {
  const entries = await listEntries(factory.app.edges.database);
  return entries.filter(({ facts }) => facts.source === source.name);
}
