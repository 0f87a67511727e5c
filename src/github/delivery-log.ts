import { z } from 'zod';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

const attempts = z.array(
  z.object({
    id: z.number().int(),
    guid: z.string(),
    delivered_at: z.string(),
    status_code: z.number().int(),
  }),
);

const pageSize = 100;
/** GitHub keeps three days; a pass that finds more than this goes on with the next one. */
const pagesMax = 20;

/**
 * GitHub's attempts at delivering to this App that are newer than one of them, newest first.
 *
 * Source  docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook
 */
export async function listAttempts(github: GitHub, afterId: number) {
  const found: { id: number; guid: string; at: string; status: number }[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const reply = await github.requestAsApp<unknown>('ingress', 'GET /app/hook/deliveries', {
      per_page: pageSize,
      ...(cursor ? { cursor } : {}),
    });
    const parsed = attempts.safeParse(reply.data);
    if (!parsed.success) throw new GitHubFault('deliveries', 502, parsed.error.issues[0]);
    const fresh = parsed.data.filter((one) => one.id > afterId);
    found.push(
      ...fresh.map(({ id, guid, delivered_at, status_code }) => ({
        id,
        guid,
        at: delivered_at,
        status: status_code,
      })),
    );
    cursor = nextCursor(String(reply.headers.link ?? ''));
    if (!cursor || fresh.length < parsed.data.length) break;
  }
  return found;
}

function nextCursor(link: string): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  return next ? (new URL(next).searchParams.get('cursor') ?? undefined) : undefined;
}

/**
 * Have a delivery sent once more: signed, with its GUID. One that GitHub no longer has is gone.
 *
 * Source  docs.github.com/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook
 */
export async function redeliver(github: GitHub, deliveryId: number): Promise<void> {
  await github
    .requestAsApp('ingress', 'POST /app/hook/deliveries/{delivery_id}/attempts', {
      delivery_id: deliveryId,
    })
    .catch((error: unknown) => {
      if (error instanceof GitHubFault && [404, 422].includes(error.status)) return;
      throw error;
    });
}

const installations = z.array(
  z.object({
    id: z.number().int(),
    suspended_at: z.string().nullish(),
    created_at: z.string().nullish(),
    repository_selection: z.string().nullish(),
    account: z.object({ login: z.string() }).nullish(),
  }),
);

/** The App on one account. */
export interface Installation {
  readonly id: number;
  /** Empty when the account is gone. */
  readonly account: string;
  readonly isSuspended: boolean;
  /** RFC 3339; null where GitHub does not say. */
  readonly createdAt: string | null;
  /** `all` or `selected` repositories. */
  readonly reach: string;
}

/** Ids of the installations that are there and not suspended. */
export async function listInstallations(github: GitHub): Promise<ReadonlySet<number>> {
  const all = await readInstallations(github);
  return new Set(all.filter((one) => !one.isSuspended).map(({ id }) => id));
}

/** Every installation, the suspended ones too. */
export async function readInstallations(github: GitHub): Promise<readonly Installation[]> {
  const all: Installation[] = [];
  for (let page = 1; ; page += 1) {
    const reply = await github.requestAsApp<unknown>('ingress', 'GET /app/installations', {
      per_page: pageSize,
      page,
    });
    const parsed = installations.safeParse(reply.data);
    if (!parsed.success) throw new GitHubFault('installations', 502, parsed.error.issues[0]);
    all.push(...parsed.data.map(toInstallation));
    if (parsed.data.length < pageSize) return all;
  }
}

function toInstallation(one: z.infer<typeof installations>[number]): Installation {
  return {
    id: one.id,
    account: one.account?.login ?? '',
    isSuspended: Boolean(one.suspended_at),
    createdAt: one.created_at ?? null,
    reach: one.repository_selection ?? 'unknown',
  };
}
