import { bundleNames, egressBundles } from '#model/egress-bundle.ts';

/** The table of docs/policy.md: what each bundle lets pass, why, and who says so. */
export function renderBundles(): string {
  const rows = bundleNames.flatMap((name) =>
    egressBundles[name].map(({ host, methods, paths, strangersWrite, why, source }) => {
      const shown = paths.map((path) => `\`${path}\``).join(' ');
      const who = strangersWrite ? 'yes' : 'no';
      const cells = [`\`${name}\``, `\`${host}\``, methods.join(' '), shown, who];
      return `| ${cells.join(' | ')} | ${why} ([source](${source})) |\n`;
    }),
  );
  const head =
    '| bundle | host | methods | paths | can strangers write there? | what for |\n|--|--|--|--|--|--|\n';
  return [head, ...rows].join('');
}
