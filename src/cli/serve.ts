import { openFirstRun } from '#compose/first-run.ts';
import { openApp } from '../app.ts';
import type { FirstRun } from '../settings.ts';
import { readFirstRun, readSettings } from '../settings.ts';
import { Exit } from './exit-code.ts';
import type { Output } from './output.ts';
import { openOutput } from './output.ts';
import { openRelay, parseChannel, type Relay } from './relay.ts';
import { untilInterrupted } from './until-interrupted.ts';

/**
 * `sallyport serve`: the App until a signal ends it. `--smee` relays deliveries while developing.
 * Without the credentials of an App, the page comes first from which an owner creates one.
 */
export async function serve(options: { smee?: string }): Promise<void> {
  const output = openOutput(false);
  const channel = options.smee === undefined ? null : parseChannel(options.smee);
  const interrupted = untilInterrupted();
  const firstRun = readFirstRun();
  if (!firstRun.ok) throw new Exit('usage', `settings: ${firstRun.refusal.join('; ')}`);
  if (firstRun.value !== null) {
    const created = await createApp(firstRun.value, channel, output, interrupted);
    if (!created) return;
  }
  const settings = readSettings();
  if (!settings.ok) throw new Exit('usage', `settings: ${settings.refusal.join('; ')}`);
  const app = await openApp(settings.value, output.say);
  let relay: Relay | null = null;
  try {
    output.say(`Sallyport listens on ${app.url}, pages at ${app.url}/runs`);
    if (channel !== null) {
      const onReturn = () => void app.reconcile().catch((error) => output.say(String(error)));
      relay = await openRelay(channel, app.url, { say: output.say, onReturn });
    }
    await interrupted;
  } finally {
    await relay?.stop();
    await app.close();
  }
}

/** Serve the first-run page until the App exists; false when a signal came before. */
async function createApp(
  settings: FirstRun,
  channel: string | null,
  { say }: Output,
  interrupted: Promise<unknown>,
): Promise<boolean> {
  const hookUrl = channel ?? `${settings.publicUrl}/api/github/webhooks`;
  const setup = await openFirstRun(settings, hookUrl, say);
  try {
    say(`There is no App yet. Create it here: ${setup.pageUrl}`);
    const created = setup.created.then(() => true);
    return await Promise.race([created, interrupted.then(() => false)]);
  } finally {
    await setup.close();
  }
}
