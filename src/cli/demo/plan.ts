import { Exit } from '../exit-code.ts';
import type { DemoOptions, DemoPlan } from './options.ts';
import { planOwnRepository } from './own-repository.ts';
import { organization, people, seedShop, shopName } from './shop.ts';

/** The shop's runs take seconds; this is for a machine that is very busy. */
const shopLimitMs = 10 * 60_000;

/** Work out the plan of a demo from its options. */
export async function planDemo(options: DemoOptions): Promise<DemoPlan> {
  const own = ['issue', 'test', 'agent', 'agentCommand', 'model'] as const;
  if (options.repo !== undefined) return planOwnRepository(options, options.repo);
  const stray = own.find((name) => options[name] !== undefined);
  if (stray) {
    const flag = stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Exit('usage', `--${flag} goes with --repo DIR`);
  }
  return {
    factory: {
      organization,
      people: Object.values(people),
      repositories: async (caller) => [await seedShop(caller)],
    },
    repository: { owner: organization, name: shopName },
    issues: [1, 2],
    limitMs: shopLimitMs,
    outDir: options.out ?? 'sallyport-out/shop',
    clean: async () => {},
  };
}
