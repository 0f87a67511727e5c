// The workflow parser imports JSON without saying that it is JSON, which plain Node refuses. This
// says it for that family of packages. Import it before them, and import them dynamically.
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, nextLoad) {
    const isTheirs = url.includes('/node_modules/@actions/') && url.endsWith('.json');
    if (!isTheirs) return nextLoad(url, context);
    return nextLoad(url, { ...context, importAttributes: { type: 'json' } });
  },
});
