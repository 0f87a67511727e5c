import { openApp } from '../app.ts';
import { readSettings } from '../settings.ts';
import { Exit } from './exit-code.ts';
import { openOutput } from './output.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** `sallyport serve`: the App until a signal ends it. `--smee` relays deliveries while developing. */
export async function serve(options: { smee?: string }): Promise<void> {
  const output = openOutput(false);
  const settings = readSettings();
  if (!settings.ok) throw new Exit('usage', `settings: ${settings.refusal.join('; ')}`);
  const app = await openApp(settings.value, output.say);
  output.say(`Sallyport listens on ${app.url}, pages at ${app.url}/runs`);
  const relay = options.smee ? await openRelay(options.smee, app.url) : undefined;
  await untilInterrupted();
  await relay?.stop();
  await app.close();
}

async function openRelay(source: string, appUrl: string) {
  const { SmeeClient } = await import('smee-client');
  const client = new SmeeClient({ source, target: `${appUrl}/api/github/webhooks` });
  await client.start();
  return client;
}
