import { openApp } from '../app.ts';
import { readSettings } from '../settings.ts';
import { Exit } from './exit-code.ts';
import { openOutput } from './output.ts';
import { openRelay, parseChannel, type Relay } from './relay.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** `sallyport serve`: the App until a signal ends it. `--smee` relays deliveries while developing. */
export async function serve(options: { smee?: string }): Promise<void> {
  const output = openOutput(false);
  const channel = options.smee === undefined ? null : parseChannel(options.smee);
  const settings = readSettings();
  if (!settings.ok) throw new Exit('usage', `settings: ${settings.refusal.join('; ')}`);
  const app = await openApp(settings.value, output.say);
  let relay: Relay | null = null;
  try {
    output.say(`Sallyport listens on ${app.url}, pages at ${app.url}/runs`);
    if (channel !== null) relay = await openRelay(channel, app.url, output.say);
    await untilInterrupted();
  } finally {
    await relay?.stop();
    await app.close();
  }
}
