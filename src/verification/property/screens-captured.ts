import type { ScreenMeta } from '#model/verify-record.ts';
import { quote } from '../quote.ts';
import { notShown, type Shown, shown } from './shown.ts';

/** SCREENS_CAPTURED: every screen and viewport the policy asks for was captured before and after. */
export function screensCaptured(
  screens: readonly ScreenMeta[],
  asked: readonly { readonly screen: string; readonly viewport: string }[],
): Shown {
  for (const { screen, viewport } of asked) {
    const label = quote(`${screen} ${viewport}`);
    const meta = screens.find((one) => one.screen === screen && one.viewport === viewport);
    if (meta === undefined) return notShown(`The screen ${label} was not captured.`);
    for (const side of ['before', 'after'] as const) {
      const { status, because } = meta[side];
      if (status !== 'captured') {
        return notShown(
          `The screen ${label} could not be captured ${side} the change: ${because === null ? 'no reason was recorded' : quote(because)}.`,
        );
      }
    }
  }
  return shown;
}
