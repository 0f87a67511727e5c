import type { RequestListener } from 'node:http';
import { createNodeMiddleware, Probot } from 'probot';
import type { WebhookSettings } from './webhook.ts';

/**
 * A Probot App that keeps nothing and does nothing, as its documentation builds one: the baseline of
 * the ingress measurement. `withHandler` gives it a handler that returns at once; without one it
 * only verifies. Its log is silent, which is to its advantage.
 */
export async function buildBareProbot(
  settings: WebhookSettings,
  withHandler: boolean,
): Promise<RequestListener> {
  const probot = new Probot({
    appId: settings.appId,
    privateKey: settings.privateKeyPem,
    secret: settings.webhookSecret,
    logLevel: 'fatal',
  });
  const serve = await createNodeMiddleware(
    (app) => {
      if (withHandler) app.on(['issues', 'pull_request'], async () => {});
    },
    { probot, webhooksPath: '/api/github/webhooks' },
  );
  return (request, response) => void serve(request, response);
}
