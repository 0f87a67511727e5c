import type { App } from '#local/record/app.ts';
import type { Webhook } from '../api/operation.ts';
import type { World } from '../world.ts';

/** What GitHub says to a webhook that is new. */
export function buildPing(world: World, app: App): Webhook<'ping'> {
  const now = world.now().toISOString();
  return {
    zen: 'Keep it logically awesome.',
    hook_id: app.id,
    hook: {
      type: 'App',
      id: app.id,
      name: 'web',
      active: true,
      events: [...app.events],
      app_id: app.id,
      config: { content_type: 'json', insecure_ssl: '0', url: app.webhook?.url ?? '' },
      created_at: now,
      updated_at: now,
      deliveries_url: `${world.urls.rest}/app/hook/deliveries`,
    },
  };
}
