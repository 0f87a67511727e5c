import type { ScreenMeta } from '#model/verify-record.ts';
import type { EvidenceBox } from '../evidence-box.ts';
import { layout } from '../evidence-layout.ts';
import { type ScreenAsked, type Viewport, viewportSizes } from '../screens-asked.ts';
import { artefactKinds, type Capture, type Captures } from './capture-side.ts';
import { compareScreens, pngSize, type ScreenDifference } from './compare-screens.ts';

/** Lay both sides of every screen and their difference into the evidence. */
export function recordScreens(
  screens: readonly ScreenAsked[],
  sides: { readonly before: Captures; readonly after: Captures },
  box: EvidenceBox,
): void {
  for (const screen of screens) {
    for (const viewport of screen.viewports) {
      const key = `${screen.screen}/${viewport}`;
      recordScreen(
        { screen, viewport },
        { before: find(sides.before, key), after: find(sides.after, key) },
        box,
      );
    }
  }
}

function find(captures: Captures, key: string): Capture {
  return captures.get(key) ?? { status: 'missing', because: 'it was not taken' };
}

function recordScreen(
  { screen, viewport }: { readonly screen: ScreenAsked; readonly viewport: Viewport },
  taken: { readonly before: Capture; readonly after: Capture },
  box: EvidenceBox,
): void {
  const before = whereRoom(taken.before, box);
  const after = whereRoom(taken.after, box);
  const folder = layout.screen(screen.screen, viewport);
  putArtefacts(box, `${folder}/before`, before);
  putArtefacts(box, `${folder}/after`, after);
  const { pixelsAt0, pixelsAt01, diff } = difference(before, after);
  if (diff !== null) box.offer(`${folder}/diff.png`, diff);
  const picture = after.status === 'captured' ? pngSize(after.artefacts.png) : null;
  const { width, height } = picture ?? viewportSizes[viewport];
  const meta: ScreenMeta = {
    schema: 'sallyport/screen/v1',
    screen: screen.screen,
    viewport,
    width,
    height,
    url: screen.url,
    before: status(before),
    after: status(after),
    equal: equality(before, after),
    pixelsAt0,
    pixelsAt01,
  };
  box.putJson(`${folder}/meta.json`, meta);
}

/** Pictures that do not fit into the evidence are missing, and say so. */
function whereRoom(capture: Capture, box: EvidenceBox): Capture {
  if (capture.status === 'missing') return capture;
  const bytes = artefactKinds.reduce((sum, kind) => sum + capture.artefacts[kind].length, 0);
  return box.hasRoom(2 * artefactKinds.length, 2 * bytes)
    ? capture
    : { status: 'missing', because: 'the pictures no longer fit into the evidence' };
}

function putArtefacts(box: EvidenceBox, prefix: string, capture: Capture): void {
  if (capture.status !== 'captured') return;
  for (const kind of artefactKinds) box.put(`${prefix}.${kind}`, capture.artefacts[kind]);
}

function difference(before: Capture, after: Capture): ScreenDifference {
  return before.status === 'captured' && after.status === 'captured'
    ? compareScreens(before.artefacts.png, after.artefacts.png)
    : { pixelsAt0: null, pixelsAt01: null, diff: null };
}

/** Byte for byte: a threshold would not see white text on white, nor a transparent overlay. */
function equality(before: Capture, after: Capture): ScreenMeta['equal'] {
  if (before.status !== 'captured' || after.status !== 'captured') return null;
  const same = (kind: (typeof artefactKinds)[number]) =>
    Buffer.compare(before.artefacts[kind], after.artefacts[kind]) === 0;
  return { png: same('png'), aria: same('aria.yml'), html: same('html') };
}

function status(capture: Capture): ScreenMeta['before'] {
  return capture.status === 'captured'
    ? { status: 'captured', because: null }
    : { status: 'missing', because: capture.because };
}
