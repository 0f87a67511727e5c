// Runs inside the sandbox, beside the server of the page. Takes the pages' pictures the same way
// every time: fixed clock, seeded random numbers, one locale, no animation, no network noise.
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page, type Request } from 'playwright-core';
import type { CaptureOrder, CaptureReport } from '#verification/capture/capture-report.ts';

/** One page, from opening to its last picture. */
const pageMs = 25_000;
/** For pictures and fonts that were asked for and have not arrived. */
const picturesMs = 5000;
/** Between two tries to reach the server. */
const retryMs = 50;
/** No request under way for so long: the page has what it asked for. */
const quietMs = 120;
/** For a page that never stops asking. */
const quietLimitMs = 10_000;

/**
 * Fonts and rasterization as data, not as the machine's taste: with these, ten captures of one page
 * gave one hash. `--no-sandbox`: the sandbox around this process is the wall.
 */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The browser's own call home. What the page asks for goes to the gate, which says no where it must.
  '--host-resolver-rules=MAP update.googleapis.com ~NOTFOUND',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
  '--disable-lcd-text',
  '--disable-font-subpixel-positioning',
  '--force-color-profile=srgb',
  '--force-device-scale-factor=1',
  '--hide-scrollbars',
  '--disable-partial-raster',
  '--disable-skia-runtime-opts',
];

/** The moment every page believes it is. */
const clock = new Date('2026-01-01T12:00:00Z');
const pausedAt = new Date('2026-01-01T12:00:01Z');
/** How far the page's own timers run, in the page's time, before the picture. */
const pageTimeMs = 1000;

/** Wait for the server, then take every page; `report.json` says how it went. */
export async function capture(order: CaptureOrder): Promise<void> {
  // The browser starts while the server does.
  const [ready, browser] = await Promise.all([
    answers(order),
    chromium.launch({ executablePath: order.executable, args: flags, timeout: pageMs }),
  ]);
  const report: CaptureReport = { ready, pages: [] };
  try {
    for (const page of ready ? order.pages : []) {
      report.pages.push({ name: page.name, because: await capturePage(browser, order, page) });
    }
  } finally {
    await browser.close();
  }
  await writeFile(join(order.out, 'report.json'), JSON.stringify(report));
}

/** Wait until something listens on the port. */
async function answers({ port, readyMs }: CaptureOrder): Promise<boolean> {
  for (const end = Date.now() + readyMs; Date.now() < end; await sleep(retryMs)) {
    if (await isOpen(port)) return true;
  }
  return false;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

type PageAsked = CaptureOrder['pages'][number];

/** Null when all three artefacts are written, else why not. */
async function capturePage(
  browser: Browser,
  order: CaptureOrder,
  asked: PageAsked,
): Promise<string | null> {
  const { name, url, width, height } = asked;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: 'en-US',
    timezoneId: 'UTC',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    deviceScaleFactor: 1,
    serviceWorkers: 'block',
    acceptDownloads: false,
  });
  try {
    context.setDefaultTimeout(pageMs);
    await context.addInitScript(seedRandom);
    const page = await context.newPage();
    await page.clock.install({ time: clock });
    await page.clock.pauseAt(pausedAt);
    const requests = watchRequests(page);
    const response = await page.goto(url, { waitUntil: 'load' });
    if (response === null || response.status() >= 400) {
      return `the page answered with status ${response?.status() ?? 'none'}`;
    }
    await settle(page, requests);
    const aria = await page.locator('body').ariaSnapshot();
    const html = await page.content();
    const png = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
    await writeFile(join(order.out, `${name}.aria.yml`), `${aria}\n`);
    await writeFile(join(order.out, `${name}.html`), html);
    await writeFile(join(order.out, `${name}.png`), png);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return (message.split('\n')[0] ?? '').slice(0, 400);
  } finally {
    await context.close();
  }
}

/** The page's timers run as far as every time; then late requests, fonts and pictures arrive. */
async function settle(page: Page, requests: Requests): Promise<void> {
  await page.clock.runFor(pageTimeMs);
  await requests.quiet();
  // A lazy picture below the fold never arrives, and the page's own clock stands still.
  await Promise.race([page.evaluate(pageIsReady), sleep(picturesMs, undefined, { ref: false })]);
}

interface Requests {
  /** Resolves when none was under way for a while, or when a page asks without end. */
  quiet(): Promise<void>;
}

/**
 * Playwright's own `networkidle` waits half a second for every page, whatever the page does. An
 * event stream stays open for good and is no reason to wait.
 */
function watchRequests(page: Page): Requests {
  const open = new Set<Request>();
  let since = Date.now();
  const end = (request: Request) => {
    if (open.delete(request)) since = Date.now();
  };
  page.on('request', (request) => {
    if (request.resourceType() === 'eventsource') return;
    open.add(request);
    since = Date.now();
  });
  page.on('requestfinished', end);
  page.on('requestfailed', end);
  return {
    quiet: async () => {
      const limit = Date.now() + quietLimitMs;
      while (Date.now() < limit && (open.size > 0 || Date.now() - since < quietMs)) {
        await sleep(quietMs / 4);
      }
    },
  };
}

/** As text, because it belongs to the page's world and its names are not ours. */
const pageIsReady = `(async () => {
  await document.fonts.ready;
  const pictures = [...document.images].map((image) => image.decode().catch(() => {}));
  await Promise.all(pictures);
})()`;

/** Runs in the page before its own scripts: Math.random and crypto from a fixed seed (mulberry32). */
function seedRandom(): void {
  let state = 0x5a11;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  Math.random = next;
  const fill = <T extends ArrayBufferView | null>(array: T): T => {
    if (array !== null) {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(next() * 256);
    }
    return array;
  };
  crypto.getRandomValues = fill;
  crypto.randomUUID = () => {
    const hex = [...fill(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
}
