// Entry of the capture script. Playwright reads two files beside its package when it is loaded; in
// the bundle there is no package, so they are answered from here.
import { registerHooks } from 'node:module';
import type { CaptureOrder } from '#verification/capture/capture-report.ts';
import browsers from '../../node_modules/playwright-core/browsers.json' with { type: 'json' };

const files = new Map([
  ['package.json', JSON.stringify({ name: 'playwright-core', version: '0.0.0' })],
  ['browsers.json', JSON.stringify(browsers)],
]);

registerHooks({
  resolve(specifier, context, next) {
    const name = specifier.split('/').at(-1) ?? '';
    return files.has(name) && specifier.startsWith('/')
      ? { url: `bundled:${name}`, format: 'json', shortCircuit: true }
      : next(specifier, context);
  },
  load(url, context, next) {
    const source = url.startsWith('bundled:') ? files.get(url.slice('bundled:'.length)) : undefined;
    return source === undefined
      ? next(url, context)
      : { format: 'json', source, shortCircuit: true };
  },
});

// Names that CommonJS modules have and bundled ones lack.
Object.assign(globalThis, { __dirname: import.meta.dirname, __filename: import.meta.filename });

const { capture } = await import('./capture-page.ts');
await capture(JSON.parse(process.argv[2] ?? '{}') as CaptureOrder);
