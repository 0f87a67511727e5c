import { once } from 'node:events';
import { createServer } from 'node:http';
import { buildBareProbot } from '#github/bare-probot.ts';
import { readSettings } from '../../settings.ts';
import { Exit } from '../exit-code.ts';
import { untilInterrupted } from '../until-interrupted.ts';

/**
 * The other side of the ingress measurement, in a process of its own like `sallyport serve`: bare
 * Probot on the same settings. It answers `/readyz`, so that its start can be waited for.
 */
export async function serveBareProbot(options: { handler?: boolean }): Promise<void> {
  const settings = readSettings();
  if (!settings.ok) throw new Exit('usage', `settings: ${settings.refusal.join('; ')}`);
  const probot = await buildBareProbot(settings.value, options.handler ?? false);
  const server = createServer((request, response) => {
    if (request.url === '/readyz') response.end('ok');
    else probot(request, response);
  });
  server.listen(settings.value.port, settings.value.host);
  await once(server, 'listening');
  await untilInterrupted();
  server.closeAllConnections();
  server.close();
}
