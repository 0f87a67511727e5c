import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ScreenMeta } from '#model/verify-record.ts';
import type { Browser } from '#verification/verification-deps.ts';
import { browserPath } from '../../action/verify/find-browser.ts';
import { base, judgeChange, policyOf } from './example.ts';

const browser: Browser = {
  executable: browserPath() ?? 'no browser',
  version: null,
  fonts: null,
  script: {
    folder: fileURLToPath(new URL('../../action/verify', import.meta.url)),
    file: 'capture.ts',
  },
  mounts: [],
};

/** A page with everything that makes pictures differ: time, chance, movement, late data. */
const page = `<!doctype html><html lang="en"><title>Shop</title>
<style>body { background: #fff } @keyframes turn { to { transform: rotate(360deg) } } #turn { width: 30px; height: 30px; background: red; animation: turn 1s infinite }</style>
<h1>Shop</h1><p id="seen"></p><div id="turn"></div><button aria-label="Buy">Buy</button><!-- here -->
<script>
  seen.textContent = new Date().toISOString() + ' ' + Math.random() + ' ' + crypto.randomUUID();
  setInterval(() => { turn.dataset.at = Date.now() }, 100);
</script></html>
`;
/** What the change does to the page at each path. */
const variants: Readonly<
  Record<string, readonly ('fail' | readonly [from: string, to: string])[]>
> = {
  same: [],
  broken: ['fail'],
  pale: [['<!-- here -->', '<p style="color: #fdfdfd">hidden</p>']],
  overlay: [
    [
      '<!-- here -->',
      '<a href="/evil" aria-label="x" style="position: fixed; inset: 0; opacity: .001"></a>',
    ],
  ],
  handler: [['<!-- here -->', '<span onclick="fetch(1)"></span>']],
  label: [['aria-label="Buy"', 'aria-label="Delete account"']],
  visible: [
    ['background: #fff', 'background: #fefefe'],
    ['<h1>Shop', '<h1>Ship'],
  ],
};
const server = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  const changes = JSON.parse(read('variants.json'))[request.url.slice(1)] ?? [];
  response.statusCode = changes.includes('fail') ? 500 : 200;
  response.end(changes.filter(Array.isArray).reduce((page, [from, to]) => page.replace(from, to), read('page.html')));
}).listen(process.env.PORT, '127.0.0.1');
`;
const files = { ...base, 'page.html': page, 'server.js': server, 'variants.json': '{}' };

function serving(serve: string, port: number) {
  return policyOf({
    verify: { commands: [{ name: 'none', run: 'true' }], screens: [{ name: 'shop', serve, port }] },
  });
}

describe('capture', () => {
  let metas: ReadonlyMap<string, ScreenMeta>;
  let tree: ReadonlyMap<string, Uint8Array>;
  beforeAll(async () => {
    const screens = Object.keys(variants).map((name) => ({
      name,
      serve: 'node server.js',
      url: `/${name}`,
      port: 4711,
    }));
    const policy = policyOf({
      verify: {
        commands: [{ name: 'none', run: 'true' }],
        screens: screens.map((one) =>
          one.name === 'same' ? { ...one, viewports: ['desktop', 'phone'] } : one,
        ),
      },
    });
    ({ tree } = await judgeChange(
      { 'variants.json': JSON.stringify(variants) },
      { files, policy, browser },
    ));
    metas = new Map(
      [...tree]
        .filter(([path]) => path.endsWith('/meta.json'))
        .map(([path, bytes]) => [
          path.split('/').slice(1, 3).join(' '),
          JSON.parse(Buffer.from(bytes).toString()),
        ]),
    );
  }, 120_000);

  it.each([
    ['desktop', 1280, 800],
    ['phone', 390, 844],
  ])('takes the same picture of the same page twice: %s', (viewport, width, height) => {
    expect(metas.get(`same ${viewport}`)).toEqual({
      schema: 'sallyport/screen/v1',
      screen: 'same',
      viewport,
      width,
      height,
      url: '/same',
      before: { status: 'captured', because: null },
      after: { status: 'captured', because: null },
      equal: { png: true, aria: true, html: true },
      pixelsAt0: 0,
      pixelsAt01: 0,
    });
  });

  it.each([
    ['text nobody can read', 'pale', { png: false, aria: false, html: false }],
    ['an overlay nobody can see', 'overlay', { png: true, aria: false, html: false }],
    ['a handler on nothing', 'handler', { png: true, aria: true, html: false }],
    ['a label that only a screen reader reads', 'label', { png: true, aria: false, html: false }],
  ])('sees %s', (_, screen, equal) => {
    expect(metas.get(`${screen} desktop`)?.equal).toEqual(equal);
  });

  it('counts no pixel of pale text at the usual threshold, and some at none', () => {
    const meta = metas.get('pale desktop');
    expect(meta?.pixelsAt01).toBe(0);
    expect(meta?.pixelsAt0).toBeGreaterThan(50);
  });

  it('counts the pixels of a visible change at both thresholds, and marks them', () => {
    const meta = metas.get('visible desktop');
    expect(meta?.pixelsAt0).toBeGreaterThan(100_000);
    expect(meta?.pixelsAt01).toBeGreaterThan(0);
    expect(meta?.pixelsAt01).toBeLessThan(2000);
    expect(tree.has('ui/visible/desktop/diff.png')).toBe(true);
  });

  it('takes an error page for no page', () => {
    expect(metas.get('broken desktop')).toMatchObject({
      before: { status: 'captured' },
      after: { status: 'missing', because: 'the page failed: “the page answered with status 500”' },
      equal: null,
      pixelsAt0: null,
    });
  });

  it('says what is missing when the server ends before it answers', async () => {
    const ending = { ...files, 'server.js': 'process.exit(4);\n' };
    const policy = serving('node server.js', 4726);
    const { verdict } = await judgeChange({ 'note.md': 'x\n' }, { files: ending, policy, browser });

    expect(verdict.missing.find(({ property }) => property === 'SCREENS_CAPTURED')?.because).toBe(
      'The screen “shop desktop” could not be captured before the change: “the server ended with exit code 4 before the pictures were taken”.',
    );
  });

  it('is missing, not shown, on a machine without a browser', async () => {
    const { verdict } = await judgeChange(
      { 'page.html': `${page}\n` },
      { files, policy: serving('node server.js', 4728), browser: null },
    );

    expect(verdict.missing.at(-1)).toMatchObject({
      property: 'SCREENS_CAPTURED',
      because: expect.stringContaining('no Chromium'),
    });
  });
});
